"""The web tests' houses: SQLite is enough, for pages ask nothing of a database that the list of comments doesn't."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from service.front import front
from tests.factories import House as Newsroom
from tests.servers import browser as browser_program
from tests.web.bureau import Bureau
from tests.web.house import House, open_house
from tests.web.newsstand import QUIET, WATCH, Newsstand
from tests.web.publisher import Watched, publishing, serving


@pytest.fixture
def house(sqlite_url: str) -> Iterator[House]:
    """A house with the demo site."""
    yield from _lived_in(open_house(sqlite_url))


@pytest.fixture
def bare_house(sqlite_url: str) -> Iterator[House]:
    """A house as a publisher sets it up: without the demo."""
    yield from _lived_in(open_house(sqlite_url, demo_site=False))


@pytest.fixture
def gazette(bare_house: House) -> House:
    """A house with a publisher's site, `gazette`."""
    bare_house.site("gazette")
    return bare_house


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the module; not for the session, for two that are driven at once get into each other's way."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def stand(gazette: House, chromium: Browser) -> Iterator[Newsstand]:
    """A newsstand, on whose pages no script fails and no policy is broken."""
    watched = Watched(gazette.app)
    with serving(watched) as service, publishing(service) as publisher:
        gazette.allow("gazette", publisher.origin)
        context = chromium.new_context(locale="fr-FR", viewport={"width": 1000, "height": 800})
        context.set_default_timeout(10_000)
        context.add_init_script(WATCH)
        stand = Newsstand(gazette, publisher, context, service, watched.answers)
        yield stand
        broken = [fault for page in context.pages for fault in page.evaluate("broken")]
        context.close()
        assert stand.errors == []
        assert broken == []


@pytest.fixture
def bureau(small_house: Newsroom, chromium: Browser) -> Iterator[Bureau]:
    """A desk on whose pages no script fails and no policy is broken."""
    watched = Watched(small_house.app)
    with serving(watched) as service:
        bureau = Bureau(small_house, chromium, service, watched.answers)
        yield bureau
        broken = [fault for context in bureau.contexts for page in context.pages for fault in page.evaluate("broken")]
        for context in bureau.contexts:
            context.close()
        assert bureau.errors == []
        assert broken == []


def _lived_in(house: House) -> Iterator[House]:
    yield house
    house.database.close()
    with house.app.app_context():
        front().database.close()
