"""What comes in and what goes out. Allow-lists both ways: the e-mail is accepted, and is a field of nothing else."""

from functools import lru_cache
from typing import Any, Final

from marshmallow import RAISE, Schema, fields, post_load, pre_load, validate

from service.api.fields import EmailAddress, Identifier, Text, UtcTime, Website, YesNo, one_of, wrong
from service.domain.comment import Action, Status
from service.domain.reasons import DecisionReason
from service.domain.site import BODY_BYTES, EMAIL_LENGTH, NAME_LENGTH, WEBSITE_LENGTH, SiteRules
from service.errors import Sentence

MAX_DECISIONS: Final = 500
_ONE_OF: Final = "field.one_of"
_NOT_TEXT: Final = Sentence("field.not_text")


class Strict(Schema):
    """Unknown fields are refused by name."""

    class Meta:
        unknown = RAISE

    error_messages = {  # noqa: RUF012 - marshmallow's own shape
        "unknown": Sentence("field.unknown"),  # type: ignore[dict-item] # a sentence not yet in a language
        "type": Sentence("field.not_an_object"),  # type: ignore[dict-item] # likewise
    }


class Submission(Strict):
    """A reader's comment. The e-mail address is never published."""

    name = Text(required=True, longest=NAME_LENGTH, metadata={"description": "The name shown with the comment."})
    email = EmailAddress(
        required=True, longest=EMAIL_LENGTH, load_only=True, metadata={"description": "Never shown to anyone."}
    )
    body = Text(
        required=True, most_bytes=BODY_BYTES, lines=True,
        metadata={"description": "The comment, at most 65,525 bytes in UTF-8. Links, emphasis, quotes, lists and code "
                  "in Markdown."},
    )  # fmt: skip
    website = Website(longest=WEBSITE_LENGTH, load_default="", metadata={"description": "The author's own site."})
    parent = Identifier(
        load_default=None, allow_none=True, metadata={"description": "The published comment this one replies to."}
    )
    article_url = Text(
        longest=2000, load_default="", metadata={"description": "Where the article is: on an allowed origin."}
    )
    article_title = Text(longest=300, load_default="", metadata={"description": "Shown to moderators as unconfirmed."})
    consent = YesNo(load_default=False, metadata={"description": "Needed where the site asks for it."})
    form_token = Text(longest=4000, load_default="", metadata={"description": "From `form-token`; spent by a 202."})
    contact = fields.String(
        load_default="", error_messages={"invalid": [_NOT_TEXT], "null": [_NOT_TEXT]},
        metadata={"description": "For robots, whatever they write: people leave it empty."},
    )  # fmt: skip

    def __init__(self, rules: SiteRules | None = None, *, deliverable: bool = False, **rest: Any) -> None:
        super().__init__(**rest)
        self.rules = rules or SiteRules()
        for name, longest in (
            ("name", self.rules.name_length), ("email", self.rules.email_length), ("website", self.rules.website_length)
        ):  # fmt: skip
            _text(self.fields[name]).longest = longest
        _text(self.fields["body"]).most_bytes = self.rules.body_bytes
        email = self.fields["email"]
        assert isinstance(email, EmailAddress)  # noqa: S101 - for the type checker
        email.deliverable = deliverable

    @pre_load
    def _empty_is_absent(self, data: Any, **_: Any) -> Any:
        """An HTML form sends every field, filled or not."""
        if isinstance(data, dict):
            return {name: value for name, value in data.items() if not (value == "" and name in {"parent", "consent"})}
        return data

    @post_load
    def _by_the_sites_rules(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if self.rules.consent and not data["consent"]:
            error = wrong("consent")
            error.field_name = "consent"
            raise error
        if not self.rules.website:
            data["website"] = ""
        return data


def _text(field: fields.Field[Any]) -> Text:
    assert isinstance(field, Text)  # noqa: S101 - for the type checker
    return field


@lru_cache(maxsize=256)
def submission_schema(rules: SiteRules, *, deliverable: bool) -> Submission:
    return Submission(rules, deliverable=deliverable)


class Edit(Strict):
    """The new text of one's own comment."""

    body = Text(required=True, most_bytes=BODY_BYTES, lines=True)

    def __init__(self, rules: SiteRules | None = None, **rest: Any) -> None:
        super().__init__(**rest)
        _text(self.fields["body"]).most_bytes = (rules or SiteRules()).body_bytes


@lru_cache(maxsize=256)
def edit_schema(rules: SiteRules) -> Edit:
    return Edit(rules)


class Accepted(Schema):
    """A submission that is stored and will be judged."""

    id = Identifier(required=True)
    status = fields.String(required=True, validate=validate.OneOf([str(status) for status in Status]))
    receipt = fields.String(required=True, metadata={"description": "By which the author follows their comment."})


class PublicComment(Schema):
    """A published comment."""

    id = Identifier()
    parent = Identifier(attribute="parent_id", allow_none=True)
    name = fields.String()
    website = fields.String()
    html = fields.String(metadata={"description": "Cleaned HTML."})
    created_at = UtcTime()
    edited_at = UtcTime(allow_none=True)
    badge = fields.String(allow_none=True, dump_default=None)


class Tombstone(Schema):
    """What stays where a comment was, while published replies hang on it."""

    id = Identifier()
    parent = Identifier(attribute="parent_id", allow_none=True)
    status = fields.String()
    created_at = UtcTime()


class FieldRule(Schema):
    required = fields.Boolean()
    max_length = fields.Integer(allow_none=True)
    max_bytes = fields.Integer(allow_none=True)


class Alive(Schema):
    status = fields.String()


class Ready(Schema):
    """What the service needs, and how each of it is."""

    status = fields.String(metadata={"description": "`ready`, `degraded` (Redis is away) or `unready`."})
    database = fields.String()
    redis = fields.String()
    migrations = fields.String()


class FormState(Schema):
    """Whether and how one can comment here."""

    open = fields.Boolean()
    closed_reason = fields.String(allow_none=True, metadata={"description": "`article` or `site`."})
    fields_ = fields.Dict(keys=fields.String(), values=fields.Nested(FieldRule), attribute="fields", data_key="fields")
    depth = fields.Integer()
    consent = fields.Boolean()
    languages = fields.List(fields.String())


class CommentPage(Schema):
    """A page of an article's comments."""

    comments = fields.List(fields.Nested(PublicComment))
    next = fields.String(allow_none=True, metadata={"description": "The cursor of the next page."})
    count = fields.Integer(metadata={"description": "Published comments of the article."})
    form = fields.Nested(FormState)


class Counts(Schema):
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())


