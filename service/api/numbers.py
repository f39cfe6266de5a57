"""How moderation goes, in figures: the queue, people's work, and how often each check was right; as JSON or as CSV."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Final

from flask import Blueprint, Response
from marshmallow import fields

from service.api import query
from service.api.answers import private
from service.api.auth import READERS, staff, staff_only
from service.api.describe import NOT_KEPT, STAFF, Answer, Described, described
from service.api.shown import Shown, whole
from service.api.spreadsheet import csv_line
from service.domain.comment import Action
from service.domain.numbers import Decided, machine, numbers, series
from service.front import front
from service.store import lists
from service.store import numbers as store

blueprint = Blueprint("numbers", __name__)

MOST_COMMENTS: Final = 10_000
"""The latest that people decided on, which is what the figures are made of."""
_FROM_ZERO: Final = {"minimum": 0}
_DAYS: Final = {
    "type": "integer",
    "minimum": 1,
    "maximum": 100,
    "default": 30,
    "description": "How far back, in UTC days: 1 is today.",
}
_A_FILE: Final = NOT_KEPT | {"Content-Disposition": {"description": "A file's name."}}


class QueueNumbers(Shown):
    """What waits for a person now."""

    counts = fields.Dict(
        keys=fields.String(), values=whole(_FROM_ZERO), metadata={"description": "As the lists tell them."}
    )
    oldest_seconds = fields.Float(allow_none=True, metadata={"description": "How long the first has waited."})


class PeopleNumbers(Shown):
    """Comments on which people decided in these days, by their latest decision."""

    decided = whole(_FROM_ZERO, f"The latest {MOST_COMMENTS:,} at most.")
    publish = whole(_FROM_ZERO)
    hold = whole(_FROM_ZERO)
    reject = whole(_FROM_ZERO)
    released = whole(_FROM_ZERO, "Held or refused by the machine, published by people.")
    taken_down = whole(_FROM_ZERO, "Published by the machine, refused by people.")
    seconds_p50 = fields.Float(allow_none=True, metadata={"description": "From the comment to the first decision."})
    seconds_p95 = fields.Float(allow_none=True)


class MachineNumbers(Shown):
    """What the machine made of the comments that were sent in in these days, by its latest verdict on each."""

    judged = whole(_FROM_ZERO, "Of those that people decided on, among the latest decisions at most.")
    publish = whole(_FROM_ZERO)
    hold = whole(_FROM_ZERO)
    reject = whole(_FROM_ZERO)
    overturned = whole(_FROM_ZERO, "Published, and refused by people since; or the other way round.")
    alone = whole(_FROM_ZERO, "Published or refused without anybody's decision.")
    share_alone = fields.Float(allow_none=True, metadata={"minimum": 0, "maximum": 1, "description": "Of the judged."})


class DayNumbers(Shown):
    """Where the comments stand now that were sent in on one day."""

    day = fields.Date(metadata={"description": "In UTC."})
    published = whole(_FROM_ZERO)
    held = whole(_FROM_ZERO)
    rejected = whole(_FROM_ZERO)
    pending = whole(_FROM_ZERO)


class ReasonNumbers(Shown):
    """One signal reason, among the comments that people decided on."""

    reason = fields.String()
    decided = whole({"minimum": 1})
    refused = whole(_FROM_ZERO)
    precision = fields.Float(
        metadata={"minimum": 0, "maximum": 1,
                  "description": "Refused of decided. People see what the machine doubts: no fair sample of all."}
    )  # fmt: skip


class ArticleNumbers(Shown):
    """An article that keeps moderators busy."""

    article = fields.String()
    decided = whole({"minimum": 1})


class NumbersOut(Shown):
    """How moderation goes."""

    days = whole({"minimum": 1})
    queue = fields.Nested(QueueNumbers)
    people = fields.Nested(PeopleNumbers)
    machine = fields.Nested(MachineNumbers)
    series = fields.List(
        fields.Nested(DayNumbers),
        metadata={"description": "From the first day with a comment to the last. Of each status the latest "
                  f"{store.MOST_COUNTED:,} are counted: days before them are left out."},
    )  # fmt: skip
    reasons = fields.List(fields.Nested(ReasonNumbers), metadata={"description": "The most frequent first."})
    articles = fields.List(fields.Nested(ArticleNumbers), metadata={"description": "The busiest first."})


@blueprint.get("/v1/moderation/numbers")
@described(
    Described(
        "How moderation goes: the queue, people's work, overturns, how often each check was right.",
        "moderators",
        {200: Answer(NumbersOut, headers=NOT_KEPT)},
        (*STAFF, "invalid"),
        query={"days": _DAYS},
    )
)
@staff_only(READERS)
def get_numbers() -> Any:
    return private(NumbersOut().dump(_found()))


@blueprint.get("/v1/moderation/numbers.csv")
@described(
    Described(
        "The same as CSV: a line for each figure.",
        "moderators",
        {200: Answer(None, "Three columns: what, of what, how much.", "text/csv", headers=_A_FILE)},
        (*STAFF, "invalid"),
        query={"days": _DAYS},
    )
)
@staff_only(READERS)
def get_numbers_csv() -> Any:
    """Safe to open in a spreadsheet."""
    lines = (csv_line(line) for line in [("figure", "of", "value"), *_lines(_found())])
    response = Response("".join(lines), mimetype="text/csv")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Disposition"] = f'attachment; filename="{staff().site}-numbers.csv"'
    return response


def _found() -> dict[str, Any]:
    days, now, site_id = query.limit(30, name="days"), datetime.now(UTC), staff().site_id
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    with front().database.read() as connection:
        ids = store.decided_on(connection, site_id, since, MOST_COMMENTS)
        rows = store.cases(connection, ids)
        standing = store.by_day(connection, site_id, since)
        counts, oldest = lists.counts(connection, site_id, now), store.oldest_awaiting(connection, site_id)
    cases = list(_cases(rows))
    found, judged = numbers(cases), machine(standing, cases)
    return {
        "days": days,
        "queue": {"counts": counts, "oldest_seconds": (now - oldest).total_seconds() if oldest else None},
        "people": {
            "decided": found.decided, "released": found.released, "taken_down": found.taken_down,
            "seconds_p50": found.waited_p50, "seconds_p95": found.waited_p95,
            **{str(action): count for action, count in found.by_action.items()},
        },
        "machine": {
            "judged": judged.judged, "overturned": judged.overturned, "alone": judged.alone,
            "share_alone": round(judged.share_alone, 4) if judged.share_alone is not None else None,
            **{str(action): count for action, count in judged.by_action.items()},
        },
        "series": [{"day": day, **counts} for day, counts in series(standing)],
        "reasons": [
            {"reason": each.reason, "decided": each.decided, "refused": each.refused,
             "precision": round(each.precision, 4)}
            for each in found.reasons
        ],
        "articles": [{"article": article, "decided": count} for article, count in found.articles],
    }  # fmt: skip


def _cases(rows: Iterable[Any]) -> Iterator[Decided]:
    """A comment's decisions follow each other: the first says how long it waited, the last what became of it."""
    for _, group in groupby(rows, key=lambda row: row.id):
        decisions = list(group)
        first, last = decisions[0], decisions[-1]
        yield Decided(
            article=first.key,
            machine=Action(first.machine) if first.machine else None,
            reasons=tuple(signal["reason"] for signal in first.signals or ()),
            people=Action(last.action),
            waited=max(0.0, (first.at - first.created_at).total_seconds()),
            day=first.created_at.date(),
            stands=first.decided,
        )


def _lines(figures: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield "days", "", str(figures["days"])
    for kind, count in figures["queue"]["counts"].items():
        yield "queue", kind, str(count)
    yield "queue", "oldest_seconds", _cell(figures["queue"]["oldest_seconds"])
    for name, value in figures["people"].items():
        yield "people", name, _cell(value)
    for name, value in figures["machine"].items():
        yield "machine", name, _cell(value)
    for each in figures["series"]:
        for name in ("published", "held", "rejected", "pending"):
            yield f"day_{name}", each["day"].isoformat(), str(each[name])
    for each in figures["reasons"]:
        for name in ("decided", "refused", "precision"):
            yield f"reason_{name}", each["reason"], str(each[name])
    for each in figures["articles"]:
        yield "article_decided", each["article"], str(each["decided"])


def _cell(value: float | None) -> str:
    return "" if value is None else str(value)
