"""The pages in a real browser without JavaScript: by keyboard, on a narrow phone, in the dark, on paper."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from service.domain.site import SiteRules
from service.store.reports import ReportRow
from tests.servers import browser as browser_program
from tests.web.house import DEMO, GAZETTE, House

pytestmark = pytest.mark.browser

_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync"]  # fmt: skip

SURFACES = ("paper", "shade", "raised")
READ_ON = {
    "ink": SURFACES,
    "soft": SURFACES,
    "accent": SURFACES,
    "fault": (*SURFACES, "fault-tint"),
    "ink ": ("fault-tint",),
    "good": ("shade",),
    "wait": ("shade",),
    "button-ink": ("button", "button-over"),
}
"""Which colours are read on which: their names in the style sheet."""


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the server's own signature
        pass


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the module; not for the session, for two that are driven at once get into each other's way."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture
def address(house: House) -> Iterator[str]:
    """Where the house answers."""
    server = make_server("127.0.0.1", 0, house.app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=False, locale="fr-FR", base_url=address)
    yield context.new_page()
    context.close()


def busy(house: House) -> str:
    """A discussion with all that pages must cope with. The id of a comment in it."""
    first = house.comment("Un avis, et `du code`.", name="Maëlle Guérin", website="https://lecteur.example/")
    reply = house.comment("w" * 300, name="N" * 200, parent=first)
    deep = house.comment("https://www.valmoret.example/" + "tres-longue-adresse" * 9, parent=reply)
    house.comment("```\n" + "une ligne de code qui ne se coupe pas " * 9 + "\n```", parent=deep)
    house.comment("1. un\n2. deux\n\n> cité\n\n- a\n- b")
    house.withdraw(reply)
    return first


def steps(page: Page, most: int = 80) -> Iterator[str]:
    """The names of what Tab leads to, one after the other; of a button its type, of a link where it leads."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if not focused.count():
            return
        yield next(filter(None, (focused.get_attribute(each) for each in ("name", "type", "href"))), "?")


def luminance(colour: str) -> float:
    def linear(part: str) -> float:
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(colour[start : start + 2]) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def colour(page: Page, name: str) -> str:
    """A colour of the style sheet, as it now is."""
    value = str(page.evaluate("name => getComputedStyle(document.documentElement).getPropertyValue(name)", f"--{name}"))
    assert re.fullmatch(r"#[0-9a-f]{3}|#[0-9a-f]{6}", value), f"--{name} is {value!r}"
    return value if len(value) == 7 else "#" + "".join(digit * 2 for digit in value[1:])


def test_tab_leads_through_the_form_in_order_and_never_into_the_trap(page: Page) -> None:
    page.goto(DEMO)

    reached = list(steps(page))

    assert "contact" not in reached
    start = reached.index("body")
    assert reached[start : start + 5] == ["body", "name", "email", "website", "submit"]


def test_one_comments_without_a_mouse(page: Page) -> None:
    page.goto(DEMO)
    typed = {"body": "Écrit au clavier.", "name": "Zoé", "email": "zoe@lecteurs.example.org"}

    for name in steps(page):
        if name == "submit":
            page.keyboard.press("Enter")
            break
        page.keyboard.type(typed.get(name, ""))

    page.wait_for_url("**/receipts/**")
    assert page.locator(".own .text").get_by_text("Écrit au clavier.").is_visible()


def test_one_replies_and_gives_up_replying_without_a_mouse(house: House, page: Page) -> None:
    first = house.comment("Qui est pour ?")
    page.goto(DEMO)

    for name in steps(page):
        if name == f"/demo/tramway-de-nuit?reply={first}#form":
            page.keyboard.press("Enter")
            break
    page.wait_for_url("**reply=**")

    assert page.get_by_role("heading", name="Répondre à un commentaire").is_visible()
    assert next(steps(page)) in {f"#c-{first}", "/demo/tramway-de-nuit#form"}, (
        "the next step is in the form, not at the page's top"
    )