class FormTokenOut(Schema):
    form_token = fields.String()
    issued_at = UtcTime()


class ReceiptView(Schema):
    """The author's own comment and its state."""

    id = Identifier()
    status = fields.String()
    message = fields.String(metadata={"description": "What the state means, in the reader's language."})
    reason = fields.String(allow_none=True, metadata={"description": "The public reason of a refusal."})
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


def _is_version(number: int) -> None:
    if not 1 <= number < 2**31:
        raise wrong("version")


class Decision(Strict):
    """What a person decides on the version that they saw."""

    action = fields.Enum(
        Action, by_value=True, required=True,
        error_messages={"required": [Sentence("field.required")], "null": [Sentence("field.required")],
                        "unknown": [Sentence(_ONE_OF, choices=", ".join(Action))]},
    )  # fmt: skip
    version = fields.Integer(
        required=True, strict=True, validate=_is_version,
        error_messages={"required": [Sentence("field.required")], "null": [Sentence("field.required")],
                        "invalid": [Sentence("field.version")], "too_large": [Sentence("field.version")]},
    )  # fmt: skip
    reason = fields.String(
        load_default=None, allow_none=True,
        validate=one_of(DecisionReason),
        error_messages={"invalid": [Sentence("field.not_text")]},
    )  # fmt: skip
    note = Text(longest=2000, lines=True, load_default="", metadata={"description": "For moderators only."})

    @post_load
    def _reject_says_why(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if data["action"] is Action.REJECT and data["reason"] is None:
            error = wrong("reason_needed")
            error.field_name = "reason"
            raise error
        return data


class ListedDecision(Decision):
    id = Identifier(required=True)


class Decisions(Strict):
    """Up to 500 decisions, each looked at by itself."""

    decisions = fields.List(
        fields.Raw(allow_none=True), required=True, metadata={"maxItems": MAX_DECISIONS},
        error_messages={
            fault: [Sentence("field.decisions", count=MAX_DECISIONS)] for fault in ("required", "null", "invalid")
        },
    )  # fmt: skip


class Standing(Schema):
    """Where a comment stands now."""

    id = Identifier()
    status = fields.String()
    version = fields.Integer()


class DecisionResult(Schema):
    """What became of one decision among many: a status, or a problem."""

    id = fields.String(allow_none=True)
    status = fields.String()
    version = fields.Integer()
    problem = fields.Nested(lambda: Problem())  # noqa: PLW0108 - defined below


class DecisionResults(Schema):
    results = fields.List(fields.Nested(DecisionResult))


class SpanOut(Schema):
    start = fields.Integer()
    end = fields.Integer()


class SignalOut(Schema):
    """One finding, with its sentence in the moderator's language."""

    reason = fields.String()
    score = fields.Float()
    weight = fields.Float(metadata={"description": "What it added to the verdict's score."})
    detail = fields.String()
    facts = fields.Dict()
    spans = fields.List(fields.Nested(SpanOut))


class VerdictOut(Schema):
    """What the machine concluded."""

    action = fields.String()
    score = fields.Float()
    signals = fields.List(fields.Nested(SignalOut))
    policy_version = fields.Integer()
    engine = fields.String()
    revision = fields.Integer()
    created_at = UtcTime()


class ArticleOut(Schema):
    id = fields.String(metadata={"description": "The publisher's own id."})
    title = fields.String()
    title_confirmed = fields.Boolean(metadata={"description": "False while only a reader said so."})
    url = fields.String()


class QueueItem(Schema):
    """A comment as it stands in a moderators' list. No field holds the e-mail."""

    id = Identifier()
    site = fields.String()
    article = fields.Nested(ArticleOut)
    parent = Identifier(allow_none=True)
    status = fields.String()
    version = fields.Integer()
    name = fields.String()
    website = fields.String()
    body = fields.String()
    score = fields.Float(allow_none=True)
    reasons = fields.List(fields.String())
    verdict = fields.Nested(VerdictOut, allow_none=True)
    created_at = UtcTime()
    edited_at = UtcTime(allow_none=True)


class Queue(Schema):
    items = fields.List(fields.Nested(QueueItem))
    next = fields.String(allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())


class ParentOut(Schema):
    id = Identifier()
    name = fields.String()
    body = fields.String()
    status = fields.String()


class AuthorOut(Schema):
    """The author's record on this site."""

    published = fields.Integer()
    rejected = fields.Integer()


class Happening(Schema):
    """One entry of a comment's history: what happened, by whom, when."""

    type = fields.String(metadata={"description": "`submitted`, `verdict` or `decision`."})
    at = UtcTime()
    action = fields.String(allow_none=True)
    score = fields.Float(allow_none=True)
    reason = fields.String(allow_none=True)
    note = fields.String(allow_none=True)
    who = fields.String(allow_none=True)
    version = fields.Integer(allow_none=True)
    revision = fields.Integer(allow_none=True)


class CommentDetail(QueueItem):
    """One comment with all that explains it."""

    revision = fields.Integer()
    html = fields.String(allow_none=True)
    parent_comment = fields.Nested(ParentOut, allow_none=True)
    author = fields.Nested(AuthorOut)
    history = fields.List(fields.Nested(Happening))


class Problem(Schema):
    """RFC 9457 problem details."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    code = fields.String(required=True)
    request_id = fields.String()
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
