"""The desk's page and its files. To strangers it is the sign-in form; to moderators, a frame that the scripts fill."""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from flask import Blueprint, Response, render_template, request, url_for

from service.domain.acts import Act
from service.domain.reasons import SIGNAL_REASONS, DecisionReason
from service.errors import NotFound
from service.web.reader import language
from service.web.session import signed_in
from service.web.sheet import phrases
from service.words import catalogue, languages

desk = Blueprint("desk", __name__, template_folder="templates")

_KINDS: Final = {".js": "text/javascript", ".css": "text/css", ".txt": "text/plain"}
_FAMILIES: Final = ("desk.", "decision.", "report.")
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Vary": "Accept-Language, Cookie",
}

_RULES: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SCRIPTS: Final = (
    "; script-src 'self' '{hash}'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
)


@desk.get("/desk/")
def show_desk() -> Response:
    """200 for everybody: whoever isn't signed in gets the form."""
    row = signed_in()
    if row is None:
        return show_door()
    return _page("desk.html", scripts=True, site=row.title, facts=_facts())


def show_door(status: int = 200, fault: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """The sign-in form, with why one wasn't let in."""
    answer = _page("door.html", status=status, fault=fault)
    answer.headers.update(headers or {})
    return answer


@desk.get("/desk/files/<digest>/<path:name>")
def show_file(digest: str, name: str) -> Response:
    """A script, the style sheet. The address changes with any of them, so browsers may keep them for good."""
    found = _files().get(name)
    if found is None:
        raise NotFound("not_found")
    answer = Response(found, mimetype=_KINDS[name[name.rfind(".") :]])
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    kept = digest == _digest()
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-store"
    return answer


def _page(template: str, *, status: int = 200, scripts: bool = False, **facts: Any) -> Response:
    spoken = language()
    chosen = request.args.get("lang", "")
    if chosen in languages():
        spoken = chosen
    imports = _imports()
    html = render_template(
        template, **phrases(spoken), imports=imports, digest=_digest(), languages=languages(),
        words=_words(spoken), **facts,
    )  # fmt: skip
    answer = Response(html, status, mimetype="text/html")
    answer.headers.update(_HEADERS)
    answer.headers["Content-Language"] = spoken
    answer.headers["Content-Security-Policy"] = _RULES + (_SCRIPTS.format(hash=_hash(imports)) if scripts else "")
    return answer


def _facts() -> dict[str, Any]:
    """What the scripts can't ask the API for."""
    return {
        "root": request.script_root,
        "languages": languages(),
        "reasons": [*map(str, DecisionReason)],
        "signals": sorted(SIGNAL_REASONS),
        "acts": [*map(str, Act)],
    }


def _imports() -> str:
    """Where the vendored modules lie, which call each other by name. Browsers take it from the page alone."""
    vendored = {"preact": "preact.js", "preact/hooks": "hooks.js", "htm": "htm.js"}
    at = {name: url_for("desk.show_file", digest=_digest(), name=f"vendor/{file}") for name, file in vendored.items()}
    return json.dumps({"imports": at}, separators=(",", ":"))


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@lru_cache(maxsize=8)
def _words(spoken: str) -> str:
    """The desk's sentences, as a block of data in the page."""
    said = {key: text for key, text in catalogue(spoken).items() if key.startswith(_FAMILIES)}
    return json.dumps(said, ensure_ascii=False).replace("<", "\\u003c")


@lru_cache(maxsize=1)
def _files() -> dict[str, bytes]:
    """All that browsers may fetch, by name."""
    here = resources.files(__package__)
    found = {path.name: path.read_bytes() for path in here.iterdir() if path.name.endswith((".js", ".css"))}
    vendored = here.joinpath("vendor").iterdir()
    return found | {
        f"vendor/{path.name}": path.read_bytes() for path in vendored if path.name.endswith((".js", ".txt"))
    }


@lru_cache(maxsize=1)
def _digest() -> str:
    made = hashlib.sha256()
    for name, content in sorted(_files().items()):
        made.update(f"{name} {len(content)} ".encode() + content)
    return made.hexdigest()[:16]
