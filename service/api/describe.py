"""What a route says of itself, beside its code: the OpenAPI document is made of nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, ParamSpec, TypeVar

from marshmallow import Schema

P = ParamSpec("P")
T = TypeVar("T")

_ATTRIBUTE: Final = "description_for_openapi"


@dataclass(frozen=True, slots=True)
class Described:
    """One route: its sentence, what it takes, what it answers. `problems` are statuses told as problem+json."""

    summary: str
    tag: str
    answers: Mapping[int, type[Schema] | str]
    problems: tuple[int, ...] = ()
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
