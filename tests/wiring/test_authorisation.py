"""Who may do what: one table of rules, and every route of the application held to it.

A route that isn't in the table fails. Rules are tried with each role and with nobody, on the token's own site and on
another one, each time with a request that would succeed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from service.api.openapi import roles_of
from service.keys import Keys, Purpose
from service.store import subscriptions
from service.store.moderation import ROLES
from tests.api.told import told
from tests.factories import House, a_submission

EVERYBODY: Final = frozenset({None, *ROLES})
STAFF: Final = frozenset(ROLES)
DECIDERS: Final = frozenset({"moderator", "editor", "owner", "service"})
PUBLISHERS: Final = frozenset({"editor", "owner", "service"})
KEEPERS: Final = frozenset({"moderator", "editor", "owner"})
EDITORS: Final = frozenset({"editor", "owner"})
AUDITORS: Final = frozenset({"editor", "owner", "auditor"})
OVERSEERS: Final = frozenset({"owner", "auditor"})
OWNERS: Final = frozenset({"owner"})


@dataclass(frozen=True, slots=True)
class May:
    """Who may use a route. `sends` makes the body of a request that succeeds, for a comment that is held."""

    who: frozenset[str | None]
    sends: Callable[[str], Any] | None = None
    query: str = ""
    published: bool = False
    """Whether it is about a comment that readers can see."""
    decided: bool = False
    """Whether it is about a comment that somebody has decided on."""
    foreign: Callable[[Any], bool] | None = None
    """What a token of another site, `other`, may read in its 200; without it, it gets a 404."""


def _ban(comment: str) -> dict[str, Any]:
    return {"kind": "network", "target": comment, "action": "hold", "reason": "Insults."}


def _words(comment: str) -> dict[str, Any]:
    return {"kind": "word", "targets": [f"zorglub {comment}"], "action": "hold"}


_MAILBOX: Final = {"label": "Bureau", "email": "bureau@journal.example.org"}


def _decision(comment: str) -> dict[str, Any]:
    return {"action": "publish", "version": 2}


RULES: Final[dict[str, May]] = {
    "GET /healthz": May(EVERYBODY),
    "GET /readyz": May(EVERYBODY),
    "GET /metrics": May(EVERYBODY),
    "GET /openapi.json": May(EVERYBODY),
    "GET /": May(EVERYBODY),
    "GET /demo/": May(EVERYBODY),
    "GET /demo/<key>": May(EVERYBODY),
    "GET /desk/": May(EVERYBODY),
    "GET /desk/files/<digest>/<path:name>": May(EVERYBODY),
    "POST /desk/session": May(EVERYBODY, lambda _: {"token": "mdr_000000000000.x"}),
    "GET /desk/session": May(EVERYBODY),
    "DELETE /desk/session": May(EVERYBODY),
    "GET /static/<path:filename>": May(EVERYBODY),
    "GET /embed.js": May(EVERYBODY),
    "GET /count.js": May(EVERYBODY),
    "GET /embed/words/<language>.json": May(EVERYBODY),
    "GET /sites/<site>/articles/<path:article>": May(EVERYBODY),
    "GET /sites/<site>/fragments/<path:article>": May(EVERYBODY),
    "GET /sites/<site>/feeds/<path:article>": May(EVERYBODY),
    "GET /sites/<site>/feed.atom": May(EVERYBODY),
    "GET /sites/<site>/comments/<comment_id>/report": May(EVERYBODY, published=True),
    "POST /sites/<site>/comments/<comment_id>/report": May(EVERYBODY, published=True),
    "GET /sites/<site>/comments/<comment_id>": May(EVERYBODY, published=True),
    "POST /receipts/<receipt>/notices": May(EVERYBODY),
    "GET /notices/confirm/<token>": May(EVERYBODY),
    "POST /notices/confirm/<token>": May(EVERYBODY),
    "GET /notices/choices/<token>": May(EVERYBODY),
    "POST /notices/choices/<token>": May(EVERYBODY),
    "GET /notices/stop/<token>": May(EVERYBODY),
    "POST /notices/stop/<token>": May(EVERYBODY),
    "GET /mailboxes/confirm/<token>": May(EVERYBODY),
    "POST /mailboxes/confirm/<token>": May(EVERYBODY),
    "GET /mailboxes/stop/<token>": May(EVERYBODY),
    "POST /mailboxes/stop/<token>": May(EVERYBODY),
    "GET /receipts/<receipt>": May(EVERYBODY),
    "POST /receipts/<receipt>/text": May(EVERYBODY),
    "POST /receipts/<receipt>/withdrawal": May(EVERYBODY),
    "GET /v1/sites/<site>/articles/<path:article>/comments": May(EVERYBODY),
    "POST /v1/sites/<site>/articles/<path:article>/comments": May(EVERYBODY, lambda _: a_submission()),
    "GET /v1/sites/<site>/articles/<path:article>/form-token": May(EVERYBODY),
    "POST /v1/sites/<site>/articles/<path:article>/preview": May(EVERYBODY, lambda _: {"body": "Un *texte*."}),
    "GET /v1/sites/<site>/counts": May(EVERYBODY, query="?article=a-1"),
    "POST /v1/sites/<site>/comments/<comment_id>/reports": May(EVERYBODY, lambda _: {"reason": "spam"}, published=True),
    "GET /v1/receipts/<receipt>": May(EVERYBODY),
    "PATCH /v1/receipts/<receipt>": May(EVERYBODY, lambda _: {"body": a_submission()["body"]}),
    "DELETE /v1/receipts/<receipt>": May(EVERYBODY),
    "GET /v1/moderation/queue": May(STAFF, query="?site=journal"),
    "GET /v1/moderation/campaigns": May(STAFF, foreign=lambda answer: answer["campaigns"] == []),
    "GET /v1/moderation/selection": May(STAFF, query="?status=held", foreign=lambda answer: answer["items"] == []),
    "GET /v1/moderation/comments/<comment_id>": May(STAFF),
    "GET /v1/moderation/comments/<comment_id>/surroundings": May(STAFF),
    "POST /v1/moderation/queue/next": May(
        DECIDERS, lambda _: {"list": "awaiting"}, foreign=lambda answer: answer == {"item": None}
    ),
    "PUT /v1/moderation/comments/<comment_id>/claim": May(DECIDERS),
    "DELETE /v1/moderation/comments/<comment_id>/claim": May(DECIDERS),
    "POST /v1/moderation/comments/<comment_id>/decision": May(DECIDERS, _decision),
    "POST /v1/moderation/comments/<comment_id>/undo": May(DECIDERS, lambda _: {"version": 3}, decided=True),
    "POST /v1/moderation/decisions": May(
        DECIDERS,
        lambda comment: {"decisions": [_decision(comment) | {"id": comment}], "by": {"copies_of": comment}},
        foreign=lambda answer: [each["problem"]["code"] for each in answer["results"]] == ["comment_unknown"],
    ),
    "POST /v1/moderation/comments/<comment_id>/replies": May(
        KEEPERS, lambda comment: {"body": f"The newsroom on {comment}."}, published=True
    ),
    "POST /v1/moderation/sites/<site>/newsroom/<path:article>": May(
        KEEPERS, lambda comment: {"body": f"The newsroom, after {comment}."}
    ),
    "POST /v1/moderation/comments/<comment_id>/reveal": May(OWNERS, lambda _: {"reason": "A threat."}),
    "GET /v1/moderation/authors/<author_id>": May(STAFF),
    "POST /v1/moderation/authors/<author_id>/notes": May(KEEPERS, lambda _: {"text": "Quarrels."}),
    "PUT /v1/moderation/authors/<author_id>/hold": May(KEEPERS, lambda _: {"hold": True, "reason": "Quarrels."}),
    "PUT /v1/moderation/authors/<author_id>/badge": May(OWNERS, lambda _: {"badge": "Rédaction"}),
    "GET /v1/moderation/bans": May(STAFF, foreign=lambda answer: answer["bans"] == []),
    "POST /v1/moderation/bans": May(EDITORS, _ban),
    "POST /v1/moderation/bans/preview": May(EDITORS, _ban),
    "POST /v1/moderation/bans/list": May(
        EDITORS,
        lambda comment: _words(comment) | {"reason": "Spam."},
        foreign=lambda answer: [*answer["results"][0]] == ["target", "id"],
    ),
    "POST /v1/moderation/bans/list/preview": May(EDITORS, _words, foreign=lambda answer: answer["looked_at"] == 0),
    "GET /v1/moderation/jobs/<job_id>": May(STAFF),
    "DELETE /v1/moderation/jobs/<job_id>": May(EDITORS),
    "POST /v1/moderation/bans/<ban_id>/lift": May(EDITORS, lambda _: {"reason": "We talked."}),
    "GET /v1/moderation/sites": May(
        STAFF, foreign=lambda answer: [each["name"] for each in answer["sites"]] == ["other"]
    ),
    "GET /v1/moderation/sites/<site>": May(STAFF),
    "PUT /v1/moderation/sites/<site>": May(OWNERS, lambda _: {"title": "Le Journal du soir"}),
    "GET /v1/moderation/sites/<site>/policy": May(STAFF),
    "PUT /v1/moderation/sites/<site>/policy": May(EDITORS, lambda _: {"hold_first_comment": False}),
    "POST /v1/moderation/sites/<site>/policy/preview": May(EDITORS, lambda _: {"policy": {"hold": 0.3}}),
    "GET /v1/moderation/sites/<site>/policy/versions": May(STAFF),
    "GET /v1/moderation/sites/<site>/models": May(STAFF),
    "POST /v1/moderation/sites/<site>/models/rollback": May(OWNERS, lambda _: {"category": "spam", "version": 0}),
    "POST /v1/moderation/sites/<site>/policy/rollback": May(EDITORS, lambda _: {"version": 1}),
    "GET /v1/moderation/sites/<site>/articles/<path:article>": May(STAFF),
    "PUT /v1/moderation/sites/<site>/articles/<path:article>": May(PUBLISHERS, lambda _: {"title": "Le pont"}),
    "GET /v1/moderation/sites/<site>/audits": May(OVERSEERS),
    "GET /v1/moderation/sites/<site>/thresholds": May(STAFF),
    "GET /v1/moderation/numbers": May(STAFF, foreign=lambda answer: answer["people"]["decided"] == 0),
    "GET /v1/moderation/numbers.csv": May(STAFF, foreign=lambda answer: answer is None),
    "GET /v1/moderation/sites/<site>/truth": May(STAFF),
    "GET /v1/moderation/sites/<site>/truth.csv": May(STAFF),
    "GET /v1/moderation/webhooks": May(OWNERS, foreign=lambda answer: answer["webhooks"] == []),
    "POST /v1/moderation/webhooks": May(
        OWNERS, lambda _: {"url": "https://hooks.example/in"}, foreign=lambda answer: answer["secret"] != ""
    ),
    "GET /v1/moderation/webhooks/<webhook_id>": May(OWNERS),
    "PUT /v1/moderation/webhooks/<webhook_id>": May(OWNERS, lambda _: {"types": ["comment.held"]}),
    "DELETE /v1/moderation/webhooks/<webhook_id>": May(OWNERS),
    "POST /v1/moderation/webhooks/<webhook_id>/rotate": May(OWNERS, lambda _: {"hours": 1}),
    "POST /v1/moderation/webhooks/<webhook_id>/test": May(OWNERS),
    "GET /v1/moderation/webhooks/<webhook_id>/deliveries": May(OWNERS),
    "POST /v1/moderation/webhooks/<webhook_id>/replay": May(OWNERS, lambda _: {"since": "2026-01-01T00:00:00Z"}),
    "POST /v1/moderation/deliveries/<delivery_id>/replay": May(OWNERS),
    "GET /v1/moderation/mailboxes": May(OWNERS, foreign=lambda answer: answer["mailboxes"] == []),
    "POST /v1/moderation/mailboxes": May(OWNERS, lambda _: _MAILBOX, foreign=lambda answer: answer["state"] == "asked"),
    "PUT /v1/moderation/mailboxes/<mailbox_id>": May(OWNERS, lambda _: {"digest_hour": 7}),
    "DELETE /v1/moderation/mailboxes/<mailbox_id>": May(OWNERS),
    "POST /v1/moderation/mailboxes/<mailbox_id>/confirmation": May(OWNERS),
    "GET /v1/moderation/tokens": May(
        OWNERS, foreign=lambda answer: {each["name"].split()[-1] for each in answer["tokens"]} == {"other"}
    ),
    "POST /v1/moderation/tokens": May(
        OWNERS, lambda _: {"name": "Inès of other", "role": "moderator"}, foreign=lambda answer: answer["token"] != ""
    ),
    "POST /v1/moderation/tokens/<prefix>/revoke": May(OWNERS),
    "GET /v1/moderation/audit": May(AUDITORS, foreign=lambda answer: answer["entries"] == []),
    "GET /v1/moderation/audit.csv": May(AUDITORS, foreign=lambda answer: answer is None),
    "GET /v1/moderation/audit.ndjson": May(AUDITORS, foreign=lambda answer: answer is None),
}
"""Every route, and who may use it. A new one is put here on purpose."""

GUARDED: Final = sorted(route for route, may in RULES.items() if None not in may.who)
OPEN: Final = sorted(route for route, may in RULES.items() if None in may.who and not route.startswith("GET /demo/"))


def routes(house: House) -> Iterator[tuple[str, Rule, Any]]:
    for rule in house.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield f"{method} {rule.rule}", rule, house.app.view_functions[rule.endpoint]


def ask(house: House, route: str, comment: str, headers: dict[str, str]) -> TestResponse:
    """A request that succeeds for whoever may make it."""
    method, pattern = route.split(" ")
    if "notices" in pattern:
        house.give_mail("smtp://127.0.0.1:1", limits=False)
        house.set_rules(notices=True)
    values = {
        "site": "journal", "article": "a-1", "comment_id": comment, "filename": "pages.css", "language": "fr",
        "author_id": house.row(comment).author_id,
        "webhook_id": house.webhook()["id"] if "<webhook_id>" in pattern else "",
        "delivery_id": house.ping() if "<delivery_id>" in pattern else "",
        "mailbox_id": house.mailbox() if "<mailbox_id>" in pattern else "",
        "token": _token(house, pattern, comment) if "<token>" in pattern else "",
        "ban_id": house.ban(comment) if "<ban_id>" in pattern else "",
        "job_id": house.job() if "<job_id>" in pattern else "",
        "digest": "0", "name": "main.js",
        "prefix": house.spare_token() if "<prefix>" in pattern else "",
        "receipt": house.app.extensions["moderato"].keys.receipt(comment),
    }  # fmt: skip
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], pattern)
    sends = RULES[route].sends
    body = {"json": sends(comment)} if sends else {}
    return house.client.open(f"{path}{RULES[route].query}", method=method, headers=headers, buffered=True, **body)


def _token(house: House, pattern: str, comment: str) -> str:
    """The token of a mail's link that leads there."""
    _, whose, what, _ = pattern.split("/")
    purpose = {
        "notices": {"confirm": Purpose.CONFIRM, "choices": Purpose.CHOOSE, "stop": Purpose.STOP},
        "mailboxes": {"confirm": Purpose.OPEN_MAILBOX, "stop": Purpose.STOP_MAILBOX},
    }[whose][what]
    author = house.row(comment).author_id
    if whose == "notices":
        with house.database.write() as connection:
            subscriptions.ask(connection, author, "fr", datetime.now(UTC))
    return Keys(house.settings).link(purpose, author if whose == "notices" else house.mailbox())


