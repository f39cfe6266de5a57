"""`moderato backup` and `moderato restore`: all that can't be made anew of what `moderato run` keeps, in one file.

The file is a compressed tar: a copy of the database, the secrets without which receipts and authors' records are
worthless, the token of `moderato run`, and a note of what they are. SQLite makes the copy: one moment, while others
write.
"""

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy import make_url

from service.settings import BadSettings, Settings
from service.store import schema
from service.terminal import progress
from workers.datafolder import (
    DATABASE,
    RESTORING,
    SECRETS,
    TOKEN,
    Unusable,
    commit_restored,
    holds_data,
    kept_secrets,
    opened,
    sync,
)
from workers.embedded import DATA, LASTING, digests, environment_of, whereabouts_of
from workers.heartbeat import is_gone, name_of

FORMAT: Final = 1
NOTE: Final = "backup.json"
_CHUNK: Final = 1 << 20
_SECRET: Final = ("MODERATO_SECRET_KEYS", "MODERATO_AUTHOR_SECRET")


class Unfit(Exception):
    """What can't be backed up, or restored from; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a backup holds."""

    taken_at: str
    revision: str
    comments: int

    def __str__(self) -> str:
        return f"{self.comments} comments, as of {self.taken_at}, at revision {self.revision}"


_data = click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="The folder of `moderato run`.  [default: .data beside pyproject.toml]",
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@_data
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.pass_context
def backup(context: click.Context, file: Path, data: Path | None, *, force: bool) -> None:
    """Write the database and the secrets of `moderato run` into FILE, while it runs or not.

    FILE holds readers' addresses and the keys of this service, unencrypted; only its owner can read it (0600). It is
    checked before it gets its name. For PostgreSQL, pg_dump makes backups: see the operators' guide.
    """
    try:
        with progress("Beginning") as told:
            written = write_backup(_folder(context, data), file, told.say, force=force)
    except (Unfit, OSError) as problem:
        raise click.ClickException(_sentence(problem, file)) from None
    click.echo(f"{file} holds {written}.")
    click.echo("It holds the secrets and readers' addresses too: keep it as you keep the service.", err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_data
@click.option("--force", is_flag=True, help="Replace what the folder holds. It is lost.")
@click.pass_context
def restore(context: click.Context, file: Path, data: Path | None, *, force: bool) -> None:
    """Put what `moderato backup` wrote into FILE into a folder for `moderato run`.

    The folder must be empty, or not there yet, and nobody may be running in it. All of FILE is checked first; then all
    of it is in place, or nothing is changed.
    """
    try:
        with progress("Beginning") as told:
            restored = read_backup(file, _folder(context, data), told.say, force=force)
    except (Unfit, Unusable, OSError) as problem:
        raise click.ClickException(_sentence(problem, file)) from None
    click.echo(f"Restored: {restored}. `moderato run` goes on from there.")
    for name in _overruled(os.environ):
        click.echo(f"{name} is set, and `moderato run` takes it instead of what was restored.", err=True)


def _folder(context: click.Context, data: Path | None) -> Path:
    """Its own option, else the one before the command's name, else the clone's."""
    return (data or context.obj or DATA).absolute()


def _sentence(problem: Exception, file: Path) -> str:
    return f"{problem.filename or file}: {problem.strerror}." if isinstance(problem, OSError) else str(problem)


def _overruled(environment: Mapping[str, str]) -> list[str]:
    return [name for name in LASTING if environment.get(name)]


# --- writing ------------------------------------------------------------------------------------------------------


def write_backup(folder: Path, file: Path, tell: schema.Tell, *, force: bool = False) -> Told:
    """Write a data folder's backup.

    Raises:
        Unfit: nothing is there, or it lies in PostgreSQL, or the copy isn't sound; or FILE is there.
    """
    if file.exists() and not force:
        raise Unfit(f"{file} is there already. Name another, or replace it with --force.")
    environment = environment_of(folder)  # the secrets that are in use, whichever of the two has them
    source = _database(environment, folder)
    if not source.is_file():
        raise Unfit(f"There is no database in {folder}. Name the folder of `moderato run` with --data.")
    _look_at_digests(folder, environment)
    with _beside(file) as (copy, part):
        taken_at = datetime.now(UTC)
        tell("Copying the database")
        copy_database(source, copy)
        tell("Checking the copy")
        told = look_at(copy, taken_at.isoformat(timespec="seconds"))
        tell("Writing the file")
        kept = {
            SECRETS: json.dumps({name: environment[name] for name in _SECRET}, indent=2).encode() + b"\n",
            TOKEN: _read(folder / TOKEN),
        }
        _pack(part, copy, {name: content for name, content in kept.items() if content}, told)
    return told


def _look_at_digests(folder: Path, environment: Mapping[str, str]) -> None:
    """A backup with secrets that were never in use can be restored, and all receipts and authors would be strangers."""
    mine, in_use = digests(folder, environment), whereabouts_of(folder).get("digests", {})
    if other := [name for name in LASTING if in_use.get(name, mine.get(name)) != mine.get(name)]:
        raise Unfit(
            f"`moderato run` was started in {folder} with another {' and another '.join(other)} than is set here. "
            "Give this command the same environment, or start that again."
        )


def _database(environment: Mapping[str, str], folder: Path) -> Path:
    try:
        settings = Settings.from_env(environment)
    except BadSettings as bad:
        if not holds_data(folder):
            raise Unfit(f"There is nothing of `moderato run` in {folder}. Name its folder with --data.") from None
        raise Unfit(" ".join(bad.faults)) from None
    if not settings.is_sqlite:
        raise Unfit("The database is PostgreSQL: pg_dump makes its backups. The operators' guide has the commands.")
    return Path(make_url(settings.database_url).database or "")


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


@contextlib.contextmanager
def _beside(file: Path) -> Iterator[tuple[Path, Path]]:
    """Where the copy and the file are made, private; at the end the file gets its name, whole or not at all."""
    rooms = file.absolute().with_name(f".{file.name}.{os.getpid()}")
    _clear_after_the_dead(rooms)
    rooms.mkdir(mode=0o700)
    try:
        part = rooms / "backup"
        yield rooms / "copy.db", part
        part.replace(file)
        sync(file.absolute().parent)
    finally:
        shutil.rmtree(rooms, ignore_errors=True)


def _clear_after_the_dead(rooms: Path) -> None:
    """Who was killed in the middle of a backup left a whole database behind, with all that is private in it."""
    for found in rooms.parent.iterdir():
        number = found.suffix[1:]
        if found.stem == rooms.stem and number.isdigit() and is_gone(name_of(int(number))):
            shutil.rmtree(found, ignore_errors=True)


def copy_database(source: Path, copy: Path) -> None:
    """Copy a database as it is at one moment, whoever writes meanwhile: they are not kept waiting.

    All in one step: in several, SQLite begins anew whenever somebody has written in between.
    """
    copy.touch(mode=0o600)
    with (
        contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=30)) as reader,
        contextlib.closing(sqlite3.connect(copy)) as writer,
    ):
        reader.backup(writer, pages=-1)
        writer.execute("PRAGMA journal_mode = DELETE")  # a copy is one file


