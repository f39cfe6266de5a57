"""Nothing that readers write, and nothing that a page forbids, breaks the widget."""

import json
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.web.newsstand import Newsstand

pytestmark = pytest.mark.browser


HOSTILE = [
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "[a](javascript:document.title='owned')",
    "\u202egnp.exe",
    "{{7*7}}",
    "</template><svg onload=alert(1)>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_reader_writes_runs_or_leads_elsewhere(stand: Newsstand, text: str) -> None:
    stand.comment(f"{text} et la suite", name=f"N {text}"[:240])
    page = stand.open()
    expect(page.locator(".comment")).to_contain_text("et la suite")
    assert page.title() == "Le pont · La Gazette"
    assert page.locator(".comment script, .comment img, .comment svg").count() == 0
    links = page.locator(".comment a").evaluate_all("(links) => links.map((link) => link.protocol)")
    assert set(links) <= {"http:", "https:"}
    assert page.locator(".comment .name bdi").count() == 1, "a name turns nothing around it"


def test_a_website_that_is_no_web_address_is_no_link(stand: Newsstand) -> None:
    stand.comment()
    page = stand.open(wait=False)
    page.route("**/a-1/comments?*", lambda route: _tampered(route, website="javascript:alert(1)"))
    page.reload()
    expect(page.locator(".comment")).to_be_visible()
    expect(page.locator(".comment .name a")).to_have_count(0)


def _tampered(route: Route, **changes: Any) -> None:
    answer = route.fetch()
    document = answer.json()
    document["comments"] = [item | changes for item in document["comments"]]
    route.fulfill(response=answer, body=json.dumps(document))


def test_a_badge_is_shown_where_a_comment_has_one(stand: Newsstand) -> None:
    stand.comment()
    page = stand.open(wait=False)
    page.route("**/a-1/comments?*", lambda route: _tampered(route, badge="La rédaction"))
    page.reload()
    expect(page.locator(".badge")).to_have_text("La rédaction")


def test_where_the_page_forbids_our_policy_the_words_are_shown_alone(stand: Newsstand) -> None:
    stand.comment("Un *mot*.")
    stand.publisher.policy = stand.publisher.policy.replace("trusted-types moderato", "trusted-types 'none'")
    page = stand.open()
    expect(page.locator(".comment .text")).to_contain_text("Un mot")
    assert page.evaluate("broken.length") >= 1
    page.evaluate("broken.length = 0")
