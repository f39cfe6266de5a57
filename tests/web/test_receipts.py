"""The receipt's page: where one's own comment stands, in every state, for its author alone."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from service.domain.comment import Action
from service.domain.reasons import PUBLIC_REASONS
from service.store.base import new_id
from service.web.discussion import PAGE_LENGTH
from service.words import say
from tests.web.house import House, every, one, read, words


def brought_to(house: House, status: str) -> str:
    """The receipt's address of a comment in this status."""
    comment = house.comment("Mon texte.", name="Zoé", status="published" if status == "removed" else status)
    if status == "removed":
        house.withdraw(comment)
    return house.receipt(comment)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("status", ["pending", "held", "published", "removed"])
def test_every_state_is_told_in_the_readers_language(house: House, status: str, language: str) -> None:
    page = house.page(brought_to(house, status), language=language)

    told = one(page, "*[@role='status']")
    assert page.get("lang") == language
    assert words(one(told, "p[@class='badge']")) == say(f"page.receipt_label.{status}", language)
    assert words(one(told, "p[@class='message']")) == " ".join(say(f"status.{status}", language).split())


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("reason", sorted(PUBLIC_REASONS - {"automatic"}))
def test_a_refusal_is_told_with_its_public_reason(house: House, reason: str, language: str) -> None:
    comment = house.comment(status="held")
    house.decide(comment, Action.REJECT, reason)

    page = house.page(house.receipt(comment), language=language)

    assert words(one(page, "p[@class='message']")) == " ".join(say(f"public.{reason}", language).split())


def test_a_machines_refusal_says_that_a_machine_refused(house: House) -> None:
    page = house.page(house.receipt(house.comment(status="rejected")))

    assert "notre contrôle automatique l’a écarté" in page.text_content()


def test_each_state_has_a_sentence_of_its_own(house: House) -> None:
    told = sorted(
        words(one(house.page(brought_to(house, status)), "p[@class='message']"))
        for status in ("pending", "held", "published", "rejected", "removed")
    )

    assert all(one_sentence != another for one_sentence, another in pairwise(told))


@pytest.mark.parametrize("status", ["pending", "held", "published", "rejected"])
def test_the_author_reads_the_own_text(house: House, status: str) -> None:
    own = words(one(house.page(brought_to(house, status)), "section[@class='own']"))

    assert "Zoé" in own
    assert "Mon texte." in own


def test_of_a_removed_comment_nothing_is_left_to_read(house: House) -> None:
    page = house.page(brought_to(house, "removed"))

    assert not every(page, "section[@class='own']")
    assert "Mon texte." not in page.text_content()


def test_a_pending_receipt_looks_again_by_itself_for_a_minute(house: House) -> None:
    now = datetime.now(UTC)
    fresh = house.page(house.receipt(house.comment("Un", status="pending", at=now - timedelta(seconds=50))))
    late = house.page(house.receipt(house.comment("Deux", status="pending", at=now - timedelta(seconds=61))))

    assert one(fresh, "meta[@http-equiv='refresh']").get("content") == "2"
    assert "Cette page se met à jour d’elle-même." in fresh.text_content()
    assert not every(late, "meta[@http-equiv='refresh']")
    assert "Rien n’est perdu" in late.text_content()


@pytest.mark.parametrize("status", ["held", "published", "rejected", "removed"])
def test_a_receipt_with_an_answer_is_still(house: House, status: str) -> None:
    assert not every(house.page(brought_to(house, status)), "meta[@http-equiv='refresh']")


def test_a_published_comments_receipt_leads_to_the_comment(house: House) -> None:
    comment = house.comment()

    way = one(house.page(house.receipt(comment)), "p[@class='ways']/a")

    assert way.get("href") == f"/demo/tramway-de-nuit#c-{comment}"
    assert every(house.page(str(way.get("href"))), f"article[@id='c-{comment}']")


def test_also_when_the_comment_stands_on_a_later_page(house: House) -> None:
    for number in range(PAGE_LENGTH):
        house.comment(f"N° {number}")
    comment = house.comment("Le dernier")

    way = str(one(house.page(house.receipt(comment)), "p[@class='ways']/a").get("href"))

    assert every(house.page(way), f"article[@id='c-{comment}']")


def test_a_form_that_is_accepted_leads_to_its_receipt(house: House) -> None:
    answer = house.send(body="Tout juste envoyé.")

    assert answer.status_code == 303
    assert "Tout juste envoyé." in house.page(str(answer.location)).text_content()


@pytest.mark.parametrize("spoil", [lambda path: path[:-1], lambda path: f"{path}A", lambda _: "/receipts/k1.x.y"])
def test_an_unknown_receipt_is_a_page_that_is_not_there(house: House, spoil) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    answer = house.get(spoil(house.receipt(house.comment())))

    assert answer.status_code == 404
    assert words(one(read(answer), "h1")) == "Ce reçu n’est pas valable."


def test_a_receipt_of_a_comment_that_was_never_stored_is_unknown(house: House) -> None:
    assert house.get(house.receipt(new_id())).status_code == 404


def test_a_receipt_is_kept_by_nobody_found_by_nobody_and_told_to_nobody(house: House) -> None:
    headers = house.get(brought_to(house, "held")).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
