"""The scripts that a publisher includes: `/embed.js` with its style and its words in one file, and `/count.js`.

There is no build step: the files of `embed/` are put together when they are first asked for, in the order of `PARTS`.
"""

import gzip
import hashlib
import json
import re
from functools import lru_cache
from importlib import resources
from typing import Final

from babel import Locale
from flask import Blueprint, Response, request

from service.domain.reasons import ReportReason
from service.errors import NotFound
from service.words import catalogue, languages

scripts = Blueprint("scripts", __name__)

PARTS: Final = (
    "dom.js", "words.js", "device.js", "service.js", "threads.js", "panel.js", "own.js", "report.js", "comment.js",
    "form.js", "element.js",
)  # fmt: skip
"""Each uses only what stands before it."""

_IMPORT: Final = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ", re.MULTILINE)
_KEY: Final = re.compile(r'"([a-z]+\.(?:[a-z_]+(?:\.[a-z_]+)*)?\.?)"')
_HEADERS: Final = {
    # Modules are fetched with CORS, whatever page they are on; there is nothing private in them.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=3600, stale-while-revalidate=86400",
}


@scripts.get("/embed.js")
def show_embed() -> Response:
    """The custom element. `?lang=` chooses the words inside; an element in another language fetches its own."""
    asked = request.args.get("lang", "")
    return _script(embed(asked if asked in languages() else languages()[0]), "text/javascript")


@scripts.get("/count.js")
def show_count() -> Response:
    return _script(_small(_source("count.js"), "text/javascript"), "text/javascript")


@scripts.get("/embed/words/<language>.json")
def show_words(language: str) -> Response:
    """The words of the element in one language."""
    if language not in languages():
        raise NotFound("not_found")
    return _script(json.dumps(words(language), ensure_ascii=False), "application/json")


@lru_cache(maxsize=8)
def embed(language: str) -> str:
    """The whole script; in a block, so that its names are its own and can be shortened."""
    given = {"LANGUAGE": language, "WORDS": words(language), "STYLE": _small(_source("embed.css"), "text/css")}
    lines = [f"const {name}={json.dumps(value, ensure_ascii=False)};" for name, value in given.items()]
    return _small("\n".join(["{", *lines, *(_part(name) for name in PARTS), "}"]), "text/javascript")


@lru_cache(maxsize=8)
def words(language: str) -> dict[str, str | dict[str, str]]:
    """The sentences that the scripts name, by key; a key that ends in a dot stands for all that begin with it."""
    asked = {key for name in PARTS for key in _KEY.findall(_part(name))}
    families = tuple(key for key in asked if key.endswith("."))
    found = {key: said for key, said in catalogue(language).items() if key in asked or key.startswith(families)}
    reports = {key: found.pop(key) for key in map("report.{}".format, ReportReason)}  # in the order of the list
    return found | reports | {"dir": Locale.parse(language).text_direction}


@lru_cache(maxsize=32)
def _small(source: str, kind: str) -> str:
    """Without comments and blanks, names shortened. The library is Go's: it is loaded when needed, after any fork."""
    import minify

    return str(minify.string(kind, source))


def _part(name: str) -> str:
    """A module without its imports and exports: all of them share one scope."""
    return _EXPORT.sub("", _IMPORT.sub("", _source(name)))


def _source(name: str) -> str:
    return resources.files(__package__).joinpath("embed", name).read_text(encoding="utf-8")


def _script(text: str, kind: str) -> Response:
    """The text, compressed for whoever takes it so, or 304."""
    packed, etag = _packed(text)
    takes = request.accept_encodings["gzip"] > 0
    answer = Response(packed if takes else text.encode(), mimetype=kind)
    if takes:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers.update(_HEADERS)
    answer.vary.add("Accept-Encoding")
    answer.set_etag(etag, weak=True)
    answer.make_conditional(request)
    return answer


@lru_cache(maxsize=16)
def _packed(text: str) -> tuple[bytes, str]:
    """Compressed, and what it is known by."""
    return gzip.compress(text.encode(), 9, mtime=0), hashlib.sha256(text.encode()).hexdigest()[:16]
