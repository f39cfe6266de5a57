"""The `moderato` command: the operators' commands of the front desk, and those that need the back room."""

import sys

import click

from service import cli as front
from workers.embedded import run
from workers.explain import check


@click.group()
@click.version_option(package_name="moderato")
def main() -> None:
    """Comment moderation for news publishers."""


@click.command()
@click.option("--concurrency", default=2, show_default=True, help="Processes that judge.")
def worker(concurrency: int) -> None:
    """Judge what comes in: `celery -A workers.app worker`."""
    _celery("worker", "--concurrency", str(concurrency), "--without-gossip", "--without-mingle", "--without-heartbeat")


@click.command()
def beat() -> None:
    """Send what is due by the clock: `celery -A workers.app beat`. Nothing depends on it; two do no harm."""
    _celery("beat", "--scheduler", "celery.beat:Scheduler", "--pidfile", "")


def _celery(*arguments: str) -> None:
    front.settings_or_exit()
    from workers.app import app

    app.start(["--quiet", *arguments, "--loglevel", "INFO"])
    sys.exit(0)


for command in (*front.COMMANDS, worker, beat, run, check):
    main.add_command(command)

if __name__ == "__main__":
    main()
