"""The one place where errors become problem+json, in the reader's language; or a page, for a browser."""

from itertools import islice
from typing import Any, Final

import structlog
from flask import Flask, Response, g, request
from marshmallow import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from service import errors
from service.api.answers import private
from service.api.body import is_form, typed_form
from service.errors import Invalid, Problem, Sentence, Unavailable
from service.store.session import is_away
from service.web.pages import error_page
from service.web.reader import language
from service.web.unsent import show_unsent
from service.words import say

_log = structlog.get_logger(__name__)
_MOST_FAULTS: Final = 50
_MOST_LETTERS: Final = 100
_BY_STATUS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, Problem) and kind not in {Problem, Invalid}
}


def register(app: Flask) -> None:
    app.register_error_handler(Problem, answer)
    app.register_error_handler(ValidationError, lambda error: answer(as_invalid(error)))
    app.register_error_handler(HTTPException, lambda error: answer(_from_werkzeug(error)))
    app.register_error_handler(SQLAlchemyError, _database_error)
    app.register_error_handler(Exception, _unforeseen)


def answer(problem: Problem) -> Response:
    """The problem as the client reads it."""
    document = document_of(problem)
    if wants_page():
        page = error_page(problem.status, document["title"], document.get("detail", ""))
    else:
        page = private(document, problem.status)
        page.content_type = "application/problem+json"
    page.headers.extend(problem.headers)
    return page


def document_of(problem: Problem) -> dict[str, Any]:
    """The problem document, all its sentences in the reader's language."""
    spoken = language()
    document: dict[str, Any] = {
        "type": f"urn:moderato:problem:{problem.code}",
        "title": say(f"problem.{problem.code}", spoken, **problem.facts),
        "status": problem.status,
        "code": problem.code,
        "request_id": g.get("request_id", ""),
    }
    if isinstance(problem, Invalid):
        document["errors"] = field_sentences(problem, spoken)
    return document | problem.extra


def field_sentences(problem: Invalid, spoken: str) -> dict[str, list[str]]:
    return {name: [say(key, spoken, **facts) for key, facts in found] for name, found in problem.fields.items()}


def as_invalid(error: ValidationError) -> Invalid:
    """Marshmallow's faults by field; faults inside lists and objects are told under the outer field's name.

    A field's name may be anybody's invention: it is told as far as it can be read, and not forty thousand of them.
    """
    messages = error.messages if isinstance(error.messages, dict) else {error.field_name or "_schema": error.messages}
    return Invalid({readable(str(name)): _sentences(found) for name, found in islice(messages.items(), _MOST_FAULTS)})


def readable(text: str) -> str:
    """What may be told back of a client's own words: printable, and not much of it."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:_MOST_LETTERS])


def _sentences(found: Any) -> list[Sentence]:
    if isinstance(found, Sentence):
        return [found]
    if isinstance(found, dict):
        return [sentence for each in found.values() for sentence in _sentences(each)]
    if isinstance(found, list | tuple):
        return [sentence for each in found for sentence in _sentences(each)]
    return [Sentence("field.invalid")]


def wants_page() -> bool:
    """Whether a person's browser asks for a page of ours (everything under /v1 speaks JSON)."""
    return (
        not request.path.startswith("/v1/")
        and request.accept_mimetypes.best_match(["application/json", "text/html"], default="application/json")
        == "text/html"
    )


def _from_werkzeug(error: HTTPException) -> Problem:
    status = error.code or 500
    kind = _BY_STATUS.get(status)
    if kind is None:
        problem = Problem("malformed" if status < 500 else "internal")
        problem.status = status
        return problem
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    return kind(headers=headers, facts={"kilobytes": 256} if status == 413 else None)


def _database_error(error: SQLAlchemyError) -> Response:
    if is_away(error):
        _log.error("the database could not be reached", error=type(error).__name__)
        problem = Unavailable(headers={"Retry-After": "5"})
        return _unsent(problem) if is_form() else answer(problem)
    return _unforeseen(error)


def _unsent(problem: Problem) -> Response:
    """A browser's form comes back with what was typed; one that can't be read is merely refused."""
    typed = typed_form()
    if not typed and request.content_length:
        return answer(problem)
    page = show_unsent(typed, document_of(problem)["title"], problem.status)
    page.headers.extend(problem.headers)
    return page


def _unforeseen(error: Exception) -> Response:
    _log.error("unforeseen", exc_info=error)
    return answer(Problem())
