"""The widget for everyone: by keyboard, read aloud, in the dark, from right to left, on phones and on paper."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from service.domain.comment import Action
from service.web import scripts
from tests.web.newsstand import Newsstand, axe, focused, hears, write

pytestmark = pytest.mark.browser


def empty(stand: Newsstand) -> Page:
    return stand.open()


def thread(stand: Newsstand) -> Page:
    parent = stand.comment("Une question ?", website="https://nadia.example")
    stand.comment("Une **réponse**.\n\n> citée\n\n- un\n- deux", parent=parent, name="Élodie")
    gone = stand.comment("Parti.", parent=parent, name="Marc")
    stand.comment("Encore là.", parent=gone)
    stand.house.withdraw(gone)
    return stand.open()


def errors(stand: Newsstand) -> Page:
    page = stand.open()
    write(page, "", name="", email="non")
    expect(page.locator("#name-fault")).not_to_have_text("")
    return page


def pending(stand: Newsstand) -> Page:
    page = stand.open()
    write(page, "En cours.")
    expect(page.locator(".pending")).to_be_visible()
    return page


def held(stand: Newsstand) -> Page:
    page = pending(stand)
    stand.house.judge(stand.the_sent(), "held")
    expect(page.locator(".held")).to_be_visible()
    return page


def refused(stand: Newsstand) -> Page:
    page = pending(stand)
    sent = stand.the_sent()
    stand.house.judge(sent, "held")
    stand.house.decide(sent, Action.REJECT, "insult")
    expect(page.locator(".rejected")).to_be_visible()
    return page


def editing(stand: Newsstand) -> Page:
    page = pending(stand)
    page.get_by_role("button", name="Modifier").click()
    return page


def replying(stand: Newsstand) -> Page:
    page = thread(stand)
    page.get_by_role("button", name="Répondre à Nadia").first.click()
    return page


def previewing(stand: Newsstand) -> Page:
    page = stand.open()
    page.locator("#body").fill("Un *aperçu*, avec https://un.lien.example dedans.")
    page.get_by_role("button", name="Aperçu").click()
    expect(page.locator(".preview")).to_be_visible()
    return page


def away(stand: Newsstand) -> Page:
    stand.context.route(f"{stand.service}/v1/**", lambda route: route.abort())
    return stand.open()


def closed(stand: Newsstand) -> Page:
    stand.comment()
    stand.house.close("gazette", "a-1")
    return stand.open()


def narrow(stand: Newsstand) -> Page:
    page = thread(stand)
    page.set_viewport_size({"width": 360, "height": 740})
    return page


def light(stand: Newsstand) -> Page:
    return stand.open(attributes='theme="light"')


def dark(stand: Newsstand) -> Page:
    return stand.open(attributes='theme="dark"')


def in_arabic_clothes(stand: Newsstand) -> Page:
    """A pseudo-locale: French words, written from right to left."""
    words = scripts.words("fr") | {"dir": "rtl"}
    stand.context.route(
        "**/embed/words/ar.json",
        lambda route: route.fulfill(json=words, headers={"Access-Control-Allow-Origin": "*"}),
    )
    parent = stand.comment("سؤال عن الجسر؟", name="ليلى")
    stand.comment("Et la réponse en français.", parent=parent)
    return stand.open(attributes='lang="ar"')


STATES = (
    empty, thread, errors, pending, held, refused, editing, replying, previewing, away, closed, narrow, light, dark,
    in_arabic_clothes,
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing_in_any_state(stand: Newsstand, state: Callable[[Newsstand], Page], scheme: Any) -> None:
    stand.context.on("page", lambda page: page.emulate_media(color_scheme=scheme))
    page = state(stand)
    page.emulate_media(color_scheme=scheme)
    assert axe(page) == []


def test_right_to_left_turns_everything(stand: Newsstand) -> None:
    page = in_arabic_clothes(stand)
    expect(page.locator("section")).to_have_attribute("dir", "rtl")
    name = page.locator(".name").first.bounding_box()
    time = page.locator(".time").first.bounding_box()
    assert name is not None
    assert time is not None
    assert name["x"] > time["x"]
    box, reply = page.locator(".threads").bounding_box(), page.locator(".replies").bounding_box()
    assert box is not None
    assert reply is not None
    assert reply["x"] + reply["width"] == pytest.approx(box["x"] + box["width"], abs=1)
    french = page.locator(".replies .text p").evaluate(
        "(p) => getComputedStyle(p).direction + ' ' + p.closest('.text').dir"
    )
    assert french.endswith("auto")


def test_the_ink_is_the_pages_own_and_custom_properties_change_the_rest(stand: Newsstand) -> None:
    stand.comment()
    page = stand.open()
    ink = (
        "(selector) => getComputedStyle(document.querySelector('moderato-comments').shadowRoot.querySelector(selector))"
    )
    assert page.evaluate(f"({ink})('.name').color") == "rgb(34, 34, 34)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(f"({ink})('.name').color") == "rgb(238, 238, 238)"
    page.evaluate("document.querySelector('moderato-comments').style.setProperty('--moderato-accent', 'rgb(1, 2, 3)')")
    assert page.evaluate(f"({ink})('.act').color") == "rgb(1, 2, 3)"


def test_on_a_phone_threads_are_flat(stand: Newsstand) -> None:
    parent = None
    for depth in range(4):
        parent = stand.comment(f"Étage {depth}.", parent=parent)
    page = stand.open()
    page.set_viewport_size({"width": 360, "height": 740})
    lefts = [box["x"] for each in page.locator(".comment").all() if (box := each.bounding_box())]
    assert lefts[1] == lefts[2] == lefts[3]
    assert lefts[1] - lefts[0] < 24
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_on_paper_there_is_nothing_to_press(stand: Newsstand) -> None:
    stand.comment()
    page = stand.open()
    page.emulate_media(media="print")
    expect(page.locator(".comment")).to_be_visible()
    for pressed in (".form", ".acts >> nth=0", ".bar"):
        expect(page.locator(pressed)).to_be_hidden()


def test_everything_is_done_by_keyboard_alone(stand: Newsstand) -> None:
    stand.comment("La question.")
    page = stand.open()

    def tab_to(name: str, key: str = "Tab") -> None:
        for _ in range(40):
            page.keyboard.press(key)
            at = page.evaluate(
                "(() => { const at = document.querySelector('moderato-comments').shadowRoot.activeElement;"
                " return at && (at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent); })()"
            )
            if at and name in at:
                return
        raise AssertionError(f"no way to {name}")

    tab_to("Répondre à Nadia")
    page.keyboard.press("Enter")
    page.keyboard.type("La réponse, sans souris.")
    tab_to("Nom")
    page.keyboard.type("Zoé")
    tab_to("Adresse e-mail")
    page.keyboard.type("zoe@lecteurs.example.org")
    tab_to("Envoyer")
    page.keyboard.press("Enter")
    hears(page, "en cours de vérification")
    stand.house.judge(stand.the_sent(), "published")
    hears(page, "Votre commentaire est publié")
    tab_to("Modifier")
    page.keyboard.press("Enter")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("La réponse, au clavier.")
    tab_to("Enregistrer")
    page.keyboard.press("Space")
    expect(page.locator(".pending")).to_contain_text("au clavier")
    stand.house.judge(stand.the_sent(), "published")
    expect(page.locator(".standing")).to_have_text("Publié")
    tab_to("Retirer")
    page.keyboard.press("Enter")
    tab_to("Annuler")
    page.keyboard.press("Enter")
    tab_to("Retirer", "Shift+Tab") if "Retirer" not in focused(page, "textContent") else None
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    hears(page, "Votre commentaire a été retiré")
