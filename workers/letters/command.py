"""`moderato letters`: what `moderato run` does once before it starts, so that its demo is no empty newspaper."""

import time
from datetime import UTC, datetime

import click

from service import demo, logs
from service.keys import Keys
from service.terminal import settings_or_exit
from workers.letters.sending import send
from workers.room import furnish


@click.command(hidden=True)
def letters() -> None:
    """Send in the letters of the demo's readers that aren't there yet, and judge them."""
    settings, begun = settings_or_exit(), time.perf_counter()
    logs.configure("WARNING")
    room, keys = furnish(settings), Keys(settings)
    with room.database.read() as connection:
        stories = demo.unfinished(connection)
    sent = 0
    for story in stories:
        result = send(room, keys, story, datetime.now(UTC))
        sent += result.sent
        told = ", ".join(f"{count} {status}" for status, count in sorted(result.statuses.items())) or "none"
        click.echo(f"Letters under {story.key}: {told}.", err=True)
    click.echo(f"{sent} were sent in, in {time.perf_counter() - begun:.1f} s.", err=True)
