"""What commands have in common: settings or an exit, progress for what takes long, and an end by Ctrl-C that is one."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO

import click
from sqlalchemy.exc import DBAPIError

from service import logs
from service.settings import BadSettings, Settings
from service.store import sites
from service.store.session import Database, is_away

PATIENCE: Final = 2.0
"""Seconds after which a command says what it is busy with."""
_AGAIN: Final = 10.0
_INTERRUPTED: Final = 130
_STOPPED: Final = "Stopped by Ctrl-C; nothing is left half-done. The same command begins again."


def settings_or_exit() -> Settings:
    """The settings, or every fault in them, one a line, and exit 2."""
    try:
        return Settings.from_env(os.environ)
    except BadSettings as bad:
        for fault in bad.faults:
            click.echo(fault, err=True)
        sys.exit(2)


def open_database() -> Database:
    settings = settings_or_exit()
    logs.configure(settings.log_level)
    database = Database(settings)
    click.get_current_context().call_on_close(database.close)
    return database


def site_or_exit(connection: Any, name: str) -> Any:
    row = sites.find_site(connection, name)
    if row is None:
        raise click.ClickException(f"There is no site {name}: `moderato site add {name}` makes it.")
    return row


class Plain(click.Group):
    """A group whose commands end in a sentence: when they are interrupted, and when the database can't be used."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo(_STOPPED, err=True)
            ctx.exit(_INTERRUPTED)
        except DBAPIError as error:
            if not is_away(error):
                raise
            raise click.ClickException(
                f"The database can't be used: {_first_line(error)}. `moderato doctor` says more."
            ) from None


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0].rstrip(".")


class Progress:
    """What a command is busy with."""

    def __init__(self, what: str) -> None:
        self.what = what

    def say(self, what: str) -> None:
        self.what = what


@contextmanager
def progress(what: str, *, patience: float = PATIENCE, again: float = _AGAIN) -> Iterator[Progress]:
    """Tell on standard error, once `patience` is over, what is going on and for how long.

    A terminal has one line, renewed each second, which goes when the work is over. Anything else has a line each time
    that something new is begun, and one every ten seconds. Standard output is left to the command's own words.
    """
    told = Progress(what)
    over = threading.Event()
    write = _on_terminal if sys.stderr.isatty() else _in_lines
    teller = threading.Thread(target=write, args=(told, over, sys.stderr, patience, again), daemon=True)
    teller.start()
    try:
        yield told
    finally:
        over.set()
        teller.join()


def _on_terminal(told: Progress, over: threading.Event, to: TextIO, patience: float, _again: float) -> None:
    begun = time.monotonic()
    pause, shown = patience, False
    while not over.wait(pause):
        to.write(f"\r\x1b[2K{told.what} ({_since(begun)})")
        to.flush()
        pause, shown = 1.0, True
    if shown:
        to.write("\r\x1b[2K")
        to.flush()


def _in_lines(told: Progress, over: threading.Event, to: TextIO, patience: float, again: float) -> None:
    begun, last, due = time.monotonic(), "", 0.0
    pause = patience
    while not over.wait(pause):
        now = time.monotonic()
        if told.what != last or now >= due:
            last, due = told.what, now + again
            to.write(f"{last} ({_since(begun)})\n")
            to.flush()
        pause = min(0.5, patience)


def _since(begun: float) -> str:
    seconds = int(time.monotonic() - begun)
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60:02} s"
