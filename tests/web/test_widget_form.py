"""The widget's form, and what a reader hears when something goes wrong. No text is ever lost."""

from typing import Any

import pytest
from playwright.sync_api import Request, Route, expect

from service.store import subscriptions
from tests.web.house import House
from tests.web.newsstand import Newsstand, axe, comment_of, hears, wait_until, write
from tests.web.publisher import FILLER, article
from tests.web.test_notices import gives_mail

pytestmark = pytest.mark.browser


def test_the_form_promises_what_the_mission_says_and_asks_what_the_site_wants(stand: Newsstand) -> None:
    page = stand.open()
    form = page.locator(".form")
    expect(form).to_contain_text(
        "Votre adresse e-mail ne sera pas publiée. Les champs obligatoires sont indiqués avec *"
    )
    stars = page.locator("label:has(.star)").all_inner_texts()
    assert [star.split()[0] for star in stars] == ["Commentaire", "Nom", "Adresse"]
    complete = {name: page.locator(f"#{name}").get_attribute("autocomplete") for name in ("name", "email", "website")}
    assert complete == {"name": "name", "email": "email", "website": "url"}

    stand.house.change_rules("gazette", website=False, consent=True)
    page.reload()
    expect(page.locator("#consent")).to_be_visible()
    expect(page.locator("#website")).to_have_count(0)
    write(page, "Sans avoir coché.")
    expect(page.locator("#consent-fault")).to_have_text("Cochez cette case pour envoyer votre commentaire.")
    expect(page.locator("#consent")).to_be_focused()
    page.locator("#consent").check()
    page.get_by_role("button", name="Envoyer le commentaire").click()
    expect(page.locator(".pending")).to_be_visible()


def test_who_ticks_the_box_for_mails_is_asked(stand: Newsstand) -> None:
    page = stand.open()
    expect(page.locator("#email")).to_be_visible()
    expect(page.locator("#notices")).to_have_count(0)

    stand.house.change_rules("gazette", notices=True)
    gives_mail(stand.house)
    page.reload()
    page.get_by_label("M’écrire à propos de ce commentaire").check()
    write(page, "Prévenez-moi.", email="zoe@lecteurs.example.org")
    expect(page.locator(".pending")).to_be_visible()

    with stand.house.database.read() as connection:
        row = subscriptions.find(connection, stand.house.rows()[0].author_id)
    assert row.state == "asked"
    assert axe(page) == []


def test_a_device_remembers_who_wrote_only_if_asked_to(stand: Newsstand) -> None:
    page = stand.open()
    write(page, "Ne me retenez pas.", email="zoe@lecteurs.example.org")
    expect(page.locator(".pending")).to_be_visible()
    assert "zoe@" not in page.evaluate("JSON.stringify(localStorage)")
    other = stand.open()
    expect(other.locator("#email")).to_have_value("")

    other.locator("#remember").check()
    write(other, "Retenez-moi.", email="zoe@lecteurs.example.org")
    expect(other.locator(".pending").last).to_contain_text("Retenez-moi.")
    third = stand.open()
    expect(third.locator("#email")).to_have_value("zoe@lecteurs.example.org")
    third.locator("#remember").uncheck()
    assert "zoe@" not in third.evaluate("JSON.stringify(localStorage)")


def test_one_sees_the_text_before_it_is_sent(stand: Newsstand) -> None:
    page = stand.open()
    page.locator("#body").fill("C’est *important*.\n\n<script>alert(1)</script>")
    page.get_by_role("button", name="Aperçu").click()
    expect(page.locator(".preview em")).to_have_text("important")
    expect(page.locator(".preview script")).to_have_count(0)
    assert stand.house.rows() == []


def test_near_its_end_the_room_that_is_left_is_counted(stand: Newsstand) -> None:
    stand.house.change_rules("gazette", body_bytes=100)
    page = stand.open()
    body, left = page.locator("#body"), page.locator("#left")
    body.fill("x" * 80)
    expect(left).to_have_text("")
    body.fill("x" * 95)
    expect(left).to_have_text("Encore 5 signes environ")
    body.fill("x" * 105)
    expect(left).to_have_text("5 signes de trop")
    assert "left" in (body.get_attribute("aria-describedby") or "")


