"""The discussion as a piece of HTML for publishers' own pages: schema.org items, nothing private, the same for all."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from lxml import html

from service.domain.site import SiteRules
from service.operations.edit_site import SiteChange, change_site
from service.store import places, sites
from service.store.sites import find_site
from service.web.discussion import PAGE_LENGTH
from tests.web.house import ORIGIN, House, every, one, words
from tests.web.test_discussion import HOSTILE, is_harmless

WHERE = "/sites/gazette/fragments/a-1"
PAGE = "http://localhost/sites/gazette/articles/a-1"

SCHEMA = {
    "CreativeWork": {"url": "URL", "commentCount": "Integer", "comment": "Comment"},
    "Comment": {
        "author": "Person", "dateCreated": "DateTime", "dateModified": "DateTime", "text": "Text", "url": "URL",
        "parentItem": "Comment",
    },
    "Person": {"name": "Text"},
}  # fmt: skip
"""What https://schema.org says of the properties that are used: each on its type, with one of the types it expects."""


@dataclass
class Item:
    """A microdata item, as the HTML standard's algorithm finds it."""

    type: str
    id: str | None
    properties: list[tuple[str, "str | Item"]] = field(default_factory=list)

    def get(self, name: str) -> "str | Item | None":
        return next((value for key, value in self.properties if key == name), None)

    def all(self, name: str) -> list["Item"]:
        return [value for key, value in self.properties if key == name and isinstance(value, Item)]


def items(page: html.HtmlElement) -> list[Item]:
    """The top-level items of a page."""
    found: list[Item] = []
    _collect(page, None, found)
    return found


def _collect(element: html.HtmlElement, owner: Item | None, top: list[Item]) -> None:
    item = None
    if element.get("itemscope") is not None:
        kind = element.get("itemtype", "")
        assert kind.startswith("https://schema.org/")
        item = Item(kind.removeprefix("https://schema.org/"), element.get("itemid"))
    if names := element.get("itemprop"):
        assert owner is not None, "a property belongs to an item"
        owner.properties += [(name, item or _value(element)) for name in names.split()]
    elif item is not None:
        top.append(item)
    for child in element:
        if isinstance(child.tag, str):
            _collect(child, item or owner, top)


def _value(element: html.HtmlElement) -> str:
    attribute = {"meta": "content", "a": "href", "link": "href", "time": "datetime"}.get(str(element.tag))
    return str(element.get(attribute)) if attribute else element.text_content()


def check(item: Item) -> None:
    """Hold an item, and all in it, to schema.org's definitions."""
    for name, value in item.properties:
        expected = SCHEMA[item.type][name]
        if isinstance(value, Item):
            assert value.type == expected
            check(value)
        elif expected == "URL":
            assert urlsplit(value).scheme in {"http", "https"}
            assert urlsplit(value).netloc
        elif expected == "DateTime":
            assert datetime.fromisoformat(value).tzinfo is not None
        elif expected == "Integer":
            assert value.isdigit()
        else:
            assert expected == "Text"


def fetched(house: House, path: str = WHERE, **headers: str) -> html.HtmlElement:
    """The fragment there, in a page of the publisher's."""
    answer = house.client.get(path, headers=headers)
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    return html.document_fromstring(f"<!doctype html><main>{answer.get_data().decode()}</main>")


def test_comments_are_schema_org_items_that_say_who_when_what_where_and_in_reply_to_whom(gazette: House) -> None:
    place = gazette.place("gazette", "a-1")
    first = gazette.comment("Un **avis**.", name="Nadia & Cie", place=place)
    place = gazette.place("gazette", "a-1")
    answer = gazette.comment("Une réponse.", name="Karim", parent=first, place=place)

    [work] = items(fetched(gazette))

    check(work)
    assert (work.type, work.get("commentCount"), work.get("url")) == ("CreativeWork", "2", PAGE)
    one_, other = work.all("comment")
    assert [each.id for each in (one_, other)] == [f"urn:uuid:{first}", f"urn:uuid:{answer}"]
    author = one_.get("author")
    assert isinstance(author, Item)
    assert (author.type, author.get("name")) == ("Person", "Nadia & Cie")
    assert one_.get("text") == "Un avis."
    assert one_.get("url") == f"{PAGE}?from={first}#c-{first}"
    assert one_.get("dateModified") is one_.get("parentItem") is None
    parent = other.get("parentItem")
    assert isinstance(parent, Item)
    assert (parent.id, parent.get("url")) == (f"urn:uuid:{first}", f"{PAGE}?from={first}#c-{first}")


