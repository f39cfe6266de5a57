"""A web process on a SQLite file of its own, with the demo site, and the verbs that bring comments to any status.

Nobody judges here but the tests: there is no Redis, and there are no workers.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from tempfile import mkdtemp
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from lxml import html
from sqlalchemy import select
from werkzeug.test import TestResponse

from service import demo
from service.app import create_app
from service.breaker import Breaker
from service.domain.comment import Action
from service.domain.policy import Mode, Policy
from service.domain.site import SiteRules
from service.domain.verdict import Judgement, Verdict
from service.front import place_front
from service.keys import Keys
from service.limits import Limits
from service.operations.decide import Decider, Decision, decide
from service.operations.judge import Judged, judge
from service.operations.submit import Submission, submit
from service.operations.withdraw import withdraw
from service.settings import Settings
from service.store import moderation, moving, places, policies, sites
from service.store.base import Email, new_id
from service.store.comments import Comment
from service.store.reports import ReportRow
from service.store.session import Database
from tests.servers import workplace

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
DEMO = "/demo/tramway-de-nuit"
GAZETTE = "/sites/gazette/articles/a-1"
ORIGIN = "https://www.gazette.example"


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
            policies.add_site(
                connection, name, datetime.now(UTC), title="La Gazette", origins=[ORIGIN],
                languages=["fr"], rules=rules or SiteRules(), policy=Policy(mode=mode, hold_first_comment=False),
            )  # fmt: skip

    def place(self, site: str = demo.SITE, article: str = demo.ARTICLE) -> places.Place:
        with self.database.read() as connection:
            place = places.find_place(connection, site, article)
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
        place: places.Place | None = None,
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

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)

    def receipt(self, comment_id: str) -> str:
        return f"/receipts/{self.keys.receipt(comment_id)}"

    def withdraw(self, comment_id: str) -> None:
        withdraw(self.database, self._row(comment_id).site_id, comment_id, datetime.now(UTC))

    def get(self, path: str, *, language: str = "fr", **headers: str) -> TestResponse:
        return self.client.get(path, headers=BROWSER | {"Accept-Language": language} | headers)

    def page(self, path: str = DEMO, *, language: str = "fr") -> html.HtmlElement:
        """The page there, read as a browser reads it."""
        return read(self.get(path, language=language))

    def send(self, path: str = DEMO, **fields: str) -> TestResponse:
        """Fill in the form of the page there, and send it; `fields` are what is typed otherwise than well."""
        form = form_of(self.page(path))
        typed = {"name": "Zoé", "email": "zoe@lecteurs.example.org", "body": "D’accord avec la rédaction."}
        filled = {name: value or "" for name, value in form.fields.items() if isinstance(name, str)} | typed | fields
        return self.client.post(str(form.action), data=filled, headers=BROWSER | {"Accept-Language": "fr"})

    def rows(self) -> list[Any]:
        """All comments, in the order of time."""
        with self.database.read() as connection:
            return list(connection.execute(select(Comment.__table__).order_by(Comment.created_at)))

    def reports(self) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(select(ReportRow.__table__)))

    def allow(self, site: str, origin: str) -> None:
        """Let pages of this origin, and of no other, embed the site's comments."""
        self._change(site, {"origins": [origin]}, None)

    def limit(self, site: str, *, burst: int) -> None:
        """From now on a client may post so often at once, and then once a minute."""
        self.change_rules(site, burst=burst, per_minute=1)
        found = self.app.extensions["moderato"]
        place_front(self.app.extensions, replace(found, limits=Limits(replace(self.settings, limits=True), Breaker())))

    def change_rules(self, site: str, **changes: Any) -> None:
        with self.database.read() as connection:
            rules = SiteRules.from_document(sites.find_site(connection, site).rules)
        self._change(site, {}, replace(rules, **changes))

    def close(self, site: str, article: str) -> None:
        with self.database.write() as connection:
            article_id = places.ensure_article(connection, self.place(site, article), datetime.now(UTC))
            sites.change_article(connection, article_id, {"is_open": False})

    def _change(self, site: str, changes: dict[str, Any], rules: SiteRules | None) -> None:
        with self.database.write() as connection:
            sites.change_site(connection, sites.find_site(connection, site).id, changes, rules)

    def _row(self, comment_id: str) -> Any:
        with self.database.write() as connection:
            (row,) = moving.lock_comments(connection, [comment_id])
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


def open_house(database_url: str, *, demo_site: bool = True) -> House:
    """The service on a migrated database."""
    settings = Settings.from_env(
        {
            "MODERATO_DATABASE_URL": database_url,
            "MODERATO_REDIS_URL": "redis://127.0.0.1:1",
            "MODERATO_SECRET_KEYS": "k1:" + "ab" * 32,
            "MODERATO_AUTHOR_SECRET": "cd" * 32,
            "MODERATO_LIMITS": "off",
        }
    )
    database = Database(settings)
    if demo_site:
        with database.write() as connection:
            demo.ensure(connection, "", datetime.now(UTC))
    app = create_app(settings)
    app.jinja_env.bytecode_cache = _compiled()  # else every test compiles every template
    return House(app, settings, database, Keys(settings))


def read(answer: TestResponse) -> html.HtmlElement:
    """An answer's page."""
    assert answer.mimetype == "text/html", answer.get_data(as_text=True)
    return html.document_fromstring(answer.get_data().decode())


def form_of(page: html.HtmlElement) -> html.FormElement:
    (form,) = page.forms
    return form


def one(page: html.HtmlElement, path: str) -> html.HtmlElement:
    """The one element that the XPath after `//` finds."""
    (element,) = every(page, path)
    return element


def every(page: html.HtmlElement, path: str) -> list[html.HtmlElement]:
    """All elements that the XPath after `//` finds, in the page's order."""
    found = page.xpath(f"//{path}")
    assert isinstance(found, list)
    return [element for element in found if isinstance(element, html.HtmlElement)]


def words(element: html.HtmlElement) -> str:
    """What can be read in it, in one line."""
    return " ".join(element.text_content().split())


@cache
def _compiled() -> FileSystemBytecodeCache:
    return FileSystemBytecodeCache(mkdtemp(prefix="templates-", dir=workplace()))


def _verdict(action: Action) -> Verdict:
    return Verdict(Judgement(action, 0.0, {}, awaits=action is Action.HOLD), (), (), "test")