def test_the_token_is_fetched_when_the_form_is_first_touched_and_not_before(stand: Newsstand) -> None:
    page = stand.open()
    assert not stand.asked("form-token")
    page.locator("#name").focus()
    page.wait_for_timeout(200)
    assert stand.asked("form-token") == 1


def test_faults_stand_by_their_fields_and_the_first_is_where_the_reader_is_brought(stand: Newsstand) -> None:
    page = stand.open()
    write(page, "Un texte long à retaper.", name="", email="pas une adresse")
    name, email = page.locator("#name"), page.locator("#email")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_be_focused()
    expect(page.locator("#name-fault")).to_have_text("Ce champ est obligatoire.")
    assert "email-fault" in (email.get_attribute("aria-describedby") or "")
    assert "note" in (email.get_attribute("aria-describedby") or ""), (
        "that the address is not published is read with it"
    )
    expect(page.locator("#email-fault")).to_have_text("Cette adresse e-mail n’est pas valable.")
    hears(page, "2 points sont à corriger")
    assert page.locator("#body").input_value() == "Un texte long à retaper."
    write(page, "Un texte long à retaper.")
    expect(page.locator(".pending")).to_be_visible()
    expect(page.locator("#name-fault")).to_have_text("")


def test_the_network_is_lost_and_found_and_the_comment_arrives_once(stand: Newsstand) -> None:
    page = stand.open()
    page.locator("#body").fill("Dans le tunnel.")
    stand.context.set_offline(True)
    write(page, "Dans le tunnel.")
    expect(page.locator(".notice")).to_contain_text("Votre texte est gardé sur cet appareil")
    stand.context.set_offline(False)
    expect(page.locator(".pending")).to_contain_text("Dans le tunnel.")
    assert [row.body for row in stand.house.rows()] == ["Dans le tunnel."]


def test_an_answer_that_was_lost_makes_no_second_comment_even_after_a_reload(stand: Newsstand) -> None:
    page = stand.open()

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/a-1/comments", lose)
    write(page, "Envoyé, mais je n’en sais rien.")
    expect(page.locator(".notice")).to_contain_text("ne répond pas")
    page.unroute("**/a-1/comments")
    page.reload()
    expect(page.locator("#body")).to_have_value("Envoyé, mais je n’en sais rien.")
    expect(page.locator("#name")).to_have_value("Zoé Lefèvre")
    page.get_by_role("button", name="Envoyer le commentaire").click()
    expect(page.locator(".pending")).to_be_visible()
    assert len(stand.house.rows()) == 1


def test_what_is_half_typed_is_not_sent_when_the_network_comes_back(stand: Newsstand) -> None:
    page = stand.open()
    stand.context.set_offline(True)
    write(page, "Une première version.")
    expect(page.locator(".notice")).to_contain_text("gardé")
    page.locator("#body").fill("Je suis en train de réécr")
    expect(page.locator(".notice")).to_have_text("")
    stand.context.set_offline(False)
    page.wait_for_timeout(4000)
    assert stand.house.rows() == []
    page.get_by_role("button", name="Envoyer le commentaire").click()
    expect(page.locator(".pending")).to_be_visible()


def test_a_text_that_waits_to_be_sent_again_does_not_become_an_answer_to_somebody_else(stand: Newsstand) -> None:
    stand.comment("Une question.")
    page = stand.open()
    stand.context.set_offline(True)
    write(page, "Sans rapport.")
    expect(page.locator(".notice")).to_contain_text("gardé")
    page.get_by_role("button", name="Répondre à Nadia").click()
    stand.context.set_offline(False)
    page.wait_for_timeout(4000)
    assert [row.body for row in stand.house.rows()] == ["Une question."]


def test_who_edits_after_a_lost_answer_can_send_the_new_text(stand: Newsstand) -> None:
    page = stand.open()

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/a-1/comments", lose, times=1)
    write(page, "Une première version.")
    expect(page.locator(".notice")).to_contain_text("ne répond pas")
    page.locator("#body").fill("Une version corrigée.")
    page.get_by_role("button", name="Envoyer le commentaire").click()
    expect(page.locator(".pending")).to_contain_text("Une version corrigée.")


