"""The newspaper in a real browser: with scripts the widget takes over and counts are fetched; without, all is there."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from service import demo
from tests.web.house import DEMO, House
from tests.web.newsstand import WATCH, axe
from tests.web.publisher import serving

pytestmark = pytest.mark.browser

FRONT = "/demo/"
KEY = demo.ARTICLE


@pytest.fixture
def address(house: House) -> Iterator[str]:
    with serving(house.app) as address:
        yield address


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """A tab in which scripts run; on its pages no script fails and no policy is broken."""
    context = chromium.new_context(locale="fr-FR", base_url=address)
    context.add_init_script(WATCH)
    tab, errors = context.new_page(), []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    broken = tab.evaluate("broken")
    context.close()
    assert errors == broken == []


@pytest.fixture
def still(chromium: Browser, address: str) -> Iterator[Page]:
    """A tab in which none do."""
    context = chromium.new_context(locale="fr-FR", base_url=address, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_the_widget_takes_the_place_of_what_the_server_put_there(house: House, page: Page) -> None:
    house.comment("Vu du quai.", name="Anaïs")
    page.goto(DEMO)
    page.locator("moderato-comments").scroll_into_view_if_needed()

    page.locator("moderato-comments .form").first.wait_for()

    assert page.locator(".comment:visible").filter(has_text="Vu du quai.").count() == 1, "seen once, not twice"
    assert page.locator("textarea:visible").count() == 1
    assert not page.locator("#comments").is_visible()


def test_a_link_to_a_comment_leads_there_however_long_the_story_above(house: House, page: Page) -> None:
    house.comment("Un.")
    comment = house.comment("Vu du quai.")

    page.goto(f"{DEMO}?from={comment}#c-{comment}")

    page.locator(".comment.here").filter(has_text="Vu du quai.").wait_for()
    page.wait_for_function("scrollY > 500")


def test_without_scripts_the_discussion_is_there_and_one_comments(house: House, still: Page) -> None:
    house.comment("Vu du quai.")
    still.goto(DEMO)

    assert still.get_by_text("Vu du quai.").is_visible()
    still.locator("[name=body]").fill("Et du pont.")
    still.locator("[name=name]").fill("Zoé")
    still.locator("[name=email]").fill("zoe@lecteurs.example.org")
    still.get_by_role("button", name="Envoyer le commentaire").click()
    still.wait_for_url("**/receipts/**")


def test_the_counts_of_the_front_page_are_there_and_are_brought_up_to_date(
    house: House, page: Page, still: Page
) -> None:
    house.comment("Un.")
    still.goto(FRONT)
    assert still.locator(".tally").all_inner_texts() == ["0 commentaire", "1 commentaire", "0 commentaire"]

    with page.expect_response("**/v1/sites/demo/counts?**") as answer:
        page.goto(FRONT)

    assert answer.value.ok
    page.wait_for_function(f"document.querySelector('[data-moderato-count={KEY}]').textContent === '1'")
    assert page.locator(".tally").all_inner_texts() == ["0 commentaire", "1 commentaire", "0 commentaire"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [FRONT, DEMO])
def test_axe_finds_nothing_wrong_with_it(house: House, page: Page, path: str, scheme: Any) -> None:
    house.comment("Un.", parent=house.comment("Deux."))
    page.emulate_media(color_scheme=scheme)

    page.goto(path)
    page.wait_for_load_state("networkidle")

    assert axe(page) == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_stands_out_of_the_page_at_any_width(house: House, still: Page, width: int) -> None:
    still.set_viewport_size(ViewportSize(width=width, height=800))

    for path in (FRONT, *(f"/demo/{story.key}" for story in demo.STORIES)):
        still.goto(path)
        assert still.evaluate("document.documentElement.scrollWidth") == width, path
