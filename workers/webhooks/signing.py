"""Signatures, as the Standard Webhooks scheme has them: HMAC-SHA256 over id, time and the body's very bytes."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from service.keys import WEBHOOK_PREFIX


def signed(event_id: str, body: bytes, secrets: Iterable[str], now: datetime) -> dict[str, str]:
    """The three headers. Each secret signs: while one replaces another, receivers verify with either."""
    moment = str(int(now.timestamp()))
    content = f"{event_id}.{moment}.".encode() + body
    return {
        "webhook-id": event_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{_mac(secret, content)}" for secret in secrets),
    }


def _mac(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(WEBHOOK_PREFIX))
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