def test_what_is_typed_while_the_text_is_on_its_way_stays(stand: Newsstand) -> None:
    page = stand.open()
    held: list[Route] = []
    page.route("**/a-1/comments", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks what it calls
    write(page, "La première phrase.")
    wait_until(lambda: bool(held), page)
    page.locator("#body").fill("La première phrase. Et la suite")
    held[0].continue_()
    expect(page.locator(".pending")).to_contain_text("La première phrase.")
    assert page.locator("#body").input_value() == "La première phrase. Et la suite"
    page.reload()
    assert page.locator("#body").input_value() == "La première phrase. Et la suite"


def test_every_sending_has_a_key_of_its_own_whatever_is_typed_meanwhile(stand: Newsstand) -> None:
    page = stand.open()
    keys: list[str | None] = []
    tokens: list[Route] = []

    def note(asked: Request) -> None:
        if asked.method == "POST":
            keys.append(asked.headers.get("idempotency-key"))

    page.on("request", note)
    page.route("**/form-token", lambda route: tokens.append(route), times=1)  # noqa: PLW0108 - as above
    write(page, "Vite envoyé.")
    page.locator("#body").press_sequentially(" Et encore.")
    wait_until(lambda: bool(tokens), page)
    tokens[0].continue_()
    expect(page.locator(".pending")).to_be_visible()
    assert keys
    assert all(key and key != "null" for key in keys)


def test_an_answer_that_is_cut_off_is_no_success(stand: Newsstand) -> None:
    page = stand.open()
    cors = {"Access-Control-Allow-Origin": "*"}
    page.route("**/a-1/comments", lambda route: route.fulfill(status=202, body='{"id": "0', headers=cors), times=1)
    write(page, "À moitié répondu.")
    expect(page.locator(".notice")).to_contain_text("ne répond pas")
    expect(page.locator(".pending")).to_be_visible()
    assert len(stand.house.rows()) == 1

    page.route("**/a-1/comments?*", lambda route: route.fulfill(status=200, body="<html>", headers=cors))
    page.reload()
    expect(page.get_by_role("button", name="Réessayer")).to_be_visible()


def test_a_retry_that_succeeds_takes_nobody_away_from_what_they_do_elsewhere(stand: Newsstand) -> None:
    page = stand.open(before='<input aria-label="Chercher">' + FILLER * 10)
    page.locator("moderato-comments").scroll_into_view_if_needed()
    page.route("**/a-1/comments", lambda route: route.abort(), times=1)
    write(page, "Je cherche autre chose pendant ce temps.")
    expect(page.locator(".notice")).to_contain_text("gardé")
    page.get_by_label("Chercher").focus()
    expect(page.locator(".pending")).to_be_visible()
    expect(page.get_by_label("Chercher")).to_be_focused()


def test_the_page_s_own_address_and_title_never_stand_in_the_way(stand: Newsstand) -> None:
    address = stand.publisher.put(
        "/a-1", article(stand.service, "gazette", "a-1").replace("Le pont ·", "É" * 299 + "🌉")
    )
    page = stand.tab()
    page.goto(f"{address}?utm_content=a|b&utm={{{{campaign}}}}&x=^`")
    write(page, "Venu par une publicité.")
    expect(page.locator(".pending")).to_be_visible()


def test_who_has_the_tick_in_one_tab_keeps_it_whatever_is_typed_in_another(stand: Newsstand) -> None:
    first = stand.open()
    second = stand.open()
    first.locator("#remember").check()
    first.locator("#name").fill("Zoé")
    second.locator("#body").fill("Dans un autre onglet.")
    assert stand.open().locator("#name").input_value() == "Zoé"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"status": 500, "body": "<h1>Oops</h1>"}, "ne répond pas"),
        ({"status": 502, "body": ""}, "ne répond pas"),
        (
            {"status": 503, "json": {"title": "…", "code": "unavailable"}, "headers": {"Retry-After": "5"}},
            "ne répond pas",
        ),
        (
            {"status": 429, "json": {"title": "Vous envoyez trop de commentaires. Réessayez dans 9 secondes."}},
            "9 secondes",
        ),
        ({"status": 403, "json": {"title": "Les commentaires sont fermés pour cet article."}}, "sont fermés"),
        ({"status": 409, "json": {"title": "Vous avez déjà envoyé ce commentaire."}}, "déjà envoyé"),
        ({"status": 413, "body": "nginx"}, "ne répond pas"),
        ({"status": 422, "json": {"title": "…", "errors": {"parent": ["N’est plus publié."]}}}, "N’est plus publié."),
    ],
)
def test_whatever_is_answered_has_its_sentence_and_loses_no_text(
    stand: Newsstand, answer: dict[str, Any], sentence: str
) -> None:
    page = stand.open()
    cors = {"Access-Control-Allow-Origin": "*"}

    def refuse(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(**(answer | {"headers": cors | answer.get("headers", {})}))
        else:
            route.continue_()

    page.route("**/a-1/comments", refuse)
    write(page, "À ne pas perdre.")
    expect(page.locator(".notice")).to_contain_text(sentence)
    assert page.locator("#body").input_value() == "À ne pas perdre."
    page.reload()
    expect(page.locator("#body")).to_have_value("À ne pas perdre.")


def test_a_script_that_hammers_is_stopped_and_a_reader_behind_the_same_address_is_told_when_to_go_on(
    stand: Newsstand,
) -> None:
    stand.house.limit("gazette", burst=3)
    page = stand.open()
    statuses = page.evaluate(
        """async (address) => {
            const send = (number) => fetch(address, {
              method: "POST", headers: { "Content-Type": "application/json" },
              body: JSON.stringify({ name: "Robot", email: `r${number}@example.org`, body: `Achetez ${number} !` }),
            }).then((answer) => answer.status);
            return Promise.all([...Array(30).keys()].map(send));
        }""",
        f"{stand.service}/v1/sites/gazette/articles/a-1/comments",
    )
    assert sorted(statuses) == [202] * 3 + [429] * 27

    write(page, "Un vrai lecteur, au même guichet.")
    expect(page.locator(".notice")).to_contain_text("Vous envoyez trop de commentaires. Réessayez dans")
    expect(page.locator(".notice")).to_be_focused()
    assert page.locator("#body").input_value() == "Un vrai lecteur, au même guichet."


def test_a_service_that_is_away_is_told_and_asked_again(stand: Newsstand) -> None:
    stand.comment("De retour.")
    for asked in ("v1/**", "healthz"):
        stand.context.route(f"{stand.service}/{asked}", lambda route: route.abort())
    page = stand.open()
    expect(page.locator(".news")).to_contain_text("Le service des commentaires ne répond pas.")
    stand.context.unroute(f"{stand.service}/v1/**")
    page.get_by_role("button", name="Réessayer").click()
    expect(comment_of(page, "De retour.")).to_be_visible()


def test_a_page_that_may_not_ask_is_told_so(stand: Newsstand) -> None:
    stand.house.allow("gazette", "https://www.elsewhere.example")
    page = stand.open()
    expect(page.locator(".news")).to_contain_text("Cette page n’a pas le droit de s’adresser à ce site.")


def test_a_stale_form_token_is_renewed_without_a_word(gazette: House, stand: Newsstand) -> None:
    gazette.change_rules("gazette", form_token=True)
    page = stand.open()
    page.route("**/form-token", lambda route: route.fulfill(
        json={"form_token": "tampered.token", "issued_at": "2026-01-01T00:00:00Z"},
        headers={"Access-Control-Allow-Origin": "*"},
    ), times=1)  # fmt: skip
    write(page, "Une page restée ouverte des jours.")
    expect(page.locator(".pending")).to_be_visible()
    assert [row.facts.get("seconds_to_fill") is not None for row in gazette.rows()] == [True]


def test_a_script_that_fills_the_hidden_field_is_recorded_as_such(stand: Newsstand) -> None:
    page = stand.open()
    page.locator("#contact").evaluate("(field) => { field.value = 'https://spam.example' }")
    write(page, "Un robot.")
    expect(page.locator(".pending")).to_be_visible()
    assert [row.facts["honeypot"] for row in stand.house.rows()] == [True]


def test_a_closed_discussion_is_read_and_not_written_to(stand: Newsstand) -> None:
    stand.comment("Avant la fermeture.")
    stand.house.close("gazette", "a-1")
    page = stand.open()
    expect(page.locator(".closed")).to_have_text("Les commentaires de cet article sont fermés.")
    expect(comment_of(page, "Avant la fermeture.")).to_be_visible()
    expect(page.locator("#body")).to_have_count(0)
    expect(page.get_by_role("button", name="Répondre à")).to_have_count(0)