def test_an_author_edits_and_takes_back_from_the_receipts_page(house: House, page: Page) -> None:
    """A browser says where a form comes from; a page with too strict a referrer policy makes it say `null`."""
    page.goto(house.receipt(house.comment("Premier jet.", status="pending", at=house.now())))

    page.get_by_role("link", name="Modifier mon commentaire").click()
    page.locator("[name=body]").fill("Second jet.")
    page.get_by_role("button", name="Enregistrer").click()
    assert page.locator(".own .text").inner_text() == "Second jet."

    page.get_by_role("link", name="Retirer mon commentaire").click()
    page.get_by_role("button", name="Retirer définitivement").click()
    assert page.locator(".badge").inner_text() == "Retiré"


def test_one_reports_a_comment_without_a_mouse_and_is_thanked_aloud(house: House, page: Page) -> None:
    comment = house.comment("À relire.", name="Anaïs")
    page.goto(DEMO)
    link = f"/sites/demo/comments/{comment}/report"
    for name in steps(page):
        if name == link:
            page.keyboard.press("Enter")
            break
    page.wait_for_url(f"**{link}")

    for name in steps(page):
        if name == "reason":
            page.keyboard.press("ArrowDown")
            page.keyboard.press("ArrowDown")
        elif name == "note":
            page.keyboard.type("La dernière phrase.")
        elif name == "submit":
            page.keyboard.press("Enter")
            break

    page.wait_for_url("**sent=yes")
    assert page.locator(":focus").get_attribute("role") == "status"
    assert page.locator(":focus").is_visible()
    with house.database.read() as connection:
        [row] = connection.execute(select(ReportRow.reason, ReportRow.note)).all()
    assert tuple(row) == ("threat", "La dernière phrase.")
    assert next(steps(page)) == f"/demo/tramway-de-nuit#c-{comment}"


def test_who_gives_no_reason_is_led_to_the_question(house: House, page: Page) -> None:
    page.goto(f"/sites/demo/comments/{house.comment()}/report")
    page.locator("[name=note]").fill("Sans raison.")
    page.get_by_role("button", name="Envoyer le signalement").click()

    assert page.locator(":focus").get_attribute("role") == "alert"
    page.get_by_role("alert").get_by_role("link").click()
    assert page.locator(":target").get_attribute("type") == "radio"
    assert page.get_by_role("group", name="Que reprochez-vous à ce commentaire").is_visible()
    assert page.locator("[name=note]").input_value() == "Sans raison."


def test_where_one_is_can_always_be_seen(house: House, page: Page) -> None:
    house.comment("Bonjour.", website="https://lecteur.example/")
    page.goto(DEMO)

    for name in steps(page):
        style, width = page.locator(":focus").evaluate(
            "each => [getComputedStyle(each).outlineStyle, parseFloat(getComputedStyle(each).outlineWidth)]"
        )
        assert style == "solid", name
        assert width >= 2, name


def test_the_trap_is_out_of_sight_and_out_of_hearing(page: Page) -> None:
    page.goto(DEMO)

    box = page.locator("[name=contact]").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] < 0
    heard = [each.get_attribute("name") for each in page.get_by_role("textbox").all()]
    assert heard == ["body", "name", "email", "website"]


def test_after_a_mistake_the_list_of_mistakes_has_the_focus_and_its_links_lead_to_the_fields(page: Page) -> None:
    page.goto(DEMO)
    page.locator("[name=email]").fill("zoe@")
    page.locator("form button").click()

    assert page.locator(":focus").get_attribute("role") == "alert"
    assert page.locator(":focus").is_visible()
    page.get_by_role("link", name="Adresse e-mail").click()
    assert page.locator(":target").get_attribute("name") == "email"


def test_a_field_that_is_wrong_is_marked(page: Page) -> None:
    page.goto(DEMO)
    page.locator("[name=email]").fill("zoe@")
    page.locator("form button").click()

    borders = {
        name: page.locator(f"[name={name}]").evaluate("each => getComputedStyle(each).borderTopWidth")
        for name in ("body", "name", "email", "website")
    }

    assert borders == {"body": "2px", "name": "2px", "email": "2px", "website": "1px"}


