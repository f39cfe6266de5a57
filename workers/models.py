"""`moderato model`: what the sites' decisions taught, version by version, and the way back."""

from datetime import UTC, datetime
from typing import Any, Final

import click

from service.domain.teaching import Category, Why
from service.errors import NotFound
from service.operations.models import roll_back
from service.store import models
from service.terminal import open_database, site_or_exit

_WHY: Final = {
    Why.FIRST: "the first",
    Why.NO_WORSE: "no worse than the one before",
    Why.WORSE: "worse than the one that served",
    Why.UNLEARNS: "contradicts what was decided before",
    Why.NO_BETTER_THAN_NOTHING: "no better than knowing nothing",
}


@click.group()
def model() -> None:
    """What each site's decisions have taught the judge."""


@model.command("list")
@click.option("--site", "site_name", required=True, help="Whose.")
def model_list(site_name: str) -> None:
    """List versions, the latest first: what each learnt from, how well it answered, and which serves.

    Loss and recall (at 1 % false alarms) are measured on the site's latest decisions that no version learns from; in
    brackets, those of the one that served then.
    """
    with open_database().read() as connection:
        rows = models.versions(connection, site_or_exit(connection, site_name).id)
    if not rows:
        click.echo(f"{site_name} has taught nothing yet: it takes 20 decisions, and some of both kinds.")
    for row in rows:
        click.echo("\t".join(_told(row)))


def _told(row: Any) -> tuple[str, ...]:
    said = row.manifest
    found, before = said["challenger"], said["champion"]
    loss, recall = f"loss {found['log_loss']:.3f}", f"recall {found['recall']:.2f}"
    if before is not None:
        loss, recall = f"{loss} ({before['log_loss']:.3f})", f"{recall} ({before['recall']:.2f})"
    return (
        f"{row.category}-{row.version}", row.state, f"{row.created_at:%Y-%m-%d %H:%M:%S}",
        f"{said['decisions']} decisions, {said['refused']} refused", f"{found['questions']} questions", loss, recall,
        _WHY[said["why"]],
    )  # fmt: skip


@model.command("rollback")
@click.option("--site", "site_name", required=True, help="Whose.")
@click.option("--category", type=click.Choice([str(each) for each in Category]), required=True, help="Of what.")
@click.option(
    "--version", type=click.IntRange(min=0), help="Which one is to serve; 0: none.  [default: the one before]"
)
def model_rollback(site_name: str, category: str, version: int | None) -> None:
    """Let an earlier version serve; if there was none before, none. Workers take it up within seconds.

    What was decided since it was made is forgotten as a lesson (the decisions stand). Later decisions make new
    versions, which serve if they are no worse than this one.
    """
    database = open_database()
    with database.read() as connection:
        site_id = site_or_exit(connection, site_name).id
    try:
        goal = roll_back(database, site_id, Category(category), datetime.now(UTC), version=version)
    except NotFound:
        raise click.ClickException(
            f"There is no such version to go back to: `moderato model list --site {site_name}` shows what there is."
        ) from None
    click.echo(f"{category}-{goal} serves." if goal is not None else "None serves any more: the shipped model remains.")
