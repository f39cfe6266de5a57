"""Atom feeds, read as strictly as RFC 4287 is written."""

import re
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from uuid import UUID

import pytest
from lxml import etree, html

from service.store import places, sites
from service.web.feeds import LENGTH
from tests.web.house import DEMO, GAZETTE, ORIGIN, House, every

ARTICLE = "/sites/gazette/feeds/a-1"
SITE = "/sites/gazette/feed.atom"
ATOM = "{http://www.w3.org/2005/Atom}"
THREADS = "{http://purl.org/syndication/thread/1.0}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

ONCE = {"feed": {"id", "title", "updated"}, "entry": {"id", "title", "updated"}}
"""What each must have exactly one of."""
AT_MOST_ONCE = {
    "feed": {"generator", "icon", "logo", "rights", "subtitle"},
    "entry": {"content", "published", "summary"},
}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
HOSTILE = [
    "]]>",
    "<![CDATA[ x ]]>",
    "</content></entry><entry>",
    "&amp; &#60;script&#62; &nbsp; &euro;",
    "\u202eenvers\u202c et \u2067bidi\u2069",
    "nul\ufffe\uffff fin",
    "<script>alert(1)</script>",
    "😀 \U0010ffff",
    "<!-- x --><?xml version='1.0'?><!DOCTYPE x>",
]


def read(house: House, path: str = ARTICLE, **headers: str) -> etree._Element:
    """The feed there, strictly parsed, and held to what the RFC asks of it."""
    answer = house.client.get(path, headers=headers)
    assert (answer.status_code, answer.content_type) == (200, "application/atom+xml; charset=utf-8")
    feed = etree.fromstring(answer.get_data(), etree.XMLParser(resolve_entities=False, recover=False))
    _look(feed)
    return feed


def _look(feed: etree._Element) -> None:
    """RFC 4287, section 4: what there must be, once; what things must look like; no two entries of one id."""
    assert feed.tag == f"{ATOM}feed"
    assert feed.get(LANG)
    entries = feed.findall(f"{ATOM}entry")
    for element in (feed, *entries):
        name = etree.QName(element).localname
        names = [etree.QName(child).localname for child in element if etree.QName(child).namespace == ATOM[1:-1]]
        assert all(names.count(each) == 1 for each in ONCE[name]), names
        assert all(names.count(each) <= 1 for each in AT_MOST_ONCE[name]), names
        identity = str(element.findtext(f"{ATOM}id"))
        assert identity == f"urn:uuid:{UUID(identity.removeprefix('urn:uuid:'))}"
        for each in ("updated", "published"):
            for date in element.findall(f"{ATOM}{each}"):
                assert DATE.fullmatch(date.text or "")
                datetime.fromisoformat(str(date.text))
        links = element.findall(f"{ATOM}link")
        kinds = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in links]
        assert len(kinds) == len(set(kinds))
        for link in links:
            assert re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", str(link.get("href")))
            assert link.text is None
    assert [link.get("rel") for link in feed.findall(f"{ATOM}link")].count("self") == 1
    ids = [each.findtext(f"{ATOM}id") for each in entries]
    assert len(ids) == len(set(ids))
    for entry in entries:
        assert len(entry.findall(f"{ATOM}author/{ATOM}name")) == 1, "no author but the comment's"
        assert [etree.QName(each).localname for each in entry.iterfind(f"{ATOM}author/*")] == ["name"]
        content = entry.find(f"{ATOM}content")
        assert content is not None
        assert content.get("type") == "html"
        assert not len(content), "HTML is escaped text"
    times = [str(each.findtext(f"{ATOM}updated")) for each in entries]
    if times:
        assert feed.findtext(f"{ATOM}updated") == max(times)


def texts(feed: etree._Element) -> list[str]:
    """What the entries say, as a feed reader shows it."""
    return [
        html.fromstring(f"<div>{each.text}</div>").text_content()
        for each in feed.iterfind(f"{ATOM}entry/{ATOM}content")
    ]


def link(element: etree._Element, relation: str) -> str | None:
    return next((each.get("href") for each in element.findall(f"{ATOM}link") if each.get("rel") == relation), None)


