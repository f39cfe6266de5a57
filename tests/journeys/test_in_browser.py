"""The main job as a reader sees it: a real browser, no JavaScript, the demo page of `moderato run`."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.factories import CANARY_STRING
from tests.journeys.conftest import SECONDS, Embedded, Service
from tests.servers import browser as browser_program

pytestmark = [pytest.mark.journey, pytest.mark.browser]

_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="module")
def demo() -> Iterator[Service]:
    embedded = Embedded()
    yield embedded.start()
    embedded.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(browser_program()), args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, demo: Service) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=False, locale="fr-FR", base_url=demo.api)
    yield context.new_page()
    context.close()


STORY = "/demo/tramway-de-nuit"


def write(page: Page, body: str, name: str = "Zoé Lefèvre", email: str = "zoe.lefevre@lecteurs.example.org") -> None:
    page.locator("textarea[name=body]").fill(body)
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=email]").fill(email)
    page.locator("form button[type=submit]").click()


def refreshed_until(page: Page, sentence: str) -> None:
    """The receipt page refreshes itself while the comment is being checked."""
    page.get_by_text(sentence).first.wait_for(timeout=SECONDS * 1000)


def test_a_french_comment_is_posted_and_appears_after_its_verdict(page: Page) -> None:
    page.goto(STORY)
    note = page.locator("#form-note").inner_text()
    assert "Votre adresse e-mail ne sera pas publiée." in note
    assert "Les champs obligatoires sont indiqués avec *" in note

    write(page, "Enfin ! Après minuit, il fallait rentrer à pied.")

    assert "/receipts/" in page.url
    refreshed_until(page, "Votre commentaire est publié")
    page.goto(STORY)
    assert page.get_by_text("Enfin ! Après minuit, il fallait rentrer à pied.").is_visible()
    assert "zoe.lefevre" not in page.content()


def test_what_was_typed_survives_a_mistake(page: Page) -> None:
    page.goto(STORY)

    write(page, "Un texte long à retaper.", email="pas une adresse")

    assert page.get_by_role("alert").is_visible()
    assert page.locator("textarea[name=body]").input_value() == "Un texte long à retaper."
    assert page.locator("input[name=email]").get_attribute("aria-invalid") == "true"
    write(page, "Un texte long à retaper.", email="bonne@lecteurs.example.org")
    refreshed_until(page, "Votre commentaire est publié")


def test_a_held_comment_is_shown_only_once_a_moderator_has_published_it(page: Page, demo: Service) -> None:
    page.goto(STORY)
    write(page, f"À relire. {CANARY_STRING}")
    refreshed_until(page, "modérat")
    receipt = page.url
    page.goto(STORY)
    assert not page.get_by_text("À relire.").is_visible()

    [item] = httpx.get(f"{demo.api}/v1/moderation/queue", headers=demo.staff).json()["items"]
    httpx.post(
        f"{demo.api}/v1/moderation/comments/{item['id']}/decision",
        json={"action": "publish", "version": item["version"]},
        headers=demo.staff,
    ).raise_for_status()

    page.goto(receipt)
    assert page.get_by_text("Votre commentaire est publié").first.is_visible()
    page.goto(STORY)
    assert page.get_by_text("À relire.").is_visible()


def test_a_reader_replies_to_a_published_comment(page: Page) -> None:
    page.goto(STORY)
    page.locator("article, li").get_by_role("link", name="Répondre").first.click()

    write(page, "Tout à fait d’accord avec vous.", name="Karim", email="karim@lecteurs.example.org")

    refreshed_until(page, "Votre commentaire est publié")
    page.goto(STORY)
    assert page.get_by_text("Tout à fait d’accord avec vous.").is_visible()


def test_with_javascript_the_widget_takes_over_and_a_real_worker_publishes_without_a_reload(
    chromium: Browser, demo: Service
) -> None:
    context = chromium.new_context(locale="fr-FR", base_url=demo.api)
    page = context.new_page()
    page.goto("/demo/tramway-de-nuit")
    page.locator("moderato-comments").scroll_into_view_if_needed()
    page.locator("#body").fill("Les soignants de nuit vous disent merci.")
    page.locator("#name").fill("Awa Traoré")
    page.locator("#email").fill("awa.traore@lecteurs.example.org")
    page.get_by_role("button", name="Envoyer le commentaire").click()

    mine = page.locator(".comment").filter(has_text="Les soignants de nuit")
    mine.locator(".standing").get_by_text("Publié", exact=True).wait_for(timeout=SECONDS * 1000)
    assert page.locator("form.form textarea").input_value() == ""
    assert "awa.traore" not in page.evaluate("JSON.stringify(localStorage)")
    context.close()


def test_with_javascript_a_held_comment_is_told_so_and_turns_published_when_a_moderator_decides(
    chromium: Browser, demo: Service
) -> None:
    context = chromium.new_context(locale="fr-FR", base_url=demo.api)
    page = context.new_page()
    page.goto("/demo/tramway-de-nuit")
    page.locator("moderato-comments").scroll_into_view_if_needed()
    page.locator("#body").fill(f"Un texte à relire. {CANARY_STRING}")
    page.locator("#name").fill("Paul Garnier")
    page.locator("#email").fill("paul.garnier@lecteurs.example.org")
    page.get_by_role("button", name="Envoyer le commentaire").click()

    mine = page.locator(".comment").filter(has_text="Un texte à relire")
    mine.locator(".standing").get_by_text("Une personne de l’équipe").wait_for(timeout=SECONDS * 1000)
    queue = httpx.get(f"{demo.api}/v1/moderation/queue?q=relire", headers=demo.staff).json()["items"]
    decided = httpx.post(
        f"{demo.api}/v1/moderation/comments/{queue[-1]['id']}/decision",
        json={"action": "publish", "version": queue[-1]["version"]},
        headers=demo.staff,
    )
    assert decided.status_code == 200
    page.reload()
    page.locator("moderato-comments").scroll_into_view_if_needed()
    mine.locator(".standing").get_by_text("Publié", exact=True).wait_for(timeout=SECONDS * 1000)
    context.close()
