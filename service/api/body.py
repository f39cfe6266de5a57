"""Request bodies: what is refused before it is parsed, and JSON without hiding places."""

import json
from typing import Any, Final, NoReturn

from flask import request

from service.api.describe import LONGEST_KEY
from service.errors import Invalid, Malformed, Problem, Sentence, TooLarge, WrongType

MAX_BYTES: Final = 256 * 1024
"""A comment of 65,525 bytes, every one of them escaped, and the other fields."""
MAX_DEPTH: Final = 16

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"


def is_form() -> bool:
    return request.mimetype == FORM


def idempotency_key() -> str:
    """The client's own word for this request; empty without one.

    Raises:
        Invalid: it is too long, or can't be seen.
    """
    header = request.headers.get("Idempotency-Key", "").strip()
    if len(header) > LONGEST_KEY:
        raise Invalid({"idempotency_key": [Sentence("field.too_long", count=LONGEST_KEY)]})
    if not header.isprintable():
        raise Invalid({"idempotency_key": [Sentence("field.control_characters")]})
    return header


def read_json(limit: int = MAX_BYTES) -> dict[str, Any]:
    """The request's JSON object.

    Raises:
        WrongType: not JSON, or compressed.
        TooLarge: longer than `limit` bytes; nothing of it was parsed.
        Malformed: broken, nested too deep, or with a key twice.
    """
    if request.mimetype != JSON:
        raise WrongType
    return parsed(_raw(limit))


def read_form(limit: int = MAX_BYTES) -> dict[str, Any]:
    """The request's form fields, each once.

    Raises:
        WrongType, TooLarge: as above.
        Malformed: a field came twice.
    """
    if request.mimetype != FORM:
        raise WrongType
    _raw(limit)  # kept by the request, and parsed from there
    fields = request.form.to_dict(flat=False)
    if any(len(values) != 1 for values in fields.values()):
        raise Malformed("duplicate_key")
    return {name: values[0] for name, values in fields.items()}


def typed_form() -> dict[str, Any]:
    """What was typed into a form that was turned away unread: it shall not be lost."""
    try:
        return read_form()
    except Problem:
        return {}


def _raw(limit: int) -> bytes:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise WrongType
    if (request.content_length or 0) > limit:
        raise TooLarge(facts={"kilobytes": limit // 1024})
    raw = request.get_data()
    if len(raw) > limit:
        raise TooLarge(facts={"kilobytes": limit // 1024})
    if request.content_length is not None and len(raw) < request.content_length:
        raise Malformed  # the connection was lost half-way: half a comment is not what the reader wrote
    return raw


def parsed(raw: bytes) -> dict[str, Any]:
    """The JSON object that these bytes are.

    Raises:
        Malformed: as above.
    """
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Malformed from None
    if _depth(found) > MAX_DEPTH:
        raise Malformed("too_deep")
    if not isinstance(found, dict):
        raise Malformed("not_an_object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("duplicate_key")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _depth(value: Any) -> int:
    """How deep lists and objects nest; without recursion, whatever came in."""
    deepest, stack = 0, [(value, 1)]
    while stack:
        current, depth = stack.pop()
        if isinstance(current, dict | list):
            deepest = max(deepest, depth)
            inner = current.values() if isinstance(current, dict) else current
            stack.extend((each, depth + 1) for each in inner)
    return deepest
