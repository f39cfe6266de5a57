"""The widget as readers meet it: on a publisher's page, on another origin, in a real browser."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from service.web import scripts
from service.words import languages, say
from tests.web.newsstand import Newsstand, comment_of
from tests.web.publisher import FILLER, article, policy

pytestmark = pytest.mark.browser


def test_script_style_and_french_weigh_ten_kilobytes_at_most(stand: Newsstand) -> None:
    answer = httpx.get(f"{stand.service}/embed.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) <= 10_000
    assert say("page.form_send", "fr") in answer.text
    assert ".threads" in answer.text

    count = httpx.get(f"{stand.service}/count.js", headers={"Accept-Encoding": "gzip"})
    assert int(count.headers["Content-Length"]) < 1000


def test_one_script_and_one_data_request_show_the_first_page_and_nothing_else_is_asked(stand: Newsstand) -> None:
    stand.comment("Une passerelle, enfin.")
    page = stand.open()
    expect(comment_of(page, "Une passerelle, enfin.")).to_be_visible()

    asked = [
        request.url.removeprefix(stand.service) for request in stand.requests if request.url.startswith(stand.service)
    ]
    assert [path.split("?")[0] for path in asked] == ["/embed.js", "/v1/sites/gazette/articles/a-1/comments"]
    own = [request for request in stand.requests if request.url.startswith(stand.publisher.origin)]
    assert len(asked) + len(own) == len(stand.requests), "somebody else was asked"
    assert stand.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_below_the_fold_it_waits_until_the_reader_comes_near_and_nothing_jumps(stand: Newsstand) -> None:
    stand.comment()
    page = stand.open(before=FILLER * 40, wait=False)
    page.wait_for_timeout(500)
    assert not stand.asked("/comments")

    for _ in range(30):
        page.mouse.wheel(0, 200)
        page.wait_for_timeout(20)
    expect(page.locator(".comment")).to_be_visible()
    assert page.evaluate("shifts") < 0.01


def test_a_page_at_whose_top_it_stands_does_not_jump_either_if_it_reserves_the_room(stand: Newsstand) -> None:
    for number in range(12):
        stand.comment(f"Un commentaire, le {number}.")
    page = stand.open(attributes='class="room"')
    expect(page.locator(".comment")).to_have_count(12)
    assert page.evaluate("shifts") < 0.01


def test_scripts_are_kept_for_an_hour_and_asked_for_again_cheaply(stand: Newsstand) -> None:
    first = httpx.get(f"{stand.service}/embed.js")
    again = httpx.get(f"{stand.service}/embed.js", headers={"If-None-Match": first.headers["ETag"]})
    assert "max-age=3600" in first.headers["Cache-Control"]
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert (again.status_code, again.content) == (304, b"")
    assert (
        "Content-Encoding"
        not in httpx.get(f"{stand.service}/embed.js", headers={"Accept-Encoding": "identity"}).headers
    )


@pytest.mark.parametrize("language", languages())
def test_every_sentence_that_the_scripts_name_is_there(language: str) -> None:
    named = {key for part in scripts.PARTS for key in re.findall(r'(?:say|tell)\(\s*"([a-z_.]+)"', scripts._part(part))}
    assert len(named) > 30
    for key in named:
        assert key in scripts.words(language) or any(each.startswith(key) for each in scripts.words(language)), key


def test_an_english_page_fetches_english_and_a_publisher_may_have_it_inside(stand: Newsstand) -> None:
    stand.comment()
    page = stand.open(language="en-GB")
    expect(page.locator("h2.title")).to_have_text("1 comment")
    expect(page.locator(".form")).to_contain_text("Your e-mail address will not be published")
    assert stand.asked("/embed/words/en.json") == 1
    assert say("page.form_send", "en") in httpx.get(f"{stand.service}/embed.js?lang=en").text
    assert httpx.get(f"{stand.service}/embed/words/xx.json").status_code == 404


def test_an_unknown_language_gets_the_words_that_are_there(stand: Newsstand) -> None:
    stand.comment()
    page = stand.open(language="eo")
    expect(page.locator("h2.title")).to_have_text("1 commentaire")


def test_times_are_told_relatively_and_exactly(stand: Newsstand) -> None:
    stand.comment("Récent.", at=datetime.now(UTC) - timedelta(hours=2, minutes=5))
    stand.comment("Ancien.", at=datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    page = stand.open()
    recent = comment_of(page, "Récent.").locator("time")
    expect(recent).to_have_text("il y a 2 heures")
    assert datetime.fromisoformat(recent.get_attribute("datetime") or "").tzinfo is not None
    expect(comment_of(page, "Ancien.").locator("time")).to_have_text("1 mars 2026")


def test_numbers_on_an_index_page_come_in_one_request(stand: Newsstand) -> None:
    stand.comment()
    stand.comment()
    marks = "".join(f'<p><span data-moderato-count="{key}">…</span></p>' for key in ("a-1", "b-2", "a-1"))
    address = stand.publisher.put(
        "/une",
        f'<html lang="fr">{marks}<script src="{stand.service}/count.js" data-site="gazette" defer></script>',
    )
    page = stand.tab()
    page.goto(address)
    expect(page.locator("span").first).to_have_text("2")
    assert page.locator("span").all_inner_texts() == ["2", "0", "2"]
    assert stand.asked("/counts?") == 1


def test_two_discussions_on_one_page_keep_to_themselves(stand: Newsstand) -> None:
    stand.comment("De la première.")
    second = '<moderato-comments site="gazette" article="b-2"></moderato-comments>'
    page = stand.open(before=second)
    expect(page.locator("moderato-comments").nth(1).locator(".comment")).to_contain_text("De la première.")
    expect(page.locator("moderato-comments").nth(0).locator(".news")).to_contain_text("Personne")


def test_without_a_script_the_link_inside_leads_to_the_page_that_works_anywhere(
    stand: Newsstand, chromium: Browser
) -> None:
    stand.comment("Lisible sans script.")
    address = stand.publisher.put("/a-1", article(stand.service, "gazette", "a-1"))
    context = chromium.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(address)
    page.get_by_role("link", name="Commentaires").click()
    expect(page.get_by_text("Lisible sans script.")).to_be_visible()
    context.close()


GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "publisher.md").read_text(encoding="utf-8")


def test_the_guide_names_every_attribute_property_and_part_and_the_policy_that_the_tests_are_run_under() -> None:
    style = scripts._source("embed.css")
    source = "".join(scripts._part(name) for name in scripts.PARTS)
    attributes = set(re.findall(r'getAttribute\("([a-z]+)"\)', source)) | {"lang", "theme"}
    parts = {name for tag in re.findall(r'\bh\("[a-z0-9]+\.([a-z.]+)', source) for name in tag.split(".") if name}
    assert min(len(attributes), len(parts) // 4) > 4, "they were really looked for"
    private = {"unseen", "trap", "pair", "tick", "choice", "star", "raw", "state", "done", "here"}

    assert {f"`{name}`" for name in attributes | (parts - private)} <= set(re.findall(r"`[a-z-]+`", GUIDE))
    assert set(re.findall(r"--moderato-[a-z-]+", style)) == set(re.findall(r"--moderato-[a-z-]+", GUIDE))
    asked = policy("https://comments.example.fr").replace("style-src 'self'; ", "")
    assert f"Content-Security-Policy: {asked}\n" in GUIDE
