"""Readers' reports of published comments: by JSON, or from a page without JavaScript."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, redirect, request, url_for
from marshmallow import ValidationError

from service import meters, metrics
from service.api import schemas, shown
from service.api.answers import private
from service.api.body import read_form, read_json, typed_form
from service.api.describe import BODY, NOT_KEPT, SITE, Answer, Described, described
from service.api.fields import as_identifier
from service.api.places import count_against_limit, place_of_request, preflight
from service.api.problems import as_invalid, document_of, field_sentences
from service.domain.reasons import ReportReason
from service.errors import Invalid, NotFound, Problem
from service.front import front
from service.handoff import TELL_LANE
from service.limits import client_net
from service.operations.report import Report, report
from service.store.places import Place
from service.web.reader import language
from service.web.reports import show_report
from service.words import say

blueprint = Blueprint("reports", __name__)
blueprint.before_request(preflight)

_schema: Final = schemas.Report()


@blueprint.post("/v1/sites/<site>/comments/<comment_id>/reports")
@described(
    Described(
        "Report a published comment to the moderators. It stays as it is until one of them decides.",
        "readers",
        {202: Answer(shown.Received, headers=NOT_KEPT)},
        (*(code for code in SITE if code != "invalid"), "comment_unknown", *BODY, "too_many_reports"),
        body=schemas.Report,
    )
)
def post_report(site: str, comment_id: str) -> Any:
    """A reader's device counts once for a comment; sent again, the answer is the same, and nothing changes."""
    place = place_of_request(site, "")
    _report(place, comment_id, read_json)
    return private({"status": "received", "message": say("page.report_thanks", language())}, 202)


@blueprint.post("/sites/<site>/comments/<comment_id>/report")
def report_page(site: str, comment_id: str) -> Any:
    """The same report from a page of ours, without JavaScript. What can't be accepted comes back as that page."""
    place = place_of_request(site, "")
    try:
        _report(place, comment_id, read_form)
    except NotFound:
        raise
    except ValidationError as error:
        return _page_again(site, comment_id, as_invalid(error))
    except Problem as problem:
        return _page_again(site, comment_id, problem)
    return redirect(url_for("pages.report", site=site, comment_id=comment_id, sent="yes"), 303)


def _page_again(site: str, comment_id: str, problem: Problem) -> Any:
    errors = field_sentences(problem, language()) if isinstance(problem, Invalid) else {}
    notice = "" if errors else document_of(problem)["title"]
    page = show_report(site, comment_id, typed=typed_form(), errors=errors, notice=notice, status=problem.status)
    page.headers.extend(problem.headers)
    return page


def _report(place: Place, comment_id: str, read: Callable[[], dict[str, Any]]) -> None:
    """All of a report's way in: the limit, the comment, the shape, the operation."""
    count_against_limit(place, "report", "too_many_reports")
    identifier = as_identifier(comment_id)
    if identifier is None:
        raise NotFound("comment_unknown")
    data = _schema.load(read())
    given = Report(identifier, ReportReason(data["reason"]), data["note"], _device(place))
    if report(front().database, place.site_id, given, datetime.now(UTC)):
        meters.count(metrics.REPORTS, given.reason)
        front().handoff.wake(TELL_LANE)


def _device(place: Place) -> str:
    network, browser = client_net(request.remote_addr or ""), request.headers.get("User-Agent", "")
    return front().keys.reporter(place.site_id, network, browser)
