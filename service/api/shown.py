"""What goes out: allow-lists, from which the OpenAPI document is made. The e-mail is a field of none of them."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from marshmallow import Schema, fields

from service.api.fields import Identifier, UtcTime, noted
from service.domain.comment import Action, Status
from service.domain.reasons import PUBLIC_REASONS, ReportReason
from service.domain.site import MAX_DEPTH
from service.errors import CODES
from service.metrics import DATABASE_TROUBLES, REDIS_TROUBLES
from service.store.lists import COUNT_CAP, EXCERPT
from service.store.reports import LATEST

_FROM_ZERO: Final = {"minimum": 0}
_FROM_ONE: Final = {"minimum": 1}
_SHARE: Final = {"minimum": 0, "maximum": 1}
_UNTOLD: Final = "Null for what awaits a person: whoever decides isn't told what the machine made of it."
_REASON: Final = {"description": "A signal reason; one of an earlier release may be among them."}


class Shown(Schema):
    """Every member is always there, but those that may be lacking."""

    may_lack: ClassVar[frozenset[str]] = frozenset()

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.required = field_name not in self.may_lack


class Word(fields.String):
    """One of a closed list of words."""

    def __init__(self, words: Iterable[str], **rest: Any) -> None:
        choices: list[str | None] = [str(word) for word in words]
        super().__init__(**noted(rest, {"enum": choices + [None] * bool(rest.get("allow_none"))}))


def whole(told: dict[str, Any], description: str = "", **rest: Any) -> fields.Integer:
    """A whole number within bounds."""
    return fields.Integer(**rest, metadata=told | ({"description": description} if description else {}))


class Accepted(Shown):
    """A submission that is stored and will be judged."""

    id = Identifier()
    status = Word(Status, metadata={"description": "`pending`; where it stands today, if it was sent before."})
    receipt = fields.String(metadata={"description": "By which the author follows their comment. It is a secret."})


class PublicComment(Shown):
    """A published comment."""

    id = Identifier()
    parent = Identifier(attribute="parent_id", allow_none=True)
    name = fields.String()
    website = fields.String(metadata={"description": "Empty, or a web address."})
    html = fields.String(metadata={"description": "Cleaned HTML."})
    created_at = UtcTime()
    edited_at = UtcTime(allow_none=True)
    badge = fields.String(allow_none=True, dump_default=None)


class Tombstone(Shown):
    """What stays where a comment was, while published replies hang on it."""

    id = Identifier()
    parent = Identifier(attribute="parent_id", allow_none=True)
    status = Word(status for status in Status if status is not Status.PUBLISHED)
    created_at = UtcTime()


class FieldRule(Shown):
    """What the form asks of one field."""

    may_lack = frozenset({"max_length", "max_bytes"})

    required = fields.Boolean()
    max_length = whole(_FROM_ONE, "In characters.")
    max_bytes = whole(_FROM_ONE, "In bytes of UTF-8.")


class FormState(Shown):
    """Whether and how one can comment here."""

    open = fields.Boolean()
    closed_reason = Word(("age", "article", "site"), allow_none=True)
    fields_ = fields.Dict(keys=fields.String(), values=fields.Nested(FieldRule), attribute="fields", data_key="fields")
    depth = whole({"minimum": 0, "maximum": MAX_DEPTH}, "How deep replies nest; 0 allows none.")
    consent = fields.Boolean(metadata={"description": "Whether consent has to be given."})
    notices = fields.Boolean(metadata={"description": "Whether authors can ask to be told by mail."})
    languages = fields.List(fields.String())


class CommentPage(Shown):
    """A page of an article's comments."""

    comments = fields.List(
        fields.Raw(
            metadata={"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("PublicComment", "Tombstone")]}
        ),
        metadata={"description": "Published comments, and tombstones between them."},
    )
    next = fields.String(allow_none=True, metadata={"description": "The cursor of the next page."})
    count = whole(_FROM_ZERO, "Published comments of the article.")
    form = fields.Nested(FormState)


class Counts(Shown):
    """Published comments by article; an article that nobody has commented on is left out."""

    counts = fields.Dict(keys=fields.String(), values=whole(_FROM_ZERO))


class FormTokenOut(Shown):
    """What a form carries with it, and when it was opened."""

    form_token = fields.String()
    issued_at = UtcTime()


class Preview(Shown):
    """A text as readers would get it."""

    html = fields.String(metadata={"description": "Cleaned HTML."})


class ReceiptView(Shown):
    """The author's own comment and its state."""

    id = Identifier()
    status = Word(Status)
    message = fields.String(metadata={"description": "What the state means, in the reader's language."})
    reason = fields.String(
        allow_none=True,
        metadata={"examples": [*sorted(PUBLIC_REASONS), None],
                  "description": "The public reason of a refusal: one of these, or of the site's own."},
    )  # fmt: skip
    name = fields.String()
    website = fields.String()
    body = fields.String()
    html = fields.String(allow_none=True)
    parent = Identifier(allow_none=True)
    site = fields.String()
    article = fields.String()
    article_title = fields.String()
    created_at = UtcTime()
    edited_at = UtcTime(allow_none=True)
    editable = fields.Boolean(metadata={"description": "Whether its text can be edited now."})


class Received(Shown):
    """A report has arrived: the same answer whether this device has reported the comment before or not."""

    status = Word(("received",))
    message = fields.String(metadata={"description": "What happens next, in the reader's language."})


class Standing(Shown):
    """Where a comment stands now."""

    may_lack = frozenset({"claimed_by"})

    id = Identifier()
    status = Word(Status)
    version = whole(_FROM_ONE)
    claimed_by = fields.String(metadata={"description": "Who else was just reading it, by their token; often nobody."})


class SpanOut(Shown):
    """Which characters of the text caused a finding: from `start`, before `end`."""

    start = whole(_FROM_ZERO)
    end = whole(_FROM_ONE)


class SignalOut(Shown):
    """One finding, with its sentence in the moderator's language."""

    reason = fields.String(metadata=_REASON)
    score = fields.Float(metadata=_SHARE | {"description": "How strong the finding is."})
    weight = fields.Float(metadata=_FROM_ZERO | {"description": "What it added to the verdict's score."})
    detail = fields.String()
    facts = fields.Dict(metadata={"description": "What fills the sentence."})
    spans = fields.List(fields.Nested(SpanOut))


class VerdictOut(Shown):
    """What the machine concluded."""

    action = Word(Action)
    score = fields.Float(metadata=_SHARE)
    signals = fields.List(fields.Nested(SignalOut), metadata={"description": "The heaviest first."})
    policy_version = whole(_FROM_ZERO)
    engine = fields.String()
    revision = whole(_FROM_ONE)
    created_at = UtcTime()


class ArticleOut(Shown):
    """The article a comment is on."""

    id = fields.String(metadata={"description": "The publisher's own id."})
    title = fields.String()
    title_confirmed = fields.Boolean(metadata={"description": "False while only a reader said so."})
    url = fields.String()


class ReportCount(Shown):
    """How often readers have reported a comment."""

    count = whole(_FROM_ZERO, "By how many devices.")
    open = whole(_FROM_ZERO, "Of these, since a person last decided.")


class ReportOut(Shown):
    """One reader's report: what they said, and nothing of who they are."""

    reason = Word(ReportReason)
    note = fields.String(metadata={"description": "In their own words, without e-mail addresses; often empty."})
    revision = whole(_FROM_ONE, "Of the text that was reported.")
    created_at = UtcTime()


class Reports(ReportCount):
    """What readers have against a comment."""

    reasons = fields.Dict(
        keys=fields.String(), values=whole(_FROM_ONE), metadata={"description": "How often each, the commonest first."}
    )
    latest = fields.List(fields.Nested(ReportOut), metadata={"description": f"The newest {LATEST}, the newest first."})


class QueueItem(Shown):
    """A comment as it stands in a moderators' list. No field holds the e-mail."""

    id = Identifier()
    site = fields.String()
    article = fields.Nested(ArticleOut)
    parent = Identifier(allow_none=True)
    status = Word(Status)
    version = whole(_FROM_ONE, "Sent back with a decision, which is bound to what was seen.")
    name = fields.String()
    website = fields.String()
    body = fields.String()
    score = fields.Float(allow_none=True, metadata=_SHARE)
    reasons = fields.List(fields.String(metadata=_REASON))
    verdict = fields.Nested(VerdictOut, allow_none=True)
    reports = fields.Nested(ReportCount)
    claimed_by = fields.String(allow_none=True, metadata={"description": "Who reads it now: their token's name."})
    claimed_until = UtcTime(allow_none=True)
    created_at = UtcTime()
    edited_at = UtcTime(allow_none=True)


class Queue(Shown):
    """One page of a moderators' list."""

    items = fields.List(fields.Nested(QueueItem))
    next = fields.String(allow_none=True, metadata={"description": "The cursor of the next page."})
    counts = fields.Dict(
        keys=fields.String(),
        values=whole(_FROM_ZERO),
        metadata={
            "description": f"How long each list is, and how many there are by status. {COUNT_CAP:,} stands for more."
        },
    )


class RunVerdict(VerdictOut):
    """What the machine found, to whoever is to decide."""

    action = Word(Action, allow_none=True, metadata={"description": _UNTOLD})


class RunItem(QueueItem):
    """A comment as it stands in a run."""

    status = Word(Status, allow_none=True, metadata={"description": _UNTOLD})
    verdict = fields.Nested(RunVerdict, allow_none=True)


class NextItem(Shown):
    """The next one, which is the asker's now; null if there is none."""

    item = fields.Nested(RunItem, allow_none=True)


class ClaimOut(Shown):
    """Who reads a comment, until when; null when nobody does."""

    id = Identifier()
    claimed_by = fields.String(allow_none=True, metadata={"description": "Their token's name."})
    claimed_until = UtcTime(allow_none=True)


class ParentOut(Shown):
    """The comment that is replied to."""

    id = Identifier()
    name = fields.String(allow_none=True)
    body = fields.String(allow_none=True)
    status = Word(Status)


class AuthorOut(Shown):
    """The author's record on this site."""

    id = Identifier(allow_none=True, metadata={"description": "Ours, for `/v1/moderation/authors`; null when removed."})
    published = whole(_FROM_ZERO)
    rejected = whole(_FROM_ZERO)


class Happening(Shown):
    """One entry of a comment's history: what happened, by whom, when. Each type has members of its own."""

    may_lack = frozenset({"action", "score", "reason", "note", "public_reason", "who", "version", "revision"})

    type = Word(("submitted", "verdict", "decision"))
    at = UtcTime()
    action = Word(Action)
    score = fields.Float(metadata=_SHARE | {"description": "A verdict's."})
    reason = fields.String(allow_none=True, metadata={"description": "A decision's."})
    note = fields.String(metadata={"description": "A decision's."})
    public_reason = fields.String(metadata={"description": "A decision's: what its author was told; often nothing."})
    who = fields.String(allow_none=True, metadata={"description": "The engine, or the token's name."})
    version = whole(_FROM_ONE, "That was decided on.")
    revision = whole(_FROM_ONE, "Of the text.")


class RevisionOut(Shown):
    """An earlier text of a comment that was edited."""

    revision = whole(_FROM_ONE)
    body = fields.String()
    replaced_at = UtcTime()


class CopyOut(Shown):
    """Another comment with nearly the same text."""

    id = Identifier()
    status = Word(Status)
    name = fields.String()
    body = fields.String()
    created_at = UtcTime()


class CampaignBeside(Shown):
    """The campaign that a comment belongs to."""

    id = Identifier()
    members = whole(_FROM_ONE)
    waiting = whole(_FROM_ZERO, "How many of them await a person, by the last count.")


class CommentDetail(QueueItem):
    """One comment with all that explains it."""

    revision = whole(_FROM_ONE)
    html = fields.String(allow_none=True)
    parent_comment = fields.Nested(ParentOut, allow_none=True)
    author = fields.Nested(AuthorOut)
    reports = fields.Nested(Reports)
    history = fields.List(fields.Nested(Happening), metadata={"description": "In the order of time."})
    revisions = fields.List(fields.Nested(RevisionOut), metadata={"description": "Earlier texts, the first one first."})
    copies = fields.List(
        fields.Nested(CopyOut),
        metadata={"description": "Of this site, within a week of now: nearly the same text, the newest first."},
    )
    campaign = fields.Nested(
        CampaignBeside, allow_none=True, metadata={"description": "Which they make up, if they make up one."}
    )


class Problem(Shown):
    """RFC 9457 problem details, with the members that some codes bring along."""

    may_lack = frozenset({"errors", "current", "comment_status", "claimed_by", "claimed_until", "ban"})

    type = fields.String(metadata={"format": "uri", "description": "`urn:moderato:problem:` and the code."})
    title = fields.String(metadata={"description": "A sentence in the reader's language."})
    status = whole({"minimum": 400, "maximum": 599})
    code = Word(CODES, metadata={"description": "A stable word."})
    request_id = fields.String(metadata={"description": "As in the header `X-Request-ID` and in the logs."})
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "422: sentences in the reader's language, by field."},
    )
    current = fields.Nested(Standing, metadata={"description": "`moved_on`: where the comment stands now."})
    comment_status = Word(
        Status, metadata={"description": "`duplicate`, `not_editable`, `not_published`: of that comment."}
    )
    claimed_by = fields.String(metadata={"description": "`claimed`: the name of the token of whoever reads it."})
    claimed_until = UtcTime(metadata={"description": "`claimed`: when it lapses, unless they go on reading."})
    ban = Identifier(metadata={"description": "`ban_known`: the one that does the same for as long."})


