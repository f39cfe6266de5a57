"""Three hundred comments on the real page, from either end; and what an author is here."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from service.web import discussion
from service.web.discussion import PAGE_LENGTH
from tests.web.house import DEMO, House, every, form_of, one, read, words

NEWEST = f"{DEMO}?order=newest"


@pytest.fixture
def crowded(house: House) -> House:
    """300 comments, of which every third answers one that was written long before, some of them in one second."""
    ids: list[str] = []
    for number in range(300):
        parent = ids[number // 6 * 3] if number % 3 == 2 else None
        at = house.begun + timedelta(seconds=number // 2)
        ids.append(house.comment(f"N° {number}", parent=parent, at=at))
    return house


def pages(house: House, path: str) -> Iterator[list[str]]:
    """Page after page, as `rel=next` leads: the texts on each."""
    way: str | None = path
    while way is not None:
        page = house.page(way)
        yield [words(each) for each in every(page, "*[@class='text']")]
        onward = every(page, "a[@rel='next']")
        assert bool(every(page, "a[@rel='prev']")) is (way != path)
        way = str(onward[0].get("href")) if onward else None


@pytest.mark.parametrize("path", [DEMO, NEWEST])
def test_three_hundred_comments_are_read_to_the_end_each_once(crowded: House, path: str) -> None:
    found = list(pages(crowded, path))

    assert [len(page) for page in found] == [PAGE_LENGTH] * 6
    assert sorted(text for page in found for text in page) == sorted(f"N° {number}" for number in range(300))


def test_the_newest_page_has_the_newest_comments_and_the_oldest_the_oldest(crowded: House) -> None:
    newest, oldest = next(pages(crowded, NEWEST)), next(pages(crowded, DEMO))

    assert set(newest) == {f"N° {number}" for number in range(250, 300)}
    assert set(oldest) == {f"N° {number}" for number in range(PAGE_LENGTH)}
    assert newest[0] == "N° 299"
    assert oldest[0] == "N° 0"


def test_the_order_is_chosen_by_links_and_the_one_in_force_is_none(house: House) -> None:
    house.comment("Un")
    house.comment("Deux")

    usual, newest = (one(house.page(path), "nav[@class='order']") for path in (DEMO, NEWEST))

    assert words(usual) == words(newest) == "Les plus anciens Les plus récents"
    assert [each.get("href") for each in usual.iterfind("a")] == [f"{NEWEST}#comments"]
    assert [each.get("href") for each in newest.iterfind("a")] == [f"{DEMO}#comments"]
    assert [words(each) for each in newest.iterfind("span[@aria-current='true']")] == ["Les plus récents"]


@pytest.mark.parametrize("number", [0, 1])
def test_there_is_no_order_to_choose_of_one_comment(house: House, number: int) -> None:
    for _ in range(number):
        house.comment()

    assert not every(house.page(), "nav[@class='order']")


def test_newest_first_a_thread_is_still_read_from_question_to_answer(house: House) -> None:
    first = house.comment("Question")
    house.comment("Autre fil")
    answer = house.comment("Réponse", parent=first)
    house.comment("Suite", parent=answer)
    house.comment("Autre réponse", parent=first)

    texts = [words(each) for each in every(house.page(NEWEST), "*[@class='text']")]

    assert texts == ["Autre fil", "Question", "Réponse", "Suite", "Autre réponse"]


def test_every_link_of_the_discussion_keeps_the_order(crowded: House) -> None:
    page = crowded.page(str(one(crowded.page(NEWEST), "a[@rel='next']").get("href")))

    own = [str(each.get("href")) for each in every(page, "section[@id='comments']//a[starts-with(@href, '/demo/')]")]
    kept = [href for href in own if "order=newest" in href]
    assert len(own) > PAGE_LENGTH
    assert [href for href in own if href not in kept] == [f"{DEMO}#comments"], "but the one that changes it"


def test_a_deep_link_begins_with_its_comment_in_either_order(crowded: House) -> None:
    href = every(crowded.page(str(one(crowded.page(NEWEST), "a[@rel='next']").get("href"))), "p[@class='when']/a")[9]
    target = str(href.get("href"))
    comment = target.partition("#c-")[2]

    page = crowded.page(target)

    assert f"from={comment}" in target
    every_id = [each.get("id") for each in every(page, "article[@class='comment']")]
    assert f"c-{comment}" in every_id
    text = words(one(page, f"article[@id='c-{comment}']/*[@class='text']"))
    numbers = [int(words(each).removeprefix("N° ")) for each in every(page, "*[@class='text']")]
    assert max(numbers) == int(text.removeprefix("N° "))


def test_who_replies_and_errs_comes_back_to_the_order_they_came_from(house: House) -> None:
    parent = house.comment("Un", name="Anaïs")
    house.comment("Deux")
    reply = every(house.page(NEWEST), "p[@class='act']/a[not(@class)]")[-1]

    page = read(house.send(str(reply.get("href")).partition("#")[0], email="zoe@"))

    assert str(reply.get("href")) == f"{DEMO}?reply={parent}&order=newest#form"
    assert str(form_of(page).action).endswith("/comments?order=newest")
    assert [words(each) for each in every(page, "*[@class='text']")] == ["Deux", "Un"]
    assert one(page, "form//a[@class='cancel']").get("href") == f"{NEWEST}#form"


@pytest.mark.parametrize("order", ["", "oldest", "NEWEST", "%00", "best"])
def test_an_order_that_there_is_not_is_the_usual_one(house: House, order: str) -> None:
    house.comment("Un")
    house.comment("Deux")

    texts = [words(each) for each in every(house.page(f"{DEMO}?order={order}"), "*[@class='text']")]

    assert texts == ["Un", "Deux"]


def test_a_badge_is_shown_where_a_comment_has_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """No comment has one yet: the field waits for whoever gives them."""
    plain = house.comment("Sans", name="Nadia")
    assert words(one(house.page(), f"h3[@id='n-{plain}']")) == "Nadia"
    shown = discussion._shown

    def decorated(row: object) -> discussion.Shown:
        made = shown(row)
        made.badge = "Rédaction <b>"
        return made

    monkeypatch.setattr(discussion, "_shown", decorated)

    assert words(one(house.page(), f"h3[@id='n-{plain}']")) == "Nadia Rédaction <b>"
    assert words(one(house.page(), f"h3[@id='n-{plain}']/span[@class='role']")) == "Rédaction <b>"
