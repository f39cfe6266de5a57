"""The discussion as a page: who answers whom, what is left of what was removed, and nothing that could run."""

from itertools import count
from urllib.parse import urlsplit

import pytest
from lxml import html

from service.domain.comment import Action
from service.web.discussion import PAGE_LENGTH
from tests.web.house import DEMO, GAZETTE, House, every, one, words

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "{{ 7*7 }}{% raw %}",
    "</article></main><script src=//evil.example></script>",
    "[clic](javascript:alert(1)) [clic](data:text/html,x) <a href='vbscript:x'>clic</a>",
    "\ue0000\ue001 \u202e}{name}",
]


def is_harmless(page: html.HtmlElement) -> bool:
    """Whether nothing on the page runs, and all links lead to the web or stay here."""
    elements = [each for each in page.iter() if isinstance(each.tag, str) and each not in every(page, "head/script")]
    assert not [
        each for each in elements if each.tag in {"script", "iframe", "object", "embed", "svg", "style", "base"}
    ]
    assert not [name for each in elements for name in each.attrib if str(name).startswith("on")]
    addresses = [str(each.get(name)) for each in elements for name in ("href", "src", "action") if each.get(name)]
    assert {urlsplit(address).scheme for address in addresses} <= {"", "http", "https"}
    assert all(each.get("src", "").startswith("/static/") for each in elements if each.tag == "img")
    return True


def listed(page: html.HtmlElement) -> list[str]:
    """The texts of all comments and tombstones, in the page's order."""
    return [words(each) for each in every(page, "*[@class='text' or @class='gone']")]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_readers_write_runs_nowhere(house: House, text: str) -> None:
    parent = house.comment(text, name=text, website="https://lecteur.example/\"onload='x'")
    house.comment("Une réponse.", name=text, parent=parent)
    secret = house.comment(f"Autre : {text}", name=text, status="held")

    assert is_harmless(house.page())
    assert is_harmless(house.page(f"/demo/tramway-de-nuit?reply={parent}"))
    assert is_harmless(house.page(house.receipt(parent)))
    assert is_harmless(house.page(house.receipt(secret)))
    assert is_harmless(house.page(f"/demo/tramway-de-nuit?after={text}&from={text}&reply={text}"))


@pytest.mark.parametrize("text", HOSTILE[:6])
def test_a_hostile_name_is_shown_as_it_was_written(house: House, text: str) -> None:
    comment = house.comment(name=text)

    assert words(one(house.page(), f"h3[@id='n-{comment}']")) == text


@pytest.mark.parametrize(
    "website",
    ["javascript:alert(1)", "data:text/html,x", " javascript:alert(1)", "//evil.example", "https://a@b.example"],
)
def test_a_website_that_leads_elsewhere_than_to_the_web_is_no_link(house: House, website: str) -> None:
    comment = house.comment(name="Nadia", website=website)

    page = house.page()

    assert words(one(page, f"h3[@id='n-{comment}']")) == "Nadia"
    assert not every(page, f"h3[@id='n-{comment}']//a")


def test_a_website_is_linked_without_a_word_of_recommendation(house: House) -> None:
    house.comment(name="Nadia", website="https://nadia.example/")

    link = one(house.page(), "h3/a")

    assert (link.get("href"), link.get("rel")) == ("https://nadia.example/", "nofollow ugc noopener")


@pytest.mark.parametrize("status", ["pending", "held", "rejected"])
def test_nothing_is_shown_before_it_is_published(house: House, status: str) -> None:
    house.comment("Pas encore lu.", name="Inconnue", status=status)

    page = house.page()

    assert "Pas encore lu." not in page.text_content()
    assert "Inconnue" not in page.text_content()
    assert "Personne n’a encore commenté cet article." in page.text_content()


def test_no_address_is_ever_shown(house: House) -> None:
    comment = house.comment("Bonjour.")

    shown = house.get(DEMO).get_data(as_text=True) + house.get(house.receipt(comment)).get_data(as_text=True)

    assert "reader1@example.fr" not in shown


def test_comments_stand_in_the_order_of_writing_and_replies_under_what_they_answer(house: House) -> None:
    first, second = house.comment("Un"), house.comment("Deux")
    house.comment("Trois")
    below = house.comment("Réponse à un", name="Karim", parent=first)
    house.comment("Réponse à deux", parent=second)
    house.comment("Réponse à Karim", parent=below)

    page = house.page()

    assert listed(page) == ["Un", "Réponse à un", "Réponse à Karim", "Deux", "Réponse à deux", "Trois"]
    assert words(one(page, "*[@id='comments-title']")) == "6 commentaires"
    assert words(one(page, f"article[@id='c-{below}']//p[@class='to']")) == "En réponse à Nadia"
    assert len(every(page, f"li[article[@id='c-{first}']]/ol[@class='replies']/li")) == 1


def test_a_name_that_looks_like_a_placeholder_stays_a_name(house: House) -> None:
    parent = house.comment(name="{name} \ue0000\ue001")
    reply = house.comment("Réponse", parent=parent)

    told = words(one(house.page(), f"article[@id='c-{reply}']//p[@class='to']"))

    assert told == "En réponse à {name} \ue0000\ue001"


