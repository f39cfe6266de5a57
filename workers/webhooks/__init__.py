"""Webhooks: a site's own programs are told what happened. The only place from which sites say where we call.

`payload` is all that is sent, `signing` proves that it is from us, `address` says where we do not go, `teller` is the
exchange. When, and how often it is tried, `workers/delivery.py` says.
"""
