"""What must be true of any database, whatever has happened to it: each part says what isn't, in sentences."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, select

from service.domain.acts import Act
from service.domain.comment import Action, Lane, Status
from service.domain.event import EVENTS
from service.store.audit import AuditRow
from service.store.authors import Author
from service.store.claims import Claim
from service.store.comments import SCRUBBED, Comment
from service.store.deliveries import Delivery
from service.store.events import Event
from service.store.moderation import DecisionRow, VerdictRow
from service.store.reports import ReportRow
from service.store.revisions import Revision
from service.store.samples import SampleRow
from service.store.sites import Article
from service.store.submissions import SubmissionKey
from service.store.traces import Likeness, Link
from service.store.webhooks import Webhook
from service.store.wordings import Wording

Faults = Iterator[str]


def rows(connection: Connection, of: Any) -> Sequence[Any]:
    return connection.execute(select(of.__table__)).all()


def faults(connection: Connection) -> list[str]:
    """All that is wrong; empty if nothing is. It reads everything: for small databases."""
    comments = {row.id: row for row in rows(connection, Comment)}
    return [fault for part in _PARTS for fault in part(connection, comments)]


def _published_by_somebody(connection: Connection, comments: dict[str, Any]) -> Faults:
    verdicts = {(row.comment_id, row.revision): row.action for row in rows(connection, VerdictRow)}
    decisions = {(row.comment_id, row.version): row.action for row in rows(connection, DecisionRow)}
    for each in comments.values():
        if each.status == Status.PUBLISHED:
            by = decisions.get((each.id, each.version - 1)) or verdicts.get((each.id, each.revision))
            if by is None:
                yield f"{each.id} is published without a verdict or a decision"


def _each_move_told_once(connection: Connection, comments: dict[str, Any]) -> Faults:
    """Each version has one event that says how it came to be: no fact twice, none missing."""
    told: dict[str, list[int]] = {id_: [] for id_ in comments}
    begun: Counter[str] = Counter()
    for event in rows(connection, Event):
        if event.comment_id is not None and "version" in event.data:
            told[event.comment_id].append(event.data["version"])
        begun[event.comment_id] += event.type == "comment.submitted"
    for each in comments.values():
        if sorted(told[each.id]) != list(range(2, each.version + 1)):
            yield f"{each.id} is in version {each.version}, and events tell of {sorted(told[each.id])}"
        if begun[each.id] != 1:
            yield f"{each.id} was sent in once, and {begun[each.id]} events tell of that"


def _one_verdict_a_revision(connection: Connection, _comments: dict[str, Any]) -> Faults:
    for (comment, revision), many in Counter(
        (row.comment_id, row.revision) for row in rows(connection, VerdictRow)
    ).items():
        if many > 1:
            yield f"revision {revision} of {comment} has {many} verdicts"


def _decisions_are_in_the_log(connection: Connection, _comments: dict[str, Any]) -> Faults:
    decided = Counter(row.comment_id for row in rows(connection, DecisionRow))
    acts = (row for row in rows(connection, AuditRow) if row.act in {Act.DECIDE, Act.REPLY})
    logged = Counter(row.object_id for row in acts)
    for comment in decided.keys() | logged.keys():
        if decided[comment] != logged[comment]:
            yield f"{comment} was decided on {decided[comment]} times, and the log tells of {logged[comment]}"


def _counters(connection: Connection, comments: dict[str, Any]) -> Faults:
    published = [each for each in comments.values() if each.status == Status.PUBLISHED]
    articles, replies = Counter(row.article_id for row in published), Counter(row.parent_id for row in published)
    for article in rows(connection, Article):
        if article.published_count != articles[article.id]:
            yield f"article {article.id} counts {article.published_count}, and there are {articles[article.id]}"
    for each in comments.values():
        if each.published_replies != replies[each.id]:
            yield f"{each.id} counts {each.published_replies} replies, and there are {replies[each.id]}"
    for author in rows(connection, Author):
        theirs = Counter(each.status for each in comments.values() if each.author_id == author.id)
        counted = (author.published_count, author.rejected_count)
        if counted != (theirs[Status.PUBLISHED], theirs[Status.REJECTED]):
            yield f"author {author.id} counts {counted}, and it is {theirs}"


def _reports(connection: Connection, comments: dict[str, Any]) -> Faults:
    made = Counter(row.comment_id for row in rows(connection, ReportRow))
    for each in comments.values():
        if each.reports != made[each.id]:
            yield f"{each.id} counts {each.reports} reports, and there are {made[each.id]}"


def _removed_are_scrubbed(connection: Connection, comments: dict[str, Any]) -> Faults:
    removed = {each.id for each in comments.values() if each.status == Status.REMOVED}
    for id_ in removed:
        left = [name for name, value in SCRUBBED.items() if getattr(comments[id_], name) != value]
        if left:
            yield f"{id_} is removed, and has {left}"
    for of in (Revision, ReportRow, Wording, Likeness, Link, Claim):
        for row in rows(connection, of):
            if row.comment_id in removed:
                yield f"{row.comment_id} is removed, and there is a {of.__name__} of it"


def _nobody_is_at_what_is_over(connection: Connection, comments: dict[str, Any]) -> Faults:
    for each in comments.values():
        if each.lease_until is not None and each.status != Status.PENDING and each.lane != Lane.SCORE:
            yield f"{each.id} is {each.status}, and a worker has it"
    for claim in rows(connection, Claim):
        if comments[claim.comment_id].status == Status.PENDING and comments[claim.comment_id].revision > 1:
            yield f"{claim.comment_id} is to be judged anew, and somebody reads it"


def _samples(connection: Connection, comments: dict[str, Any]) -> Faults:
    verdicts = {(row.comment_id, row.revision): row for row in rows(connection, VerdictRow)}
    for sample in rows(connection, SampleRow):
        verdict, comment = verdicts.get((sample.comment_id, sample.revision)), comments[sample.comment_id]
        if verdict is None or (verdict.action, verdict.score) != (sample.action, sample.score):
            yield f"the sample of {sample.comment_id} has not its verdict"
        stands = comment.revision == sample.revision and comment.status not in {Status.PENDING, Status.REMOVED}
        if stands and not comment.decided and not comment.awaiting:
            yield f"{sample.comment_id} is a sample, and waits for nobody"


def _keys(connection: Connection, comments: dict[str, Any]) -> Faults:
    used = Counter(row.comment_id for row in rows(connection, SubmissionKey))
    yield from (f"a key was used up for {comment}, which isn't there" for comment in used.keys() - comments.keys())


_PARTS: Final[tuple[Callable[[Connection, dict[str, Any]], Faults], ...]] = (
    _published_by_somebody, _each_move_told_once, _one_verdict_a_revision, _decisions_are_in_the_log, _counters,
    _reports, _removed_are_scrubbed, _nobody_is_at_what_is_over, _samples, _keys,
)  # fmt: skip


def untold(connection: Connection) -> list[str]:
    """What somebody would have to be told yet, once all has been told that there was."""
    hooks, events = rows(connection, Webhook), {row.id: row for row in rows(connection, Event)}
    found = Counter((row.event_id, row.target_id) for row in rows(connection, Delivery) if row.state == "delivered")
    return [
        f"{event.type} ({event.id}) was not told to {hook.id}"
        for event in events.values()
        for hook in hooks
        if event.untold
        or (event.type in EVENTS and hook.created_at <= event.created_at and found[event.id, hook.id] != 1)
    ]


def shown_without_ground(connection: Connection, seen: set[str]) -> list[str]:
    """Those of the comments that readers have seen which neither a verdict nor a decision had ever let through."""
    verdicts = select(VerdictRow.comment_id).where(VerdictRow.action == Action.PUBLISH)
    decisions = select(DecisionRow.comment_id).where(DecisionRow.action == Action.PUBLISH)
    let_through = {*connection.execute(verdicts).scalars(), *connection.execute(decisions).scalars()}
    return sorted(seen - let_through)
