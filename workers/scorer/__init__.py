"""The scorer: a service outside that is asked what it thinks of a text. Only from here does the back room call out.

`question` is all that is sent and all that is heard, `protocols` how it is spelled, `breaker` when to leave it alone,
`client` the exchange. What is asked about, and what becomes of the answer, `workers/scoring.py` says.
"""
