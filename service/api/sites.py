"""Staff's routes to sites: what a publisher's property is called, where it lies, and its rules for submissions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, NoReturn

from flask import Blueprint
from marshmallow import Schema, ValidationError, fields, post_load

from service.api.answers import private
from service.api.auth import OWNERS, READERS, own_site, staff, staff_only
from service.api.body import read_json
from service.api.describe import BODY, NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Text, YesNo, is_blank, is_plain, noted, wrong
from service.api.problems import readable
from service.api.schemas import Strict
from service.api.shown import Shown, whole
from service.domain.reasons import LONGEST_WORDING, OWN_REASON, PUBLIC_REASONS, may_be_own
from service.domain.site import BOUNDS, NAME_LENGTH, SiteRules, is_language
from service.errors import Sentence
from service.front import front
from service.operations.edit_site import SiteChange, edit_site
from service.store import sites
from service.web.origins import normal_origin
from service.words import languages

blueprint = Blueprint("sites", __name__)

_MOST_FAULTS: Final = 50
_MOST_ORIGINS: Final = 100
_MOST_LANGUAGES: Final = 20
_MOST_NAMES: Final = 500
_LONGEST_ORIGIN: Final = 300
_MOST_REASONS: Final = 50
SENTENCES: Final[dict[str, Any]] = {
    "type": "object",
    "propertyNames": {"enum": [*languages()]},
    "additionalProperties": {"type": "string", "minLength": 1, "maxLength": LONGEST_WORDING},
    "minProperties": 1,
}
_sentence: Final = Text(longest=LONGEST_WORDING, lines=True, required=True)


def _is_seen(text: str) -> None:
    if is_blank(text):
        raise wrong("required")


class Origin(fields.String):
    """An origin, in the one spelling that is compared."""

    default_error_messages = {"invalid": [Sentence("field.origin")], "null": [Sentence("field.origin")]}  # noqa: RUF012 - marshmallow's own shape

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text = super()._deserialize(value, attr, data, **rest)
        if len(text) > _LONGEST_ORIGIN or not is_plain(text):
            raise self.make_error("invalid")
        try:
            return normal_origin(text)
        except ValueError:
            raise self.make_error("invalid") from None


class Language(fields.String):
    """A language's tag."""

    default_error_messages = {"invalid": [Sentence("field.language")], "null": [Sentence("field.language")]}  # noqa: RUF012 - marshmallow's own shape

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        text = super()._deserialize(value, attr, data, **rest)
        if not is_language(text):
            raise self.make_error("invalid")
        return text


class Some(fields.List[str]):
    """A list of words, so many at most and `least` at least; each counts once."""

    def __init__(self, kind: fields.String, *, least: int, most: int, **rest: Any) -> None:
        super().__init__(kind, **noted(rest, {"minItems": least, "maxItems": most}))
        self.error_messages |= {
            fault: [Sentence("field.list", least=least, most=most)] for fault in ("invalid", "null")
        }
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> list[Any]:
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            raise self.make_error("invalid")
        return list(dict.fromkeys(super()._deserialize(value, attr, data, **rest)))


class Rule(fields.Integer):
    """A rule that is a whole number within its bounds."""

    def __init__(self, name: str, about: str) -> None:
        self.least, self.most = BOUNDS[name]
        super().__init__(strict=True, metadata={"minimum": self.least, "maximum": self.most, "description": about})

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> int:
        if isinstance(value, bool):
            raise self.make_error("invalid")
        number = int(super()._deserialize(value, attr, data, **rest) or 0)
        if not self.least <= number <= self.most:
            raise self.make_error("invalid")
        return number


