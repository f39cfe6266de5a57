"""Makes what tests need: a house with a site in it, comments, tokens. All go through the product's own doors."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.app import create_app
from service.cli import create_token
from service.domain.ban import BanKind
from service.domain.comment import Action
from service.domain.job import JobKind
from service.domain.policy import Policy
from service.domain.site import SiteRules
from service.domain.teaching import Category, Why
from service.operations.models import Version, record
from service.operations.rehearse import Draft
from service.settings import Settings
from service.store import jobs, models, policies, sites
from service.store.backlog import Backlog
from service.store.base import new_id
from service.store.moderation import Token
from service.store.session import Database
from workers.learning.features import DENSE, WIDTH
from workers.learning.head import Head, pack
from workers.room import Room, furnish
from workers.scorer.client import Scorer
from workers.tasks import judge_batch

SECRETS = {"MODERATO_SECRET_KEYS": "k1:" + "ab" * 32, "MODERATO_AUTHOR_SECRET": "cd" * 32}
ORIGIN = "https://www.journal.example"
ARTICLE = "/v1/sites/journal/articles/a-1"
EASY = SiteRules(burst=100_000, per_minute=100_000)
"""Rules that limit nobody: all who comment in tests have one address."""

_numbers = count(1)


def environment(database_url: str, redis_url: str, **more: str) -> dict[str, str]:
    """The environment of a process of ours."""
    return {"MODERATO_DATABASE_URL": database_url, "MODERATO_REDIS_URL": redis_url, **SECRETS, **more}


def a_submission(**changes: Any) -> dict[str, Any]:
    """What a reader sends in; unlike any other."""
    number = next(_numbers)
    return {
        "name": "Zoé Martin",
        "email": f"zoe.{number}@lecteurs.example.org",
        "body": f"Une remarque de bon sens, la numéro {number}.",
    } | changes


def _never() -> float:
    """Dice by which no verdict is ever a sample: tests that want some give the room others."""
    return 1.0


@dataclass
class House:
    """The service on one database: a web client, the judge at hand, and a site called `journal`."""

    settings: Settings
    site_id: str = ""
    tokens: dict[str, str] = field(default_factory=dict)

    @cached_property
    def app(self) -> Flask:
        return create_app(self.settings)

    @cached_property
    def room(self) -> Room:
        return replace(furnish(self.settings), dice=_never)

    @property
    def database(self) -> Database:
        return self.room.database

    @property
    def client(self) -> FlaskClient:
        """It keeps no cookies: who is signed in says so in each request."""
        return self.app.test_client(use_cookies=False)

    def give_scorer(self, url: str, **settings: Any) -> None:
        """From now on there is a scorer."""
        self.take_scorer()
        chosen: dict[str, Any] = {"scorer_seconds": 8.0, "scorer_at_once": 4, "scorer_url": url} | settings
        self.settings = replace(self.settings, **chosen)
        self.__dict__["room"] = replace(self.room, settings=self.settings, scorer=Scorer(self.settings))

    def take_scorer(self) -> None:
        if self.room.scorer is not None:
            self.room.scorer.close()
        self.__dict__["room"] = replace(self.room, scorer=None)

    def allow_private_webhooks(self) -> None:
        """Receivers in tests are on this machine."""
        if self.settings.webhook_private:
            return
        if "app" in self.__dict__:
            self.__dict__.pop("app").extensions["moderato"].database.close()
        self.settings = replace(self.settings, webhook_private=True)
        self.__dict__["room"] = replace(self.room, settings=self.settings)

    def limit_backlog(self, *, optional: int, limit: int) -> None:
        """From now on so many may wait on one site."""
        if "app" in self.__dict__:
            self.__dict__.pop("app").extensions["moderato"].database.close()
        self.settings = replace(self.settings, backlog_optional=optional, backlog_limit=limit)
        self.__dict__["room"] = replace(self.room, settings=self.settings, backlog=Backlog(self.settings))

    def give_mail(self, url: str, **settings: Any) -> None:
        """From now on there is a mail server; for web processes too."""
        chosen = {"mail_from": "Le Journal <commentaires@journal.example>", "public_url": "https://c.journal.example"}
        self.settings = replace(self.settings, smtp_url=url, **(chosen | settings))
        self.__dict__["room"] = replace(self.room, settings=self.settings)
        if "app" in self.__dict__:
            self.app.extensions["moderato"].database.close()
            del self.__dict__["app"]

    def close(self) -> None:
        self.take_scorer()
        self.room.database.close()
        if "app" in self.__dict__:
            self.app.extensions["moderato"].database.close()

    def add_site(
        self, name: str = "journal", *, rules: SiteRules | None = None, policy: Policy | None = None,
        origins: tuple[str, ...] = (ORIGIN,),
    ) -> str:  # fmt: skip
        with self.database.write() as connection:
            return policies.add_site(
                connection, name, datetime.now(UTC), title=name.title(), origins=list(origins), languages=["fr", "en"],
                rules=rules or EASY,
                policy=policy or Policy(hold_first_comment=False),
            )  # fmt: skip

    def set_policy(self, **changes: Any) -> None:
        with self.database.write() as connection:
            policy, _ = policies.current_policy(connection, self.site_id, None)
            policies.add_policy(
                connection, self.site_id, None, replace(policy, **changes), datetime.now(UTC), by="test"
            )

    def set_rules(self, **changes: Any) -> None:
        with self.database.write() as connection:
            row = sites.find_site(connection, "journal")
            sites.change_site(connection, row.id, {}, replace(SiteRules.from_document(row.rules), **changes))

    def post(
        self, submission: Mapping[str, Any] | None = None, *, article: str = ARTICLE,
        headers: Mapping[str, str] | None = None, address: str = "192.0.2.1", **changes: Any,
    ) -> TestResponse:  # fmt: skip
        """Send a comment in as JSON."""
        return self.client.post(
            f"{article}/comments",
            json=dict(submission) if submission is not None else a_submission(**changes),
            headers=dict(headers or {}),
            environ_base={"REMOTE_ADDR": address},
        )

    def judge(self) -> int:
        """Judge all that waits; how many there were."""
        total = 0
        while judged := judge_batch(self.room):
            total += judged
        return total

    def published(self, **changes: Any) -> str:
        """The id of a new comment that was sent in, judged and published."""
        identifier = self.accepted(**changes)
        self.judge()
        assert self.status(identifier) == "published"
        return identifier

    def held(self, **changes: Any) -> str:
        """The id of a new comment that waits for a person."""
        identifier = self.accepted(**({"body": f"{a_submission()['body']} {CANARY_STRING}"} | changes))
        self.judge()
        assert self.status(identifier) == "held"
        return identifier

    def accepted(self, **changes: Any) -> str:
        """The id of a new comment that nobody has judged yet."""
        answer = self.post(**changes)
        assert answer.status_code == 202, answer.get_data(as_text=True)
        return str(answer.get_json()["id"])

    def status(self, identifier: str) -> str:
        return str(self.row(identifier).status)

    def row(self, identifier: str) -> Any:
        from service.store.comments import Comment

        with self.database.read() as connection:
            return connection.execute(select(Comment.__table__).where(Comment.id == identifier)).one()

    def token(self, role: str = "moderator", site: str = "journal") -> str:
        key = f"{site}:{role}"
        if key not in self.tokens:
            with self.database.write() as connection:
                row = sites.find_site(connection, site)
                self.tokens[key] = create_token(connection, row.id, role, f"{role} of {site}")
        return self.tokens[key]

    def spare_token(self) -> str:
        """The prefix of a new token that nobody uses."""
        with self.database.write() as connection:
            return create_token(connection, self.site_id, "moderator", "spare")[4:16]

    def staff(self, role: str = "moderator", site: str = "journal") -> dict[str, str]:
        """Headers of a member of staff."""
        return {"Authorization": f"Bearer {self.token(role, site)}"}

    def mailbox(self, **changes: Any) -> str:
        """The id of a new mailbox of staff, whose owner hasn't answered yet."""
        asked = {"label": "Bureau", "email": "bureau@journal.example.org"} | changes
        answer = self.client.post("/v1/moderation/mailboxes", json=asked, headers=self.staff("owner"))
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return str(answer.get_json()["id"])

    def signed_in(self, role: str = "moderator", site: str = "journal") -> dict[str, str]:
        """Headers of a browser that a token has let into the desk."""
        answer = self.client.post("/desk/session", json={"token": self.token(role, site)})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return {"Cookie": cookie, "X-CSRF-Token": answer.get_json()["csrf_token"]}

    def ban(self, comment: str, **changes: Any) -> str:
        """The id of a new ban, of a comment's author if nothing else is said."""
        asked = {"kind": "author", "target": self.row(comment).author_id, "action": "hold", "reason": "Insults."}
        answer = self.client.post("/v1/moderation/bans", json=asked | changes, headers=self.staff("editor"))
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return str(answer.get_json()["id"])

    def webhook(self, url: str = "https://hooks.example/in", **more: Any) -> dict[str, Any]:
        """A new webhook, with its secret."""
        answer = self.client.post("/v1/moderation/webhooks", json={"url": url, **more}, headers=self.staff("owner"))
        assert answer.status_code == 200, answer.get_data(as_text=True)
        found: dict[str, Any] = answer.get_json()
        return found

    def ping(self) -> str:
        """The id of a delivery to a new webhook."""
        address = f"/v1/moderation/webhooks/{self.webhook()['id']}/test"
        answer = self.client.post(address, headers=self.staff("owner"))
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return str(answer.get_json()["id"])

    def job(self) -> str:
        """The id of a new job, a rehearsal of one word, that nobody has begun."""
        now = datetime.now(UTC)
        asked = Draft.of(BanKind.WORD, Action.HOLD, ["zorglub"], 30, now).to_document()
        self.token("editor")
        with self.database.write() as connection:
            row = {"id": new_id(), "site_id": self.site_id, "kind": JobKind.BANS_PREVIEW, "asked": asked}
            token = connection.execute(select(Token.id).where(Token.site_id == self.site_id).limit(1)).scalar_one()
            jobs.add_job(connection, row | {"token_id": token, "created_at": now})
        return str(row["id"])

    def taught(self, versions: int = 1) -> None:
        """The site has taught so many versions about spam, of which the latest serves."""
        beside = None
        for number in range(1, versions + 1):
            figures = {"questions": 20 * number, "refused": 5 * number, "log_loss": 0.3 / number, "recall": 0.8}
            told = {
                "why": Why.FIRST if number == 1 else Why.NO_WORSE,
                "decisions": 100 * number,
                "refused": 25 * number,
            }
            content, described = pack(
                Head(np.zeros(WIDTH, np.float32), np.zeros(len(DENSE), np.float32), np.ones(WIDTH, np.uint8))
            )
            now = datetime.now(UTC)
            manifest = (
                described
                | told
                | {"until": now.isoformat(), "challenger": figures, "champion": figures if number > 1 else None}
            )
            version = Version(self.site_id, Category.SPAM, content, manifest)
            assert record(self.database, version, now, serves=True, beside=beside) == number
            with self.database.read() as connection:
                (champion,) = models.champions(connection, [self.site_id])
            beside = champion.id

    def decide(self, identifier: str, action: str, version: int | None = None, **more: Any) -> TestResponse:
        return self.client.post(
            f"/v1/moderation/comments/{identifier}/decision",
            json={"action": action, "version": version or self.row(identifier).version, **more},
            headers=self.staff(),
        )


def canary_string() -> str:
    """The text that a check always holds, taken from the check itself."""
    from workers.checks.canary import TEST_STRING

    return TEST_STRING


CANARY_STRING = canary_string()
