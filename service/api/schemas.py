"""What comes in: what isn't named here is refused. The e-mail is accepted by one schema, and shown by none."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Final

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, pre_load, validates_schema

from service.api.fields import UUID, EmailAddress, Identifier, Text, Website, YesNo, one_of, wrong
from service.domain.ban import as_domain
from service.domain.comment import Action, Status
from service.domain.note import LONGEST as NOTE_LONGEST
from service.domain.reasons import LONGEST_WORDING, OWN_REASON, SIGNAL_REASONS, DecisionReason, ReportReason
from service.domain.site import BODY_BYTES, EMAIL_LENGTH, NAME_LENGTH, WEBSITE_LENGTH, SiteRules
from service.errors import Sentence
from service.store.asked import List

MAX_DECISIONS: Final = 500
_MOST_VERSIONS: Final = 2**31 - 1
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
        load_default=None, allow_none=True,
        metadata={"pattern": f"^({UUID.pattern})?$",
                  "description": "The published comment this one replies to; empty or null for none."},
    )  # fmt: skip
    article_url = Text(
        longest=2000, load_default="", metadata={"description": "Where the article is: on an allowed origin."}
    )
    article_title = Text(longest=300, load_default="", metadata={"description": "Shown to moderators as unconfirmed."})
    consent = YesNo(
        words=True, load_default=False, metadata={"description": "True or `on`, where the site asks for it."}
    )
    notices = YesNo(
        words=True, load_default=False,
        metadata={"description": "True or `on`: ask by mail whether the author wants to be told what becomes of it. "
                  "Where the site or the service tells nobody anything, it is passed over."},
    )  # fmt: skip
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
            return {
                name: value
                for name, value in data.items()
                if not (value == "" and name in {"parent", "consent", "notices"})
            }
        return data

    @validates_schema(skip_on_field_errors=False)
    def _consents(self, data: dict[str, Any], **_: Any) -> None:
        """Told together with the other fields' faults: a reader mends a form once."""
        if self.rules.consent and not data.get("consent"):
            raise ValidationError([Sentence("field.consent")], "consent")

    @post_load
    def _without_website(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data if self.rules.website else data | {"website": ""}


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


class Report(Strict):
    """What a reader has against a published comment. Nobody is asked who they are."""

    reason = fields.String(
        required=True, validate=one_of(ReportReason), metadata={"enum": [*map(str, ReportReason)]},
        error_messages={"required": [Sentence("field.report_reason")], "null": [Sentence("field.report_reason")],
                        "invalid": [_NOT_TEXT]},
    )  # fmt: skip
    note = Text(
        longest=NOTE_LONGEST, lines=True, load_default="",
        metadata={"description": "In the reader's own words, for moderators only. E-mail addresses in it are masked."},
    )  # fmt: skip


def _is_version(number: int) -> None:
    if not 1 <= number <= _MOST_VERSIONS:
        raise wrong("version")


def version_field(about: str) -> fields.Integer:
    return fields.Integer(
        required=True, strict=True, validate=_is_version,
        metadata={"minimum": 1, "maximum": _MOST_VERSIONS, "description": about},
        error_messages={"required": [Sentence("field.required")], "null": [Sentence("field.required")],
                        "invalid": [Sentence("field.version")], "too_large": [Sentence("field.version")]},
    )  # fmt: skip


class Undo(Strict):
    """The version to which the decision led that is to be taken back."""

    version = version_field("The version that it led to.")


def of_field(name: str, error: ValidationError) -> ValidationError:
    """A fault that was found by looking at several fields, told of one of them."""
    error.field_name = name
    return error


def _is_reason(word: str) -> None:
    """Whether it is one of the site's own, the operation asks where they are kept."""
    if not re.fullmatch(OWN_REASON, word):
        raise wrong("one_of", choices=", ".join(DecisionReason))


class Decision(Strict):
    """What a person decides on the version that they saw."""

    also: ClassVar[dict[str, Any]] = {
        "if": {"properties": {"action": {"const": str(Action.REJECT)}}},
        "then": {"required": ["reason"], "properties": {"reason": {"type": "string"}}},
    }
    """What the fields cannot say of themselves, for the OpenAPI document."""

    action = fields.Enum(
        Action, by_value=True, required=True,
        error_messages={"required": [Sentence("field.required")], "null": [Sentence("field.required")],
                        "unknown": [Sentence(_ONE_OF, choices=", ".join(Action))]},
    )  # fmt: skip
    version = version_field("The version that was seen.")
    reason = fields.String(
        load_default=None, allow_none=True, validate=_is_reason,
        metadata={"pattern": OWN_REASON, "examples": [*map(str, DecisionReason), None],
                  "description": "Needed to reject: one of these, or of the site's own `reasons`."},
        error_messages={"invalid": [Sentence("field.not_text")]},
    )  # fmt: skip
    note = Text(longest=2000, lines=True, load_default="", metadata={"description": "For moderators only."})
    public_reason = Text(
        longest=LONGEST_WORDING, lines=True, load_default="",
        metadata={"description": "To reject: what the author is told in place of the reason's wording. E-mail "
                  "addresses in it are masked."},
    )  # fmt: skip

    @post_load
    def _reject_says_why(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        rejects = data["action"] is Action.REJECT
        if rejects and data["reason"] is None:
            raise of_field("reason", wrong("reason_needed"))
        if data["public_reason"] and not rejects:
            raise of_field("public_reason", wrong("only_to_reject"))
        return data


class ListedDecision(Decision):
    """A decision, and the comment it is about."""

    id = Identifier(required=True)


def _listed(choices: Iterable[str], **rest: Any) -> fields.String:
    words = [*map(str, choices)]
    return fields.String(
        validate=one_of(words), metadata={"enum": words},
        error_messages={"invalid": [_NOT_TEXT], "null": [_NOT_TEXT]}, **rest,
    )  # fmt: skip


class Domain(Text):
    """One domain, as it is compared."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> str:
        found = as_domain(super()._deserialize(value, attr, data, **rest))
        if found is None:
            raise wrong("ban_domain")
        return found


def _few_statuses(given: Sequence[str]) -> None:
    if len(given) > len(Status):
        raise wrong("list", least=0, most=len(Status))


class SelectedBy(Strict):
    """What many comments were selected by. It is kept in the audit log, and so are no words that were searched for."""

    author = Identifier(metadata={"description": "An author's opaque id."})
    domain = Domain(longest=253, metadata={"description": "What the texts link to."})
    copies_of = Identifier(metadata={"description": "The comment that the others are copies of."})
    campaign = Identifier(metadata={"description": "The campaign whose members they are."})
    article = Text(longest=255, metadata={"description": "The publisher's own id of an article."})
    list = _listed(List)
    status = fields.List(
        _listed(Status), metadata={"maxItems": len(Status)},
        error_messages={
            fault: [Sentence("field.list", least=0, most=len(Status))] for fault in ("invalid", "null")
        },
        validate=_few_statuses,
    )  # fmt: skip
    reason = _listed(sorted(SIGNAL_REASONS))


class Decisions(Strict):
    """Up to 500 decisions, each looked at by itself."""

    decisions = fields.List(
        fields.Raw(allow_none=True, metadata={"also": {"$ref": "#/components/schemas/ListedDecision"}}), required=True,
        metadata={"minItems": 1, "maxItems": MAX_DECISIONS,
                  "description": "One that can't be accepted gets its problem, and hinders no other."},
        error_messages={
            fault: [Sentence("field.decisions", count=MAX_DECISIONS)] for fault in ("required", "null", "invalid")
        },
    )  # fmt: skip
    by = fields.Nested(
        SelectedBy, load_default=dict, error_messages={"null": [Sentence("field.not_an_object")]},
        metadata={"description": "What they were selected by, for the audit log."},
    )  # fmt: skip