class Wordings(fields.Field[Mapping[str, Mapping[str, str]]]):
    """Sentences for authors, by a word of a list and by language."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own shape
        fault: [Sentence("field.wordings", languages=", ".join(languages()), count=LONGEST_WORDING)]
        for fault in ("invalid", "null")
    }

    def __init__(self, **rest: Any) -> None:
        told = {"type": "object", "propertyNames": {"enum": sorted(PUBLIC_REASONS)}}
        super().__init__(**noted(rest, told | {"additionalProperties": SENTENCES}))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, dict[str, str]]:  # noqa: ARG002
        if not isinstance(value, dict) or not value.keys() <= PUBLIC_REASONS:
            raise self.make_error("invalid")
        return {reason: read_sentences(given) for reason, given in value.items()}


def read_sentences(given: Any) -> dict[str, str]:
    """A sentence in one language or more."""
    fault = wrong("wordings", languages=", ".join(languages()), count=LONGEST_WORDING)
    if not isinstance(given, dict) or not given or not given.keys() <= set(languages()):
        raise fault
    try:
        return {language: str(_sentence.deserialize(text)) for language, text in given.items()}
    except ValidationError:
        raise fault from None


class Sentences(fields.Field[Mapping[str, str]]):
    """What an author is told, by language."""

    default_error_messages = Wordings.default_error_messages | {"required": [Sentence("field.required")]}

    def __init__(self, **rest: Any) -> None:
        super().__init__(**noted(rest, SENTENCES))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, str]:  # noqa: ARG002
        return read_sentences(value)


def _is_own(word: str) -> None:
    if not may_be_own(word):
        raise wrong("own_reason")


class OwnReason(Strict):
    """A decision reason of the site's own, and what authors are told by it."""

    word = fields.String(
        required=True, validate=_is_own, metadata={"pattern": OWN_REASON},
        error_messages={"required": [Sentence("field.required")], "null": [Sentence("field.required")],
                        "invalid": [Sentence("field.own_reason")]},
    )  # fmt: skip
    sentences = Sentences(required=True)


class _Rules(Schema):
    name_length = Rule("name_length", "Of a name, in characters.")
    email_length = Rule("email_length", "Of an e-mail address, in characters.")
    website_length = Rule("website_length", "Of a website's address, in characters.")
    body_bytes = Rule("body_bytes", "Of a comment, in bytes of UTF-8.")
    depth = Rule("depth", "How deep replies nest; 0 allows none.")
    website = YesNo(metadata={"description": "Whether authors may name a website."})
    consent = YesNo(metadata={"description": "Whether the reader must tick a consent box."})
    form_token = YesNo(metadata={"description": "Whether JSON needs a form token too."})
    burst = Rule("burst", "Comments that one address may send at once.")
    per_minute = Rule("per_minute", "And then a minute.")
    edit_minutes = Rule("edit_minutes", "For so long authors edit their comment; 0 for never.")
    close_days = Rule("close_days", "So long after its publication an article closes; 0 for never.")
    notices = YesNo(metadata={"description": "Whether authors may ask for mails about their comments."})
    gather_minutes = Rule("gather_minutes", "For so long replies to one comment are gathered into one mail.")


class RulesIn(_Rules, Strict):
    """Rules for submissions. Lengths can be lowered, never raised. What isn't given stays as it is."""

    def handle_error(self, error: ValidationError, data: Any, **_: Any) -> NoReturn:  # noqa: ARG002
        """Each fault names its rule: they are all told under `rules`."""
        found = error.messages if isinstance(error.messages, dict) else ("_schema",)
        raise ValidationError({name: [_of_rule(str(name))] for name in islice(found, _MOST_FAULTS)})


def _of_rule(name: str) -> Sentence:
    if name == "_schema":
        return Sentence("field.not_an_object")
    if name in BOUNDS:
        least, most = BOUNDS[name]
        return Sentence("field.rule_number", rule=name, least=least, most=most)
    if name in _Rules().fields:
        return Sentence("field.rule_yes_or_no", rule=name)
    return Sentence("field.rule_unknown", rule=readable(name), rules=", ".join(_Rules().fields))


class RulesOut(_Rules, Shown):
    """A site's rules for submissions, all of them."""


def _are_few(reasons: Sequence[Mapping[str, Any]]) -> None:
    if len({each["word"] for each in reasons}) != len(reasons) or len(reasons) > _MOST_REASONS:
        raise wrong("list_of_different", most=_MOST_REASONS)


class OwnReasonOut(Shown):
    """A decision reason of the site's own."""

    word = fields.String()
    sentences = fields.Dict(keys=fields.String(), values=fields.String())


