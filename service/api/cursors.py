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
    return cursor_at(row.created_at, row.id)


def cursor_at(moment: datetime, identifier: str, by: str = "") -> str:
    """The cursor that goes on after this place. `by`: the order it belongs to, if that isn't the time of writing."""
    place = [(moment - _EPOCH) // _MICROSECOND, identifier, *([by] if by else [])]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).rstrip(b"=").decode()


def read_cursor(text: str | None, by: str = "") -> tuple[datetime, str] | None:
    """Where to go on; None at the start. `by`: the order it must belong to.

    Raises:
        Invalid: it isn't a cursor of ours.
    """
    if not text:
        return None
    try:
        microseconds, identifier, *order = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment, found = _EPOCH + int(microseconds) * _MICROSECOND, as_identifier(identifier)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise Invalid({"cursor": [Sentence("field.cursor")]}) from None
    if found is None or order != ([by] if by else []):
        raise Invalid({"cursor": [Sentence("field.cursor")]})
    return moment, found
