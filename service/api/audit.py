"""Staff's routes to the audit log: what was done, by whom, when; page by page, or all of it as a file."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from flask import Blueprint, Response, request
from marshmallow import fields

from service.api import query
from service.api.answers import private
from service.api.auth import AUDITORS, staff, staff_only
from service.api.cursors import cursor_after, read_cursor
from service.api.describe import NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Identifier, UtcTime, rfc3339
from service.api.shown import Shown, Word
from service.api.spreadsheet import csv_line
from service.domain.acts import KINDS, Act
from service.domain.roles import OPERATOR, Role
from service.front import front
from service.store.audit import Wanted, entries
from service.store.session import Database

blueprint = Blueprint("audit", __name__)

_PAGE: Final = 500
"""Entries that an export has in memory at once."""
_COLUMNS: Final = ("id", "at", "act", "role", "who", "token", "object_kind", "object_id", "data")
_FILTERS: Final[dict[str, dict[str, Any]]] = {
    "act": {"type": "string", "enum": ["", *map(str, Act)], "description": "What was done."},
    "who": query.TEXT | {"maxLength": 16, "description": "A token's prefix, as `moderato token list` shows it."},
    "object": query.TEXT | {"maxLength": 255, "description": "The id of what it was done to."},
    "since": {"type": "string", "format": "date-time", "description": "From this time on."},
    "until": {"type": "string", "format": "date-time", "description": "Before this time."},
}
_ORDER: Final[dict[str, Any]] = {**query.ORDER, "default": "newest"}
_A_FILE: Final = NOT_KEPT | {"Content-Disposition": {"description": "A file's name."}}


class ActedOn(Shown):
    """What an act was about."""

    kind = Word(KINDS)
    id = fields.String(metadata={"description": "A comment's, an author's, a ban's id; an article's; a site's name."})


class AuditEntry(Shown):
    """One act of a member of staff."""

    id = Identifier()
    at = UtcTime()
    act = fields.String(metadata={"description": "A stable word; one of an earlier release may be among them."})
    role = Word((*Role, OPERATOR), metadata={"description": "`operator`: at the command line, without a token."})
    who = fields.String(allow_none=True, metadata={"description": "The token's name."})
    token = fields.String(allow_none=True, metadata={"description": "The token's prefix."})
    object = fields.Nested(ActedOn)
    data = fields.Dict(metadata={"description": "What belongs to the act: words, numbers, ids. No text of a reader's."})


class AuditPage(Shown):
    """One page of the audit log."""

    entries = fields.List(fields.Nested(AuditEntry))
    next = fields.String(allow_none=True, metadata={"description": "The cursor of the next page."})


_page_schema = AuditPage()
_entry_schema = AuditEntry()


@blueprint.get("/v1/moderation/audit")
@described(
    Described(
        "The audit log: every act of the site's staff, the newest first.",
        "audit",
        {200: Answer(AuditPage, headers=NOT_KEPT)},
        (*STAFF, "role", "invalid"),
        query={**_FILTERS, "order": _ORDER, "limit": query.LIMIT, "cursor": query.CURSOR},
    )
)
@staff_only(AUDITORS)
def get_audit() -> Any:
    """An entry is written in the transaction in which the act was done, and nothing changes or deletes it after."""
    wanted, limit = _wanted(), query.limit()
    newest = query.choice("order", query.ORDERS, "newest") == "newest"
    after = read_cursor(request.args.get("cursor"))
    with front().database.read() as connection:
        rows = entries(connection, staff().site_id, wanted, newest_first=newest, after=after, limit=limit + 1)
    shown = rows[:limit]
    following = cursor_after(shown[-1]) if len(rows) > limit else None
    return private(_page_schema.dump({"entries": [_entry(row) for row in shown], "next": following}))


@blueprint.get("/v1/moderation/audit.csv")
@described(
    Described(
        "The audit log as CSV, the oldest first, streamed.",
        "audit",
        {200: Answer(None, "A line for each entry, below a heading.", "text/csv", headers=_A_FILE)},
        (*STAFF, "role", "invalid"),
        query=_FILTERS,
    )
)
@staff_only(AUDITORS)
def get_audit_csv() -> Any:
    """Safe to open in a spreadsheet: what could be taken for a formula has an apostrophe before it."""
    return _export("csv", "text/csv; charset=utf-8", _csv_lines, csv_line(_COLUMNS))


@blueprint.get("/v1/moderation/audit.ndjson")
@described(
    Described(
        "The audit log as JSON, an entry a line, the oldest first, streamed.",
        "audit",
        {200: Answer(None, "A JSON object a line.", "application/x-ndjson", headers=_A_FILE)},
        (*STAFF, "role", "invalid"),
        query=_FILTERS,
    )
)
@staff_only(AUDITORS)
def get_audit_ndjson() -> Any:
    return _export("ndjson", "application/x-ndjson", _json_lines, "")


def _wanted() -> Wanted:
    return Wanted(
        act=query.choice("act", ("", *map(str, Act)), "") or None,
        who=query.text("who", 16),
        object_id=query.text("object"),
        since=query.moment("since"),
        until=query.moment("until"),
    )


def _export(kind: str, mimetype: str, lines: Callable[[Sequence[Any]], Iterator[str]], head: str) -> Response:
    """The first page is read before the answer begins, so that a database that is away is a problem, not half a file.

    What is written while the file is read isn't in it: it would never end.
    """
    wanted, site = _wanted(), staff().site
    until = min(filter(None, (wanted.until, datetime.now(UTC))))
    pages = _pages(
        front().database, staff().site_id, Wanted(wanted.act, wanted.who, wanted.since, until, wanted.object_id)
    )
    first = next(pages)
    body = chain([head], (line for page in chain([first], pages) for line in lines(page)))
    response = Response(body, mimetype=mimetype)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Disposition"] = f'attachment; filename="{site}-audit.{kind}"'
    return response


def _pages(database: Database, site_id: str, wanted: Wanted) -> Iterator[Sequence[Any]]:
    """The log in pages, each read by itself: no connection is kept while a slow client reads."""
    after = None
    while True:
        with database.read() as connection:
            rows = entries(connection, site_id, wanted, newest_first=False, after=after, limit=_PAGE)
        yield rows
        if len(rows) < _PAGE:
            return
        after = rows[-1].created_at, rows[-1].id


def _entry(row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "at": row.created_at, "act": row.act, "role": row.role, "who": row.name, "token": row.prefix,
        "object": {"kind": row.object_kind, "id": row.object_id}, "data": row.data,
    }  # fmt: skip


def _json_lines(rows: Sequence[Any]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(_entry_schema.dump(_entry(row)), ensure_ascii=False, separators=(",", ":")) + "\n"


def _csv_lines(rows: Sequence[Any]) -> Iterator[str]:
    for row in rows:
        data = json.dumps(row.data, ensure_ascii=False)
        yield csv_line(
            (row.id, rfc3339(row.created_at), row.act, row.role, row.name or "", row.prefix or "", row.object_kind,
             row.object_id, data)
        )  # fmt: skip
