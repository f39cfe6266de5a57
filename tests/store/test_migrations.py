"""Migrations beside services that run: what they may do, whom they keep waiting, and how the old release takes it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from sqlalchemy import Connection, text

from service.store import schema
from service.store.migrations import versions
from service.store.schema import Fit
from service.store.session import Database
from tests.factories import House
from tests.servers import PATIENCE, wait_until
from tests.store.next_release import release
from tests.store.rules import faults, later_migrations


@pytest.fixture
def next_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this is the next release's code."""
    monkeypatch.setattr(schema, "config", release.config)


@contextmanager
def as_the_next_release() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(schema, "config", release.config)
        yield


# --- what they may do ---------------------------------------------------------------------------------------------


def test_every_migration_after_the_first_lets_services_run_beside_it() -> None:
    config = schema.config()

    assert {each.revision: faults(config, each) for each in later_migrations(config)} == {
        each.revision: [] for each in later_migrations(config)
    }


def test_the_next_releases_are_good_examples() -> None:
    config = release.config()

    assert [(each.revision, faults(config, each)) for each in later_migrations(config)] == [("0002", []), ("0003", [])]


BAD = {
    "no phase": ("", 'steps.add_column("comments", sa.Column("mood", sa.String(20)))'),
    "an unheard-of phase": ('phase = "whenever"', "pass"),
    "an index that locks out writers": ('phase = "expand"', 'op.create_index("ix_mood", "comments", ["name"])'),
    "an index in a transaction": (
        'phase = "expand"',
        'op.create_index("ix_mood", "comments", ["name"], postgresql_concurrently=True, if_not_exists=True)',
    ),
    "a column that must not be null": (
        'phase = "expand"', 'steps.add_column("comments", sa.Column("mood", sa.String(20), nullable=False))',
    ),
    "a column whose default rewrites the table": (
        'phase = "expand"',
        'steps.add_column("comments", sa.Column("mood", sa.Uuid, server_default=sa.text("gen_random_uuid()")))',
    ),
    "a check that reads the table behind a lock": (
        'phase = "expand"', 'op.create_check_constraint("mood", "comments", "depth < 9")',
    ),
    "a foreign key that does": (
        'phase = "expand"', 'op.create_foreign_key("fk_mood", "comments", "sites", ["site_id"], ["id"])',
    ),
    "a column dropped while the old release writes it": ('phase = "expand"', 'op.drop_column("comments", "website")'),
    "a column renamed": ('phase = "contract"', 'op.alter_column("comments", "website", new_column_name="site")'),
    "a column's type changed": (
        'phase = "contract"', 'op.alter_column("comments", "website", type_=sa.BigInteger)',
    ),
    "a table renamed": ('phase = "contract"', 'op.rename_table("comments", "remarks")'),
    "all rows at once": ('phase = "migrate"', "op.execute(\"UPDATE comments SET website = ''\")"),
    "rows changed where columns are added": (
        'phase = "expand"', "steps.backfill(\"comments\", \"website = ''\", \"website = 'x'\")",
    ),
}  # fmt: skip


def written(folder: Path, phase: str, step: str) -> Config:
    """A release whose 0002 does `step`."""
    (folder / "0002_bad.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\nfrom service.store.migrations import steps\n"
        f"revision, down_revision = '0002', '0001'\n{phase}\n\ndef upgrade():\n    {step}\n"
    )
    config = schema.config()
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{versions.__path__[0]}\n{folder}")
    return config


@pytest.mark.parametrize(("phase", "step"), BAD.values(), ids=list(BAD))
def test_a_migration_that_would_stop_services_is_refused(tmp_path: Path, phase: str, step: str) -> None:
    config = written(tmp_path, phase, step)

    assert [faults(config, each) != [] for each in later_migrations(config)] == [True]


def test_what_nobody_uses_any_more_may_be_dropped(tmp_path: Path) -> None:
    step = 'op.execute("ALTER TABLE comments DROP COLUMN IF EXISTS website")'
    config = written(tmp_path, 'phase = "contract"', step)

    assert [faults(config, each) for each in later_migrations(config)] == [[]]


# --- what they do -------------------------------------------------------------------------------------------------


def column(connection: Connection, name: str) -> list[Any]:
    return list(connection.scalars(text(f"SELECT {name} FROM comments ORDER BY id")))  # noqa: S608 - ours


