"""The way in, the errors, and the headers of all pages."""

from datetime import UTC, datetime

import pytest

from service import demo
from service.domain.policy import Policy
from service.domain.site import SiteRules
from service.store import places, policies, sites
from tests.web.house import DEMO, GAZETTE, ORIGIN, House, every, one, read, words

DEMO_PAGES = ["/demo/", *(f"/demo/{story.key}" for story in demo.STORIES)]
PAGES = ["/", "/desk/", GAZETTE, "/receipts/unknown", "/nowhere"]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_runs_a_script_or_may_run_one(house: House, path: str) -> None:
    house.site("gazette")

    answer = house.get(path)

    page, policy = read(answer), answer.headers["Content-Security-Policy"].split("; ")
    assert not every(page, "script")
    assert not every(page, "*[@style]")
    assert "default-src 'none'" in policy
    assert not [rule for rule in policy if rule.startswith("script-src") or "unsafe" in rule]


@pytest.mark.parametrize("path", DEMO_PAGES)
def test_the_demo_may_run_the_scripts_that_publishers_include_and_no_others(house: House, path: str) -> None:
    answer = house.get(path)

    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert [rule for rule in policy if "script" in rule or "connect" in rule or "trusted" in rule] == [
        "script-src 'self'",
        "connect-src 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types moderato",
    ]
    assert "default-src 'none'" in policy
    [script] = every(read(answer), "script")
    assert (script.get("type"), script.get("src")) == ("module", "/count.js" if path == "/demo/" else "/embed.js")
    assert not script.text_content()
    assert not every(read(answer), "*[@style]")


@pytest.mark.parametrize("path", [*PAGES, *DEMO_PAGES])
def test_every_page_says_how_it_wants_to_be_handled(house: House, path: str) -> None:
    house.site("gazette")

    headers = house.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in {"strict-origin-when-cross-origin", "same-origin"}
    assert headers["Content-Language"] == "fr"
    assert "Accept-Language" in headers["Vary"]


def test_what_holds_a_form_token_is_stored_nowhere(house: House) -> None:
    assert house.get(DEMO).headers["Cache-Control"] == "no-store"
    assert house.send(email="zoe@").headers["Cache-Control"] == "no-store"


def test_a_discussion_may_be_framed_by_its_site_and_by_nobody_else(gazette: House) -> None:
    framed = gazette.get(GAZETTE).headers["Content-Security-Policy"].split("; ")

    assert f"frame-ancestors 'self' {ORIGIN}" in framed
    assert "frame-ancestors 'none'" in gazette.get("/desk/").headers["Content-Security-Policy"].split("; ")


@pytest.mark.parametrize(
    "origin", ["https://x.example; script-src *", "*", "https://x.example https://y.example", "x\n"]
)
def test_an_origin_that_is_none_loosens_nothing(bare_house: House, origin: str) -> None:
    with bare_house.database.write() as connection:
        policies.add_site(
            connection, "gazette", datetime.now(UTC), title="", origins=[origin], languages=["fr"], rules=SiteRules(),
            policy=Policy(),
        )  # fmt: skip

    policy = bare_house.get(GAZETTE).headers["Content-Security-Policy"]

    assert policy.endswith("; frame-ancestors 'self'")


def test_a_site_without_a_title_is_not_introduced(bare_house: House) -> None:
    with bare_house.database.write() as connection:
        policies.add_site(
            connection, "gazette", datetime.now(UTC), title="", origins=[], languages=["fr"], rules=SiteRules(),
            policy=Policy(),
        )  # fmt: skip

    page = bare_house.page(GAZETTE)

    assert not every(page, "header[@class='strip']")
    assert words(one(page, "title")) == "Commentaires"


def test_a_title_is_shown_once_the_publisher_has_confirmed_it(gazette: House) -> None:
    with gazette.database.write() as connection:
        article = places.ensure_article(
            connection, gazette.place("gazette", "a-1"), datetime.now(UTC), title="Un <titre>", url=f"{ORIGIN}/a-1"
        )
    assert "Un <titre>" not in gazette.page(GAZETTE).text_content()

    with gazette.database.write() as connection:
        sites.change_article(connection, article, {"title_confirmed": True})

    assert words(one(gazette.page(GAZETTE), "h1")) == "Un <titre>"


@pytest.mark.parametrize(
    ("url", "linked"), [(f"{ORIGIN}/a-1", True), ("https://evil.example/a-1", False), ("javascript:alert(1)", False)]
)
def test_the_way_back_leads_to_the_site_only(gazette: House, url: str, *, linked: bool) -> None:
    with gazette.database.write() as connection:
        places.ensure_article(connection, gazette.place("gazette", "a-1"), datetime.now(UTC), url=url)

    found = [link.get("href") for link in every(gazette.page(GAZETTE), "p[@class='forward']/a")]

    assert found == ([url] if linked else [])


def test_the_front_page_leads_to_the_demo_the_desk_and_the_api(house: House) -> None:
    assert [link.get("href") for link in every(house.page("/"), "main//a")] == ["/demo/", "/desk/", "/openapi.json"]


def test_without_its_site_the_demo_is_not_there(bare_house: House) -> None:
    assert "/demo/" not in bare_house.get("/").get_data(as_text=True)
    assert bare_house.get("/demo/").status_code == 404


def test_the_desks_door_asks_for_a_token_and_says_where_one_comes_from(house: House) -> None:
    page = house.page("/desk/")

    assert words(one(page, "h1")) == "Bureau de modération"
    assert one(page, "form").get("action") == "/desk/session"
    assert "moderato token create" in page.text_content()


def test_a_story_is_the_page_of_its_article(house: House) -> None:
    house.comment("Vu des deux côtés.")

    story, discussion = house.page(DEMO), house.page("/sites/demo/articles/tramway-de-nuit")

    assert words(one(story, "h1")) == words(one(discussion, "h1")) == "Le tramway roulera toute la nuit le week-end"
    assert "Vu des deux côtés." in story.text_content()


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/nowhere", "Il n’y a rien à cette adresse."),
        ("/sites/nobody/articles/a-1", "Ce site n’existe pas."),
        ("/receipts/x", "Ce reçu n’est pas valable."),
    ],
)
def test_a_person_who_goes_astray_gets_a_page_with_a_way_back(house: House, path: str, sentence: str) -> None:
    answer = house.get(path)

    page = read(answer)
    assert answer.status_code == 404
    assert words(one(page, "h1")) == sentence
    assert one(page, "main//a").get("href") == "/"


@pytest.mark.parametrize("path", ["/nowhere", "/sites/nobody/articles/a-1", "/receipts/x"])
@pytest.mark.parametrize("accepted", ["application/json", "*/*"])
def test_a_program_that_goes_astray_gets_problem_json(house: House, path: str, accepted: str) -> None:
    answer = house.client.get(path, headers={"Accept": accepted})

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize("name", ["pages.css", "icon.svg", *(s.picture for s in demo.STORIES)])
def test_style_and_pictures_are_believed_to_be_what_they_say(house: House, name: str) -> None:
    answer = house.client.get(f"/static/{name}")

    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer.close()


@pytest.mark.parametrize(
    ("accepted", "spoken"), [("fr-CA,fr;q=0.9,en;q=0.8", "fr"), ("en-GB", "en"), ("de", "fr"), ("", "fr")]
)
def test_a_reader_is_spoken_to_in_the_best_language_there_is(house: House, accepted: str, spoken: str) -> None:
    page = house.page(DEMO, language=accepted)

    assert page.get("lang") == spoken
    assert one(page, "article[@class='story']").get("lang") == "fr"
