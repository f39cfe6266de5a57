"""What a list of bans would have done, as moderators read it: figures as they were found, texts as they are now."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from marshmallow import fields
from sqlalchemy import Connection

from service.api.fields import Identifier, UtcTime
from service.api.shown import Shown, Word, whole
from service.domain.comment import Action, Status
from service.domain.rehearsal import EXAMPLES, Change, Rehearsal
from service.operations.rehearse import MOST, Draft
from service.store import window

_BUSIEST: Final = 10
_EXCERPT: Final = 200
_FROM_ZERO: Final = {"minimum": 0}


class MetComment(Shown):
    """A comment that a ban would be meant for."""

    id = Identifier()
    status = Word(Status)
    name = fields.String()
    body = fields.String(metadata={"description": f"Its first {_EXCERPT} characters."})
    created_at = UtcTime()


class MetChange(Shown):
    """Comments that stand so, and what would have become of them."""

    before = Word((Status.PUBLISHED, Status.HELD, Status.REJECTED), metadata={"description": "Where they stand."})
    after = Word((Action.HOLD, Action.REJECT), metadata={"description": "What would have been done."})
    count = whole({"minimum": 1})
    by_people = whole(_FROM_ZERO, "Of these, people brought so many to where they stand.")
    examples = fields.List(
        fields.Nested(MetComment), metadata={"description": f"The newest {EXAMPLES}, without removed ones."}
    )


class MetBan(Shown):
    """One target of the list."""

    target = fields.String(allow_none=True)
    count = whole(_FROM_ZERO, "Comments that it is meant for; null: it can't be banned.", allow_none=True)


class MetArticle(Shown):
    """An article with comments that a ban would be meant for."""

    article = fields.String(metadata={"description": "The publisher's id."})
    title = fields.String()
    count = whole({"minimum": 1}, "About, where they lie on more than 200 articles.")


class MetDay(Shown):
    """A day's load."""

    day = fields.String(metadata={"format": "date", "description": "In UTC."})
    more = whole(_FROM_ZERO, "Comments that people would have had to look at, and had not.")
    less = whole(_FROM_ZERO, "Comments that they had to look at, and would not have had.")


class RehearsalOut(Shown):
    """What a list of bans would have done to the comments of the last days. Nothing has been banned."""

    looked_at = whole(_FROM_ZERO, f"Judged comments of these days, the newest {MOST:,} at most.")
    days = fields.Float(metadata=_FROM_ZERO | {"description": "That they span."})
    met = whole(_FROM_ZERO, "Those that a ban would be meant for.")
    changes = fields.List(fields.Nested(MetChange), metadata={"description": "The most frequent first."})
    bans = fields.List(fields.Nested(MetBan), metadata={"description": "Target by target, in order."})
    articles = fields.List(fields.Nested(MetArticle), metadata={"description": f"The {_BUSIEST} with the most."})
    more_a_day = fields.Float(metadata=_FROM_ZERO | {"description": "The moderators' load."})
    less_a_day = fields.Float(metadata=_FROM_ZERO)
    daily = fields.List(fields.Nested(MetDay), metadata={"description": "Days on which it would have been another."})


def rehearsed_job(connection: Connection, job: Any) -> dict[str, Any]:
    """The result of a job that is done."""
    draft, found = Draft.from_document(job.asked), Rehearsal.from_document(job.found["rehearsal"])
    reached = datetime.fromisoformat(job.found["place"][0]) if job.looked_at >= MOST else draft.since
    return rehearsed(connection, job.site_id, draft, found, job.looked_at, reached)


def rehearsed(
    connection: Connection, site_id: str, draft: Draft, found: Rehearsal, looked_at: int, reached: datetime
) -> dict[str, Any]:
    """`reached`: how far back it came. Whoever has taken their comment back meanwhile is in no example."""
    days = max((draft.now - reached) / timedelta(days=1), 1 / 24)
    texts = window.texts(connection, site_id, [each for change in found.changes.values() for each in change.examples])
    return {
        "looked_at": looked_at,
        "days": round(days, 2),
        "met": found.met,
        "changes": sorted((_change(key, each, texts) for key, each in found.changes.items()), key=_by_count),
        "bans": [
            {"target": target, "count": found.bans[str(at)] if pattern is not None else None}
            for at, (target, pattern) in enumerate(zip(draft.targets, draft.patterns(), strict=True))
        ],
        "articles": _articles(connection, found),
        "more_a_day": round(found.more.total() / days, 2),
        "less_a_day": round(found.less.total() / days, 2),
        "daily": [
            {"day": day, "more": found.more[day], "less": found.less[day]} for day in sorted({*found.more, *found.less})
        ],
    }


def _by_count(change: Mapping[str, Any]) -> tuple[int, str, str]:
    return -change["count"], change["before"], change["after"]


def _change(key: str, change: Change, texts: Mapping[str, Any]) -> dict[str, Any]:
    before, after = key.split(" ")
    examples = [
        {
            "id": row.id, "status": row.status, "name": row.name, "body": row.body[:_EXCERPT],
            "created_at": row.created_at,
        }
        for row in map(texts.get, change.examples)
        if row is not None
    ]  # fmt: skip
    return {
        "before": before, "after": after, "count": change.count, "by_people": change.by_people, "examples": examples,
    }  # fmt: skip


def _articles(connection: Connection, found: Rehearsal) -> list[dict[str, Any]]:
    busiest = found.articles.most_common(_BUSIEST)
    told = window.articles(connection, [article for article, _ in busiest])
    return [{"article": told[each].key, "title": told[each].title, "count": count} for each, count in busiest]
