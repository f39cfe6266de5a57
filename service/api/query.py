"""Query parameters: enums, bounded numbers and texts, each refused by name when it is something else."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from flask import request

from service.api.fields import as_identifier, as_moment
from service.errors import Invalid, Sentence

MAX_LIMIT: Final = 100
ORDERS: Final = ("oldest", "newest")
LONGEST_WORDS: Final = 200

ORDER: Final = {"type": "string", "enum": list(ORDERS), "default": "oldest", "description": "By time."}
LIMIT: Final = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 50, "description": "Items a page."}
CURSOR: Final = {"type": "string", "description": "Where to go on: `next` of the page before."}
TEXT: Final = {"type": "string", "pattern": "^[^\\x00-\\x1f\\x7f]*$"}
SITE: Final = {"type": "string", "description": "The site's name; only that of the token is known."}


def choice(name: str, choices: Iterable[str], default: str) -> str:
    choices = list(choices)
    value = request.args.get(name, default)
    if value not in choices:
        raise Invalid({name: [Sentence("field.one_of", choices=", ".join(choices))]})
    return value


def choices(name: str, known: Iterable[str]) -> list[str]:
    """Each of the words that are given, once; none when it isn't given."""
    known = list(known)
    values = [value for value in dict.fromkeys(request.args.getlist(name)) if value]
    if any(value not in known for value in values):
        raise Invalid({name: [Sentence("field.one_of", choices=", ".join(known))]})
    return values


def limit(default: int = 50, *, name: str = "limit") -> int:
    """How many a page, or of something else: 1 to 100."""
    value = request.args.get(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) < 5 and 1 <= int(value) <= MAX_LIMIT):
        raise Invalid({name: [Sentence("field.limit", most=MAX_LIMIT)]})
    return int(value)


def text(name: str, longest: int = 255) -> str | None:
    """A text without hidden characters, or None when it isn't given."""
    value = request.args.get(name)
    if value is None or value == "":
        return None
    if len(value) > longest:
        raise Invalid({name: [Sentence("field.too_long", count=longest)]})
    if any(ord(character) < 32 or 0xD800 <= ord(character) <= 0xDFFF or ord(character) == 127 for character in value):
        raise Invalid({name: [Sentence("field.control_characters")]})
    return value


def pattern(name: str, expression: str, wrong: str) -> str | None:
    """A word of a certain form, or None when it isn't given."""
    value = request.args.get(name, "")
    if value and not re.fullmatch(expression, value):
        raise Invalid({name: [Sentence(wrong)]})
    return value or None


def identifier(name: str) -> str | None:
    """An id in its usual spelling, or None when it isn't given."""
    value = request.args.get(name, "")
    found = as_identifier(value)
    if value and found is None:
        raise Invalid({name: [Sentence("field.identifier")]})
    return found


def share(name: str) -> float | None:
    """A number from 0 to 1, or None when it isn't given."""
    value = request.args.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"\d{1,20}(\.\d{1,20})?([eE][-+]?\d{1,3})?", value, re.ASCII) or not 0 <= float(value) <= 1:
        raise Invalid({name: [Sentence("field.share")]})
    return float(value)


def moment(name: str) -> datetime | None:
    """A time of RFC 3339, or None when it isn't given."""
    value = request.args.get(name)
    if value is None:
        return None
    found = as_moment(value)
    if found is None:
        raise Invalid({name: [Sentence("field.time")]})
    return found