def test_the_next_release_adds_and_fills_beside_what_is_there(house: House, next_release: None) -> None:
    house.post()
    house.post()

    assert schema.migrate(house.database) == ("0001", "0003")

    with house.database.read() as connection:
        assert schema.fit(connection) is Fit.CURRENT
        assert column(connection, "mood") == ["calm", "calm"]
        assert column(connection, "smiles") == [0, 0]
    with pytest.raises(Exception, match="ck_comments_mood"), house.database.write() as connection:
        connection.execute(text("UPDATE comments SET mood = ''"))


def test_a_backfill_goes_through_all_batches(big_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from service.store.migrations import steps

    for _ in range(7):
        big_house.post()
    monkeypatch.setattr(steps, "BATCH", 3)
    with as_the_next_release():
        schema.migrate(big_house.database)

    with big_house.database.read() as connection:
        assert column(connection, "mood") == ["calm"] * 7


def test_the_old_release_goes_on_beside_the_newer_schema(house: House) -> None:
    before = house.post().get_json()["id"]
    with as_the_next_release():
        schema.migrate(house.database)

    after = house.post().get_json()["id"]
    house.judge()

    assert {house.status(before), house.status(after)} == {"published"}
    ready = house.client.get("/readyz")
    assert ready.status_code == 200
    assert ready.get_json()["status"] == "ready"
    assert ready.get_json()["migrations"].startswith("newer: the database is at 0003, this release knows 0001")


def test_the_old_release_leaves_the_newer_schema_as_it_is(house: House) -> None:
    with as_the_next_release():
        schema.migrate(house.database)

    assert schema.migrate(house.database) == ("0003", "0003")


def test_the_new_release_is_not_ready_before_the_migration(house: House, next_release: None) -> None:
    ready = house.client.get("/readyz")

    assert ready.status_code == 503
    assert ready.get_json()["status"] == "unready"
    assert ready.get_json()["migrations"] == "the database is at 0001, this release wants 0003: moderato migrate"


def test_two_at_once_wait_for_each_other(big_house: House, next_release: None) -> None:
    with ThreadPoolExecutor(3) as people:
        ends = list(people.map(lambda _: schema.migrate(Database(big_house.settings)), range(3)))

    assert sorted(ends) == [("0001", "0003"), ("0003", "0003"), ("0003", "0003")]


def waits(database: Database) -> bool:
    asked = (
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE NOT granted AND datname = current_database()"
    )
    with database.read() as connection:
        return bool(connection.scalar(text(asked)))


def test_while_a_step_waits_for_its_lock_nobody_waits_behind_it_for_long(big_house: House, next_release: None) -> None:
    big_house.post()
    heard: list[str] = []
    with big_house.database.write() as slow:
        slow.execute(text("SELECT count(*) FROM comments"))  # a report that takes its time, say
        migrating = threading.Thread(target=schema.migrate, args=(big_house.database, heard.append))
        migrating.start()
        try:
            wait_until(lambda: waits(big_house.database), PATIENCE, lambda: "the migration waits for nothing")
            for _ in range(3):  # each would wait until `slow` ends, which is after it
                assert big_house.post().status_code == 202
            wait_until(lambda: "Waiting for a lock that others hold" in heard, PATIENCE, lambda: str(heard))
        finally:
            slow.rollback()
    migrating.join(PATIENCE)

    with big_house.database.read() as connection:
        assert schema.revision(connection) == "0003"
        assert column(connection, "mood") == ["calm"] * 4


def test_an_index_that_was_interrupted_is_built_anew(big_house: House, next_release: None) -> None:
    with big_house.database.write() as connection:
        connection.execute(text("ALTER TABLE comments ADD COLUMN mood VARCHAR(20)"))
        connection.execute(text("CREATE INDEX ix_comments_mood ON comments (mood, id)"))
        connection.execute(
            text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_comments_mood'::regclass")
        )

    schema.migrate(big_house.database)

    with big_house.database.read() as connection:
        asked = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_comments_mood'::regclass"
        assert connection.scalar(text(asked)) is True


def test_a_check_that_was_interrupted_is_validated(big_house: House, next_release: None) -> None:
    with big_house.database.write() as connection:
        connection.execute(text("ALTER TABLE comments ADD COLUMN mood VARCHAR(20)"))
        connection.execute(text("ALTER TABLE comments ADD CONSTRAINT ck_comments_mood CHECK (mood <> '') NOT VALID"))

    schema.migrate(big_house.database)

    with big_house.database.read() as connection:
        asked = "SELECT convalidated FROM pg_constraint WHERE conname = 'ck_comments_mood'"
        assert connection.scalar(text(asked)) is True
