"""A bureau: the moderators' page in a browser, the house behind it with real checks, and the keys that people press."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select

from service.store.base import table
from service.store.comments import Comment
from tests.factories import CANARY_STRING, House
from tests.web.newsstand import wait_until

WATCH = """
window.broken = []; window.shifts = 0; window.taken = [];
document.addEventListener("securitypolicyviolation", (event) => broken.push(event.violatedDirective + event.sample));
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) shifts += each.value;
}).observe({ type: "layout-shift", buffered: true });
let pressed = 0, shown = "";
addEventListener("keydown", () => { pressed = performance.now(); }, true);
new MutationObserver(() => {
  const now = document.querySelector(".run .comment .body")?.innerText ?? "";
  if (!now || now === shown) return;
  shown = now;
  const since = pressed;
  requestAnimationFrame(() => setTimeout(() => taken.push(performance.now() - since)));
}).observe(document, { childList: true, subtree: true, characterData: true });
"""
"""What is watched: what the policy forbade, how far things jumped, how long the desk took from key to comment."""


_TEXT = "document.querySelector('.run .comment .body')?.innerText ?? ''"


@dataclass
class Bureau:
    """The site is `journal`; comments are judged when a test says so."""

    house: House
    browser: Browser
    service: str
    answers: list[str]
    contexts: list[BrowserContext] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def desk(self, role: str = "owner", place: str = "", *, wait: str = "main h1", **how: Any) -> Page:
        """A browser of its own, in which somebody has signed in by the keyboard."""
        tab = self.tab(**how)
        tab.goto(f"{self.service}/desk/")
        tab.wait_for_function("document.activeElement?.id === 'token'")
        tab.keyboard.type(self.house.token(role))
        tab.keyboard.press("Enter")
        tab.locator("main h1").wait_for()
        if place:
            tab.evaluate("place => { location.hash = place; }", place)
        tab.locator(wait).first.wait_for()
        return tab

    def tab(self, **how: Any) -> Page:
        size = {"width": 1280, "height": 860}
        context = self.browser.new_context(**({"locale": "fr-FR", "viewport": size} | how))
        context.set_default_timeout(15_000)
        context.add_init_script(WATCH)
        self.contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        return tab

    def held(self, count: int, *, name: str = "Zoé Martin", **changes: Any) -> list[str]:
        """So many comments that wait for a person, each saying something else."""
        made = [
            self.house.accepted(
                body=f"Le point numéro {number} du conseil de {number * 7} minutes. {CANARY_STRING}",
                name=name, address=f"192.0.2.{number % 250}", **changes,
            )
            for number in range(count)
        ]  # fmt: skip
        self.house.judge()
        return made

    def campaign(self, count: int) -> list[str]:
        """So many comments that say nearly the same, each by somebody else."""
        made = [
            self.house.accepted(
                body=f"Découvrez notre offre exceptionnelle de panneaux solaires, prime de 2000 euros, visitez "
                f"http://soleil-promo.example/offre{number} maintenant {CANARY_STRING}",
                name=f"Promo {number}",
            )
            for number in range(count)
        ]  # fmt: skip
        self.house.judge()
        return made

    def statuses(self) -> dict[str, str]:
        comments = table(Comment)
        with self.house.database.read() as connection:
            return {row.id: row.status for row in connection.execute(select(comments.c.id, comments.c.status))}

    def decisions(self) -> list[dict[str, Any]]:
        """All that were made, the oldest first, as the audit log tells them."""
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"act": "comment.decide", "order": "oldest", "limit": 100}
        while True:
            page = self.house.client.get(
                "/v1/moderation/audit", query_string=query, headers=self.house.staff("owner")
            ).get_json()
            found += page["entries"]
            if page["next"] is None:
                return found
            query["cursor"] = page["next"]


def text_of(page: Page) -> str:
    """The text of the comment in the run; nothing once nothing is waiting."""
    found: str = page.evaluate(_TEXT)
    if not found:
        until(page, lambda: page.locator(".run .comment, .run .nothing p + p").count() > 0)
        found = page.evaluate(_TEXT)
    return found


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def until(page: Page, done: Callable[[], bool]) -> None:
    wait_until(done, page)
