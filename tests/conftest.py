"""Fixtures: real servers once a run, a fresh house for each test, on SQLite and on PostgreSQL."""

import itertools
import logging
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import structlog

from service.settings import Settings
from service.store import schema
from service.store.session import Database
from tests.factories import House, environment
from tests.servers import PostgreSQL, Redis, workplace

# Time limits of single examples would test the machine; whole tests have one of their own.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

_names = itertools.count(1)
TEMPLATE = "moderato_template"


def pytest_runtest_setup() -> None:
    """No test talks to anyone but this machine."""
    from pytest_socket import socket_allow_hosts

    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """What a command run in this process says of logs is over with its test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook
    yield
    sys.excepthook, threading.excepthook = hooks
    if structlog.is_configured():
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Where processes were made to die, and how often (tests/operations/test_every_crash.py)."""
    passed = terminalreporter.stats.get("passed", [])
    told = [told for report in passed for name, told in report.user_properties if name == "deaths"]
    if told:
        terminalreporter.section("deaths")
        terminalreporter.write_line("\n".join(told))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        url = server.create_database(TEMPLATE)
        database = Database(_settings(url, "redis://127.0.0.1:1"))
        schema.migrate(database)
        database.close()
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    with Redis() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    """A migrated, empty SQLite file."""
    path = workplace() / "template.db"
    database = Database(_settings(f"sqlite:///{path}", "redis://127.0.0.1:1"))
    schema.migrate(database)
    database.close()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'moderato.db')}"


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> Iterator[str]:
    name = f"test_{next(_names)}"
    yield postgresql.create_database(name, template=TEMPLATE)
    postgresql.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both databases, one after the other: what holds must hold on each."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def house(database_url: str, redis: Redis) -> Iterator[House]:
    """A house on each database, with its site."""
    yield from _open(database_url, redis)


@pytest.fixture
def small_house(sqlite_url: str, redis: Redis) -> Iterator[House]:
    """A house on SQLite only, for what has nothing to do with the database."""
    yield from _open(sqlite_url, redis)


@pytest.fixture
def big_house(postgresql_url: str, redis: Redis) -> Iterator[House]:
    """A house on PostgreSQL only."""
    yield from _open(postgresql_url, redis)


def _open(url: str, redis: Redis) -> Iterator[House]:
    from service.handoff import redis_client

    settings = _settings(url, redis.url)
    redis_client(settings).flushdb()
    opened = House(settings)
    opened.site_id = opened.add_site()
    yield opened
    opened.close()


def _settings(database_url: str, redis_url: str) -> Settings:
    return Settings.from_env(environment(database_url, redis_url))
