"""Looks at this machine: settings, versions, addresses, disk."""

import contextlib
import http.client
import os
import platform
import shutil
import sqlite3
import ssl
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from packaging.requirements import Requirement
from sqlalchemy import make_url

from workers.classifier.weights import BadModel, load, shipped
from workers.doctor.finding import Case, Finding, note
from workers.heartbeat import release

MEGABYTE: Final = 1 << 20
FREE_FOR_DATA: Final = 256 * MEGABYTE
FREE_FOR_THE_REST: Final = 16 * MEGABYTE
OLDEST_SQLITE: Final = (3, 35, 0)
_PROBE: Final = b"\0" * 65536
_PATIENCE: Final = 2.0


def settings(case: Case) -> Iterator[Finding]:
    """Every fault in the environment, and what is allowed and rarely meant."""
    for name, sentence in case.faults.items():
        todo = "Set it as docs/reference/settings.md says"
        if name == "MODERATO_DATABASE_URL":
            todo += "; for a service that `moderato run` has started: `moderato doctor --data DIR`"
        yield Finding(sentence, f"{todo}.")
    if not case.settings.limits:
        yield note("Rate limits are off.", "Unless this is a benchmark, remove MODERATO_LIMITS=off.")
    if urlsplit(case.settings.public_url).scheme == "https" and not case.settings.trusted_proxies:
        yield note(
            "MODERATO_PUBLIC_URL is https, so a proxy stands in front, but MODERATO_TRUSTED_PROXIES is 0: all readers "
            "seem to have the proxy's address, and share one rate limit.",
            "Set MODERATO_TRUSTED_PROXIES to the number of proxies.",
        )


def versions(_case: Case) -> Iterator[Finding]:
    """Whether what is installed is what this release was tested with."""
    try:
        wanted = [Requirement(line) for line in requires("moderato") or ()]
    except PackageNotFoundError:
        yield Finding("Moderato is not installed as a package.", "Install it: `pip install -e .`, or use ./dev.")
        return
    for each in wanted:
        if each.marker is None or each.marker.evaluate({"extra": ""}):
            yield from _installed(each)
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        yield Finding(f"SQLite {sqlite3.sqlite_version} is too old.", f"Use a Python with SQLite {oldest} or newer.")


def _installed(wanted: Requirement) -> Iterator[Finding]:
    todo = "Install what the lock says: `pip install --no-deps --require-hashes -r requirements.lock`."
    try:
        found = version(wanted.name)
    except PackageNotFoundError:
        yield Finding(f"{wanted.name} is not installed.", todo)
        return
    if not wanted.specifier.contains(found, prereleases=True):
        yield Finding(f"{wanted.name} {found} is installed; this release wants {wanted.specifier}.", todo)


def machine_facts() -> str:
    return f"Moderato {release()} on Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"


def addresses(case: Case) -> Iterator[Finding]:
    """Whether the public address can be one, and whether Moderato answers there."""
    given = case.settings.public_url
    if not given:
        yield note(
            "MODERATO_PUBLIC_URL is not set: links in answers and pages are made from whatever host a request names.",
            "Set it to the address at which browsers reach the service, as https://comments.example.fr.",
        )
        return
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or "@" in given:
        yield Finding(
            "MODERATO_PUBLIC_URL is not an address that browsers could open.",
            "Write scheme and host, and a path if there is one: https://comments.example.fr.",
        )
        return
    try:
        answer = _answer(parts)
    except ssl.SSLCertVerificationError as problem:
        yield note(
            f"At {parts.scheme}://{parts.netloc} this machine doesn't trust the certificate: {problem.verify_message}.",
            "Look whether it is of this name, has not lapsed, and comes with those that signed it.",
        )
        return
    if answer != http.client.OK:
        who = f"somebody answers {answer}, not Moderato" if answer else "nobody answers"
        yield note(
            f"At {parts.scheme}://{parts.netloc} {who}, asked from this machine.",
            "Start `moderato api`, or look at the proxy and the name server. (From inside some networks the public "
            "address can't be reached although it works.)",
        )


def _answer(parts: SplitResult) -> int:
    """The status of `/healthz` there; 0 if there is none."""
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=_PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", f"{parts.path.rstrip('/')}/healthz")
            return connection.getresponse().status
    except ssl.SSLCertVerificationError:
        raise
    except (OSError, http.client.HTTPException, ValueError):
        return 0


def disk(case: Case) -> Iterator[Finding]:
    """Whether there is room where we write, and whether we may write there."""
    if case.settings.is_sqlite and not case.lacks("database_url"):
        file = Path(make_url(case.settings.database_url).database or "")
        yield from _folder(file.absolute().parent, FREE_FOR_DATA, "the database's folder")
    if case.settings.metrics_dir and Path(case.settings.metrics_dir).exists():
        yield from _folder(Path(case.settings.metrics_dir), FREE_FOR_THE_REST, "the metrics' folder")
    try:
        temporary = Path(tempfile.gettempdir())
    except FileNotFoundError:
        yield note(
            "There is no temporary folder that can be written to: API processes measure each for itself.",
            "Give it a small one (TMPDIR), or set MODERATO_METRICS_DIR.",
        )
    else:
        yield from _folder(temporary, FREE_FOR_THE_REST, "the temporary folder")


def _folder(folder: Path, wanted: int, whose: str) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding(f"{folder}, {whose}, is not there.", "Make it, owned by the user that Moderato runs as.")
        return
    free = shutil.disk_usage(folder).free
    if free < wanted:
        yield Finding(
            f"The disk is full, or nearly: {free // MEGABYTE} MB are free in {folder}, {whose}.",
            f"Make room: at least {wanted // MEGABYTE} MB. With a full disk no comment can be taken.",
        )
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(_PROBE)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as problem:
        yield Finding(
            f"{folder}, {whose}, can't be written to: {problem.strerror}.",
            "Give it to the user that Moderato runs as, and see that its disk is mounted for writing and has room.",
        )
        return
    if not folder.stat().st_mode & 0o222:
        yield Finding(
            f"{folder}, {whose}, is read-only: nobody but root may write to it.",
            "Give it to the user that Moderato runs as: `chmod u+w`.",
        )


def model(case: Case) -> Iterator[Finding]:
    """Whether the model that is to serve is sound: the operator's own, if one is named, and the shipped one."""
    try:
        load(shipped())
    except BadModel as problem:
        yield Finding(str(problem), "Install Moderato again: without a model no worker starts.")
    if case.settings.model_dir:
        try:
            load(Path(case.settings.model_dir))
        except BadModel as problem:
            yield Finding(
                f"{problem} The shipped model serves instead.",
                "Make it again with `moderato train`, or empty MODERATO_MODEL_DIR.",
            )


LOOKS: Final = {"settings": settings, "versions": versions, "addresses": addresses, "model": model, "disk": disk}
