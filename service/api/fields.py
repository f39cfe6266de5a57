"""The strict fields of all schemas: what marshmallow's own would let through, these refuse, in plain sentences."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import email_validator
from marshmallow import ValidationError, fields

from service.errors import Sentence
from service.store.base import Email

_LINE_BREAKS: Final = frozenset("\n\r\t")
_HOST: Final = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\Z")
UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[-+]\d\d:\d\d)", re.ASCII)
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Mn", "Zs", "Zl", "Zp", "Cn", "Co"})
_YES: Final = frozenset({"true", "on", "yes", "1"})
_NO: Final = frozenset({"false", "off", "no", "0", ""})


def wrong(key: str, **facts: Any) -> ValidationError:
    """A fault of a field, as a sentence not yet in any language."""
    return ValidationError([Sentence(f"field.{key}", **facts)])


def noted(rest: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """A field's arguments, with what the OpenAPI document is to say of it."""
    return rest | {"metadata": {**told, **rest.get("metadata", {})}}


def one_of(choices: Iterable[str]) -> Callable[[str], None]:
    """A validator for a closed list of words."""
    choices = [str(choice) for choice in choices]

    def look(value: str) -> None:
        if value not in choices:
            raise wrong("one_of", choices=", ".join(choices))

    return look


class Text(fields.String):
    """Text for people: no NUL, no lone surrogates, no control characters, and not blank when it is required.

    `longest` counts characters, `most_bytes` UTF-8 bytes. One line unless `lines` is set; one line is stripped, and
    lines end as in Unix: what a form sends with carriage returns and a script without is the same text.
    """

    default_error_messages = {  # noqa: RUF012 - marshmallow's own shape
        "required": [Sentence("field.required")],
        "null": [Sentence("field.required")],
        "invalid": [Sentence("field.not_text")],
    }

    def __init__(
        self, *, longest: int | None = None, most_bytes: int | None = None, lines: bool = False, **rest: Any
    ) -> None:
        most = longest or most_bytes  # so many bytes are never more characters
        told = ({"maxLength": most} if most else {}) | ({"minLength": 1} if rest.get("required") else {})
        super().__init__(**noted(rest, told))
        if not self.required:
            self.error_messages["null"] = self.error_messages["invalid"]
        self.longest, self.most_bytes, self.lines = longest, most_bytes, lines

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if self.longest is not None and len(value) > self.longest * 4 + 1000:
            raise wrong("too_long", count=self.longest)
        text = super()._deserialize(value, attr, data, **rest)
        self._refuse_hidden(text)
        text = text.replace("\r\n", "\n").replace("\r", "\n") if self.lines else text.strip()
        if self.required and is_blank(text):
            raise self.make_error("required")
        if self.longest is not None and len(text) > self.longest:
            raise wrong("too_long", count=self.longest)
        if self.most_bytes is not None and len(text.encode()) > self.most_bytes:
            raise wrong("too_many_bytes", count=self.most_bytes)
        return text

    def _refuse_hidden(self, text: str) -> None:
        allowed = _LINE_BREAKS if self.lines else frozenset()
        for character in text:
            if character in allowed or (character.isprintable() and character <= "\ud7ff"):
                continue
            kind = unicodedata.category(character)
            if kind in {"Cc", "Cs"} or (kind in {"Zl", "Zp"} and not self.lines):
                raise wrong("control_characters")


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen: only spaces, invisible marks, marks on nothing, unassigned characters."""
    return all(unicodedata.category(character) in _INVISIBLE or character in "\u2800\u3164\uffa0\u115f\u1160"
               for character in text)  # fmt: skip


class EmailAddress(Text):
    """An e-mail address, by email-validator; the length is looked at first, the DNS only if a setting asks for it."""

    def __init__(self, *, deliverable: bool = False, **rest: Any) -> None:
        super().__init__(**noted(rest, {"format": "email"}))
        self.deliverable = deliverable

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> Any:
        text = super()._deserialize(value, attr, data, **rest)
        try:
            checked = email_validator.validate_email(text, check_deliverability=self.deliverable, timeout=3)
        except email_validator.EmailNotValidError:
            raise wrong("email") from None
        return Email(checked.normalized)


class Website(Text):
    """A web address; `example.fr` is taken for `https://example.fr`. Only http and https, no user names in it."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**noted(rest, {"format": "uri-reference"}))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> str:
        text = super()._deserialize(value, attr, data, **rest)
        if not text:
            return ""
        if "://" not in text and not text.lower().startswith(("javascript:", "data:", "vbscript:", "mailto:")):
            text = f"https://{text}"
        if not is_web_address(text):
            raise wrong("website")
        if self.longest is not None and len(text) > self.longest:
            raise wrong("too_long", count=self.longest)
        return text


def is_web_address(text: str) -> bool:
    """Whether this is an http(s) URL with a real host name and nothing hidden in it."""
    if not is_plain(text):
        return False
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna").decode().lower() if parts.hostname else ""
        _ = parts.port
    except (ValueError, UnicodeError):
        return False
    return parts.scheme in {"http", "https"} and "@" not in parts.netloc and _HOST.match(host) is not None


def is_plain(address: str) -> bool:
    """Whether an address has no spaces in it, nor what addresses never have and somebody may stumble over."""
    return not any(character.isspace() or character in '<>"\\^`{|}' for character in address)


class Identifier(fields.String):
    """A comment's id: a UUID in its usual spelling."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own shape
        "required": [Sentence("field.required")],
        "null": [Sentence("field.required")],
        "invalid": [Sentence("field.identifier")],
    }

    def __init__(self, **rest: Any) -> None:
        own = rest.get("metadata", {})
        super().__init__(**noted(rest, {} if "pattern" in own else {"format": "uuid"}))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        found = as_identifier(super()._deserialize(value, attr, data, **rest))
        if found is None:
            raise self.make_error("invalid")
        return found


def as_identifier(text: Any) -> str | None:
    """The id in its usual spelling, or None."""
    return text.lower() if isinstance(text, str) and UUID.fullmatch(text) else None


def as_moment(text: Any) -> datetime | None:
    """The UTC time that a text of RFC 3339 tells, or None."""
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class YesNo(fields.Boolean):
    """JSON's true or false; with `words` also a form's `on` or `off`. No numbers: nobody consents by 1."""

    default_error_messages = {"invalid": [Sentence("field.yes_or_no")], "null": [Sentence("field.yes_or_no")]}  # noqa: RUF012 - marshmallow's own shape

    def __init__(self, *, words: bool = False, **rest: Any) -> None:
        told = {"type": ["boolean", "string"], "enum": [True, False, *sorted(_YES | _NO)]}
        super().__init__(**noted(rest, told if words else {}))
        self.words = words

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> bool:  # noqa: ARG002
        if isinstance(value, bool):
            return value
        if self.words and isinstance(value, str) and value in _YES | _NO:
            return value in _YES
        raise self.make_error("invalid")


class UtcTime(fields.Field[datetime]):
    """A time as RFC 3339 in UTC."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**noted(rest, {"type": "string", "format": "date-time"}))

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **rest: Any) -> str | None:  # noqa: ARG002
        return rfc3339(value) if value is not None else None


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