def look_at(copy: Path, taken_at: str) -> Told:
    """Look whether a copy is sound and of a revision that this release knows.

    Raises:
        Unfit: it isn't; the sentence says what was found.
    """
    try:
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
            if found != ["ok"] or connection.execute("PRAGMA foreign_key_check").fetchone():
                raise Unfit(f"The database in it is damaged: {'; '.join(found)}.")
            revision: str = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
            comments: int = connection.execute("SELECT count(*) FROM comments").fetchone()[0]
    except sqlite3.DatabaseError as problem:
        raise Unfit(f"The database in it can't be read: {problem}.") from None
    if not schema.knows(revision):
        raise Unfit(f"It is of another release (revision {revision}). Install that one, restore, then upgrade.")
    return Told(taken_at, revision, comments)


def _pack(part: Path, copy: Path, kept: Mapping[str, bytes], told: Told) -> None:
    note = {
        "format": FORMAT,
        "release": version("moderato"),
        "taken_at": told.taken_at,
        "revision": told.revision,
        "comments": told.comments,
        "sha256": {DATABASE: _sha256(copy)} | {name: hashlib.sha256(kept[name]).hexdigest() for name in kept},
    }
    for name, content in {NOTE: json.dumps(note, indent=2).encode() + b"\n", **kept}.items():
        _write(copy.with_name(name), content)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:  # noqa: PTH123 - by descriptor
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as tar:
            for name in (NOTE, *kept):
                tar.add(copy.with_name(name), name)
            tar.add(copy, DATABASE)
        out.flush()
        os.fsync(out.fileno())


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:  # noqa: PTH123 - by descriptor
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- reading ------------------------------------------------------------------------------------------------------


