"""A newsstand: a publisher's page with the widget on it, a reader's browser before it, and the house behind it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, Request

from tests.servers import PATIENCE
from tests.web.house import House
from tests.web.publisher import Publisher, article

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
WATCH = """
window.heard = []; window.broken = []; window.shifts = 0;
document.addEventListener("securitypolicyviolation", (event) => broken.push(event.violatedDirective + event.sample));
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) shifts += each.value;
}).observe({ type: "layout-shift", buffered: true });
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (...given) {
  const root = attach.apply(this, given);
  new MutationObserver(() => {
    const said = root.querySelector("[role=status]")?.textContent;
    if (said && said !== heard.at(-1)) heard.push(said);
  }).observe(root, { childList: true, subtree: true, characterData: true });
  return root;
};
"""
"""What is watched on every page: what is said aloud, what the page's policy forbade, how far things jumped."""


@dataclass
class Newsstand:
    """The site is `gazette`, the article `a-1`; nobody judges there but the tests."""

    house: House
    publisher: Publisher
    context: BrowserContext
    service: str
    answers: list[str]
    """What the service was asked and answered, in order."""
    requests: list[Request] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, key: str = "a-1", *, anchor: str = "", wait: bool = True, **page: Any) -> Page:
        """The article's page, in a tab of its own."""
        address = self.publisher.put(f"/{key}", article(self.service, "gazette", key, **page))
        tab = self.tab()
        tab.goto(address + anchor)
        if wait:
            tab.locator(".form, .closed, .news button").first.wait_for()
        return tab

    def tab(self) -> Page:
        """An empty tab, whose requests and errors are noted."""
        tab = self.context.new_page()
        tab.on("request", self._note)
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        return tab

    def comment(self, body: str = "Un commentaire.", **more: Any) -> str:
        return self.house.comment(body, place=self.house.place("gazette", "a-1"), **more)

    def the_sent(self) -> str:
        """The one comment that no verdict has reached, once it is there."""
        wait_until(lambda: bool(self._pending()), self.context.pages[-1])
        (found,) = self._pending()
        return found

    def asked(self, part: str) -> int:
        """How many requests had this in their address."""
        return sum(part in request.url for request in self.requests)

    def _pending(self) -> list[str]:
        return [row.id for row in self.house.rows() if row.status == "pending"]

    def _note(self, request: Request) -> None:
        self.requests.append(request)


def wait_until(done: Callable[[], bool], page: Page, seconds: float = PATIENCE) -> None:
    """Until it is so. The page goes on meanwhile: what playwright tells us, it tells while it is waited with."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        page.wait_for_timeout(20)


def write(page: Page, body: str, *, name: str = "Zoé Lefèvre", email: str | None = None) -> None:
    page.locator("#body").fill(body)
    page.locator("#name").fill(name)
    page.locator("#email").fill(email or f"{uuid4().hex[:8]}@lecteurs.example.org")
    page.get_by_role("button", name="Envoyer le commentaire").click()


def comment_of(page: Page, text: str) -> Locator:
    return page.locator(".comment").filter(has_text=text).last


def hears(page: Page, sentence: str) -> None:
    page.wait_for_function("sentence => heard.some((said) => said.includes(sentence))", arg=sentence)


def focused(page: Page, member: str) -> str:
    """Something of the element that has the focus in the widget."""
    found: str = page.evaluate(f"document.querySelector('moderato-comments').shadowRoot.activeElement?.{member} ?? ''")
    return found


def axe(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is now."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]