def test_every_route_has_its_rule_and_every_rule_its_route(small_house: House) -> None:
    assert {name for name, _, _ in routes(small_house)} == set(RULES)


def test_every_route_lets_in_whom_its_rule_says(small_house: House) -> None:
    for name, _, view in routes(small_house):
        assert (roles_of(view) or EVERYBODY) == RULES[name].who, name


def test_all_staff_routes_lie_under_v1_moderation_and_nothing_else_does() -> None:
    for name in RULES:
        assert (name in GUARDED) is ("/v1/moderation/" in name), name


@pytest.mark.parametrize("route", GUARDED)
def test_a_staff_route_serves_its_roles_on_their_own_site_and_nobody_else(small_house: House, route: str) -> None:
    small_house.add_site("other")
    refused = ask(small_house, route, small_house.held(), {})
    told(refused, 401, "unauthorized")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")

    for role in ROLES:
        comment = small_house.published() if RULES[route].published else small_house.held()
        if RULES[route].decided:
            ask(small_house, "POST /v1/moderation/comments/<comment_id>/decision", comment, small_house.staff())
        foreign = ask(small_house, route, comment, small_house.staff(role, "other"))
        own = ask(small_house, route, comment, small_house.staff(role))
        if role not in RULES[route].who:
            told(foreign, 403, "role")
            told(own, 403, "role")
            continue
        assert own.status_code == 200, f"{role}: {own.get_data(as_text=True)}"
        own_alone = RULES[route].foreign
        if own_alone is None:
            told(foreign, 404)
        else:
            assert own_alone(foreign.get_json())


