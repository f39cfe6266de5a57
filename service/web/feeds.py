"""Atom feeds (RFC 4287) of the latest published comments, for each article and for each site."""

import re
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from flask import Blueprint, Response, request, url_for

from service.front import front
from service.store import sites
from service.store.latest import latest
from service.store.places import Place
from service.web.kept import kept
from service.web.pages import address_of, place_of_page
from service.web.reader import absolute, publishers_language
from service.web.view import View
from service.words import say

feeds = Blueprint("feeds", __name__)

LENGTH: Final = 50
"""Entries of a feed."""
KIND: Final = "application/atom+xml"

_ATOM: Final = "http://www.w3.org/2005/Atom"
_THREADS: Final = "http://purl.org/syndication/thread/1.0"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)

ET.register_namespace("", _ATOM)
ET.register_namespace("thr", _THREADS)


@feeds.get("/sites/<site>/feed.atom")
def site_feed(site: str) -> Response:
    """The latest comments under all of a site's articles."""
    place = place_of_page(site, "")
    spoken = publishers_language(place.languages)
    title = say("feed.site", spoken, title=place.site_title or place.site_name)
    return _feed(place, None, f"urn:uuid:{place.site_id}", title, spoken)


@feeds.get("/sites/<site>/feeds/<path:article>")
def article_feed(site: str, article: str) -> Response:
    """The latest comments under one article. One that nobody has commented on yet has an empty feed, to be followed."""
    place = place_of_page(site, article)
    spoken = publishers_language(place.languages)
    title = say("feed.article", spoken, title=known) if (known := _title(place)) else say("page.comments", spoken)
    return _feed(place, View(absolute(address_of(place))), _article_id(place), title, spoken)


def _article_id(place: Place) -> str:
    """The same before and after the first comment, whatever becomes of titles and addresses."""
    return f"urn:uuid:{uuid5(UUID(place.site_id), place.article_key)}"


def _title(place: Place) -> str:
    """The article's title, once the publisher has confirmed it."""
    if place.article_id is None:
        return ""
    with front().database.read() as connection:
        return sites.confirmed_titles(connection, [place.article_id]).get(place.article_id, "")


def _feed(place: Place, view: View | None, feed_id: str, title: str, spoken: str) -> Response:
    rows: list[Any] = []
    if view is None or place.article_id is not None:
        with front().database.read() as connection:
            rows += latest(connection, place.site_id, None if view is None else place.article_id, limit=LENGTH)
    root = ET.Element(_atom("feed"), {f"{{{_XML}}}lang": spoken})
    _say(root, "id", feed_id)
    _say(root, "title", title)
    _say(root, "updated", _time(max((_changed(row) for row in rows), default=_BEGINNING)))
    _link(root, "self", absolute(_own_address()), KIND)
    if view is not None:
        _link(root, "alternate", view.link(), "text/html")
    elif place.origins:
        _link(root, "alternate", f"{place.origins[0]}/", "text/html")
    _say(root, "generator", "Moderato")
    for row in rows:
        _entry(root, row, place, spoken, with_article=view is None)
    return kept(ET.tostring(root, encoding="utf-8", xml_declaration=True), KIND, spoken)


def _own_address() -> str:
    """Where the feed was fetched, with the language that was asked for."""
    return url_for(str(request.endpoint), **(request.view_args or {}) | {"lang": request.args.get("lang") or None})


def _entry(root: ET.Element, row: Any, place: Place, spoken: str, *, with_article: bool) -> None:
    """A comment: who, when, what, where, and what it answers (RFC 4685)."""
    entry = ET.SubElement(root, _atom("entry"))
    view = View(absolute(address_of(place, row.article)))
    on_article = with_article and row.title_confirmed and row.article_title
    title = say("feed.entry_on", spoken, name=row.name, title=row.article_title) if on_article else row.name
    _say(entry, "id", f"urn:uuid:{row.id}")
    _say(entry, "title", title)
    _say(entry, "published", _time(row.created_at))
    _say(entry, "updated", _time(_changed(row)))
    _say(ET.SubElement(entry, _atom("author")), "name", row.name)
    _link(entry, "alternate", view.at(row.id), "text/html")
    if row.parent_id is not None:
        answered = {"ref": f"urn:uuid:{row.parent_id}", "href": view.at(row.parent_id), "type": "text/html"}
        ET.SubElement(entry, f"{{{_THREADS}}}in-reply-to", answered)
    _say(entry, "content", row.html or "", type="html")


def _changed(row: Any) -> datetime:
    changed: datetime = row.edited_at or row.created_at
    return changed


def _say(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    """An element with a text, without the characters that no XML may hold."""
    ET.SubElement(parent, _atom(name), attributes).text = _NO_XML.sub("", text)


def _link(parent: ET.Element, relation: str, address: str, kind: str) -> None:
    ET.SubElement(parent, _atom("link"), {"rel": relation, "href": address, "type": kind})


def _atom(name: str) -> str:
    return f"{{{_ATOM}}}{name}"


def _time(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
