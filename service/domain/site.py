"""What a publisher's property allows: fields, lengths, depth and limits."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

NAME_LENGTH: Final = 245
EMAIL_LENGTH: Final = 100
WEBSITE_LENGTH: Final = 200
BODY_BYTES: Final = 65_525
MAX_DEPTH: Final = 20


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

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "SiteRules":
        """Rules as stored; what the document doesn't say is the default, what it doesn't know is passed over."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in document.items() if name in known})