class DecisionResult(Shown):
    """What became of one decision among many: where the comment stands, or a problem."""

    may_lack = frozenset({"status", "version", "claimed_by", "problem"})

    id = fields.String(allow_none=True, metadata={"description": "As it was given; null if it was none."})
    status = Word(Status)
    version = whole(_FROM_ONE)
    claimed_by = fields.String(metadata={"description": "Who else was just reading it, by their token; often nobody."})
    problem = fields.Nested(Problem)


class DecisionResults(Shown):
    """A result for each decision, in order."""

    results = fields.List(fields.Nested(DecisionResult))


class Selected(Shown):
    """One comment that a bulk act would be about, in brief."""

    id = Identifier()
    version = whole(_FROM_ONE, "Sent back with a decision, which is bound to what was seen.")
    status = Word(Status)
    name = fields.String()
    excerpt = fields.String(metadata={"maxLength": EXCERPT, "description": "The beginning of the text."})
    article = fields.Nested(ArticleOut)
    created_at = UtcTime()


class Selection(Shown):
    """What a bulk act would be about."""

    items = fields.List(fields.Nested(Selected), metadata={"description": "The newest first."})
    counts = fields.Dict(
        keys=fields.String(), values=whole(_FROM_ONE), metadata={"description": "How many of them, by status."}
    )
    authors = whole(_FROM_ZERO, "By how many authors they are.")
    more = fields.Boolean(
        metadata={"description": "Whether there are more than these, or some that were not looked at."}
    )


