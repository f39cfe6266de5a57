"""What a publisher's property allows: fields, lengths, depth and limits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

NAME_LENGTH: Final = 245
EMAIL_LENGTH: Final = 100
WEBSITE_LENGTH: Final = 200
BODY_BYTES: Final = 65_525
MAX_DEPTH: Final = 20

_LEAST: Final = {
    "name_length": 1,
    "email_length": 6,
    "website_length": 12,
    "body_bytes": 1,
    "burst": 1,
    "per_minute": 1,
}
_MOST: Final = {
    "name_length": NAME_LENGTH,
    "email_length": EMAIL_LENGTH,
    "website_length": WEBSITE_LENGTH,
    "body_bytes": BODY_BYTES,
    "depth": MAX_DEPTH,
    "burst": 1_000_000,
    "per_minute": 1_000_000,
    "edit_minutes": 7 * 24 * 60,
    "close_days": 36_500,
    "gather_minutes": 24 * 60,
}
BOUNDS: Final = {name: (_LEAST.get(name, 0), most) for name, most in _MOST.items()}
"""Between what each rule that is a number lies."""

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


def is_language(text: str) -> bool:
    """Whether it can be a language's tag, as `fr` or `pt-BR`."""
    return _LANGUAGE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class SiteRules:
    """One site's rules for submissions. Lengths can be lowered, never raised."""

    name_length: int = NAME_LENGTH
    email_length: int = EMAIL_LENGTH
    website_length: int = WEBSITE_LENGTH
    body_bytes: int = BODY_BYTES
    depth: int = 3
    """How deep replies nest: 0 allows none."""
    website: bool = True
    consent: bool = False
    """Whether the reader must tick a consent box."""
    form_token: bool = False
    """Whether JSON submissions need a form token too."""
    burst: int = 20
    per_minute: int = 20
    edit_minutes: int = 15
    close_days: int = 0
    """Days after its publication when an article closes; 0 for never. Only articles whose date the publisher told."""
    notices: bool = False
    """Whether authors may ask to be told by mail what becomes of their comments."""
    gather_minutes: int = 60
    """For so long replies to one comment are gathered, to be told in one mail."""

    def __post_init__(self) -> None:
        for name, (least, most) in BOUNDS.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} lies between {least} and {most}")

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "SiteRules":
        """Rules as stored; what the document doesn't say is the default, what it doesn't know is passed over."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in document.items() if name in known})
