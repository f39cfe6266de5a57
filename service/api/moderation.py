"""Moderators' routes: the queue, one comment with all that explains it, decisions bound to the version seen."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import Blueprint, request
from marshmallow import ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from service.api import query, schemas, shown
from service.api.answers import private
from service.api.auth import DECIDERS, READERS, decider, staff, staff_only
from service.api.body import read_json
from service.api.cursors import cursor_at, read_cursor, read_number_cursor
from service.api.describe import BODY, NOT_KEPT, RUN, STAFF, Answer, Described, described
from service.api.fields import as_identifier
from service.api.lists import QUERY, asked
from service.api.problems import as_invalid, document_of, readable
from service.errors import Invalid, NotFound, Problem, Sentence, Unavailable
from service.front import front
from service.handoff import TELL_LANE
from service.operations.decide import Decision, Standing, decide
from service.operations.undo import undo
from service.store import campaigns, lists, moderation, queues, reports, revisions, traces, wordings
from service.store.asked import Order, Place
from service.store.session import is_away
from service.web.reader import language
from service.words import say

blueprint = Blueprint("moderation", __name__)

_COPIES: Final = timedelta(days=7)
_BULK_BYTES: Final = 2 * 1024 * 1024


def _comment_at(place: str) -> dict[str, Any]:
    return {
        "operationId": "get_comment",
        "parameters": {"comment_id": f"$response.body#{place}/id"},
        "description": "One of them, with all that explains it.",
    }


def _decide_on(place: str) -> dict[str, Any]:
    return {
        "operationId": "post_decision",
        "parameters": {"comment_id": f"$response.body#{place}/id"},
        "requestBody": {"action": "publish", "version": f"$response.body#{place}/version"},
        "description": "A decision is bound to the version that was seen.",
    }


_FROM_QUEUE: Final = {"comment": _comment_at("/items/0"), "decide": _decide_on("/items/0")}
_queue_schema = shown.Queue()
_detail_schema = shown.CommentDetail()
_standing_schema = shown.Standing()
_decision_schema = schemas.Decision()
_listed_schema = schemas.ListedDecision()
_decisions_schema = schemas.Decisions()
_undo_schema = schemas.Undo()


@blueprint.get("/v1/moderation/queue")
@described(
    Described(
        "A list that moderators work from; what awaits a person if none is named.",
        "moderators",
        {200: Answer(shown.Queue, headers=NOT_KEPT, links=_FROM_QUEUE)},
        (*STAFF, "site_unknown", "invalid"),
        query={
            "site": query.SITE,
            **QUERY,
        },
    )
)
@staff_only(READERS)
def get_queue() -> Any:
    """One page of the list, each item with its latest verdict in words, and the counts of the site's lists."""
    who = staff()
    site = query.text("site")
    if site is not None and site != who.site:
        raise NotFound("site_unknown")
    what, limit, now = asked(), query.limit(), datetime.now(UTC)
    after = _after(what.order)
    with front().database.read() as connection:
        page = lists.page(connection, who.site_id, what, after=after, limit=limit, now=now)
        items = items_of(connection, page.rows)
        counts = lists.counts(connection, who.site_id, now)
    document = {
        "items": items,
        "next": cursor_at(page.next.at, page.next.id, _by(what.order)) if page.next is not None else None,
        "counts": counts,
    }
    return private(_queue_schema.dump(document))


def _by(order: Order) -> str:
    """The word by which a cursor tells that it belongs to this order."""
    return "" if order.by_time else order


def _after(order: Order) -> Place | None:
    read = read_number_cursor if order is Order.TEACHING else read_cursor
    after = read(request.args.get("cursor"), _by(order))
    return Place(*after) if after is not None else None