@pytest.mark.parametrize("text", ["\n\nAprès deux lignes vides.\n\nFin.\n", "  retrait\n\ttabulation"])
def test_a_text_comes_back_to_the_letter(page: Page, text: str) -> None:
    page.goto(DEMO)
    page.locator("[name=body]").fill(text)

    for _ in range(2):
        page.locator("form button").click()
        page.get_by_role("alert").wait_for()
        assert page.locator("[name=body]").input_value() == text


def test_nothing_has_to_be_scrolled_sideways_on_the_narrowest_phone(house: House, page: Page) -> None:
    page.set_viewport_size(ViewportSize(width=320, height=640))
    house.site("gazette", rules=SiteRules(consent=True))
    first = busy(house)
    held = house.comment("m" * 300, name="M" * 200, status="held")

    report = f"/sites/demo/comments/{first}/report"
    pages = (
        "/demo/",
        DEMO,
        f"/demo/tramway-de-nuit?reply={first}",
        GAZETTE,
        "/",
        "/desk/",
        "/nowhere",
        house.receipt(held),
        report,
    )
    for path in (*pages, f"{report}?sent=yes"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
    page.goto(GAZETTE)
    page.locator("[name=website]").fill("x" * 150)
    page.locator("form button").click()
    page.get_by_role("alert").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_notes_star_never_stands_alone(page: Page) -> None:
    page.goto(DEMO)

    for width in range(320, 1001, 20):
        page.set_viewport_size(ViewportSize(width=width, height=640))
        with_last_word, alone = page.locator("#form-note").evaluate(
            """note => {
                const text = note.firstChild, top = (start, end) => {
                    const range = document.createRange();
                    range.setStart(text, start); range.setEnd(text, end);
                    return range.getBoundingClientRect().top;
                };
                return [top(text.length - 6, text.length - 2), top(text.length - 1, text.length)];
            }"""
        )
        assert abs(with_last_word - alone) < 8, f"at {width} px"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("wish", ["no-preference", "more"])
def test_every_text_colour_can_be_read_on_every_ground_it_stands_on(page: Page, scheme: Any, wish: Any) -> None:
    page.emulate_media(color_scheme=scheme, contrast=wish)
    page.goto("/")

    found = {
        f"{text} on {ground}": contrast(colour(page, text.strip()), colour(page, ground))
        for text, grounds in READ_ON.items()
        for ground in grounds
    }

    assert {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_fields_border_can_be_seen(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto("/")

    assert all(contrast(colour(page, "line"), colour(page, ground)) >= 3 for ground in ("raised", "shade"))


def test_dark_is_dark_and_light_is_light(page: Page) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto("/")
        grounds.append(luminance(colour(page, "paper")))

    assert grounds[0] > 0.8
    assert grounds[1] < 0.05


def test_who_prints_gets_the_article_and_the_comments_without_the_form(house: House, page: Page) -> None:
    house.comment("À imprimer.")
    page.goto(DEMO)
    assert page.locator("form").is_visible()

    page.emulate_media(media="print")

    assert page.get_by_text("À imprimer.").is_visible()
    assert page.get_by_role("heading", level=1).is_visible()
    for gone in ("form", ".act", ".ribbon", ".colophon"):
        assert not page.locator(gone).first.is_visible(), gone


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_is_white_and_ink_is_black_also_by_night(page: Page, scheme: Any) -> None:
    page.emulate_media(media="print", color_scheme=scheme)
    page.goto(DEMO)

    assert contrast(colour(page, "ink"), colour(page, "paper")) > 20


def test_a_list_in_a_comment_is_a_list_and_no_thread(house: House, page: Page) -> None:
    house.comment("1. un\n2. deux")
    page.goto(DEMO)

    style = page.locator(".text ol > li").last.evaluate(
        "each => [getComputedStyle(each).listStyleType, getComputedStyle(each).borderTopWidth]"
    )

    assert style == ["decimal", "0px"]
