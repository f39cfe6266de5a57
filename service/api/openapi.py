"""The OpenAPI 3.1 document, made of the routes, their descriptions and the schemas. Nothing in it is written twice."""

import inspect
import re
from importlib.metadata import version
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from marshmallow import Schema
from werkzeug.routing import Rule

from service.api import schemas
from service.api.describe import Described, description_of

_PROBLEMS: Final = {
    400: "Not JSON, or not fit to be read.",
    401: "No good token.",
    403: "The origin, the role, or a closed discussion.",
    404: "No such site, comment or receipt; or another site's.",
    409: "A duplicate, or a version that has moved on.",
    413: "Too large.",
    415: "Neither JSON nor a plain form.",
    422: "Fields that can't be accepted, each with its sentences.",
    429: "Too many in too short a time; see Retry-After.",
    503: "The database can't be reached; see Retry-After.",
}


def document(app: Flask) -> dict[str, Any]:
    """The whole document, the same at every call."""
    spec = APISpec(
        title="Moderato",
        version=version("moderato"),
        openapi_version="3.1.0",
        info={"description": "Comment moderation for news publishers. An e-mail address is in no response."},
        plugins=[MarshmallowPlugin(schema_name_resolver=_name)],
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", schema=schemas.Problem)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ()))):
        view = app.view_functions[rule.endpoint]
        what = description_of(view)
        if what is not None:
            method = next(name for name in ("GET", "POST", "PUT", "PATCH", "DELETE") if name in (rule.methods or ()))
            spec.path(path=_path(rule), operations={method.lower(): _operation(rule, view, what)})
    made: dict[str, Any] = spec.to_dict()
    return made


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return str(kind.__name__)


def _path(rule: Rule) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)


def _operation(rule: Rule, view: Any, what: Described) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": rule.endpoint.rpartition(".")[2],
        "summary": what.summary,
        "tags": [what.tag],
        "parameters": [*_parameters(rule), *_given(what.query, "query"), *_given(what.headers, "header")],
        "responses": {str(status): _answer(status, answer) for status, answer in what.answers.items()}
        | {str(status): _problem(status) for status in what.problems},
    }
    detail = inspect.getdoc(view)
    if detail:
        operation["description"] = detail
    if what.body is not None:
        kinds = ["application/json", *(["application/x-www-form-urlencoded"] if what.form else [])]
        operation["requestBody"] = {"required": True, "content": {kind: {"schema": what.body} for kind in kinds}}
    if roles_of(view):
        operation["security"] = [{"token": []}]
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
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in sorted(rule.arguments)
    ]


def _given(parameters: Any, where: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": where, "required": False, "schema": dict(kind)} for name, kind in parameters.items()]


def _answer(status: int, answer: type[Schema] | str) -> dict[str, Any]:
    if isinstance(answer, str):
        return {"description": answer}
    about = (answer.__doc__ or answer.__name__).strip().splitlines()[0]
    if answer is schemas.Ready and status == 503:
        about = "Not ready: what is missing is said."
    return {"description": about, "content": {"application/json": {"schema": answer}}}


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": _PROBLEMS[status],
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
