"""The OpenAPI 3.1 document, made of the routes, their descriptions and the schemas. Nothing in it is written twice."""

import inspect
import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from werkzeug.routing import Rule

from service.api import schemas, shown
from service.api.describe import Answer, Described, description_of
from service.api.examples import ANSWERS, PROBLEMS, REQUESTS
from service.errors import CODES

_ABOUT: Final = """\
Comment moderation for news publishers. An e-mail address is in no answer but
that of `reveal`, to an owner, which the audit log keeps.

Errors are RFC 9457 problems: `code` is a stable word, `title` and `errors` are sentences in the language that
`Accept-Language` asks for, else the site's. Besides those named here, an address that isn't one is 404, a method that
an address hasn't is 405 with `Allow`, what nobody foresaw is 500, each a problem likewise. Every answer has an
`X-Request-ID`: the request's own, if that had one of up to 64 letters, digits and `._-`. Unknown query parameters are
passed over; unknown members of bodies are refused. Answers may get new members.

Staff show a token, or are signed in to the desk: then whatever changes something wants `X-CSRF-Token` with the word
that `GET /desk/session` tells, else it is 403.

GET routes answer HEAD, and all answer OPTIONS; pages for browsers (`/demo/`, `/desk/`, `/receipts/…`, `/sites/…`,
`/notices/…`, `/mailboxes/…`) are no part of this document.
"""

_TAGS: Final = {
    "readers": "Readers' browsers: comments, the form, one's own comment. No token; a foreign `Origin` is 403.",
    "moderators": "The queue and decisions. With a token, which is good for one site.",
    "authors": "Who comments: what is known of them, notes, holds, badges, bans. With a token.",
    "policies": "What a site makes of comments. With a token.",
    "audit": "What staff did, and who they are. With a token.",
    "mailboxes": "Where staff are told by mail how the queue stands. With an owner's token.",
    "webhooks": "Where a site's own programs are told what happens. With an owner's token.",
    "session": "Signing in to the desk: a token lets a browser in.",
    "operators": "Whether the service is well, and what it offers.",
}

_STATUSES: Final = {
    400: "Not JSON, or not fit to be read.",
    401: "No good token.",
    403: "The origin, the role, or a closed discussion.",
    404: "No such site, article, comment or receipt; or another site's.",
    409: "A duplicate, a version that has moved on, or as many as there may be.",
    413: "Too large.",
    415: "Neither JSON nor a plain form.",
    422: "Fields that can't be accepted, each with its sentences.",
    429: "Too many in too short a time.",
    503: "The database can't be reached.",
}
_SECONDS: Final = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}
_PROBLEM_HEADERS: Final[dict[int, dict[str, Any]]] = {
    401: {"WWW-Authenticate": {"description": "What is wanted.", "example": 'Bearer realm="moderato"'}},
    429: _SECONDS,
    503: _SECONDS,
}

_PATH: Final[dict[str, dict[str, Any]]] = {
    "site": {
        "description": "The site's name.",
        "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"},
        "example": "journal",
    },
    "article": {
        "description": "The publisher's own id of an article: up to 255 printable characters. All but letters, digits "
        "and `-._~` are percent-encoded, `/` as `%2F` (as it stands, it is understood too).",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "example": "a-1",
    },
    "comment_id": {
        "description": "The comment's id.",
        "schema": {"type": "string", "format": "uuid"},
        "example": "019b76da-a800-7000-8000-00000000002a",
    },
    "author_id": {
        "description": "The author's id, as a comment's detail tells it: ours, and nothing of theirs.",
        "schema": {"type": "string", "format": "uuid"},
        "example": "019b76d9-3f00-7000-8000-000000000011",
    },
    "ban_id": {
        "description": "The ban's id.",
        "schema": {"type": "string", "format": "uuid"},
        "example": "019b76e7-5500-7000-8000-000000000061",
    },
    "mailbox_id": {
        "description": "The mailbox's id.",
        "schema": {"type": "string", "format": "uuid"},
        "example": "019b76ea-0c00-7000-8000-000000000071",
    },
    "webhook_id": {
        "description": "The webhook's id.",
        "schema": {"type": "string", "format": "uuid"},
        "example": "019b76e8-1100-7000-8000-000000000071",
    },
    "delivery_id": {
        "description": "The delivery's id.",
        "schema": {"type": "string", "format": "uuid"},
        "example": "019b76e8-2200-7000-8000-000000000081",
    },
    "job_id": {
        "description": "The job's id.",
        "schema": {"type": "string", "format": "uuid"},
        "example": "019b76e9-0c00-7000-8000-000000000071",
    },
    "prefix": {
        "description": "What a token is known by: its first part, after `mdr_`.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{12}$"},
        "example": "5f0c1a2b3c4d",
    },
    "receipt": {
        "description": "What came with the 202: the secret of the comment's author.",
        "schema": {"type": "string"},
        "example": ANSWERS["Accepted"]["receipt"],
    },
}


