"""The reader at the other end: their language, and whether the page they come from may talk to this site."""

from flask import g, request

from service.errors import Forbidden
from service.front import front
from service.store.places import Place
from service.web.origins import origin_of
from service.words import FALLBACK, languages, negotiate


def speak_for(languages: tuple[str, ...] | list[str]) -> None:
    """From here on this request's default language is the site's own."""
    if languages:
        g.site_language = languages[0]


def language() -> str:
    """The language for this request's sentences: what the reader accepts, else the site's first, else English."""
    return negotiate(request.accept_languages, g.get("site_language", FALLBACK))


def publishers_language(site_languages: tuple[str, ...] | list[str]) -> str:
    """The language of what a publisher's server or a feed reader fetches: what `?lang=` says, else the site's first.

    Never what the fetcher accepts: it fetches for many readers, and its answer is kept.
    """
    for wanted in (request.args.get("lang", ""), *site_languages):
        spoken: str = wanted.replace("_", "-").split("-")[0].lower()
        if spoken in languages():
            return spoken
    return FALLBACK


def own_origin() -> str | None:
    """The origin this service is reached at, as the browser sees it."""
    return origin_of(front().settings.public_url or request.host_url)


def absolute(address: str) -> str:
    """An address of ours as others need it."""
    return f"{own_origin() or ''}{address}"


def allowed_origins(place_origins: tuple[str, ...] | list[str]) -> set[str]:
    """The site's origins and our own pages'."""
    return {*place_origins, *filter(None, (own_origin(), origin_of(request.host_url)))}


def admit(place: Place) -> None:
    """Let the request in if it comes from an allowed origin, or from none; note which, for the CORS answer.

    Raises:
        Forbidden: the `Origin` isn't the site's.
    """
    speak_for(place.languages)
    origin = request.headers.get("Origin")
    if origin is None:
        return
    if origin_of(origin) != origin or origin not in allowed_origins(place.origins):
        raise Forbidden("origin")
    g.cors_origin = origin
