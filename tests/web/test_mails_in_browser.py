"""Mails and the pages behind their links in a real browser: axe-core, both languages, light and dark, a phone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from service.keys import Purpose
from service.words import languages
from tests.web.house import GAZETTE, House
from tests.web.newsstand import axe
from tests.web.publisher import serving
from tests.web.test_notices import asked, confirm_link, gives_mail, link, mailbox
from workers.mail.letter import Envelope, Letter, Link, message, name

pytestmark = pytest.mark.browser


@pytest.fixture
def post(gazette: House) -> House:
    gazette.change_rules("gazette", notices=True)
    gives_mail(gazette)
    return gazette


@pytest.fixture
def page(chromium: Browser, post: House, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab of a reader of the test's `language`, of French if it has none."""
    language = request.node.callspec.params.get("language", "fr") if hasattr(request.node, "callspec") else "fr"
    with serving(post.app) as address:
        context = chromium.new_context(base_url=address, locale=language)
        yield context.new_page()
        context.close()


def addresses(house: House) -> list[str]:
    """Every page behind a mail's link, in every state; and the two that ask."""
    author, other, box = asked(house), asked(house), mailbox(house)
    used = confirm_link(house, other)
    house.client.post(used, data={"refused": "on"})
    comment = house.comment(place=house.place("gazette", "a-1"))
    return [
        confirm_link(house, author), used, link(house, "/notices/stop", Purpose.STOP, author),
        link(house, "/notices/choices", Purpose.CHOOSE, other, 1) + "?done=saved",
        link(house, "/mailboxes/confirm", Purpose.OPEN_MAILBOX, box),
        link(house, "/mailboxes/stop", Purpose.STOP_MAILBOX, box),
        GAZETTE, f"{house.receipt(comment)}?act=notices", f"{house.receipt(comment)}?asked=yes",
    ]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", languages())
def test_axe_finds_nothing_wrong_with_the_pages(post: House, page: Page, language: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)

    for there in addresses(post):
        page.goto(there)
        assert page.locator("html").get_attribute("lang") == language
        assert axe(page) == [], there


def test_nothing_stands_out_of_the_page_on_a_phone(post: House, page: Page) -> None:
    page.set_viewport_size(ViewportSize(width=320, height=700))

    for there in addresses(post):
        page.goto(there)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, there


def test_one_chooses_and_confirms_without_a_mouse(post: House, page: Page) -> None:
    page.goto(confirm_link(post, asked(post)))

    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # the first box, which was ticked
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.wait_for_url("**/notices/choices/**")
    assert page.locator("input:checked").count() == 3
    assert page.locator("[role=status]").evaluate("each => each === document.activeElement")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", languages())
def test_axe_finds_nothing_wrong_with_a_mail(page: Page, language: str, scheme: Any) -> None:
    letter = Letter(
        language, f"{name('ليلى')} · La Gazette", ["Bonjour,", f"{name('<script>')} a répondu."],
        Link("Voir dans la discussion", "https://c.gazette.example/x"), facts=["1 commentaire"], after=["Et après."],
        foot=["Vous recevez cet e-mail parce que vous l’avez demandé."],
        links=[Link("Changer", "https://c.gazette.example/y"), Link("Ne plus rien recevoir", "https://c.gazette.example/z")],
    )  # fmt: skip
    envelope = Envelope("c@gazette.example", "zoe@lecteurs.example.org", "1", "https://c.gazette.example/z")
    body = message(letter, envelope, datetime.now(UTC)).get_body(("html",))
    assert body is not None
    page.emulate_media(color_scheme=scheme)

    page.set_content(str(body.get_content()))

    assert axe(page) == []
    assert page.locator("bdi").all_inner_texts() == ["ليلى", "<script>"]