@pytest.mark.parametrize("route", GUARDED)
def test_who_is_turned_away_has_changed_nothing(small_house: House, route: str) -> None:
    small_house.add_site("other")
    comment = small_house.held()
    before = small_house.row(comment)
    known = small_house.client.get(f"/v1/moderation/authors/{before.author_id}", headers=small_house.staff()).get_json()

    for headers in ({}, {"Authorization": "Bearer mdr_000000000000.x"}, small_house.staff("owner", "other")):
        ask(small_house, route, comment, headers)
    if "auditor" not in RULES[route].who:
        ask(small_house, route, comment, small_house.staff("auditor"))

    assert small_house.row(comment) == before
    author = small_house.client.get(f"/v1/moderation/authors/{before.author_id}", headers=small_house.staff())
    assert {**author.get_json(), "bans": []} == {**known, "bans": []}
    policy = small_house.client.get("/v1/moderation/sites/journal/policy", headers=small_house.staff()).get_json()
    assert policy["version"] == 1
    article = small_house.client.get("/v1/moderation/sites/journal/articles/a-1", headers=small_house.staff())
    assert article.get_json()["title"] == ""
    site = small_house.client.get("/v1/moderation/sites/journal", headers=small_house.staff())
    assert site.get_json()["title"] == "Journal"


