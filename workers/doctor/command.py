"""`moderato doctor`, as operators see it."""

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
import structlog

from service.terminal import progress
from workers.doctor import database, machine, mail, models, redis, scorer
from workers.doctor.examination import examine
from workers.doctor.finding import Case, Finding, Grade, case_of
from workers.embedded import environment_of, nearest_data

LOOKS: Final = {**machine.LOOKS, **database.LOOKS, **redis.LOOKS, **scorer.LOOKS, **mail.LOOKS, **models.LOOKS}
_NEEDS: Final = {"database": "database_url", "redis": "redis_url"}


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Look at what `moderato run --data DIR` has started.  [default: what the environment says; if nothing, "
    ".data beside pyproject.toml]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def doctor(*, data: Path | None, as_json: bool) -> None:
    """Say everything that is wrong with this set-up, and what to do; exit 1 if anything is.

    It changes nothing, takes a few seconds, and looks at

    \b
    settings   missing or wrong ones, all of them; limits that are off, proxies that aren't counted
    versions   of what is installed, of SQLite, PostgreSQL and Redis, and of the workers
    addresses  whether Moderato answers at its public one
    model      whether the trained model is sound, yours and the shipped one
    disk       room and permission to write where Moderato writes
    database   the way in, migrations, clock, writing, connections, the oldest pending, what was parked
    redis      the way in, eviction, memory, its disk, clock, whether workers live and every lane is consumed
    scorer     if there is one: whether it answers in time, and with sense
    mail       if there is a mail server: whether it lets us in
    learnt     whether what sites' decisions have taught is sound
    """  # noqa: D301 - click's own mark, before lines that stay as they are
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # findings only
    data = data or nearest_data()
    case = case_of(environment_of(data) if data is not None else os.environ, lambda: datetime.now(UTC))
    with progress(f"Looking at {', '.join(LOOKS)}"):
        found = examine(case, LOOKS)
    if as_json:
        click.echo(json.dumps(document(case, found), ensure_ascii=False))
    else:
        click.echo(page(case, found, data))
    sys.exit(1 if wrong(found) else 0)


def wrong(found: Mapping[str, list[Finding]]) -> int:
    return sum(finding.grade is Grade.WRONG for findings in found.values() for finding in findings)


def document(case: Case, found: Mapping[str, list[Finding]]) -> dict[str, object]:
    return {
        "wrong": wrong(found),
        "findings": [
            {"look": look, "grade": str(finding.grade), "what": finding.what, "todo": finding.todo}
            for look, findings in found.items()
            for finding in findings
        ],
        "not_looked_at": _not_looked_at(case),
    }


def page(case: Case, found: Mapping[str, list[Finding]], data: Path | None) -> str:
    """First what is wrong, then what is worth knowing, then where all is well."""
    lines = [f"{machine.machine_facts()}{f'; data in {data}' if data else ''}."]
    for grade in Grade:
        for look, findings in found.items():
            for finding in findings:
                if finding.grade is grade:
                    lines += ["", f"{grade.upper()} {look}: {finding.what}", f"  -> {finding.todo}"]
    well = [look for look, findings in found.items() if not findings and look not in _not_looked_at(case)]
    lines += ["", f"Nothing to say about: {', '.join(well)}."] if well else []
    lines += [f"Not looked at, for its setting is missing: {look}." for look in _not_looked_at(case)]
    number = wrong(found)
    lines.append(f"Wrong: {number}." if number else "Nothing is wrong.")
    return "\n".join(lines)


def _not_looked_at(case: Case) -> list[str]:
    return [look for look, setting in _NEEDS.items() if case.lacks(setting)]
