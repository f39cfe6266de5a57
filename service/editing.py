"""The operators' commands on policies and articles: the API's documents and its sentences, without a token."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

import click
from marshmallow import Schema, ValidationError
from sqlalchemy import Connection

from service.domain.policy import Policy
from service.errors import Invalid, Malformed
from service.operations.edit_site import ArticleChange, change_policy, edit_article
from service.store import places, policies, sites
from service.terminal import open_database, settings_or_exit, site_or_exit
from service.web.origins import origin_of
from service.words import own_language, say


@click.command("policy")
@click.argument("name")
@click.option("--file", "file", type=click.File("rb"), help="Put the policy in this file as a new version; - for "
              "standard input. What it doesn't say is the default.")  # fmt: skip
@click.option("--article", "key", metavar="ID", help="An article's own policy: the publisher's id of the article.")
def site_policy(name: str, file: BinaryIO | None, key: str | None) -> None:
    """Print the policy in force as JSON, with its version; or put a new one.

    What is printed can be changed and put back: with its version in it, it is refused if another has come in between.
    An article without a policy of its own has its site's, and version null.
    """
    given = _parsed(file.read()) if file is not None else None
    with open_database().write() as connection:
        site_id = site_or_exit(connection, name).id
        sites.lock_site(connection, site_id)
        article_id = None if key is None else _article_id(connection, name, key, make=given is not None)
        before = _in_force(connection, site_id, article_id)
        if given is not None:
            policy = _policy(given, before["version"])
            article = None if article_id is None or key is None else (article_id, key)
            change_policy(connection, site_id, policy, datetime.now(UTC), by="site policy", article=article)
        after = _in_force(connection, site_id, article_id)
    _print(after)


def _article_id(connection: Connection, site: str, key: str, *, make: bool) -> str:
    from service.api.policies import look_at_key

    _or_exit(lambda: look_at_key(key))
    place = places.find_place(connection, site, key)
    assert place is not None  # noqa: S101 - the site is there
    if make:
        return places.ensure_article(connection, place, datetime.now(UTC))
    row = sites.find_article(connection, place.site_id, key)
    if row is None:
        raise click.ClickException(f"Nobody has commented on an article {key} of {site}, nor has anybody put it.")
    return str(row.id)


def _in_force(connection: Connection, site_id: str, article_id: str | None) -> dict[str, Any]:
    policy, version = policies.current_policy(connection, site_id, article_id)
    own = article_id is None or policies.has_own_policy(connection, article_id)
    return {"version": version if own else None, "policy": policy.to_document()}


def _policy(given: dict[str, Any], version: int | None) -> Policy:
    """The policy in a document: bare, or as this command prints it, with or without the version."""
    from service.api.policies import PolicyIn

    if "policy" in given and given.keys() <= {"version", "policy"}:
        if given.get("version", version) != version:
            now = "none of its own is" if version is None else f"version {version} is"
            raise click.ClickException(
                f"This is made from version {given['version']}, and {now} in force: print it again, or leave the "
                "version out."
            )
        given = given["policy"]
    policy: Policy = _loaded(PolicyIn(), given)
    return policy


@click.group()
def article() -> None:
    """What is commented on."""


@article.command("show")
@click.argument("name")
@click.argument("key", metavar="ID")
def article_show(name: str, key: str) -> None:
    """Print an article of the site NAME as JSON. ID is the publisher's own."""
    with open_database().read() as connection:
        site_id = site_or_exit(connection, name).id
        _article_id(connection, name, key, make=False)
        _print(_state(connection, site_id, key))


@article.command("set")
@click.argument("name")
@click.argument("key", metavar="ID")
@click.option("--title", help="The title readers and moderators see; it counts as confirmed.")
@click.option("--url", help="Where it is: on one of the site's origins.")
@click.option("--published-at", help="When it was published, as 2026-11-24T13:00:00Z; empty takes it back.")
@click.option("--open/--closed", "is_open", default=None, help="Whether it takes comments.")
def article_set(name: str, key: str, is_open: bool | None, published_at: str | None, **given: str | None) -> None:  # noqa: FBT001 - click's own way
    """Say what an article of the site NAME is: only what is given. It is made if nobody has commented on it yet."""
    from service.api.policies import ArticleIn, columns_of, look_at_key, look_at_url

    document: dict[str, Any] = {member: value for member, value in given.items() if value is not None}
    if published_at is not None:
        document["published_at"] = published_at or None
    if is_open is not None:
        document["open"] = is_open
    data = _loaded(ArticleIn(), document)
    database = open_database()
    with database.read() as connection:
        site = site_or_exit(connection, name)
    own = origin_of(settings_or_exit().public_url)
    _or_exit(lambda: look_at_key(key))
    _or_exit(lambda: look_at_url(data.get("url"), {*site.origins, *filter(None, [own])}))
    edit_article(database, name, ArticleChange(key, columns_of(data)), datetime.now(UTC), by="article set")
    with database.read() as connection:
        _print(_state(connection, site.id, key))


def _state(connection: Connection, site_id: str, key: str) -> Mapping[str, Any]:
    from service.api.policies import article_state

    return article_state(connection, site_id, key)


def _parsed(raw: bytes) -> dict[str, Any]:
    from service.api.body import parsed

    try:
        return parsed(raw)
    except Malformed as problem:
        key = {"malformed": "field.not_json", "not_an_object": "field.not_an_object"}.get(problem.code)
        raise click.ClickException(say(key or f"problem.{problem.code}", own_language(), **problem.facts)) from None


def _loaded(schema: Schema, document: Any) -> Any:
    return _or_exit(lambda: schema.load(document))


def _or_exit(look: Any) -> Any:
    """What `look` returns; or every fault that it finds, `field: sentence`, one a line, and exit 1."""
    from service.api.problems import as_invalid, field_sentences

    try:
        return look()
    except (ValidationError, Invalid) as error:
        problem = as_invalid(error) if isinstance(error, ValidationError) else error
        for field, sentences in field_sentences(problem, own_language()).items():
            for sentence in sentences:
                click.echo(f"{field}: {sentence}", err=True)
        raise click.exceptions.Exit(1) from None


def _print(document: Mapping[str, Any]) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
