"""Cursors: where a page ended, as one opaque word."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from service.api.fields import as_identifier
from service.errors import Invalid, Sentence

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def cursor_after(row: Any) -> str:
    """The cursor that goes on after this row (`created_at`, `id`)."""
    place = [(row.created_at - _EPOCH) // _MICROSECOND, row.id]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).rstrip(b"=").decode()


def read_cursor(text: str | None) -> tuple[datetime, str] | None:
    """Where to go on; None at the start.

    Raises:
        Invalid: it isn't a cursor of ours.
    """
    if not text:
        return None
    try:
        microseconds, identifier = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment, found = _EPOCH + int(microseconds) * _MICROSECOND, as_identifier(identifier)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise Invalid({"cursor": [Sentence("field.cursor")]}) from None
    if found is None:
        raise Invalid({"cursor": [Sentence("field.cursor")]})
    return moment, found