def test_it_is_a_piece_and_no_page_and_asks_nothing_of_the_reader(gazette: House) -> None:
    gazette.comment("Bonjour.", place=gazette.place("gazette", "a-1"))

    text = gazette.client.get(WHERE).get_data(as_text=True)

    assert text.startswith("<section")
    assert text.rstrip().endswith("</section>")
    for absent in (
        "<html",
        "<head>",
        "<body",
        "<form",
        "<input",
        "form_token",
        "<script",
        "<style",
        "reader1@",
        "/static/",
    ):
        assert absent not in text


@pytest.mark.parametrize("status", ["pending", "held", "rejected"])
def test_only_what_is_published_is_in_it(gazette: House, status: str) -> None:
    gazette.comment("Pas encore lu.", name="Inconnue", status=status, place=gazette.place("gazette", "a-1"))

    text = gazette.client.get(WHERE).get_data(as_text=True)

    assert "Pas encore" not in text
    assert "Inconnue" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_what_readers_write_runs_nowhere(gazette: House, text: str) -> None:
    first = gazette.comment(text, name=text, place=gazette.place("gazette", "a-1"))
    gazette.comment(text, name=text, parent=first, place=gazette.place("gazette", "a-1"))

    page = fetched(gazette)

    assert is_harmless(page)
    [work] = items(page)
    check(work)
    assert len(work.all("comment")) == 2


def test_every_link_is_absolute_and_leads_to_the_complete_page(gazette: House) -> None:
    ids = [gazette.comment(f"N° {number}", place=gazette.place("gazette", "a-1")) for number in range(PAGE_LENGTH + 1)]

    page = fetched(gazette)

    links = [str(each.get("href")) for each in every(page, "a")]
    assert links
    reports = [f"http://localhost/sites/gazette/comments/{each}/report" for each in ids[:PAGE_LENGTH]]
    assert [str(each.get("href")) for each in every(page, "a[@class='moderato-report']")] == reports
    assert all(each.startswith(PAGE) for each in links if each not in reports)
    assert one(page, "a[@rel='next']").get("href") == f"{PAGE}?after={ids[PAGE_LENGTH - 1]}#comments"
    assert every(page, "a[@class='moderato-reply']")[0].get("href") == f"{PAGE}?reply={ids[0]}#form"
    assert one(page, "p[@class='moderato-write']/a").get("href") == f"{PAGE}#form"


def test_a_publisher_may_fetch_any_page_in_either_order(gazette: House) -> None:
    ids = [gazette.comment(f"N° {number}", place=gazette.place("gazette", "a-1")) for number in range(PAGE_LENGTH + 2)]

    rest = fetched(gazette, f"{WHERE}?after={ids[PAGE_LENGTH - 1]}")
    newest = fetched(gazette, f"{WHERE}?order=newest")

    assert [words(each) for each in every(rest, "*[@itemprop='text']")] == [
        f"N° {PAGE_LENGTH}",
        f"N° {PAGE_LENGTH + 1}",
    ]
    assert words(every(newest, "*[@itemprop='text']")[0]) == f"N° {PAGE_LENGTH + 1}"
    assert "order=newest" in str(one(newest, "a[@rel='next']").get("href"))


