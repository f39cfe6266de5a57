"""Staff's routes to what a site makes of comments: its policy, and its articles with policies of their own."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, request
from marshmallow import ValidationError, fields, post_load
from sqlalchemy import Connection

from service.api.answers import private
from service.api.auth import EDITORS, PUBLISHERS, READERS, own_site, staff, staff_only
from service.api.body import read_json
from service.api.describe import BODY, NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Text, UtcTime, YesNo, is_plain, is_web_address, one_of, wrong
from service.api.schemas import Strict
from service.api.shown import Shown, Word, whole
from service.domain.bounds import LEAST_BOUND, MOST_BOUND
from service.domain.policy import DEFAULT_CAPS, DEFAULT_WEIGHTS, POLICY_TEXT, Mode, Policy, Scorer
from service.domain.teaching import Category
from service.errors import Invalid, NotFound, Sentence
from service.front import front
from service.operations.edit_site import ArticleChange, edit_article, edit_policy
from service.store import policies, sites
from service.web.origins import origin_of
from service.web.reader import allowed_origins

blueprint = Blueprint("policies", __name__)

_MOST_TERMS: Final = 10_000
_LONGEST_TERM: Final = 200
LONGEST_POLICY: Final = _LONGEST_TERM * _MOST_TERMS
"""Bytes of a request that holds one."""
_SHARE: Final = {"minimum": 0, "maximum": 1}
_BOUND: Final = {"minimum": LEAST_BOUND, "maximum": MOST_BOUND}


class Share(fields.Float):
    """A finite number from 0 to 1."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own shape
        "invalid": [Sentence("field.share")],
        "special": [Sentence("field.share")],
        "null": [Sentence("field.share")],
    }

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest, metadata=_SHARE)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid")
        number = float(super()._deserialize(value, attr, data, **rest))
        if not 0 <= number <= 1:
            raise self.make_error("invalid")
        return number


class Bound(fields.Float):
    """A share of errors that can be proven from the decisions that are looked at."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own shape
        word: [Sentence("field.bound", least=LEAST_BOUND, most=MOST_BOUND)] for word in ("invalid", "special", "null")
    }

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest, metadata=_BOUND)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid")
        number = float(super()._deserialize(value, attr, data, **rest))
        if not LEAST_BOUND <= number <= MOST_BOUND:
            raise self.make_error("invalid")
        return number


class Terms(fields.List[str]):
    """A list of words or domains: each a line of text."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(Text(longest=_LONGEST_TERM, required=True), **rest, metadata={"maxItems": _MOST_TERMS})

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > _MOST_TERMS:
            raise wrong("too_many_terms", count=_MOST_TERMS)
        return super()._deserialize(value, attr, data, **rest)


def _shares(known: Any) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(validate=one_of(sorted(known))),
        values=Share(),
        error_messages={"invalid": [Sentence("field.not_an_object")]},
        metadata={"also": {"propertyNames": {"enum": sorted(known)}}},
    )


_MISSED: Final = "Of what is published, so much at most would people refuse for it."
_WRONGED: Final = "Of what the machine refuses for it, so much at most would people have published."
SEEN: Final = {
    "If-Match": {
        "type": "string",
        "pattern": '^("?[0-9]{1,9}"?)?$',
        "description": "The version that was seen: 409 if it isn't the one in force.",
    }
}


def _bounds(about: str) -> fields.Dict:
    known = [str(category) for category in Category]
    return fields.Dict(
        keys=fields.String(validate=one_of(known)),
        values=Bound(),
        error_messages={"invalid": [Sentence("field.not_an_object")]},
        metadata={"description": about, "also": {"propertyNames": {"enum": known}}},
    )


class BoundsIn(Strict):
    """The errors that are accepted at most, by category; a site's alone: an article's own policy has none."""

    missed = _bounds(_MISSED)
    wronged = _bounds(_WRONGED)


class ShadowIn(Strict):
    """What would be otherwise in rules that are tried forward. What isn't given is the policy's own."""

    weights = _shares(DEFAULT_WEIGHTS)
    caps = _shares(DEFAULT_CAPS)
    hold = Share()
    reject = Share(allow_none=True)