def document(app: Flask) -> dict[str, Any]:
    """The whole document, the same at every call."""
    marshmallow = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="Moderato",
        version=version("moderato"),
        openapi_version="3.1.0",
        info={"description": _ABOUT, "license": {"name": "MIT", "identifier": "MIT"}},
        servers=[{"url": "/", "description": "This service."}],
        tags=[{"name": name, "description": about} for name, about in _TAGS.items()],
        plugins=[marshmallow],
    )
    converter = marshmallow.converter
    assert converter is not None  # noqa: S101 - for the type checker: the document made it
    converter.add_attribute_function(  # type: ignore[no-untyped-call] # untyped there
        lambda _, field, **__: field.metadata.get("also", {})
    )
    spec.components.security_scheme(
        "token", {"type": "http", "scheme": "bearer", "description": "Made by `moderato token create`."}
    )
    spec.components.security_scheme(
        "session",
        {
            "type": "apiKey",
            "in": "cookie",
            "name": "moderato",
            "description": "From `POST /desk/session`; behind HTTPS it is called `__Host-moderato`. On anything but "
            "GET it wants `X-CSRF-Token`.",
        },
    )
    for kind in (shown.Problem, shown.PublicComment, shown.Tombstone, schemas.ListedDecision):
        spec.components.schema(_name(kind), schema=kind)
    for code, example in PROBLEMS.items():
        spec.components.example(code, {"value": example})
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ()))):
        view = app.view_functions[rule.endpoint]
        what = description_of(view)
        if what is not None:
            method = next(name for name in ("GET", "POST", "PUT", "PATCH", "DELETE") if name in (rule.methods or ()))
            spec.path(path=_path(rule), operations={method.lower(): _operation(rule, view, what)})
    made: dict[str, Any] = spec.to_dict()
    for key, name in converter.refs.items():
        made["components"]["schemas"][name] |= _said_of_itself(key[0])
    return made


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return str(kind.__name__)


def _said_of_itself(schema: Any) -> dict[str, Any]:
    return {"description": inspect.getdoc(schema)} | dict(getattr(schema, "also", {}))


def _path(rule: Rule) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)


def _operation(rule: Rule, view: Any, what: Described) -> dict[str, Any]:
    problems: dict[int, list[str]] = {}
    for code in what.problems:
        problems.setdefault(CODES[code], []).append(code)
    operation: dict[str, Any] = {
        "operationId": rule.endpoint.rpartition(".")[2],
        "summary": what.summary,
        "tags": [what.tag],
        "parameters": [*_parameters(rule), *_given(what.query, "query"), *_given(what.headers, "header")],
        "responses": {str(status): _answer(answer) for status, answer in what.answers.items()}
        | {str(status): _problem(status, codes, form=what.form) for status, codes in sorted(problems.items())},
    }
    detail = inspect.getdoc(view)
    if detail:
        operation["description"] = detail
    if what.body is not None:
        kinds = ["application/json", *(["application/x-www-form-urlencoded"] if what.form else [])]
        given = {"schema": what.body, "examples": REQUESTS[_name(what.body)]}
        operation["requestBody"] = {"required": True, "content": {kind: dict(given) for kind in kinds}}
    if roles_of(view):
        operation["security"] = [{"token": []}, {"session": []}]
        operation["x-roles"] = sorted(roles_of(view))
    return operation


def roles_of(view: Any) -> frozenset[str]:
    """The roles a view lets in; empty for what is public."""
    while view is not None:
        roles = getattr(view, "staff_roles", None)
        if roles:
            return frozenset(roles)
        view = getattr(view, "__wrapped__", None)
    return frozenset()


def _parameters(rule: Rule) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, **_PATH[name]} for name in sorted(rule.arguments)]


def _given(parameters: Mapping[str, Mapping[str, Any]], where: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name, "in": where, "required": False, "description": kind["description"],
            "schema": {key: value for key, value in kind.items() if key != "description"},
        }
        for name, kind in parameters.items()
    ]  # fmt: skip


def _answer(answer: Any) -> dict[str, Any]:
    if isinstance(answer, str):
        return {"description": answer}
    if not isinstance(answer, Answer):
        answer = Answer(answer)
    about = answer.about or (answer.schema.__doc__ or "").strip().splitlines()[0]
    made: dict[str, Any] = {"description": about}
    if answer.schema is not None:
        example = ANSWERS[_name(answer.schema)]
        made["content"] = {answer.kind: {"schema": answer.schema, "example": example}}
    elif answer.kind:
        made["content"] = {
            answer.kind: {"schema": {"type": "object" if answer.kind == "application/json" else "string"}}
        }
    if answer.headers:
        made["headers"] = _headers(answer.headers)
    if answer.links:
        made["links"] = dict(answer.links)
    return made


def _problem(status: int, codes: list[str], *, form: bool) -> dict[str, Any]:
    """Problems with this status. What a form's sender did wrong comes back as the page, with the text kept."""
    told = {
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"status": {"const": status}, "code": {"enum": codes}},
        **({"required": ["errors"]} if status == 422 else {}),
    }
    examples = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
    made: dict[str, Any] = {
        "description": _STATUSES[status],
        "content": {"application/problem+json": {"schema": told, "examples": examples}},
    }
    if form and status not in {404, 503}:
        made["content"]["text/html"] = {"schema": {"type": "string"}}
    if status in _PROBLEM_HEADERS:
        made["headers"] = _headers(_PROBLEM_HEADERS[status])
    return made


def _headers(told: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        name: {"required": True, **header, "schema": {"type": "string"} | header.get("schema", {})}
        for name, header in told.items()
    }
