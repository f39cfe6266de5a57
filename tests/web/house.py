"""A web process on a SQLite file of its own, with the demo site, and the verbs that bring comments to any status."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from service import demo
from service.app import create_app
from service.domain.comment import Action
from service.domain.policy import Mode, Policy
from service.domain.site import SiteRules
from service.domain.verdict import Judgement, Verdict
from service.keys import Keys
from service.operations.decide import Decider, Decision, decide
from service.operations.judge import Judged, judge
from service.operations.submit import Submission, submit
from service.settings import Settings
from service.store import comments, moderation, schema, sites
from service.store.base import Email, new_id
from service.store.session import Database


@dataclass
class House:
    """The service's web process, and the verbs to arrange a discussion in it."""

    app: Flask
    settings: Settings
    database: Database
    keys: Keys
    written: int = 0
    begun: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=3))

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def site(self, name: str, *, mode: Mode = Mode.AUTO, rules: SiteRules | None = None) -> None:
        with self.database.write() as connection:
            sites.add_site(
                connection, name, datetime.now(UTC), title="La Gazette", origins=["https://www.gazette.example"],
                languages=["fr"], rules=rules or SiteRules(), policy=Policy(mode=mode, hold_first_comment=False),
            )  # fmt: skip

    def place(self, site: str = demo.SITE, article: str = demo.ARTICLE) -> sites.Place:
        with self.database.read() as connection:
            place = sites.find_place(connection, site, article)
        assert place is not None
        return place

    def comment(
        self,
        body: str = "Un commentaire.",
        *,
        name: str = "Nadia",
        website: str = "",
        parent: str | None = None,
        status: str = "published",
        place: sites.Place | None = None,
        at: datetime | None = None,
    ) -> str:
        """A comment brought to a status by a verdict. Its id."""
        self.written += 1
        at = at or self.begun + timedelta(minutes=7 * self.written)
        sent = Submission(
            name=name, email=Email(f"reader{self.written}@example.fr"), body=body, website=website, parent=parent
        )
        accepted = submit(self.database, self.keys, place or self.place(), sent, at)
        if status != "pending":
            self.judge(accepted.id, status, at)
        return accepted.id

    def judge(self, comment_id: str, status: str, at: datetime | None = None) -> None:
        action = {"published": Action.PUBLISH, "held": Action.HOLD, "rejected": Action.REJECT}[status]
        row = self._row(comment_id)
        judge(self.database, [Judged(row, _verdict(action), 1)], at or datetime.now(UTC))

    def decide(self, comment_id: str, action: Action, reason: str | None = None) -> None:
        row = self._row(comment_id)
        decider = Decider(self._token(row.site_id), row.site_id)
        decide(self.database, decider, Decision(comment_id, row.version, action, reason), datetime.now(UTC))

    def receipt(self, comment_id: str) -> str:
        return f"/receipts/{self.keys.receipt(comment_id)}"

    def _row(self, comment_id: str) -> Any:
        with self.database.write() as connection:
            (row,) = comments.lock_comments(connection, [comment_id])
        return row

    def _token(self, site_id: str) -> str:
        """A moderator's token, by its id."""
        token_id = new_id()
        with self.database.write() as connection:
            moderation.add_token(
                connection,
                {"id": token_id, "site_id": site_id, "name": "Test", "role": "moderator", "prefix": token_id[-12:],
                 "secret_hash": "0" * 64, "created_at": datetime.now(UTC)},
            )  # fmt: skip
        return token_id


def open_house(folder: Path) -> House:
    """A service without Redis and without workers: whoever tests it judges by hand."""
    settings = Settings.from_env(
        {
            "MODERATO_DATABASE_URL": f"sqlite:///{folder / 'moderato.db'}",
            "MODERATO_REDIS_URL": f"unix://{folder / 'no-redis.sock'}",
            "MODERATO_SECRET_KEYS": "k1:" + "ab" * 32,
            "MODERATO_AUTHOR_SECRET": "cd" * 32,
            "MODERATO_LIMITS": "off",
        }
    )
    database = Database(settings)
    schema.migrate(database)
    with database.write() as connection:
        demo.ensure(connection, "", datetime.now(UTC))
    return House(create_app(settings), settings, database, Keys(settings))


def _verdict(action: Action) -> Verdict:
    return Verdict(Judgement(action, 0.0, {}, awaits=action is Action.HOLD), (), (), "test")
