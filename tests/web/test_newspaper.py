"""The demo's newspaper: a front page that counts, and stories whose discussion works with the widget and without."""

from datetime import UTC, datetime

import pytest

from service import demo
from tests.web.house import DEMO, House, every, form_of, one, read, words

FRONT = "/demo/"
KEYS = [story.key for story in demo.STORIES]


def test_the_front_page_leads_to_each_story_and_tells_how_much_is_said_about_it(house: House) -> None:
    for _ in range(2):
        house.comment(place=house.place(article=KEYS[0]))
    house.comment(place=house.place(article=KEYS[2]))
    house.comment("Pas encore lu.", status="held", place=house.place(article=KEYS[2]))

    page = house.page(FRONT)

    assert [each.get("href") for each in every(page, "h2/a")] == [f"/demo/{key}" for key in KEYS]
    assert [words(each) for each in every(page, "p[@class='tally']")] == [
        "2 commentaires",
        "0 commentaire",
        "1 commentaire",
    ]
    counts = {each.get("data-moderato-count"): words(each) for each in every(page, "span[@data-moderato-count]")}
    assert counts == dict(zip(KEYS, "201", strict=True))
    assert one(page, "script").get("data-site") == "demo"
    assert one(page, "head/link[@rel='alternate']").get("href") == "/sites/demo/feed.atom"
    assert words(one(page, "h1")) == "Le Courrier de la Loire"


@pytest.mark.parametrize("key", KEYS)
def test_a_storys_discussion_stands_inside_the_element_and_is_complete_without_it(house: House, key: str) -> None:
    comment = house.comment("Vu d’ici.", place=house.place(article=key))

    page = house.page(f"/demo/{key}")

    element = one(page, "moderato-comments")
    assert (element.get("site"), element.get("article"), element.get("lang")) == ("demo", key, "fr")
    assert every(page, f"moderato-comments//article[@id='c-{comment}']")
    assert len(every(page, "moderato-comments//form")) == len(page.forms) == 1
    assert str(form_of(page).action) == f"/v1/sites/demo/articles/{key}/comments"
    assert words(one(page, "h1")) == demo.STORIES[KEYS.index(key)].title


def test_the_discussion_speaks_the_readers_language_inside_a_french_newspaper(house: House) -> None:
    house.comment()

    page = house.page(DEMO, language="en")

    assert one(page, "moderato-comments/div").get("lang") == "en"
    assert words(one(page, "*[@id='comments-title']")) == "1 comment"


@pytest.mark.parametrize("key", KEYS)
def test_a_form_with_a_mistake_comes_back_on_its_storys_page(house: House, key: str) -> None:
    answer = house.send(f"/demo/{key}", email="zoe@")

    page = read(answer)
    assert answer.status_code == 422
    assert one(page, "moderato-comments").get("article") == key
    assert words(one(page, "h1")) == demo.STORIES[KEYS.index(key)].title
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert one(page, "p[@class='nameplate']/a").get("href") == FRONT


@pytest.mark.parametrize("key", KEYS)
def test_all_links_of_a_storys_discussion_stay_on_its_page(house: House, key: str) -> None:
    house.comment("Un", place=house.place(article=key))
    house.comment("Deux", place=house.place(article=key))

    links = {
        str(each.get("href")).partition("?")[0].partition("#")[0]
        for each in every(house.page(f"/demo/{key}"), "section//a[not(@class='report')]")
    }

    assert links <= {f"/demo/{key}", ""}


def test_a_story_says_when_it_was_published_once_it_is_known(house: House) -> None:
    assert "à 6 h 30" not in words(one(house.page(DEMO), "p[@class='byline']"))
    with house.database.write() as connection:
        demo.finish(connection, demo.STORIES[1], datetime(2026, 11, 24, 5, 30, tzinfo=UTC))

    assert "24 novembre 2026 à 6 h 30" in words(one(house.page(DEMO), "p[@class='byline']"))


def test_the_story_that_is_over_has_its_comments_and_no_form(house: House) -> None:
    house.comment("Dit à temps.", place=house.place(article=KEYS[2]))
    with house.database.write() as connection:
        demo.finish(connection, demo.STORIES[2], datetime(2026, 11, 3, 5, 30, tzinfo=UTC))

    page = house.page(f"/demo/{KEYS[2]}")

    assert "Dit à temps." in page.text_content()
    assert "Les commentaires de cet article sont fermés." in page.text_content()
    assert not page.forms


@pytest.mark.parametrize("path", ["/demo/jamais-ecrit", "/demo/tramway-de-nuit/x", "/demo/%00"])
def test_a_story_that_nobody_wrote_is_not_there(house: House, path: str) -> None:
    assert house.get(path).status_code == 404


def test_without_its_site_there_is_no_newspaper(bare_house: House) -> None:
    for path in (FRONT, DEMO):
        assert bare_house.get(path).status_code == 404


@pytest.mark.parametrize("path", [FRONT, *(f"/demo/{key}" for key in KEYS)])
def test_french_typography_is_kept(house: House, path: str) -> None:
    """No straight apostrophe, and no space before a high sign at which a line could break."""
    text = " ".join(
        each.text_content()
        for each in every(house.page(path), "main//*[self::h1 or self::h2 or self::p or self::dd or self::figcaption]")
    )

    assert "'" not in text
    for sign in ";:!?»%€":
        assert f" {sign}" not in text, sign
    assert "« " not in text


@pytest.mark.parametrize("story", demo.STORIES, ids=KEYS)
def test_a_storys_picture_is_described_and_there(house: House, story: demo.Story) -> None:
    picture = one(house.page(f"/demo/{story.key}"), "figure/img")

    assert picture.get("alt") == story.alt
    answer = house.client.get(str(picture.get("src")))
    assert answer.mimetype == "image/svg+xml"
    assert b"<script" not in answer.get_data()
    answer.close()