@blueprint.get("/v1/moderation/comments/<comment_id>")
@described(
    Described(
        "One comment: text, verdict, history, reports, article and parent. Never the e-mail.",
        "moderators",
        {200: Answer(shown.CommentDetail, headers=NOT_KEPT, links={"decide": _decide_on("")})},
        (*STAFF, "comment_unknown"),
    )
)
@staff_only(READERS)
def get_comment(comment_id: str) -> Any:
    who, identifier = staff(), as_identifier(comment_id)
    if identifier is None:
        raise NotFound("comment_unknown")
    with front().database.read() as connection:
        row = queues.one_for_moderators(connection, identifier, who.site_id)
        if row is None:
            raise NotFound("comment_unknown")
        verdicts = moderation.verdicts_of(connection, [identifier])
        decisions = moderation.decisions_of(connection, [identifier])
        earlier = revisions.revisions_of(connection, identifier)
        public = wordings.wordings_of(connection, identifier)
        copies = traces.copies_of(connection, identifier, datetime.now(UTC) - _COPIES)
        campaign = campaigns.campaign_of(connection, identifier)
        reasons, latest = (
            reports.count_by_reason(connection, identifier),
            reports.latest_reports(connection, identifier),
        )
    document = _item(row, verdicts[-1] if verdicts else None) | {
        "revision": row.revision,
        "html": row.html,
        "parent_comment": _parent(row),
        "reports": {"count": row.reports, "open": row.open_reports, "reasons": reasons, "latest": latest},
        "author": {"id": row.author_id, "published": row.author_published or 0, "rejected": row.author_rejected or 0},
        "history": _history(row, verdicts, decisions, public),
        "revisions": earlier,
        "copies": copies,
        "campaign": campaign,
    }
    return private(_detail_schema.dump(document))


@blueprint.post("/v1/moderation/comments/<comment_id>/decision")
@described(
    Described(
        "Decide on the version that was seen. 409 with the current state if it has moved on.",
        "moderators",
        {200: Answer(shown.Standing, headers=NOT_KEPT, links={"comment": _comment_at("")})},
        (*STAFF, "role", "comment_unknown", "moved_on", *BODY),
        body=schemas.Decision,
        headers=RUN,
    )
)
@staff_only(DECIDERS)
def post_decision(comment_id: str) -> Any:
    data, identifier = _decision_schema.load(read_json()), as_identifier(comment_id)
    if identifier is None:
        raise NotFound("comment_unknown")
    standing = _decide(Decision(id=identifier, **data))
    front().handoff.wake(TELL_LANE)
    return private(_standing_schema.dump(_stands(standing)))


@blueprint.post("/v1/moderation/comments/<comment_id>/undo")
@described(
    Described(
        "Take the latest decision back, within ten minutes: a new decision restores what was before.",
        "moderators",
        {200: Answer(shown.Standing, headers=NOT_KEPT, links={"comment": _comment_at("")})},
        (*STAFF, "role", "comment_unknown", "moved_on", "undo_over", *BODY),
        body=schemas.Undo,
        headers=RUN,
    )
)
@staff_only(DECIDERS)
def post_undo(comment_id: str) -> Any:
    version, identifier = _undo_schema.load(read_json())["version"], as_identifier(comment_id)
    if identifier is None:
        raise NotFound("comment_unknown")
    standing = undo(front().database, decider(), identifier, version, datetime.now(UTC))
    front().handoff.wake(TELL_LANE)
    return private(_standing_schema.dump(_stands(standing)))


@blueprint.post("/v1/moderation/decisions")
@described(
    Described(
        "Up to 500 decisions at once, each with a result of its own, in order.",
        "moderators",
        {200: Answer(shown.DecisionResults, headers=NOT_KEPT)},
        (*(code for code in STAFF if code != "not_found"), "role", *BODY),
        body=schemas.Decisions,
        headers=RUN,
    )
)
@staff_only(DECIDERS)
def post_decisions() -> Any:
    given = _decisions_schema.load(read_json(_BULK_BYTES))
    asked = given["decisions"]
    if not 1 <= len(asked) <= schemas.MAX_DECISIONS:
        raise Invalid({"decisions": [Sentence("field.decisions", count=schemas.MAX_DECISIONS)]})
    results = _results(asked, given["by"])
    front().handoff.wake(TELL_LANE)
    return private({"results": results})