class PolicyIn(Strict):
    """A policy. What isn't given is the default; weights and caps that aren't given are the default ones."""

    mode = fields.String(
        validate=one_of(Mode),
        error_messages={"invalid": [Sentence("field.not_text")]},
        metadata={"enum": [str(mode) for mode in Mode]},
    )
    hold_first_comment = YesNo()
    hold = Share()
    reject = Share(allow_none=True)
    weights = _shares(DEFAULT_WEIGHTS)
    caps = _shares(DEFAULT_CAPS)
    blocked_words = Terms()
    blocked_domains = Terms()
    scorer = fields.String(
        validate=one_of(Scorer),
        error_messages={"invalid": [Sentence("field.not_text")]},
        metadata={"enum": [str(scorer) for scorer in Scorer]},
    )
    policy_text = Text(longest=POLICY_TEXT, lines=True)
    shadow = fields.Nested(ShadowIn, allow_none=True)
    audit_share = Share()
    bounds = fields.Nested(BoundsIn)

    @post_load
    def _as_policy(self, data: dict[str, Any], **_: Any) -> Policy:
        if data.get("reject") is not None and data["reject"] < data.get("hold", Policy().hold):
            error = wrong("reject_below_hold")
            error.field_name = "reject"
            raise error
        merged = data | {
            "weights": dict(DEFAULT_WEIGHTS) | data.get("weights", {}),
            "caps": dict(DEFAULT_CAPS) | data.get("caps", {}),
        }
        policy = Policy.from_document(merged)
        shadowed = policy.shadowed
        if shadowed is not None and shadowed.reject is not None and shadowed.reject < shadowed.hold:
            raise ValidationError({"shadow": {"reject": [Sentence("field.reject_below_hold")]}})
        return policy


class ShadowBody(Shown):
    """What is otherwise in rules that judge beside the policy and change nothing; only what was given."""

    may_lack = frozenset({"weights", "caps", "hold", "reject"})

    weights = fields.Dict(
        keys=fields.String(), values=fields.Float(metadata=_SHARE), metadata={"description": "By signal reason."}
    )
    caps = fields.Dict(
        keys=fields.String(), values=fields.Float(metadata=_SHARE), metadata={"description": "By group of reasons."}
    )
    hold = fields.Float(metadata=_SHARE)
    reject = fields.Float(allow_none=True, metadata=_SHARE)


def _shown_bounds(about: str) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(), values=fields.Float(metadata=_BOUND), metadata={"description": f"By category: {about}"}
    )


class BoundsBody(Shown):
    """The errors that are accepted at most, by category; what isn't named has no bound."""

    missed = _shown_bounds(_MISSED)
    wronged = _shown_bounds(_WRONGED)


class PolicyBody(Shown):
    """A policy, all of it."""

    mode = Word(Mode)
    hold_first_comment = fields.Boolean()
    hold = fields.Float(metadata=_SHARE | {"description": "From this score on a person decides."})
    reject = fields.Float(
        allow_none=True, metadata=_SHARE | {"description": "From this score on the machine refuses; null: never."}
    )
    weights = fields.Dict(
        keys=fields.String(), values=fields.Float(metadata=_SHARE), metadata={"description": "By signal reason."}
    )
    caps = fields.Dict(
        keys=fields.String(), values=fields.Float(metadata=_SHARE), metadata={"description": "By group of reasons."}
    )
    blocked_words = fields.List(fields.String())
    blocked_domains = fields.List(fields.String())
    scorer = Word(Scorer, metadata={"description": "When the service's scorer is asked about a comment."})
    policy_text = fields.String(metadata={"description": "The rules in words, which the scorer is told."})
    shadow = fields.Nested(
        ShadowBody, allow_none=True, metadata={"description": "Rules that judge beside the policy; null: none do."}
    )
    audit_share = fields.Float(
        metadata=_SHARE | {"description": "So many of all verdicts, by dice, are shown to a person whatever they say."}
    )
    bounds = fields.Nested(BoundsBody)


class PolicyOut(Shown):
    """A policy and the number of its version."""

    version = whole({"minimum": 0})
    policy = fields.Nested(PolicyBody)


def _is_in_utc(moment: datetime) -> None:
    """The first and the last hours that can be written are, in some zones, in no year of ours."""
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise wrong("time") from None


class ArticleIn(Strict):
    """What the publisher says of an article. What isn't given stays as it is."""

    title = Text(longest=300)
    url = Text(longest=2000)
    published_at = fields.AwareDateTime(
        allow_none=True, default_timezone=UTC, format="iso", validate=_is_in_utc,
        error_messages={"invalid": [Sentence("field.time")], "invalid_awareness": [Sentence("field.time")]},
    )  # fmt: skip
    open = YesNo()
    policy = fields.Nested(PolicyIn)


class ArticleState(Shown):
    """An article as the publisher and its readers made it."""

    id = fields.String(metadata={"description": "The publisher's own id."})
    title = fields.String()
    title_confirmed = fields.Boolean(metadata={"description": "False while only a reader said so."})
    url = fields.String()
    published_at = UtcTime(allow_none=True)
    open = fields.Boolean()
    count = whole({"minimum": 0}, "Published comments.")
    policy_version = whole({"minimum": 0}, "Of its own policy; null without one.", allow_none=True)
    policy = fields.Nested(PolicyBody, metadata={"description": "The policy that counts: its own, or its site's."})