def write(house: House, body: str = "Un.", *, article: str = "a-1", **rest: object) -> str:
    return house.comment(body, place=house.place("gazette", article), **rest)  # type: ignore[arg-type] # what it takes is its own business


def test_an_article_feed_tells_the_newest_first_with_author_time_text_and_place(gazette: House) -> None:
    first = write(gazette, "Un **avis** & un lien : https://exemple.example/", name="Nadia <b>")
    second = write(gazette, "Une réponse.", name="Karim", parent=first)

    feed = read(gazette)

    newest, oldest = feed.findall(f"{ATOM}entry")
    assert newest.findtext(f"{ATOM}id") == f"urn:uuid:{second}"
    assert oldest.findtext(f"{ATOM}title") == oldest.findtext(f"{ATOM}author/{ATOM}name") == "Nadia <b>"
    assert "<strong>avis</strong> &amp; un lien" in str(oldest.findtext(f"{ATOM}content"))
    assert link(oldest, "alternate") == f"http://localhost{GAZETTE}?from={first}#c-{first}"
    assert link(feed, "alternate") == f"http://localhost{GAZETTE}#comments"
    assert link(feed, "self") == f"http://localhost{ARTICLE}"
    assert feed.get(LANG) == "fr"
    assert feed.findtext(f"{ATOM}title") == "Commentaires"
    replied = newest.find(f"{THREADS}in-reply-to")
    assert replied is not None
    assert replied.get("ref") == f"urn:uuid:{first}"
    assert oldest.find(f"{THREADS}in-reply-to") is None


@pytest.mark.parametrize("path", [ARTICLE, SITE])
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_readers_write_breaks_it_or_runs(gazette: House, path: str, text: str) -> None:
    write(gazette, f"Avant {text} après", name=f"N {text}")
    with gazette.database.write() as connection:
        article = str(gazette.place("gazette", "a-1").article_id)
        sites.change_article(connection, article, {"title": f"T {text}", "title_confirmed": True})

    feed = read(gazette, path)

    [entry] = feed.findall(f"{ATOM}entry")
    shown = re.sub("[\ufffe\uffff]", "", text)
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == f"N {shown}"
    assert shown in str(feed.findtext(f"{ATOM}title")) + str(entry.findtext(f"{ATOM}title"))
    [said] = texts(feed)
    assert said.startswith("Avant")
    assert said.endswith("après")
    content = html.fromstring(f"<div>{entry.findtext(f'{ATOM}content')}</div>")
    assert not every(content, "script")


def test_a_site_feed_tells_of_all_articles_and_of_no_other_site(gazette: House) -> None:
    gazette.site("other")
    write(gazette, "Du pont.", article="2026/11/le-pont")
    write(gazette, "De la gare.", article="gare")
    gazette.comment("D’ailleurs.", place=gazette.place("other", "gare"))
    with gazette.database.write() as connection:
        for key, confirmed in (("2026/11/le-pont", True), ("gare", False)):
            article = str(gazette.place("gazette", key).article_id)
            sites.change_article(connection, article, {"title": f"Titre de {key}", "title_confirmed": confirmed})

    feed = read(gazette, SITE)

    assert texts(feed) == ["De la gare.", "Du pont."]
    titles = [each.findtext(f"{ATOM}title") for each in feed.iterfind(f"{ATOM}entry")]
    assert titles == ["Nadia", "Nadia, sur « Titre de 2026/11/le-pont »"], "a reader's title is nobody's verdict"
    assert feed.findtext(f"{ATOM}title") == "Commentaires – La Gazette"
    assert link(feed, "alternate") == f"{ORIGIN}/"
    assert (
        urlsplit(str(link(feed.findall(f"{ATOM}entry")[1], "alternate"))).path
        == "/sites/gazette/articles/2026/11/le-pont"
    )