def _results(asked: list[Any], by: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A result each, in order. If the database goes away among them, those made are told and the rest isn't tried."""
    results: list[dict[str, Any]] = []
    for each in asked:
        try:
            results.append(_one_of_many(each, by))
        except SQLAlchemyError as error:
            if not (results and is_away(error)):
                raise
            problem = document_of(Unavailable())
            return results + [{"id": _id_given(rest), "problem": problem} for rest in asked[len(results) :]]
    return results


def _one_of_many(asked: Any, by: Mapping[str, Any]) -> dict[str, Any]:
    """The result of one decision among many: where the comment stands, or the problem. It never stops the others."""
    told = _id_given(asked)
    try:
        standing = _decide(Decision(**_listed_schema.load(asked), by=by))
    except ValidationError as error:
        return {"id": told, "problem": document_of(as_invalid(error))}
    except Problem as problem:
        return {"id": told, "problem": document_of(problem)}
    return _stands(standing)


def _stands(standing: Standing) -> dict[str, Any]:
    other = {"claimed_by": standing.claimed_by} if standing.claimed_by is not None else {}
    return {"id": standing.id, "status": str(standing.status), "version": standing.version} | other


def _id_given(asked: Any) -> str | None:
    """The id as the client wrote it, so that they find their own again."""
    given = asked.get("id") if isinstance(asked, dict) else None
    return readable(given) if isinstance(given, str) else None


def _decide(decision: Decision) -> Standing:
    return decide(front().database, decider(), decision, datetime.now(UTC))


def items_of(connection: Connection, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows of a list as its items, each with its latest verdict."""
    verdicts = _latest(moderation.verdicts_of(connection, [row.id for row in rows]))
    return [_item(row, verdicts.get(row.id)) for row in rows]


def _latest(verdicts: Iterable[Any]) -> dict[str, Any]:
    return {verdict.comment_id: verdict for verdict in verdicts}


def _item(row: Any, verdict: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "site": row.site,
        "article": {
            "id": row.article,
            "title": row.article_title,
            "title_confirmed": row.title_confirmed,
            "url": row.article_url,
        },
        "parent": row.parent_id,
        "status": row.status,
        "version": row.version,
        "name": row.name,
        "website": row.website,
        "body": row.body,
        "score": row.score,
        "reasons": row.reasons.split(),
        "verdict": _verdict(verdict) if verdict is not None else None,
        "reports": {"count": row.reports, "open": row.open_reports},
        "claimed_by": row.claimed_by,
        "claimed_until": row.claimed_until,
        "created_at": row.created_at,
        "edited_at": row.edited_at,
    }


def _verdict(row: Any) -> dict[str, Any]:
    """The verdict with each signal's sentence, the heaviest first."""
    spoken = language()
    signals = [
        signal | {"weight": row.weights.get(signal["reason"], 0.0), "detail": _detail(signal, spoken)}
        for signal in row.signals
    ]
    return {
        "action": row.action,
        "score": row.score,
        "signals": sorted(signals, key=lambda signal: -signal["weight"]),
        "policy_version": row.policy_version,
        "engine": row.engine,
        "revision": row.revision,
        "created_at": row.created_at,
    }


def _detail(signal: dict[str, Any], spoken: str) -> str:
    """A signal in a sentence; a reason that this release no longer knows is told by its word."""
    try:
        return say(f"signal.{signal['reason']}", spoken, **signal["facts"])
    except KeyError:
        return str(signal["reason"])


def _parent(row: Any) -> dict[str, Any] | None:
    if row.parent_id is None:
        return None
    return {"id": row.parent_id, "name": row.parent_name, "body": row.parent_body, "status": row.parent_status}


def _history(
    row: Any, verdicts: Iterable[Any], decisions: Iterable[Any], public: Mapping[int, str]
) -> list[dict[str, Any]]:
    """Everything that happened to the comment, in the order of time."""
    happenings: list[dict[str, Any]] = [{"type": "submitted", "at": row.created_at, "revision": 1}]
    happenings += [
        {
            "type": "verdict",
            "at": verdict.created_at,
            "action": verdict.action,
            "score": verdict.score,
            "revision": verdict.revision,
            "who": verdict.engine,
        }
        for verdict in verdicts
    ]
    happenings += [
        {
            "type": "decision",
            "at": decision.created_at,
            "action": decision.action,
            "reason": decision.reason,
            "note": decision.note,
            "public_reason": public.get(decision.version, ""),
            "version": decision.version,
            "who": decision.who,
        }
        for decision in decisions
    ]
    return sorted(happenings, key=lambda happening: happening["at"])
