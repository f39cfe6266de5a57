"""The operators' commands on sites, tokens and the database. Each says what it did, or what is wrong and what to do."""

import json
import socket
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from service import demo, editing, logs
from service.domain.acts import Act
from service.domain.policy import Mode, Policy
from service.domain.site import SiteRules, is_language
from service.operations.edit_site import SiteChange, change_policy, change_site
from service.operations.tokens import make_token
from service.seats import share
from service.signs import show_answers
from service.store import audit, jobs, moderation, policies, queues, schema, sites
from service.store.moderation import ROLES
from service.terminal import open_database, progress, settings_or_exit, site_or_exit
from service.web.origins import normal_origin


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if the models and the migrations disagree.")
def migrate(*, check: bool) -> None:
    """Bring the database up to date. Safe to repeat, and for several at once.

    Services may run meanwhile. It waits as long as somebody else holds what it needs, without keeping others waiting,
    and says so after two seconds. Ctrl-C ends it; the same command goes on from there.
    """
    if check:
        _check_migrations()
        return
    try:
        with progress("Beginning") as told:
            before, after = schema.migrate(open_database(), told.say)
    except schema.Unfit as unfit:
        raise click.ClickException(str(unfit)) from None
    click.echo(f"The database is at {after}" + (", as before." if before == after else f" (was {before or 'empty'})."))


def _check_migrations() -> None:
    """Migrate an empty SQLite in memory and compare: needs no settings and no server."""
    found = schema.check()
    for difference in found:
        click.echo(str(difference), err=True)
    if found:
        click.echo("Models and migrations disagree: write a migration.", err=True)
        sys.exit(1)
    click.echo("Models and migrations agree.")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True)
def api(host: str, port: int) -> None:
    """Serve the API and the pages."""
    from granian.constants import Interfaces
    from granian.server import Server

    settings = settings_or_exit()
    logs.configure(settings.log_level)
    _look_at(host, port)
    share()
    Server(
        "service.app:from_environment",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=settings.api_processes,
        blocking_threads=settings.api_threads,
        respawn_failed_workers=True,
        log_enabled=False,
        workers_kill_timeout=8,
    ).serve(target_loader=partial(_application, host, port), wrap_loader=False)


def _application(host: str, port: int) -> Any:
    """What each process of the server serves."""
    from service.app import from_environment

    application = from_environment()
    show_answers(host, port)
    return application


def _look_at(host: str, port: int) -> None:
    """Whether we can listen there: one sentence instead of the server's traceback."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as problem:
        why = str(problem.strerror).partition(" (")[0]
        raise click.ClickException(f"Port {port} on {host} can't be had: {why}.") from None


@click.group()
def site() -> None:
    """Publishers' properties."""


def _origins(_context: Any, _parameter: Any, values: tuple[str, ...]) -> list[str]:
    try:
        return [normal_origin(value) for value in values]
    except ValueError as why:
        raise click.BadParameter(str(why)) from None


def _languages(_context: Any, _parameter: Any, values: tuple[str, ...]) -> list[str]:
    for value in values:
        if not is_language(value):
            raise click.BadParameter(f"{value!r} is no language: it reads fr, or pt-BR")
    return list(values)


RULES = {each.name: type(each.default) for each in fields(SiteRules)}


def _given_rules(_context: Any, _parameter: Any, values: tuple[str, ...]) -> dict[str, Any]:
    """`depth=2` and the like, each checked by itself and all of them together."""
    found: dict[str, Any] = {}
    for value in values:
        name, _, text = value.partition("=")
        if name not in RULES:
            raise click.BadParameter(f"there is no rule {name!r}: {', '.join(RULES)}")
        kind: click.ParamType[Any] = click.BOOL if RULES[name] is bool else click.INT
        found[name] = kind.convert(text, None, None)
    try:
        SiteRules(**found)
    except ValueError as why:
        raise click.BadParameter(str(why)) from None
    return found


_site_options = [
    click.option("--title", help="The name readers know."),
    click.option("--origin", "origins", multiple=True, callback=_origins,
                 help="An origin whose pages may embed comments, as https://www.example.fr; repeat for more."),
    click.option("--language", "languages", multiple=True, callback=_languages,
                 help="Languages, the site's own first."),
    click.option("--mode", type=click.Choice([str(mode) for mode in Mode]), help="Who has the first word."),
    click.option("--hold-first/--no-hold-first", default=None, help="Hold an author's first comment for a person."),
    click.option("--rule", "rules", multiple=True, callback=_given_rules, metavar="NAME=VALUE",
                 help="A rule for submissions, as depth=2; repeat for more. Known: " + ", ".join(RULES) + "."),
]  # fmt: skip


def _with_site_options(command: Any) -> Any:
    for option in reversed(_site_options):
        command = option(command)
    return command


@site.command("add")
@click.argument("name")
@_with_site_options
def site_add(name: str, **given: Any) -> None:
    """Add a site. NAME is what its addresses are made of: letters, digits and hyphens."""
    if not sites.is_site_name(name):
        raise click.BadParameter(
            "a site's name has 1 to 63 letters a-z, digits and hyphens, and begins with a letter or digit"
        )
    with open_database().write() as connection:
        if sites.find_site(connection, name) is not None:
            raise click.ClickException(f"There is a site {name} already: `moderato site set {name}` changes it.")
        policies.add_site(
            connection, name, datetime.now(UTC), title=given["title"] or name, origins=given["origins"],
            languages=given["languages"] or ["fr", "en"], rules=SiteRules(**given["rules"]),
            policy=_policy(Policy(), given),
        )  # fmt: skip
    click.echo(f"Site {name} is there. Next: `moderato token create --site {name} --role moderator`.")