@pytest.mark.parametrize("route", GUARDED)
def test_strangers_are_turned_away_before_anything_that_they_sent_is_looked_at(small_house: House, route: str) -> None:
    method, pattern = route.split(" ")

    answer = small_house.client.open(re.sub(r"<[^>]+>", "x", pattern), method=method, data="{broken")

    told(answer, 401, "unauthorized")


@pytest.mark.parametrize("route", OPEN)
def test_an_open_route_serves_everybody_alike(small_house: House, route: str) -> None:
    """A token, good or bad, of this site or of another, changes nothing."""
    small_house.add_site("other")
    tokens = [{}, {"Authorization": "Bearer x"}, small_house.staff("auditor", "other")]
    headers = [*tokens, *(small_house.staff(role) for role in ROLES)]

    comment = small_house.published if RULES[route].published else small_house.held
    answers = {ask(small_house, route, comment(), each).status_code for each in headers}

    assert len(answers) == 1
    assert answers <= ({401} if "/desk/session" in route else {200, 202, 303, 400, 415, 422})


@pytest.mark.parametrize("route", GUARDED)
def test_a_browser_that_is_signed_in_may_what_its_token_may_and_nothing_that_another_site_has_it_send(
    small_house: House, route: str
) -> None:
    for role in ROLES:
        comment = small_house.published() if RULES[route].published else small_house.held()
        if RULES[route].decided:
            ask(small_house, "POST /v1/moderation/comments/<comment_id>/decision", comment, small_house.staff())
        headers = small_house.signed_in(role)
        forged = ask(small_house, route, comment, {"Cookie": headers["Cookie"]})
        mistold = ask(small_house, route, comment, headers | {"X-CSRF-Token": "0" * 64})
        own = ask(small_house, route, comment, headers)

        assert own.status_code == (200 if role in RULES[route].who else 403), own.get_data(as_text=True)
        for answer in (forged, mistold):
            if route.startswith("GET "):
                assert answer.status_code == own.status_code
            else:
                told(answer, 403, "csrf")
