"""What a route says of itself, beside its code: the OpenAPI document is made of nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, ParamSpec, TypeVar

from marshmallow import Schema

P = ParamSpec("P")
T = TypeVar("T")

_ATTRIBUTE: Final = "description_for_openapi"

SITE: Final = ("not_found", "site_unknown", "origin", "invalid", "unavailable")
"""The codes of problems that a reader's route can tell about where it was asked."""
RECEIPT: Final = ("not_found", "receipt_unknown", "origin", "unavailable")
STAFF: Final = ("unauthorized", "not_found", "unavailable")
BODY: Final = ("malformed", "not_an_object", "duplicate_key", "too_deep", "too_large", "wrong_type", "invalid")
"""Those of whatever takes a body."""

RUN: Final = {
    "X-Run-ID": {
        "type": "string",
        "pattern": "^[A-Za-z0-9_-]{0,64}$",
        "description": "The client's own word for one of its windows: what one reads isn't given to another.",
    }
}
LONGEST_KEY: Final = 200
IDEMPOTENCY_KEY: Final = {
    "Idempotency-Key": {
        "type": "string",
        "maxLength": LONGEST_KEY,
        "description": "Any visible word of the client's own, on one site for one comment: sent again, "
        "the same comment gets the same answer, with the status of the day; another one gets 422.",
    }
}
NOT_KEPT: Final = {
    "Cache-Control": {"description": "`no-store`: nobody but its reader keeps it.", "example": "no-store"}
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: in which shape, with which headers. `links` lead on to other operations, by their names."""

    schema: type[Schema] | None
    about: str = ""
    kind: str = "application/json"
    headers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    links: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Described:
    """One route: its sentence, what it takes, what it answers. `problems` are the codes it tells as problem+json."""

    summary: str
    tag: str
    answers: Mapping[int, Answer | type[Schema] | str]
    problems: tuple[str, ...] = ()
    body: type[Schema] | None = None
    form: bool = False
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    headers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def described(what: Described) -> Callable[[Callable[P, T]], Callable[P, T]]:
    def attach(view: Callable[P, T]) -> Callable[P, T]:
        setattr(view, _ATTRIBUTE, what)
        return view

    return attach


def description_of(view: Any) -> Described | None:
    """The description, through whatever wraps the view."""
    while view is not None:
        found = getattr(view, _ATTRIBUTE, None)
        if found is not None:
            assert isinstance(found, Described)  # noqa: S101 - for the type checker
            return found
        view = getattr(view, "__wrapped__", None)
    return None