def test_one_comment_is_told_in_the_singular(house: House) -> None:
    house.comment()

    assert words(one(house.page(), "*[@id='comments-title']")) == "1 commentaire"
    assert words(one(house.page(language="en"), "*[@id='comments-title']")) == "1 comment"


def test_where_replies_hang_a_withdrawn_comment_leaves_a_sentence_and_nothing_else(house: House) -> None:
    parent = house.comment("À retirer", name="Effacée", website="https://effacee.example/")
    house.comment("Réponse", parent=parent)
    house.withdraw(parent)

    page = house.page()

    assert listed(page) == ["Ce commentaire a été retiré.", "Réponse"]
    assert "Effacée" not in page.text_content()
    assert not every(page, "p[@class='to']")
    assert words(one(page, "*[@id='comments-title']")) == "1 commentaire"


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (Action.REJECT, "Ce commentaire a été retiré."),
        (Action.HOLD, "Ce commentaire est de nouveau en cours de relecture."),
    ],
)
def test_a_decision_against_a_published_comment_leaves_its_replies(house: House, action: Action, sentence: str) -> None:
    parent = house.comment("Contesté", name="Auteur")
    house.comment("Réponse", parent=parent)

    house.decide(parent, action, "insult" if action is Action.REJECT else None)

    assert listed(house.page()) == [sentence, "Réponse"]


def test_without_replies_a_withdrawn_comment_leaves_nothing(house: House) -> None:
    house.withdraw(house.comment("À retirer"))

    assert listed(house.page()) == []


def test_pages_join_without_a_gap_and_without_a_comment_twice(house: House) -> None:
    numbers = count(1)
    parent = house.comment(f"N° {next(numbers)}", name="Première")
    for _ in range(PAGE_LENGTH):
        house.comment(f"N° {next(numbers)}")
    for _ in range(2):
        house.comment(f"N° {next(numbers)}", parent=parent)

    first = house.page()
    onward = str(one(first, "a[@rel='next']").get("href"))
    second = house.page(onward)

    assert onward.endswith("#comments")
    assert not every(first, "a[@rel='prev']")
    assert not every(second, "a[@rel='next']")
    assert one(second, "a[@rel='prev']").get("href") == "/demo/tramway-de-nuit#comments"
    assert listed(first) + listed(second) == [f"N° {number}" for number in range(1, PAGE_LENGTH + 4)]
    answered = every(second, "p[@class='to']/a")
    assert [words(whom) for whom in answered] == ["Première"] * 2
    assert {whom.get("href") for whom in answered} == {f"/demo/tramway-de-nuit?from={parent}#c-{parent}"}


def test_a_full_page_that_is_the_last_leads_nowhere(house: House) -> None:
    for number in range(PAGE_LENGTH):
        house.comment(f"N° {number}")

    assert not every(house.page(), "a[@rel='next']")


def test_a_link_to_a_comment_of_a_later_page_shows_it(house: House) -> None:
    for number in range(PAGE_LENGTH + 2):
        last = house.comment(f"N° {number}")

    page = house.page(f"/demo/tramway-de-nuit?from={last}")

    assert listed(page) == [f"N° {PAGE_LENGTH + 1}"]
    assert (
        one(page, f"article[@id='c-{last}']//p[@class='when']/a").get("href")
        == f"/demo/tramway-de-nuit?from={last}#c-{last}"
    )


@pytest.mark.parametrize("where", ["after", "from"])
@pytest.mark.parametrize("asked", ["", "x", "%00", "00000000-0000-7000-8000-000000000000"])
def test_a_place_that_is_not_there_begins_at_the_beginning(house: House, where: str, asked: str) -> None:
    house.comment("Un")

    assert listed(house.page(f"/demo/tramway-de-nuit?{where}={asked}")) == ["Un"]


def test_a_comment_of_another_article_is_no_place_to_begin(house: House) -> None:
    house.comment("Un")
    elsewhere = house.comment("Ailleurs", place=house.place(article="autre"))

    assert listed(house.page(f"/demo/tramway-de-nuit?after={elsewhere}")) == ["Un"]


def test_an_article_nobody_has_commented_on_is_an_empty_discussion(gazette: House) -> None:
    answer = gazette.get("/sites/gazette/articles/jamais-vu")

    assert answer.status_code == 200
    assert "Personne n’a encore commenté cet article." in answer.get_data(as_text=True)


def test_a_page_has_one_first_heading_and_lands_on_its_main_part(house: House) -> None:
    house.site("gazette")

    for path in ("/demo/", DEMO, GAZETTE, "/", "/desk/"):
        assert len(every(house.page(path), "h1")) == 1, path
        assert len(every(house.page(path), "main")) == 1, path


def test_no_id_is_given_twice(house: House) -> None:
    parent = house.comment()
    house.comment("Réponse", parent=parent)

    ids = [each.get("id") for each in every(house.page(f"/demo/tramway-de-nuit?reply={parent}"), "*[@id]")]

    assert len(ids) == len(set(ids))
