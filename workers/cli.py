"""The `moderato` command: the operators' commands of the front desk, and those that need the back room."""

import os
import sys
from pathlib import Path
from typing import Final

import click

from service import cli as front
from service import meters
from service.handoff import LANES
from service.seats import share
from service.terminal import Plain, settings_or_exit
from workers.backup import backup, restore
from workers.classifier.serving import serving
from workers.classifier.weights import BadModel
from workers.doctor.command import doctor
from workers.embedded import environment_of, nearest_data, run
from workers.explain import check
from workers.letters.command import letters
from workers.models import model
from workers.training.command import evaluate, train

OF_PEOPLE: Final = ("site", "article", "token", "model")
"""What people say to a service that runs, `moderato run` too: whoever has no settings means that one."""
OF_FOLDERS: Final = ("backup", "restore")
"""What is done to a folder, whatever runs there."""


@click.group(cls=Plain)
@click.version_option(package_name="moderato")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Take the settings of what `moderato run --data DIR` has started.  [default: what the environment says; if "
    f"nothing, {', '.join(OF_PEOPLE)} and doctor take .data beside pyproject.toml]",
)
@click.pass_context
def main(context: click.Context, *, data: Path | None) -> None:
    """Comment moderation for news publishers."""
    if context.invoked_subcommand in OF_FOLDERS:
        context.obj = data
        return
    if data is None and context.invoked_subcommand in OF_PEOPLE:
        data = nearest_data()
    if data is not None:
        os.environ.update(environment_of(data))


@click.command()
@click.option(
    "--concurrency",
    default=3,
    show_default=True,
    help="Processes that judge; of them one at a time may be asking a scorer, and one telling of events.",
)
@click.option(
    "--queues",
    callback=lambda _context, _option, value: _lanes(value),
    metavar="LANES",
    help=f"Take from these lanes only, comma-separated: {', '.join(LANES)}.",
)
@click.option("--metrics-port", type=click.IntRange(1, 65535), help="Answer with the worker's metrics on this port.")
@click.option("--metrics-host", default="127.0.0.1", show_default=True, help="The address to do so on.")
def worker(concurrency: int, queues: str | None, metrics_port: int | None, metrics_host: str) -> None:
    """Judge what comes in: `celery -A workers.app worker`."""
    if metrics_port is not None:
        _serve_metrics(metrics_port, metrics_host)
    own = ("--queues", queues) if queues else ()
    _celery(
        *("worker", "--concurrency", str(concurrency), *own),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    )


def _lanes(value: str | None) -> str | None:
    """A lane that there isn't would be made, and nobody would ever send anything there."""
    wrong = [lane for lane in (value or "").split(",") if value is not None and lane not in LANES]
    if wrong:
        raise click.BadParameter(f"the lanes are {', '.join(LANES)}")
    return value


@click.command()
def beat() -> None:
    """Send what is due by the clock: `celery -A workers.app beat`. Nothing depends on it; two do no harm."""
    _celery("beat", "--scheduler", "celery.beat:Scheduler", "--pidfile", "")


def _serve_metrics(port: int, host: str) -> None:
    """What this process and its children measure, together: in a folder of their own unless they were given one."""
    meters.begin(share())
    try:
        meters.serve(port, host)
    except OSError as problem:
        raise click.ClickException(f"Port {port} on {host} can't be had for metrics: {problem.strerror}.") from None


def _celery(*arguments: str) -> None:
    settings = settings_or_exit()
    try:
        serving(settings.model_dir)  # before the children are made: they share its memory
    except BadModel as problem:
        raise click.ClickException(f"Without a sound model nothing is judged. {problem}") from None
    from workers.app import app

    app.start(["--quiet", *arguments, "--loglevel", "INFO"])
    sys.exit(0)


for command in (*front.COMMANDS, worker, beat, run, backup, restore, letters, doctor, check, model, train, evaluate):
    main.add_command(command)

if __name__ == "__main__":
    main()
