"""Reference pages on what operators and integrators use: settings, commands, metrics, and the OpenAPI document."""

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final

import click

from service.api.openapi import document
from service.app import create_app
from service.domain.acts import ABOUT as ABOUT_ACTS
from service.domain.roles import ABOUT as ABOUT_ROLES
from service.domain.roles import Role
from service.metrics import METRICS, Metric, Place
from service.settings import PREFIX, Settings
from workers.cli import main as moderato

MADE: Final = "<!-- Made by `python -m workers.reference`: change the code, not this page. -->"
_NOWHERE: Final = {
    "MODERATO_DATABASE_URL": "sqlite:////nowhere.db",
    "MODERATO_REDIS_URL": "unix:///nowhere.sock",
    "MODERATO_SECRET_KEYS": "none:" + "00" * 32,
    "MODERATO_AUTHOR_SECRET": "00" * 32,
}

_ABOUT_METRICS: Final = (
    (
        "For Prometheus. `GET /metrics` of the API tells what the database knows of the whole service, and what the "
        "API's processes have counted. With `moderato run` it tells the worker's metrics too: all measure in one "
        "folder (`MODERATO_METRICS_DIR`), as processes of one machine may anywhere. Else a worker answers on a port "
        "of its own: `moderato worker --metrics-port 9100`."
    ),
    (
        "Counters outlive the processes that count, not the folder, which `moderato run` empties when it starts. They "
        "hold no name, no text and no address, and labels have the values listed here only. Still, how much a site is "
        "used is nobody's business: let the reverse proxy keep `/metrics` inside."
    ),
    (
        "Worth an alert: `moderato_pending_oldest_seconds` above 60 (nobody judges), any increase of "
        "`moderato_parked_total` or `moderato_check_failures_total`, an increase of "
        '`moderato_sweeps_total{outcome="judged"}` (Redis is away, or workers are deaf), '
        "`moderato_scorer_open` above 0 for long (comments are held for want of the scorer), and "
        "`moderato_database_up` 0."
    ),
)


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
    where = (
        "`./dev moderato …` in a clone; `moderato …` where it is installed. In a clone, and with no settings in the "
        "environment, `site`, `article` and `token` speak to what `./dev run` has started; `moderato --data DIR …` "
        "speaks to what `moderato run --data DIR` has."
    )
    parts = ["# Commands", "", MADE, "", where]
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


def metrics_page() -> str:
    """Every metric: what it says, and by which labels it is told apart."""
    parts = ["# Metrics", MADE, *_ABOUT_METRICS]
    for place in Place:
        rows = [
            f"| `{each.name}` | {each.kind} | {each.about} | {_labels(each)} |"
            for each in METRICS
            if each.place is place
        ]
        head = ["| metric | kind | what it says | labels |", "| --- | --- | --- | --- |"]
        parts += [f"## {place[0].upper()}{place[1:]}", "\n".join([*head, *rows])]
    return "\n\n".join(parts) + "\n"


def _labels(metric: Metric) -> str:
    told = []
    for name, values in metric.labels.items():
        listed = values if isinstance(values, str) else ", ".join(f"`{value}`" for value in values)
        told.append(f"`{name}`: {listed}")
    return "; ".join(told)


def openapi_document() -> str:
    """The OpenAPI document, as `/openapi.json` answers it."""
    return json.dumps(_document(), ensure_ascii=False, indent=2) + "\n"


def _document() -> dict[str, Any]:
    app = create_app(Settings.from_env(_NOWHERE))
    with app.app_context():
        return document(app)


def roles_page() -> str:
    """Who may what: each role in a sentence, and each of staff's routes with those whom it lets in."""
    rows = [
        f"| `{verb.upper()} {path}` | {' | '.join('yes' if role in told['x-roles'] else '' for role in Role)} |"
        for path, verbs in _document()["paths"].items()
        for verb, told in verbs.items()
        if "x-roles" in told
    ]
    about = (
        "A token is good for one site, and has one role there. Another site's comments, articles, authors and bans are "
        "404 to it, whatever its role. Who has the command line of the service is an operator: of no site, and the "
        "audit log calls them so."
    )
    head = [f"| route | {' | '.join(Role)} |", f"| --- |{' --- |' * len(Role)}"]
    sentences = [f"- `{role}` {ABOUT_ROLES[role]}." for role in Role]
    return "\n".join(["# Roles", "", MADE, "", about, "", *sentences, "", *head, *rows, ""])


def acts_page() -> str:
    """The audit log's words, and what each entry says."""
    about = (
        "Every act of staff, and of operators at the command line, is written in the transaction in which it is done; "
        "the database refuses to change or to delete an entry. It holds words, numbers and ids: never a reader's text, "
        "name or address, and reasons that staff write have e-mail addresses masked. To take up a comment and to give "
        "it back changes nothing about it: that is seen in the lists while it lasts, and not kept here. A word is "
        "never renamed and never reused."
    )
    rows = [f"| `{act}` | {sentence} |" for act, sentence in ABOUT_ACTS.items()]
    head = ["| act | what it says, and what its data holds |", "| --- | --- |"]
    return "\n".join(["# The audit log", "", MADE, "", about, "", *head, *rows, ""])