def read_backup(file: Path, folder: Path, tell: schema.Tell, *, force: bool = False) -> Told:
    """Put a backup into a data folder.

    Raises:
        Unfit: FILE is no sound backup, or the folder holds something.
        Unusable: somebody is running there, or the folder can't be had.
    """
    with opened(folder):
        if holds_data(folder) and not force:
            raise Unfit(f"{folder} holds a service already. Name another with --data, or replace it with --force.")
        rooms = folder / RESTORING
        rooms.mkdir(mode=0o700)
        try:
            tell("Reading the file")
            note = _unpack(file, rooms)
            tell("Checking the database")
            told = look_at(rooms / DATABASE, str(note["taken_at"]))
            _look_at_secrets(rooms)
        except (Unfit, OSError):
            shutil.rmtree(rooms, ignore_errors=True)
            raise
        tell("Putting it in place")
        commit_restored(folder)
    return told


def _unpack(file: Path, rooms: Path) -> Mapping[str, Any]:
    """Write what belongs into a folder there; nothing else in the tar is looked at."""
    try:
        with gzip.open(file) as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
            first = tar.next()
            if first is None or first.name != NOTE:
                raise Unfit(f"{file} was not made by `moderato backup`.")
            note: dict[str, Any] = json.loads(_member(tar, first).read())
            if note.get("format") != FORMAT:
                raise Unfit(f"{file} is of another release: restore it with that one ({note.get('release')}).")
            wanted = dict(note["sha256"])
            while (member := tar.next()) is not None:
                if member.name in {DATABASE, SECRETS, TOKEN} and member.name in wanted:
                    _take(tar, member, rooms / member.name, wanted.pop(member.name))
            while stream.read(_CHUNK):
                pass  # to the end, where the checksum of the whole is
    except (tarfile.TarError, EOFError, zlib.error, ValueError, KeyError, TypeError) as problem:
        raise Unfit(f"{file} is damaged, or was not made by `moderato backup` ({problem}).") from None
    except OSError as problem:
        if problem.errno is None:  # gzip's own complaints
            raise Unfit(f"{file} is damaged, or was not made by `moderato backup` ({problem}).") from None
        raise
    if wanted or not {DATABASE, SECRETS} <= note["sha256"].keys():
        raise Unfit(f"{file} is not whole.")
    return note


def _member(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    content = tar.extractfile(member)
    if content is None:
        raise tarfile.ReadError(f"{member.name} is no file")
    return content


def _take(tar: tarfile.TarFile, member: tarfile.TarInfo, to: Path, sha256: str) -> None:
    seen, content = hashlib.sha256(), _member(tar, member)
    with open(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:  # noqa: PTH123 - by descriptor
        while chunk := content.read(_CHUNK):
            seen.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if seen.hexdigest() != sha256:
        raise tarfile.ReadError(f"{member.name} is not what was written")


def _look_at_secrets(rooms: Path) -> None:
    nowhere = {"MODERATO_DATABASE_URL": "sqlite:////nowhere.db", "MODERATO_REDIS_URL": "unix:///nowhere.sock"}
    try:
        Settings.from_env({**nowhere, **kept_secrets(rooms)})
    except (BadSettings, ValueError, TypeError):
        raise Unfit("The secrets in it can't be used.") from None
