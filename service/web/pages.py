"""Pages without JavaScript: an article's discussion with its form, and the receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from service import demo
from service.domain.comment import Status
from service.errors import NotFound
from service.front import front
from service.store import places, reading, sites
from service.store.places import Place
from service.store.session import is_away
from service.web.discussion import (
    Addressee,
    Discussion,
    Start,
    as_id,
    find_addressee,
    read_discussion,
    start_of,
    typed,
)
from service.web.origins import origin_of
from service.web.reader import allowed_origins, language, speak_for
from service.web.receipts import author_view
from service.web.sheet import sheet
from service.web.view import View

pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static")

WATCHED: Final = timedelta(minutes=1)
"""How long a receipt's page looks again by itself: checks take a second, a person takes longer than anybody waits."""

_FIELDS: Final = ("body", "name", "email", "website", "notices", "consent")
"""As they follow each other on the page."""


@pages.get("/")
def home() -> Response:
    with front().database.read() as connection:
        has_demo = sites.find_site(connection, demo.SITE) is not None
    return sheet("home.html", has_demo=has_demo)


@pages.get("/sites/<site>/articles/<path:article>")
def show_discussion(site: str, article: str) -> Response:
    return show_article(place_of_page(site, article))


@pages.get("/receipts/<receipt>", endpoint="receipt")
def show_receipt(receipt: str, *, typed: str | None = None, faults: Sequence[str] = (), status: int = 200) -> Response:
    """The author's own comment, where it stands, and what they can still do with it.

    `typed` and `faults` are an edit that was not accepted, and why. Who is about to act (`?act=edit`, `?act=withdraw`)
    is not watched for: the page would be fetched anew under their hands, and what they typed would be gone.
    """
    comment_id, now = front().keys.comment_of(receipt), datetime.now(UTC)
    with front().database.read() as connection:
        view = author_view(connection, comment_id, language(), now) if comment_id else None
        place = places.find_place(connection, view.site, view.article) if view else None
        if view is None or place is None:
            raise NotFound("receipt_unknown")
        speak_for(place.languages)
        view = author_view(connection, view.id, language(), now) or view
        back = address_of_comment(connection, place, view.id) if view.status is Status.PUBLISHED else address_of(place)
    fresh = view.status is Status.PENDING and now - (view.edited_at or view.created_at) < WATCHED
    act = request.args.get("act", "")
    return sheet(
        "receipt.html", private=True, status=status, view=view, place=place, back=back, fresh=fresh,
        watched=fresh and not faults and not act, act=act, article=article_link(place),
        receipt=receipt, typed=view.body if typed is None else typed, faults=faults,
        may_ask=place.rules.notices and front().settings.sends_mail, asked="asked" in request.args,
    )  # fmt: skip


@pages.get("/sites/<site>/comments/<comment_id>", endpoint="comment")
def show_comment(site: str, comment_id: str) -> Any:
    """To a published comment, wherever in its discussion it stands: an address that lasts, for mails."""
    with front().database.read() as connection:
        found = as_id(comment_id)
        row = reading.find_for_author(connection, found) if found else None
        place = places.find_place(connection, site, row.article) if row is not None and row.site == site else None
        if row is None or place is None or row.status != Status.PUBLISHED:
            raise NotFound("comment_unknown")
        return redirect(address_of_comment(connection, place, row.id), 303)


def show_article(
    place: Place,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    notice: str = "",
    status: int = 200,
) -> Response:
    """The article's page: published comments, and the form with what was typed and what was wrong with it.

    `errors` are sentences by field; `notice` is one about the submission as a whole.
    """
    speak_for(place.languages)
    kept = typed(values)
    view = View(address_of(place), newest_first=request.args.get("order") == "newest")
    discussion, addressee = _read(
        place, kept["parent"] or request.args.get("reply", ""), sent=values is not None, newest_first=view.newest_first
    )
    story = demo.find_story(place.article_key) if place.site_name == demo.SITE else None
    return sheet(
        "story.html" if story else "article.html",
        scripts=story is not None,
        story=story,
        status=status,
        frames=place.origins,
        place=place,
        discussion=discussion,
        addressee=addressee,
        view=view,
        action=_action(place) + view.query(),
        article=article_link(place),
        is_open=place.closed_reason(datetime.now(UTC)) is None,
        may_ask=place.rules.notices and front().settings.sends_mail,
        form_token=_form_token(place, values or {}, errors or {}),
        values=kept,
        errors=_as_on_the_page(errors or {}),
        fields=_FIELDS,
        notice=notice,
        now=datetime.now(UTC),
    )


def error_page(status: int, title: str, detail: str) -> Response:
    """A problem, told to somebody who followed a link."""
    return sheet("problem.html", status=status, title=title, detail=detail)


def address_of(place: Place, article: str | None = None) -> str:
    """Where the discussion of this article, or of another one of the site, is shown."""
    article = place.article_key if article is None else article
    if place.site_name == demo.SITE and demo.find_story(article):
        return url_for("newspaper.show_story", key=article)
    return url_for("pages.show_discussion", site=place.site_name, article=article)


def address_of_comment(connection: Connection, place: Place, comment_id: str) -> str:
    """The discussion, at a comment that can be seen there."""
    start = start_of(connection, place, comment_id)
    query = f"?from={start.at}" if start.at else ""
    return f"{address_of(place)}{query}#c-{comment_id}"


@pages.after_request
def _believe_the_type(answer: Response) -> Response:
    """For the style sheet and pictures too."""
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def place_of_page(site: str, article: str) -> Place:
    """The site and article that a page is about.

    Raises:
        NotFound: no such site.
    """
    with front().database.read() as connection:
        place = places.find_place(connection, site, article)
    if place is None:
        raise NotFound("site_unknown")
    return place


def _read(place: Place, reply: str, *, sent: bool, newest_first: bool) -> tuple[Discussion, Addressee | None]:
    """The comments, and whom the form answers. A reader who has sent a text gets it back even if these are away."""
    start = Start(request.args.get("after", ""), request.args.get("from", ""), newest_first=newest_first)
    try:
        with front().database.read() as connection:
            discussion, addressee = read_discussion(connection, place, start), find_addressee(connection, place, reply)
    except SQLAlchemyError as error:
        if not sent or not is_away(error):
            raise
        return Discussion(is_known=False), None
    return discussion, replace(addressee, is_here=addressee.id in discussion.ids) if addressee else None


def _action(place: Place) -> str:
    """Where the form is sent. A slash in the article's key is no step in the path."""
    article = quote(place.article_key, safe="")
    return f"{request.script_root}/v1/sites/{place.site_name}/articles/{article}/comments"


def _as_on_the_page(errors: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Errors in the order of their fields; first those that belong to none that is shown."""
    order = {name: place for place, name in enumerate(_FIELDS)}
    return {name: tuple(errors[name]) for name in sorted(errors, key=lambda name: order.get(name, -1))}


def _form_token(place: Place, values: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    """The token that was sent stays while it is good: it knows when the form was opened, and is an idempotency key."""
    now, sent = datetime.now(UTC), values.get("form_token", "")
    keys = front().keys
    spent = {"form_token", "idempotency_key"} & set(errors)
    if sent and not spent and keys.read_form_token(sent, place.site_name, place.article_key, now):
        return sent
    return keys.form_token(place.site_name, place.article_key, now)


def article_link(place: Place) -> str:
    """The article's own address; a reader may have given it, so it must lie where the site's pages are."""
    found = origin_of(place.article_url)
    return place.article_url if found and found in allowed_origins(place.origins) else ""
