"""A process that forks takes nothing of SQLite's into its children, whose locks its own would seem to be."""

import os
import threading
import warnings
from pathlib import Path

import pytest
from sqlalchemy import text

from service.settings import Settings
from service.store.session import Database
from tests.factories import environment


def inherited(file: Path) -> int:
    """How many descriptors of a database's files a child has that is forked now."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads run: that is what it is about
        child = os.fork()
    if child == 0:
        opened = [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if os.path.lexists(each)]
        os.write(writer, bytes([sum(name.startswith(str(file)) for name in opened)]))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as told:
        (found,) = told.read()
    os.waitpid(child, 0)
    return int(found)


@pytest.mark.parametrize("writes", [False, True])
def test_whoever_forks_waits_until_the_database_is_closed(sqlite_url: str, *, writes: bool) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    database = Database(Settings.from_env(environment(sqlite_url, "redis://127.0.0.1:1")), forks=True)
    begun, go_on, over = threading.Event(), threading.Event(), threading.Event()

    def use() -> None:
        with (database.write if writes else database.read)() as connection:
            connection.execute(text("SELECT count(*) FROM comments")).scalar_one()
            begun.set()
            go_on.wait(10)
        over.set()

    user = threading.Thread(target=use)
    user.start()
    assert begun.wait(10)
    threading.Timer(0.3, go_on.set).start()

    found = inherited(file)

    assert go_on.is_set(), "it was forked while the database was open"
    assert over.wait(10)
    user.join()
    database.close()
    assert found == 0


def test_a_database_that_keeps_its_connections_would_be_taken_along(sqlite_url: str) -> None:
    """Else the test above could not fail."""
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    database = Database(Settings.from_env(environment(sqlite_url, "redis://127.0.0.1:1")))
    with database.read() as connection:
        connection.execute(text("SELECT count(*) FROM comments")).scalar_one()

    assert inherited(file) > 0

    database.close()
