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


def cursor_at(at: datetime | float, identifier: str, by: str = "") -> str:
    """The cursor that goes on after this place. `by`: the order it belongs to, if that isn't the time of writing."""
    place = [(at - _EPOCH) // _MICROSECOND if isinstance(at, datetime) else at, identifier, *([by] if by else [])]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).rstrip(b"=").decode()


def read_cursor(text: str | None, by: str = "") -> tuple[datetime, str] | None:
    """Where to go on, by a time; None at the start. `by`: the order it must belong to.

    Raises:
        Invalid: it isn't a cursor of ours.
    """
    read = _read(text, by)
    try:
        return (_EPOCH + int(read[0]) * _MICROSECOND, read[1]) if read is not None else None
    except (ValueError, TypeError, OverflowError):
        raise _wrong() from None


def read_number_cursor(text: str | None, by: str) -> tuple[float, str] | None:
    """The same, in an order by a number.

    Raises:
        Invalid: it isn't a cursor of ours.
    """
    read = _read(text, by)
    if read is None:
        return None
    if isinstance(read[0], bool) or not isinstance(read[0], int | float) or not 0 <= read[0] <= 1:
        raise _wrong()
    return float(read[0]), read[1]


def _read(text: str | None, by: str) -> tuple[Any, str] | None:
    if not text:
        return None
    try:
        at, identifier, *order = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        found = as_identifier(identifier)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise _wrong() from None
    if found is None or order != ([by] if by else []):
        raise _wrong()
    return at, found


def _wrong() -> Invalid:
    return Invalid({"cursor": [Sentence("field.cursor")]})
