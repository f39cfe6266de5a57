"""A look at what sites' decisions have taught: whether the versions that serve are sound."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from service.store import models, schema
from service.store.session import Database
from workers.doctor.finding import Case, Finding
from workers.learning.head import BadHead
from workers.learnt import open_head

MOST: Final = 200
"""Heads looked at."""


def learnt(case: Case) -> Iterator[Finding]:
    """Each champion is opened as a worker would. A database that can't be used is another look's business."""
    if case.lacks("database_url") or not _is_there(case.settings.database_url):
        return
    opened = Database(replace(case.settings, database_pool=1, database_timeout=2.0))
    try:
        with opened.read() as connection:
            rows = models.all_champions(connection, MOST) if schema.fit(connection).serves else ()
    except SQLAlchemyError:
        return
    finally:
        opened.close()
    for row in rows:
        try:
            open_head(row)
        except BadHead as bad:
            yield Finding(
                f"What {row.site} has taught ({row.category}-{row.version}) can't serve: {bad}. The shipped model "
                "does.",
                f"Go back: `moderato model rollback --site {row.site} --category {row.category}`; later decisions "
                "make a new one.",
            )


def _is_there(url: str) -> bool:
    """Whether it can be opened without being made: a file of SQLite's springs up when somebody looks."""
    address = make_url(url)
    return address.get_backend_name() != "sqlite" or Path(address.database or "").exists()


LOOKS: Final = {"learnt": learnt}