@blueprint.get("/v1/moderation/sites/<site>/policy")
@described(
    Described(
        "The site's policy.",
        "policies",
        {200: Answer(PolicyOut, headers=NOT_KEPT)},
        (*STAFF, "site_unknown"),
    )
)
@staff_only(READERS)
def get_policy(site: str) -> Any:
    own_site(site)
    with front().database.read() as connection:
        policy, version = policies.current_policy(connection, staff().site_id, None)
    return private({"version": version, "policy": policy.to_document()})


@blueprint.put("/v1/moderation/sites/<site>/policy")
@described(
    Described(
        "Give the site a new policy: a new version, by which comments are judged from now on.",
        "policies",
        {200: Answer(PolicyOut, headers=NOT_KEPT)},
        (*STAFF, "role", "site_unknown", "policy_changed", *BODY),
        body=PolicyIn,
        headers=SEEN,
    )
)
@staff_only(EDITORS)
def put_policy(site: str) -> Any:
    """With `If-Match` only if nobody has changed it since that version: two who edit at once don't undo each other."""
    own_site(site)
    policy: Policy = PolicyIn().load(read_json(LONGEST_POLICY))
    version = edit_policy(
        front().database, staff().site_id, policy, datetime.now(UTC), token=staff().token_id, seen=_seen()
    )
    return private({"version": version, "policy": policy.to_document()})


def _seen() -> int | None:
    """The version that the asker has before them, if they say.

    Raises:
        Invalid: it is no version.
    """
    told = request.headers.get("If-Match", "").strip().strip('"')
    if not told:
        return None
    if not (told.isascii() and told.isdigit() and len(told) < 10):
        raise Invalid({"If-Match": [Sentence("field.version_unknown")]})
    return int(told)


@blueprint.get("/v1/moderation/sites/<site>/articles/<path:article>")
@described(
    Described(
        "An article: title, address, open or closed, its policy.",
        "policies",
        {200: Answer(ArticleState, headers=NOT_KEPT)},
        (*STAFF, "site_unknown", "article_unknown"),
    )
)
@staff_only(READERS)
def get_article(site: str, article: str) -> Any:
    own_site(site)
    return private(_article(article))


@blueprint.put("/v1/moderation/sites/<site>/articles/<path:article>")
@described(
    Described(
        "Say what an article is: title and address, published when, open or closed, a policy of its own.",
        "policies",
        {200: Answer(ArticleState, headers=NOT_KEPT)},
        (*STAFF, "role", "site_unknown", *BODY),
        body=ArticleIn,
    )
)
@staff_only(PUBLISHERS)
def put_article(site: str, article: str) -> Any:
    own_site(site)
    look_at_key(article)
    data = ArticleIn().load(read_json(LONGEST_POLICY))
    if data.get("policy") is not None and data["policy"].shadow is not None:
        raise ValidationError({"policy": {"shadow": [Sentence("field.shadow_of_article")]}})
    with front().database.read() as connection:
        origins = sites.find_site(connection, site).origins
    look_at_url(data.get("url"), allowed_origins(origins))
    change = ArticleChange(article, columns_of(data), data.get("policy"))
    token = staff().token_id
    edit_article(front().database, site, change, datetime.now(UTC), by=token, token=token)
    return private(_article(article))


def look_at_key(key: str) -> None:
    """Refuse what can't be an article's id.

    Raises:
        Invalid: it is too long, or holds what can't be seen.
    """
    if not 0 < len(key) <= 255 or not key.isprintable():
        raise Invalid({"article": [Sentence("field.article_key")]})


def look_at_url(url: str | None, allowed: AbstractSet[str]) -> None:
    """Refuse an article's address that lies on none of the allowed origins.

    Raises:
        ValidationError: it doesn't, or is no address at all.
    """
    if not url or (origin_of(url) in allowed and is_plain(url)):
        return
    raise ValidationError({"url": [Sentence("field.article_url" if is_web_address(url) else "field.website")]})


def columns_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What was said of an article, by the columns that keep it; its policy is kept elsewhere."""
    return {{"open": "is_open"}.get(name, name): value for name, value in data.items() if name != "policy"}


def _article(key: str) -> dict[str, Any]:
    with front().database.read() as connection:
        return article_state(connection, staff().site_id, key)


def article_state(connection: Connection, site_id: str, key: str) -> dict[str, Any]:
    """An article and the policy that counts for it, as staff are shown it.

    Raises:
        NotFound: nobody has commented on it or put it.
    """
    row = sites.find_article(connection, site_id, key)
    if row is None:
        raise NotFound("article_unknown")
    policy, version = policies.current_policy(connection, site_id, row.id)
    own = policies.has_own_policy(connection, row.id)
    document: dict[str, Any] = ArticleState().dump(
        {
            "id": row.key, "title": row.title, "title_confirmed": row.title_confirmed, "url": row.url,
            "published_at": row.published_at, "open": row.is_open, "count": row.published_count,
            "policy_version": version if own else None, "policy": policy.to_document(),
        }
    )  # fmt: skip
    return document
