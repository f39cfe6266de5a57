"""Reference pages on what operators and integrators use: settings, commands, and the OpenAPI document."""

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Final

import click

from service.api.openapi import document
from service.app import create_app
from service.settings import PREFIX, Settings
from workers.cli import main as moderato

MADE: Final = "<!-- Made by `python -m workers.reference`: change the code, not this page. -->"
_NOWHERE: Final = {
    "MODERATO_DATABASE_URL": "sqlite:////nowhere.db",
    "MODERATO_REDIS_URL": "unix:///nowhere.sock",
    "MODERATO_SECRET_KEYS": "none:" + "00" * 32,
    "MODERATO_AUTHOR_SECRET": "00" * 32,
}


def settings_page() -> str:
    """Every setting: its name, what it is for, and what it is when it isn't given."""
    rows = [
        f"| `{PREFIX}{each.name.upper()}` | {each.metadata['about']} | {_default(each.metadata['default'])} |"
        for each in fields(Settings)
    ]
    about = (
        "Read from the environment once, at the start; a fault in one hides no fault in another. "
        "`moderato run` makes those without a default itself and keeps them in its data folder."
    )
    return "\n".join(
        ["# Settings", "", MADE, "", about, "", "| setting | what for | default |", "| --- | --- | --- |", *rows, ""]
    )


def _default(value: str | None) -> str:
    return "**required**" if value is None else f"`{value}`" if value else "none"


def commands_page() -> str:
    """Every command with its options, as `--help` says it."""
    parts = ["# Commands", "", MADE, "", "`./dev moderato …` in a clone; `moderato …` where it is installed."]
    for name, command in _commands("moderato", moderato):
        parts += ["", f"## {name}", "", "```text", _help(name, command), "```"]
    return "\n".join([*parts, ""])


def _commands(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for word, inner in sorted(command.commands.items()):
            if not inner.hidden:
                yield from _commands(f"{name} {word}", inner)
    else:
        yield name, command


def _help(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
    return command.get_help(context).replace("\b", "").strip()


def openapi_document() -> str:
    """The OpenAPI document, as `/openapi.json` answers it."""
    app = create_app(Settings.from_env(_NOWHERE))
    with app.app_context():
        return json.dumps(document(app), ensure_ascii=False, indent=2) + "\n"
