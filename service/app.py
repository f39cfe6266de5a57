"""The web application: `create_app(settings)` puts the house together; the rest only serves."""

import gc
import os
import re
import signal
import time
from typing import Any, Final
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import PathConverter

from service import logs, meters, metrics
from service.api import (
    audit,
    audits,
    authors,
    ban_lists,
    bans,
    campaigns,
    claims,
    comments,
    deliveries,
    drafts,
    health,
    jobs,
    mailboxes,
    models,
    moderation,
    newsroom,
    notices,
    numbers,
    observed,
    policies,
    preview,
    problems,
    reading,
    receipts,
    reports,
    reveal,
    selection,
    session,
    sites,
    surroundings,
    tokens,
    truth,
    webhooks,
)
from service.api.body import MAX_BYTES
from service.breaker import Breaker
from service.front import Front, place_front
from service.handoff import Handoff
from service.keys import Keys
from service.lifeline import die_with_parent
from service.limits import Limits
from service.settings import Settings
from service.store.backlog import Backlog
from service.store.session import Database
from service.web.desk.page import desk
from service.web.feeds import feeds
from service.web.fragment import fragment
from service.web.newspaper import newspaper
from service.web.pages import pages
from service.web.scripts import scripts

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = structlog.get_logger("service.request")


class _ArticleKey(PathConverter):
    """A publisher's own id: any text with slashes in it, also at its beginning, as a page's path has."""

    part_isolating = False
    regex = "(?s:.+?)"


class _Json(DefaultJSONProvider):
    """As written: keys in our order, French in UTF-8."""

    sort_keys = False
    ensure_ascii = False
    compact = True


def create_app(settings: Settings) -> Flask:
    """One web process's application. Database connections are made when first needed: after the server has forked."""
    meters.begin(settings.metrics_dir)
    app = Flask(__name__, static_folder=None)
    app.json = _Json(app)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.converters["path"] = _ArticleKey
    app.config["MAX_CONTENT_LENGTH"] = 2 * 1024 * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BYTES
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    breaker = Breaker()
    place_front(
        app.extensions,
        Front(
            settings,
            Database(settings, gives_up=True),
            Keys(settings),
            Handoff(settings, breaker),
            Limits(settings, breaker),
            Backlog(settings),
        ),
    )
    readers, staff = (
        (comments, preview, reading, receipts, reports, notices),
        (
            moderation,
            selection,
            campaigns,
            newsroom,
            claims,
            surroundings,
            reveal,
            authors,
            bans,
            ban_lists,
            jobs,
            sites,
            policies,
            drafts,
            numbers,
            truth,
            audit,
            audits,
            tokens,
            webhooks,
            deliveries,
            mailboxes,
            models,
        ),
    )
    for part in (*readers, *staff, session, health, observed):
        app.register_blueprint(part.blueprint)
    for shown in (pages, desk, scripts, newspaper, fragment, feeds):
        app.register_blueprint(shown)
    problems.register(app)
    app.before_request(_begin)
    app.after_request(_finish)
    return app


def from_environment() -> Any:
    """What the server's processes call, each for itself."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    die_with_parent(signal.SIGKILL)
    app = create_app(settings)
    gc.freeze()  # what is in memory by now stays: the collector needn't look through it, which takes long
    return app


def _begin() -> Response | None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    return None


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    if request.path.startswith("/v1/"):
        _allow_origin(response)
    seconds = time.perf_counter() - g.started
    route = request.url_rule.rule if request.url_rule else None
    method = request.method if request.method in metrics.METHODS else "other"
    meters.count(metrics.REQUESTS, method, route or "none", str(response.status_code))
    meters.observe(metrics.REQUEST_SECONDS, seconds, route or "none")
    say = _log.debug if request.endpoint == "health.healthz" else _log.info  # it is asked all day
    say(
        "answered",
        method=request.method,
        route=route,
        status=response.status_code,
        milliseconds=round(seconds * 1000, 1),
    )
    return response


def _allow_origin(response: Response) -> None:
    """CORS for the origin that was let in; every answer says that it depends on the origin and the language."""
    response.vary.update(["Origin", "Accept-Language"])
    origin = g.get("cors_origin")
    if origin is not None:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "ETag, Retry-After, X-Request-ID"