class CampaignOut(Shown):
    """Near copies of one text, as they were last counted."""

    id = Identifier()
    comment = Identifier(allow_none=True, metadata={"description": "Whose text is told: the oldest of them."})
    name = fields.String(allow_none=True)
    excerpt = fields.String(allow_none=True, metadata={"maxLength": EXCERPT, "description": "Its beginning."})
    members = whole(_FROM_ONE)
    authors = whole(_FROM_ZERO, "By how many authors they are.")
    articles = whole(_FROM_ZERO, "On how many articles.")
    waiting = whole(_FROM_ZERO, "How many of them await a person.")
    counts = fields.Dict(
        keys=fields.String(), values=whole(_FROM_ONE), metadata={"description": "How many of them, by status."}
    )
    refused = whole(_FROM_ZERO, "How many of them people refused.")
    accepted = whole(_FROM_ZERO, "How many of them people published.")
    first_at = UtcTime()
    latest_at = UtcTime()
    counted_at = UtcTime(metadata={"description": "When all this was counted: seconds ago, where somebody decides."})


class Campaigns(Shown):
    """What is sent in again and again."""

    campaigns = fields.List(fields.Nested(CampaignOut), metadata={"description": "In the order that was asked for."})


class Alive(Shown):
    """The process answers."""

    status = Word(("ok",))