@site.command("set")
@click.argument("name")
@_with_site_options
def site_set(name: str, **given: Any) -> None:
    """Change a site: only what is given. A changed policy becomes a new version."""
    now = datetime.now(UTC)
    with open_database().write() as connection:
        row = site_or_exit(connection, name)
        changes = {key: given[key] for key in ("title", "origins", "languages") if given[key]}
        change_site(connection, row.id, SiteChange(changes, given["rules"]), now)
        policy, version = policies.current_policy(connection, row.id, None)
        wanted = _policy(policy, given)
        if wanted != policy:
            version = change_policy(connection, row.id, wanted, now, by="site set")
    click.echo(f"Site {name} is changed; its policy is version {version}.")


@site.command("show")
@click.argument("name")
def site_show(name: str) -> None:
    """Show a site and its policy as JSON."""
    with open_database().read() as connection:
        row = site_or_exit(connection, name)
        policy, version = policies.current_policy(connection, row.id, None)
    shown = {key: getattr(row, key) for key in ("name", "title", "origins", "languages", "rules")}
    click.echo(
        json.dumps(shown | {"policy_version": version, "policy": policy.to_document()}, ensure_ascii=False, indent=2)
    )


def _policy(policy: Policy, given: dict[str, Any]) -> Policy:
    if given["mode"] is not None:
        policy = replace(policy, mode=Mode(given["mode"]))
    if given["hold_first"] is not None:
        policy = replace(policy, hold_first_comment=given["hold_first"])
    return policy


@click.group()
def token() -> None:
    """Keys to the moderators' API."""


@token.command("create")
@click.option("--site", "site_name", required=True, help="The site it opens.")
@click.option("--role", type=click.Choice(ROLES), default="moderator", show_default=True)
@click.option("--name", default="", help="Whose it is, or what for.")
@click.option("--days", type=click.IntRange(1, 3650), help="After how many days it lapses.")
@click.option("--quiet", is_flag=True, help="Print the token and nothing else.")
def token_create(site_name: str, role: str, name: str, days: int | None, *, quiet: bool) -> None:
    """Make a token. It is shown once: only its hash is stored."""
    with open_database().write() as connection:
        site_id = site_or_exit(connection, site_name).id
        shown = create_token(connection, site_id, role, name, days)
        _log(connection, site_id, Act.CREATE_TOKEN, shown, role=role, days=days)
    click.echo(shown if quiet else f"{shown}\nKeep it: it isn't shown again.")


def create_token(connection: Any, site_id: str, role: str, name: str, days: int | None = None) -> str:
    """Store a new token; returns it as its holder needs it."""
    return make_token(connection, site_id, role, name, datetime.now(UTC), days)


@token.command("list")
@click.option("--site", "site_name", help="Only this site's.")
def token_list(site_name: str | None) -> None:
    """List tokens: prefix, site, role, name and whether each is still good."""
    now = datetime.now(UTC)
    with open_database().read() as connection:
        for row in moderation.list_tokens(connection, site_name):
            state = "revoked" if row.revoked_at else "lapsed" if row.expires_at and row.expires_at <= now else "good"
            click.echo(f"{row.prefix}\t{row.site}\t{row.role}\t{state}\t{row.name}")


@token.command("revoke")
@click.argument("prefix")
@click.option("--site", "site_name", help="Not needed; accepted for symmetry.")
def token_revoke(prefix: str, site_name: str | None) -> None:  # noqa: ARG001
    """Revoke a token by its prefix (or by the whole token)."""
    prefix = _prefix(prefix)
    with open_database().write() as connection:
        if not moderation.revoke_token(connection, prefix, datetime.now(UTC)):
            raise click.ClickException(f"There is no good token {prefix}: `moderato token list` shows them.")
        row = moderation.find_token(connection, prefix)
        _log(connection, row.site_id, Act.REVOKE_TOKEN, prefix, role=row.role)
    click.echo(f"Token {prefix} opens nothing any more.")


def _log(connection: Any, site_id: str, act: Act, token: str, **data: Any) -> None:
    """An operator's act on a token, in the site's audit log; of the token its prefix alone."""
    audit.add_entry(connection, audit.Entry(site_id, None, act, _prefix(token), data), datetime.now(UTC))


def _prefix(token: str) -> str:
    return token.split(".", maxsplit=1)[0].removeprefix("mdr_")


@click.command(hidden=True)
@click.option("--token-file", type=click.Path(path_type=Path), required=True)
@click.option("--json", "as_json", is_flag=True)
def prepare(token_file: Path, *, as_json: bool) -> None:
    """What `moderato run` does before it starts: migrations, the demo site, an owner's token that works."""
    database = open_database()
    schema.migrate(database)
    with database.write() as connection:
        if settings_or_exit().is_sqlite:
            queues.release(connection)  # this machine's only workers haven't been started yet
            jobs.release(connection)
        site_id = demo.ensure(connection, settings_or_exit().public_url, datetime.now(UTC))
        shown = token_file.read_text().strip() if token_file.exists() else ""
        if not demo.opens(connection, shown, site_id):
            shown = create_token(connection, site_id, "owner", "moderato run")
            token_file.touch(mode=0o600)
            token_file.write_text(shown + "\n")
        complete = not demo.unfinished(connection)
    if as_json:
        facts = {"site": demo.SITE, "article": demo.ARTICLE, "token": shown, "complete": complete}
        click.echo(json.dumps(facts))


site.add_command(editing.site_policy)
COMMANDS = (migrate, api, site, editing.article, token, prepare)