class SiteIn(Strict):
    """What a publisher says of a site. What isn't given stays as it is."""

    title = Text(longest=200, validate=_is_seen, metadata={"description": "The name readers know."})
    origins = Some(
        Origin(), least=0, most=_MOST_ORIGINS,
        metadata={"description": "Whose pages may embed comments, as `https://www.example.fr`."},
    )  # fmt: skip
    languages = Some(Language(), least=1, most=_MOST_LANGUAGES, metadata={"description": "The site's own first."})
    reserved_names = Some(
        Text(longest=NAME_LENGTH, required=True), least=0, most=_MOST_NAMES,
        metadata={"description": "Kept for the newsroom's own: a comment under one of them goes to a person."},
    )  # fmt: skip
    wordings = Wordings(
        metadata={"description": "What authors are told of a refusal, by reason and language, in place of our words."}
    )
    reasons = fields.List(
        fields.Nested(OwnReason), validate=_are_few,
        metadata={"maxItems": _MOST_REASONS, "description": "Decision reasons of the site's own."},
        error_messages={
            fault: [Sentence("field.list", least=0, most=_MOST_REASONS)] for fault in ("invalid", "null")
        },
    )  # fmt: skip
    rules = fields.Nested(RulesIn, error_messages={"null": [Sentence("field.not_an_object")]})

    @post_load
    def _as_change(self, data: dict[str, Any], **_: Any) -> SiteChange:
        return SiteChange({name: value for name, value in data.items() if name != "rules"}, data.get("rules", {}))


class SiteState(Shown):
    """A site as its publisher made it."""

    name = fields.String(metadata={"description": "What its addresses are made of; it stays."})
    title = fields.String()
    origins = fields.List(fields.String())
    languages = fields.List(fields.String())
    reserved_names = fields.List(fields.String())
    wordings = fields.Dict(
        keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.String()),
        metadata={"description": "The site's own, by public reason and language."},
    )  # fmt: skip
    reasons = fields.List(fields.Nested(OwnReasonOut))
    rules = fields.Nested(RulesOut)
    version = whole({"minimum": 1}, "It rises with each change, also of the policy.")


class Sites(Shown):
    """The sites that a token opens."""

    sites = fields.List(fields.Nested(SiteState))


_ADDRESS: Final = "/v1/moderation/sites"


@blueprint.get(_ADDRESS)
@described(Described("The sites that the token opens.", "policies", {200: Answer(Sites, headers=NOT_KEPT)}, STAFF))
@staff_only(READERS)
def get_sites() -> Any:
    """A token is good for one site; a program can ask which."""
    return private({"sites": [_state()]})


@blueprint.get(f"{_ADDRESS}/<site>")
@described(
    Described(
        "A site: title, origins, languages, reserved names, rules.",
        "policies",
        {200: Answer(SiteState, headers=NOT_KEPT)},
        (*STAFF, "site_unknown"),
    )
)
@staff_only(READERS)
def get_site(site: str) -> Any:
    own_site(site)
    return private(_state())


@blueprint.put(f"{_ADDRESS}/<site>")
@described(
    Described(
        "Change a site: its title, origins, languages, reserved names, rules. They count from the next request on.",
        "policies",
        {200: Answer(SiteState, headers=NOT_KEPT)},
        (*STAFF, "role", "site_unknown", *BODY),
        body=SiteIn,
    )
)
@staff_only(OWNERS)
def put_site(site: str) -> Any:
    """Only what is given changes, each rule by itself: two who change different things at once both succeed."""
    own_site(site)
    change: SiteChange = SiteIn().load(read_json())
    edit_site(front().database, staff().site_id, change, datetime.now(UTC), token=staff().token_id)
    return private(_state())


def _state() -> Mapping[str, Any]:
    with front().database.read() as connection:
        row = sites.find_site(connection, staff().site)
    rules = asdict(SiteRules.from_document(row.rules))
    columns = {
        name: getattr(row, name)
        for name in ("name", "title", "origins", "languages", "reserved_names", "wordings", "reasons", "version")
    }
    document: Mapping[str, Any] = SiteState().dump(columns | {"rules": rules})
    return document
