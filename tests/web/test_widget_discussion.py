"""The widget's discussion: comments checked, published, answered, edited, taken back, paged through."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Route, expect

from service.domain.comment import Action
from service.domain.reasons import ReportReason
from tests.web.newsstand import Newsstand, comment_of, focused, hears, wait_until, write
from tests.web.publisher import FILLER

pytestmark = pytest.mark.browser


def test_a_comment_is_shown_to_its_author_as_being_checked_and_turns_published_by_itself(stand: Newsstand) -> None:
    page = stand.open()
    write(page, "Enfin ! Après minuit, il fallait *vraiment* rentrer à pied.")
    mine = comment_of(page, "rentrer à pied")
    expect(mine.locator(".standing")).to_contain_text("En cours de vérification")
    hears(page, "Votre commentaire est en cours de vérification")
    assert page.locator("#body").input_value() == ""
    assert focused(page, "className") == "comment pending"

    stand.house.judge(stand.the_sent(), "published")
    expect(mine.locator(".standing")).to_have_text("Publié")
    expect(mine.locator("em")).to_have_text("vraiment")
    hears(page, "Votre commentaire est publié")
    expect(page.locator("h2.title")).to_have_text("1 commentaire")


def test_a_held_comment_says_that_a_person_will_read_it_and_a_refused_one_why(stand: Newsstand) -> None:
    page = stand.open()
    write(page, "Un texte sur lequel on hésite.")
    sent = stand.the_sent()
    stand.house.judge(sent, "held")
    mine = comment_of(page, "on hésite")
    expect(mine.locator(".standing")).to_contain_text("Une personne de l’équipe de modération lira votre commentaire")

    stand.house.decide(sent, Action.REJECT, "personal_data")
    page.reload()
    expect(mine.locator(".standing")).to_contain_text("il contient des données personnelles")


def test_who_looks_away_is_not_asked_for_and_who_comes_back_sees_the_news(stand: Newsstand) -> None:
    page = stand.open()
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => window.away, configurable: true })")
    page.evaluate("window.away = true")
    write(page, "Je regarde ailleurs.")
    expect(page.locator(".pending")).to_be_visible()
    page.wait_for_timeout(2500)
    assert not stand.asked("/receipts/")

    stand.house.judge(stand.the_sent(), "published")
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".standing")).to_have_text("Publié")


def test_looks_grow_rarer_and_unchanged_ones_cost_one_line(stand: Newsstand) -> None:
    page = stand.open()
    write(page, "On attend.")
    page.wait_for_timeout(6000)
    looks = [answer.split()[-1] for answer in stand.answers if "/receipts/" in answer]
    assert looks[0] == "200"
    assert set(looks[1:]) == {"304"}
    assert 2 <= len(looks) <= 4, "1 s, 1.6 s and 2.6 s after each other, and nothing before them"


def test_the_authors_own_comment_stays_when_the_order_is_changed_and_turns_published_there(stand: Newsstand) -> None:
    stand.comment("Un.")
    stand.comment("Deux.")
    page = stand.open()
    write(page, "Le mien.")
    expect(page.locator(".pending")).to_be_visible()
    page.get_by_role("button", name="Les plus récents").click()
    expect(page.locator(".comment").first).to_contain_text("Le mien.")
    assert focused(page, "textContent") == "Les plus récents"
    stand.house.judge(stand.the_sent(), "published")
    expect(page.locator(".comment").first.locator(".standing")).to_have_text("Publié")


def test_a_verdict_that_comes_while_the_author_has_a_panel_open_is_shown_after_it(stand: Newsstand) -> None:
    page = stand.open()
    write(page, "J’hésite à retirer.")
    page.get_by_role("button", name="Retirer").click()
    stand.house.judge(stand.the_sent(), "published")
    page.wait_for_timeout(2500)
    expect(page.locator(".panel")).to_be_visible()
    page.get_by_role("button", name="Annuler").click()
    expect(page.locator(".standing")).to_have_text("Publié")


def test_the_focus_stays_on_the_comment_whatever_becomes_of_it(stand: Newsstand) -> None:
    page = stand.open()
    write(page, "Je reste ici.")
    expect(page.locator(".standing")).to_contain_text("Merci")
    stand.house.judge(stand.the_sent(), "published")
    expect(page.locator(".standing")).to_have_text("Publié")
    assert focused(page, "className") == "comment published"
    page.get_by_role("button", name="Retirer").click()
    page.get_by_role("button", name="Retirer définitivement").click()
    expect(page.locator(".gone")).to_be_visible()
    page.wait_for_timeout(1500)
    assert focused(page, "className") == "gone"


def test_one_replies_under_the_comment_and_the_site_says_how_deep(stand: Newsstand) -> None:
    first = stand.comment("La question.")
    page = stand.open()
    page.get_by_role("button", name="Répondre à Nadia").click()
    expect(page.locator(f"li:has(> #c-{first}) > .form")).to_be_visible()
    expect(page.locator("#write")).to_have_text("Répondre à un commentaire")
    assert focused(page, "id") == "body"
    write(page, "La réponse.")
    stand.house.judge(stand.the_sent(), "published")
    expect(page.locator(f"li:has(> #c-{first}) > .replies .comment")).to_contain_text("En réponse à Nadia")
    expect(page.locator("section > div > .form")).to_be_visible()

    page.reload()
    page.get_by_role("button", name="Répondre à Nadia").click()
    page.get_by_role("button", name="Annuler").click()
    assert focused(page, "textContent") == "Répondre"


def test_depth_ends_where_the_site_says(stand: Newsstand) -> None:
    parent = None
    for depth in range(4):
        parent = stand.comment(f"Étage {depth}.", parent=parent)
    page = stand.open()
    expect(page.locator(".comment")).to_have_count(4)
    expect(page.get_by_role("button", name="Répondre à")).to_have_count(3)


def test_the_author_edits_and_takes_back_from_the_device(stand: Newsstand) -> None:
    page = stand.open()
    write(page, "Un texte avec une fote.")
    stand.house.judge(stand.the_sent(), "published")
    mine = page.locator(".comment").last
    expect(mine.locator(".standing")).to_have_text("Publié")

    page.reload()
    mine.get_by_role("button", name="Modifier").click()
    mine.locator("textarea").fill("Un texte sans faute.")
    mine.get_by_role("button", name="Enregistrer").click()
    expect(mine.locator(".standing")).to_contain_text("En cours de vérification")
    stand.house.judge(stand.the_sent(), "published")
    expect(mine.locator(".standing")).to_have_text("Publié")
    expect(mine).to_contain_text("Un texte sans faute.")
    expect(mine).to_contain_text("modifié")

    mine.get_by_role("button", name="Retirer").click()
    mine.get_by_role("button", name="Retirer définitivement").click()
    expect(page.locator(".gone")).to_have_text("Ce commentaire a été retiré.")
    hears(page, "Votre commentaire a été retiré")
    page.reload()
    expect(page.locator(".news")).to_contain_text("Personne n’a encore commenté")
    assert "sans faute" not in page.evaluate("JSON.stringify(localStorage)")


def test_an_edit_that_is_refused_keeps_what_was_typed(stand: Newsstand) -> None:
    page = stand.open()
    write(page, "Première version.")
    stand.house.judge(stand.the_sent(), "published")
    mine = page.locator(".comment").last
    mine.get_by_role("button", name="Modifier").click()
    mine.locator("textarea").fill("   ")
    mine.get_by_role("button", name="Enregistrer").click()
    expect(mine.locator(".fault")).to_have_text("Ce champ est obligatoire.")
    expect(mine.locator("textarea")).to_have_value("   ")


def _long(stand: Newsstand, count: int) -> list[str]:
    begun = datetime.now(UTC) - timedelta(days=3)
    return [stand.comment(f"Commentaire numéro {n}.", at=begun + timedelta(minutes=n)) for n in range(count)]


def test_three_hundred_comments_are_paged_through_in_both_orders(stand: Newsstand) -> None:
    _long(stand, 300)
    page = stand.open()
    expect(page.locator("h2.title")).to_have_text("300 commentaires")
    for shown in range(50, 300, 50):
        expect(page.locator(".comment")).to_have_count(shown)
        page.get_by_role("button", name="Suite des commentaires").click()
    expect(page.locator(".comment")).to_have_count(300)
    expect(page.get_by_role("button", name="Suite des commentaires")).to_be_hidden()
    assert re.findall(r"numéro (\d+)", page.locator(".threads").inner_text()) == [str(n) for n in range(300)]
    hears(page, "50 commentaires de plus")

    page.get_by_role("button", name="Les plus récents").click()
    expect(page.locator(".comment").first).to_contain_text("numéro 299")
    page.get_by_role("button", name="Suite des commentaires").click()
    expect(page.locator(".comment")).to_have_count(100)
    assert re.findall(r"numéro (\d+)", page.locator(".threads").inner_text()) == [str(n) for n in range(299, 199, -1)]
    expect(page.get_by_role("button", name="Les plus récents")).to_have_attribute("aria-pressed", "true")


def test_a_link_to_a_comment_fetches_its_page_opens_and_marks_it(stand: Newsstand) -> None:
    ids = _long(stand, 120)
    page = stand.open(anchor=f"#c-{ids[110]}")
    there = page.locator(f"#c-{ids[110]}")
    expect(there).to_have_class(re.compile(r"\bhere\b"))
    expect(there).to_be_in_viewport()
    assert focused(page, "id") == f"c-{ids[110]}"

    page.get_by_role("button", name="Retour au début").click()
    expect(page.locator(".comment").first).to_contain_text("numéro 0.")
    page.locator(f"#c-{ids[3]} .time a").click()
    expect(page.locator(f"#c-{ids[3]}")).to_have_class(re.compile(r"\bhere\b"))
    assert page.url.endswith(f"#c-{ids[3]}")


def test_a_link_to_a_comment_wakes_the_widget_at_the_end_of_a_long_article(stand: Newsstand) -> None:
    there = stand.comment("Tout en bas.")
    page = stand.open(anchor=f"#c-{there}", before=FILLER * 40)
    expect(page.locator(f"#c-{there}")).to_be_in_viewport()


def test_pages_that_are_asked_for_in_one_order_do_not_end_up_in_the_other(stand: Newsstand) -> None:
    _long(stand, 120)
    page = stand.open()
    held: list[Route] = []
    page.route("**/comments?*cursor*", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks what it calls
    page.get_by_role("button", name="Suite des commentaires").click()
    wait_until(lambda: bool(held), page)
    page.get_by_role("button", name="Les plus récents").click()
    expect(page.locator(".comment").first).to_contain_text("numéro 119")
    held[0].continue_()
    page.wait_for_timeout(500)
    assert re.findall(r"numéro (\d+)", page.locator(".threads").inner_text()) == [str(n) for n in range(119, 69, -1)]


def test_a_link_to_a_comment_that_is_gone_shows_the_discussion(stand: Newsstand) -> None:
    stand.comment("Il y a encore quelqu’un.")
    page = stand.open(anchor=f"#c-{uuid4()}")
    expect(page.locator(".news")).to_contain_text("Ce commentaire n’existe pas.")
    expect(comment_of(page, "encore quelqu’un")).to_be_visible()


def test_where_replies_hang_a_tombstone_stays(stand: Newsstand) -> None:
    parent = stand.comment("Je retire.", name="Ariane")
    stand.comment("Dommage.", parent=parent)
    stand.house.withdraw(parent)
    page = stand.open()
    expect(page.locator(".gone")).to_have_text("Ce commentaire a été retiré.")
    expect(page.locator(".gone + .replies .comment")).to_contain_text("Dommage.")
    assert "Ariane" not in page.locator("section").inner_text()


def test_a_reader_reports_a_comment_once_and_a_moderator_sees_why(stand: Newsstand) -> None:
    reported = stand.comment("Une méchanceté.")
    page = stand.open()
    page.get_by_role("button", name="Signaler le commentaire").click()
    panel = page.locator(".panel")
    expect(panel.locator("legend")).to_have_text("Que reprochez-vous à ce commentaire ?")
    values = panel.locator("[type=radio]").evaluate_all("(radios) => radios.map((radio) => radio.value)")
    assert values == [str(reason) for reason in ReportReason]
    panel.get_by_role("button", name="Envoyer le signalement").click()
    expect(panel.locator(".fault")).not_to_have_text("")

    panel.get_by_label("Il insulte quelqu’un").check()
    panel.get_by_label("Précisions (facultatif)").fill("Il vise ma voisine.")
    panel.get_by_role("button", name="Envoyer le signalement").click()
    expect(page.locator(".done")).to_have_text("Signalé")
    hears(page, "Merci. Une personne de la modération lira ce commentaire")
    assert focused(page, "id") == f"c-{reported}"
    page.reload()
    expect(page.locator(".done")).to_have_text("Signalé")
    assert [(row.comment_id, row.reason, row.note) for row in stand.house.reports()] == [
        (reported, "insult", "Il vise ma voisine.")
    ]


def test_a_report_that_is_one_too_many_says_when_to_try_again(stand: Newsstand) -> None:
    stand.comment()
    page = stand.open()
    page.route(
        "**/reports",
        lambda route: route.fulfill(
            status=429,
            json={"title": "Vous envoyez trop de signalements. Réessayez dans 9 secondes."},
            headers={"Access-Control-Allow-Origin": "*"},
        ),
    )
    page.get_by_role("button", name="Signaler le commentaire").click()
    page.get_by_label("Autre chose").check()
    page.get_by_role("button", name="Envoyer le signalement").click()
    expect(page.locator(".panel .fault")).to_contain_text("9 secondes")
    expect(page.get_by_label("Autre chose")).to_be_checked()
