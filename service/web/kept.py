"""Answers that whoever fetched them keeps, and asks about each time: what a publisher's server and feed readers get."""

import hashlib

from flask import Response, request


def kept(body: bytes, kind: str, spoken: str) -> Response:
    """The answer, or 304 when it is the one they have: its ETag is made of all that is in it."""
    answer = Response(body, content_type=f"{kind}; charset=utf-8")
    answer.set_etag(hashlib.sha256(body).hexdigest()[:32])
    answer.headers["Cache-Control"] = "public, no-cache"
    answer.headers["Content-Language"] = spoken
    answer.headers["Content-Security-Policy"] = "default-src 'none'"  # nobody is meant to open it by itself
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.make_conditional(request)
    return answer