def test_who_has_it_already_is_told_so_until_something_changes(gazette: House) -> None:
    gazette.comment("Un", place=gazette.place("gazette", "a-1"))
    first = gazette.client.get(WHERE)
    etag = {"If-None-Match": first.headers["ETag"]}

    again = gazette.client.get(WHERE, headers=etag)
    gazette.comment("Deux", place=gazette.place("gazette", "a-1"))
    changed = gazette.client.get(WHERE, headers=etag)

    assert (again.status_code, again.get_data(), again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert changed.status_code == 200
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "public, no-cache"
    assert gazette.client.get(f"{WHERE}?lang=en", headers=etag).status_code == 200


def test_it_speaks_the_sites_language_whatever_the_fetcher_accepts(gazette: House) -> None:
    gazette.comment(place=gazette.place("gazette", "a-1"))

    usual = gazette.client.get(WHERE, headers={"Accept-Language": "en"})
    english = gazette.client.get(f"{WHERE}?lang=en-GB", headers={"Accept-Language": "fr"})
    other = gazette.client.get(f"{WHERE}?lang=xx")

    assert [each.headers["Content-Language"] for each in (usual, english, other)] == ["fr", "en", "fr"]
    assert "1 commentaire<" in usual.get_data(as_text=True)
    assert "1 comment<" in english.get_data(as_text=True)
    assert "Accept-Language" not in usual.headers.get("Vary", "")


def test_where_discussion_is_closed_it_says_so_and_offers_no_reply(gazette: House) -> None:
    gazette.comment(place=gazette.place("gazette", "a-1"))
    with gazette.database.write() as connection:
        sites.change_article(connection, str(gazette.place("gazette", "a-1").article_id), {"is_open": False})

    page = fetched(gazette)

    assert words(one(page, "p[@class='moderato-write']")) == "Les commentaires de cet article sont fermés."
    assert not every(page, "a[@class='moderato-reply']")
    assert every(page, "a[@class='moderato-report']")


def test_the_work_is_the_publishers_article_where_its_address_is_known(gazette: House) -> None:
    with gazette.database.write() as connection:
        places.ensure_article(connection, gazette.place("gazette", "a-1"), datetime.now(UTC), url=f"{ORIGIN}/a-1")

    [work] = items(fetched(gazette))

    assert work.get("url") == f"{ORIGIN}/a-1"


def test_a_removed_comment_leaves_a_sentence_that_is_nobodys(gazette: House) -> None:
    parent = gazette.comment("À retirer", name="Effacée", place=gazette.place("gazette", "a-1"))
    gazette.comment("Réponse", parent=parent, place=gazette.place("gazette", "a-1"))
    gazette.withdraw(parent)

    page = fetched(gazette)

    assert "Effacée" not in page.text_content()
    assert words(one(page, "p[@class='moderato-gone']")) == "Ce commentaire a été retiré."
    assert [each.get("text") for each in items(page)[0].all("comment")] == ["Réponse"]


@pytest.mark.parametrize("key", ["2026/11/le-pont", "/le-pont", "feed.atom", "fragments/x", "a b & c", "œuvre"])
def test_an_articles_key_may_be_any_path(gazette: House, key: str) -> None:
    gazette.comment("Ici.", place=gazette.place("gazette", key))

    page = fetched(gazette, f"/sites/gazette/fragments/{key.replace('&', '%26').replace(' ', '%20')}")

    assert [words(each) for each in every(page, "*[@itemprop='text']")] == ["Ici."]


def test_an_article_that_nobody_has_commented_on_is_an_empty_discussion(gazette: House) -> None:
    page = fetched(gazette, "/sites/gazette/fragments/jamais-vu")

    assert "Personne n’a encore commenté cet article." in page.text_content()
    [work] = items(page)
    check(work)


def test_a_site_that_there_is_not_has_none(gazette: House) -> None:
    assert gazette.client.get("/sites/nobody/fragments/a-1").status_code == 404


def test_the_language_of_a_site_without_ours_is_english(gazette: House) -> None:
    with gazette.database.write() as connection:
        site_id = find_site(connection, "gazette").id
        change_site(
            connection, site_id, SiteChange({"languages": ["nl"]}, {"depth": SiteRules().depth}), datetime.now(UTC)
        )

    assert gazette.client.get(WHERE).headers["Content-Language"] == "en"