class Ready(Shown):
    """What the service needs, and how each of it is."""

    status = Word(
        ("ready", "degraded", "unready"),
        metadata={"description": "`degraded`: comments are taken, and something of the following isn't `ok`."},
    )
    database = Word(
        ("ok", *DATABASE_TROUBLES),
        metadata={"description": "`busy`: it has no connection or lock to give. Unless `ok`, no comment can be taken."},
    )
    redis = Word(
        ("ok", *REDIS_TROUBLES, "evicting"),
        metadata={"description": "What is wrong with it; comments are taken, and judged by the sweep."},
    )
    scorer = Word(
        ("ok", "missed", "unknown"),
        metadata={"description": "`missed`: comments are held because it was away, or too many waited."},
    )
    backlog = Word(
        ("ok", "optional_skipped", "refusing", "unknown"),
        metadata={"description": "Of the site that stands worst: the scorer isn't asked, or no comment is taken."},
    )
    disk = Word(
        ("ok", "full"),
        metadata={"description": "`full`: the latest comment that this process wrote found no room in the database."},
    )
    clock = Word(
        ("ok", "off", "unknown"),
        metadata={"description": "`off`: the clock of whoever answers is two seconds and more from the database's."},
    )
    migrations = fields.String(
        metadata={"description": "`ok`, `newer: …` (fine, too), `unknown`, or what is to be done."}
    )
