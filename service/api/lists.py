"""What the moderators' lists can be asked: the same words in an address's query and in the body of a request."""

from collections.abc import Mapping
from typing import Any, Final

from service.api import query
from service.api.fields import UUID
from service.domain.comment import Status
from service.domain.reasons import SIGNAL_REASONS
from service.errors import Invalid, Sentence
from service.store.asked import OVERDUE, URGENT, Asked, List, Order
from service.store.lists import WINDOW

_SHARE: Final = {"type": "number", "minimum": 0, "maximum": 1}
_TIME: Final = {"type": "string", "format": "date-time"}
CHECK: Final = "^[a-z][a-z0-9_]{0,39}$"
LANGUAGE: Final = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})?$"

FILTERS: Final[dict[str, dict[str, Any]]] = {
    "article": query.TEXT | {"maxLength": 255, "description": "The publisher's own id of an article."},
    "reason": {"type": "string", "enum": ["", *sorted(SIGNAL_REASONS)], "description": "Found by the machine."},
    "check": {"type": "string", "pattern": f"^$|{CHECK}", "description": "A check that found something."},
    "language": {"type": "string", "pattern": f"^$|{LANGUAGE}", "description": "Of the reader's form, as `fr`."},
    "author": {
        "type": "string", "pattern": f"^({UUID.pattern})?$",
        "description": "An author's opaque id, from a comment's detail.",
    },
    "domain": query.TEXT | {"maxLength": 253, "description": "What the text links to, as `example.co.uk`."},
    "q": query.TEXT | {"maxLength": query.LONGEST_WORDS, "description": "Words in the text or the name."},
    "min_score": _SHARE | {"description": "The machine's score, from this on."},
    "max_score": _SHARE | {"description": "The machine's score, up to this."},
    "since": _TIME | {"description": "Sent in at this time or later."},
    "until": _TIME | {"description": "Sent in before this time."},
}  # fmt: skip
QUERY: Final[dict[str, dict[str, Any]]] = {
    "list": {
        "type": "string",
        "enum": ["", *map(str, List)],
        "default": str(List.AWAITING),
        "description": "`awaiting`: held, or published with doubts. `reported`: published, and reported since a person "
        f"last decided. `overdue`: pending for over {OVERDUE.seconds // 60} minutes.",
    },
    "status": {
        "type": "string",
        "enum": ["", *map(str, Status)],
        "description": "Instead of a list: all comments that have it.",
    },
    **FILTERS,
    "order": {
        "type": "string",
        "enum": list(map(str, Order)),
        "default": str(Order.OLDEST),
        "description": "By time; or, on "
        f"{' and '.join(sorted(URGENT))}, by risk and wait, or by what a decision would teach the machine.",
    },
    "limit": query.LIMIT,
    "cursor": query.CURSOR
    | {
        "description": "Where to go on: `next` of the page before. A page stops after having looked at "
        f"{WINDOW:,} comments: a short one isn't the last while there is a `next`."
    },
}


SELECTABLE: Final = tuple(status for status in Status if status is not Status.REMOVED)
SELECTION: Final[dict[str, dict[str, Any]]] = {
    "copies_of": {
        "type": "string", "pattern": f"^({UUID.pattern})?$",
        "description": "A comment's id: that one, and what says nearly the same within a week of now.",
    },
    "campaign": {
        "type": "string", "pattern": f"^({UUID.pattern})?$",
        "description": "A campaign's id: its members, with `list=awaiting` those that wait.",
    },
    "list": QUERY["list"] | {"default": "", "description": "One of the queue's lists, instead of a status."},
    "status": {
        "type": "array", "items": {"type": "string", "enum": ["", *map(str, SELECTABLE)]},
        "description": "One or several; any, if neither it nor a list is given.",
    },
    **FILTERS,
}  # fmt: skip


def asked() -> Asked:
    """What the query asks for.

    Raises:
        Invalid: a parameter by its name.
    """
    given: dict[str, Any] = {
        "list": query.choice("list", ("", *List), ""),
        "status": query.choice("status", ("", *Status), ""),
        "order": query.choice("order", tuple(Order), Order.OLDEST),
        **_filters(),
    }
    if given["list"] and given["status"]:
        raise Invalid({"list": [Sentence("field.list_or_status")]})
    return asked_of({name: value for name, value in given.items() if value not in {None, ""}})


def wanted() -> list[Asked]:
    """What a query asks for that may name several statuses: a list, or one for each status. Removed ones are none.

    Raises:
        Invalid: a parameter by its name.
    """
    kind, statuses = query.choice("list", ("", *List), ""), query.choices("status", SELECTABLE)
    if kind and statuses:
        raise Invalid({"list": [Sentence("field.list_or_status")]})
    given = {name: value for name, value in _filters().items() if value not in {None, ""}}
    if kind:
        return [asked_of({**given, "list": kind, "order": Order.NEWEST})]
    return [asked_of({**given, "status": each, "order": Order.NEWEST}) for each in statuses or SELECTABLE]


def _filters() -> dict[str, Any]:
    return {
        "article": query.text("article"),
        "reason": query.choice("reason", ("", *SIGNAL_REASONS), ""),
        "check": query.pattern("check", CHECK, "field.check"),
        "language": query.pattern("language", LANGUAGE, "field.language"),
        "author": query.identifier("author"),
        "domain": query.text("domain", 253),
        "q": query.text("q", query.LONGEST_WORDS),
        "min_score": query.share("min_score"),
        "max_score": query.share("max_score"),
        "since": query.moment("since"),
        "until": query.moment("until"),
    }


def asked_of(given: Mapping[str, Any]) -> Asked:
    """What is asked for by members that are each as they should be; now, whether they go together.

    Without an order it is that of priority, on the lists that have one.

    Raises:
        Invalid: a member by its name.
    """
    status = Status(given["status"]) if "status" in given else None
    kind = List(given.get("list", List.AWAITING))
    has_priority = status is None and kind in URGENT
    order = Order(given.get("order", Order.PRIORITY if has_priority else Order.OLDEST))
    if order in {Order.PRIORITY, Order.TEACHING} and not has_priority:
        raise Invalid({"order": [Sentence("field.priority", lists=", ".join(sorted(URGENT)))]})
    changes = {"list": kind, "status": status, "order": order}
    if "domain" in given:
        changes["domain"] = given["domain"].lower().removeprefix("www.")
    return _in_order(Asked(**{**given, **changes}))


def _in_order(found: Asked) -> Asked:
    """Ends that lie before their beginnings are slips, and not lists without anything in them."""
    if found.min_score is not None and found.max_score is not None and found.max_score < found.min_score:
        raise Invalid({"max_score": [Sentence("field.below", other="min_score")]})
    if found.since is not None and found.until is not None and found.until <= found.since:
        raise Invalid({"until": [Sentence("field.below", other="since")]})
    return found