@pytest.mark.parametrize("path", [ARTICLE, SITE])
@pytest.mark.parametrize("status", ["pending", "held", "rejected"])
def test_only_what_is_published_is_told_and_no_address_is(gazette: House, path: str, status: str) -> None:
    write(gazette, "Pas encore lu.", name="Inconnue", status=status)
    removed = write(gazette, "Retiré.", name="Effacée")
    write(gazette, "Réponse.", parent=removed)
    gazette.withdraw(removed)

    assert texts(read(gazette, path)) == ["Réponse."]
    text = gazette.client.get(path).get_data(as_text=True)
    for absent in ("Pas encore", "Inconnue", "Effacée", "Retiré", "@example.fr"):
        assert absent not in text


@pytest.mark.parametrize("path", [ARTICLE, SITE])
def test_a_feed_ends_with_its_fiftieth(gazette: House, path: str) -> None:
    for number in range(LENGTH + 3):
        write(gazette, f"N° {number}")

    assert texts(read(gazette, path)) == [f"N° {number}" for number in range(LENGTH + 2, 2, -1)]


@pytest.mark.parametrize("path", [ARTICLE, SITE])
def test_who_has_it_already_is_told_so_until_something_changes(gazette: House, path: str) -> None:
    write(gazette)
    first = gazette.client.get(path)
    etag = {"If-None-Match": first.headers["ETag"]}

    again = gazette.client.get(path, headers=etag)
    write(gazette, "Deux.")

    assert (again.status_code, again.get_data()) == (304, b"")
    assert again.headers["Cache-Control"] == "public, no-cache"
    assert gazette.client.get(path, headers=etag).status_code == 200


def test_an_empty_feed_can_be_followed_and_stays_the_same_feed(gazette: House) -> None:
    before = read(gazette)
    write(gazette)
    after = read(gazette)

    assert not before.findall(f"{ATOM}entry")
    assert before.findtext(f"{ATOM}id") == after.findtext(f"{ATOM}id")
    assert read(gazette, "/sites/gazette/feeds/a-2").findtext(f"{ATOM}id") != after.findtext(f"{ATOM}id")
    assert read(gazette, SITE).findtext(f"{ATOM}id") != after.findtext(f"{ATOM}id")


def test_it_speaks_the_sites_language_whatever_the_fetcher_accepts(gazette: House) -> None:
    assert read(gazette, **{"Accept-Language": "en"}).findtext(f"{ATOM}title") == "Commentaires"
    english = read(gazette, f"{ARTICLE}?lang=en", **{"Accept-Language": "fr"})
    assert (english.findtext(f"{ATOM}title"), english.get(LANG)) == ("Comments", "en")
    assert link(english, "self") == f"http://localhost{ARTICLE}?lang=en"


def test_times_are_told_in_utc(gazette: House) -> None:
    at = datetime(2026, 11, 1, 9, 30, 15, 250_000, tzinfo=UTC)
    write(gazette, at=at)

    [entry] = read(gazette).findall(f"{ATOM}entry")

    assert entry.findtext(f"{ATOM}published") == entry.findtext(f"{ATOM}updated") == "2026-11-01T09:30:15.250Z"


@pytest.mark.parametrize("key", ["2026/11/le-pont", "/le-pont", "feed.atom", "x/feed.atom", 'a b"<&>', "œuvre"])
def test_an_articles_key_may_be_any_path(gazette: House, key: str) -> None:
    write(gazette, "Ici.", article=key)

    assert texts(read(gazette, f"/sites/gazette/feeds/{quote(key)}")) == ["Ici."]


def test_pages_say_where_their_feed_is(house: House) -> None:
    house.site("gazette")
    with house.database.write() as connection:
        places.ensure_article(connection, house.place("gazette", "a-1"), datetime.now(UTC))

    for path, feed in ((GAZETTE, ARTICLE), (DEMO, "/sites/demo/feeds/tramway-de-nuit")):
        [found] = every(house.page(path), "head/link[@rel='alternate']")
        assert (found.get("type"), found.get("href")) == ("application/atom+xml", feed)
        assert house.client.get(feed).status_code == 200


@pytest.mark.parametrize("path", ["/sites/nobody/feeds/a-1", "/sites/nobody/feed.atom"])
def test_a_site_that_there_is_not_has_none(house: House, path: str) -> None:
    assert house.client.get(path).status_code == 404
