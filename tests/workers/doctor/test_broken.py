"""Set-ups that are broken on purpose, each with real servers: the doctor names what is wrong, and nothing else."""

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from alembic import command
from redis import Redis as Client
from sqlalchemy import select, text, update

from service.operations.fan_out import fan_out
from service.settings import Settings
from service.store import schema
from service.store.deliveries import Delivery
from service.store.session import Database
from tests.factories import SECRETS, House, environment
from tests.servers import PostgreSQL, Redis, free_port, moderato
from tests.workers.doctor.conftest import ask
from workers.doctor import machine
from workers.doctor import redis as redis_looks
from workers.doctor.finding import case_of
from workers.heartbeat import living

WRONG_PASSWORD = "tout-faux-1234"


def test_where_nothing_is_wrong_it_says_so(well: dict[str, str]) -> None:
    told = ask(well)

    assert (told.code, told.wrong) == (0, [])
    assert [note.partition(" is not set")[0] for note in told.notes] == [
        "addresses: MODERATO_PUBLIC_URL", "mail: No mail is sent, to authors or moderators: MODERATO_SMTP_URL"
    ]  # fmt: skip


@pytest.fixture
def locked_database(postgresql: PostgreSQL) -> Iterator[str]:
    """A database whose server asks for a password, and the URL with a wrong one."""
    with psycopg.connect(urlsplit(postgresql.url)._replace(scheme="postgresql").geturl(), autocommit=True) as server:
        server.execute("CREATE ROLE locked LOGIN PASSWORD 'juste-1234'")
        if postgresql.process is not None:
            rules = postgresql.folder / "data" / "pg_hba.conf"
            before = rules.read_text()
            rules.write_text(f"host all locked 127.0.0.1/32 scram-sha-256\n{before}")
            server.execute("SELECT pg_reload_conf()")
            time.sleep(0.2)  # the postmaster reads it when it gets to it
        parts = urlsplit(postgresql.url)
        yield parts._replace(netloc=f"locked:{WRONG_PASSWORD}@{parts.hostname}:{parts.port}").geturl()
        if postgresql.process is not None:
            rules.write_text(before)
            server.execute("SELECT pg_reload_conf()")
        server.execute("DROP ROLE locked")


def test_a_wrong_password_for_the_database(well: dict[str, str], locked_database: str) -> None:
    told = ask(well | {"MODERATO_DATABASE_URL": locked_database})

    assert told.code == 1
    assert len(told.wrong) == 1
    assert told.wrong[0].startswith("database: The database refuses us: wrong user or password for 127.0.0.1:")
    assert "MODERATO_DATABASE_URL" in told.todo
    assert WRONG_PASSWORD not in told.words


def test_a_wrong_password_for_redis(well: dict[str, str]) -> None:
    with Redis(tcp=True) as redis:
        with Client.from_url(redis.url) as client:
            client.config_set("requirepass", "juste-1234")
        told = ask(well | {"MODERATO_REDIS_URL": redis.url.replace("//", f"//:{WRONG_PASSWORD}@")})
        redis.kill()

    assert told.code == 1
    assert told.wrong == [f"redis: Redis refuses us: wrong user or password for 127.0.0.1:{redis.port}."]
    assert WRONG_PASSWORD not in told.words


def test_a_redis_that_evicts(well: dict[str, str]) -> None:
    with Client.from_url(well["MODERATO_REDIS_URL"]) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        told = ask(well)
        client.config_set("maxmemory-policy", "noeviction")

    assert told.code == 1
    assert len(told.wrong) == 1
    assert told.wrong[0].startswith("redis: Redis evicts keys when memory is short (allkeys-lru)")
    assert "noeviction" in told.todo


def test_a_redis_that_hangs(well: dict[str, str]) -> None:
    with Redis(tcp=True) as redis:
        redis.process.signal(signal.SIGSTOP)
        told = ask(well | {"MODERATO_REDIS_URL": redis.url})
        redis.process.signal(signal.SIGCONT)

    assert [sentence.partition(".")[0] for sentence in told.wrong] == ["redis: Redis at 127"]
    assert "does not answer in time" in told.wrong[0]


def test_a_redis_that_is_full(well: dict[str, str]) -> None:
    with Client.from_url(well["MODERATO_REDIS_URL"]) as client:
        client.config_set("maxmemory", "1mb")
        told = ask(well)
        client.config_set("maxmemory", "0")

    assert any("MB that it may" in sentence for sentence in told.wrong), told.wrong
    assert "Raise maxmemory" in told.todo


def test_a_redis_that_is_a_replica(well: dict[str, str]) -> None:
    with Client.from_url(well["MODERATO_REDIS_URL"]) as client:
        client.replicaof("127.0.0.1", "1")
        told = ask(well)
        client.replicaof("NO", "ONE")

    assert "redis: Redis is a read-only replica: nobody can be woken through it." in told.wrong
    assert "REPLICAOF NO ONE" in told.todo


def test_a_flooded_site(well: dict[str, str], house: House) -> None:
    for _ in range(3):
        house.accepted()
    env = well | {"MODERATO_DATABASE_URL": house.settings.database_url}

    skipped = ask(env | {"MODERATO_BACKLOG_OPTIONAL": "3"})
    refusing = ask(env | {"MODERATO_BACKLOG_LIMIT": "3"})

    assert skipped.wrong[0].startswith("database: Sites for which the scorer isn't asked, for 3 of each wait: 1.")
    assert refusing.wrong == ["database: Sites that take no comments, for 3 of each wait to be judged: 1."]


def test_a_file_that_somebody_keeps_locked(well: dict[str, str], sqlite_url: str) -> None:
    holder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")

    told = ask(well | {"MODERATO_DATABASE_URL": sqlite_url})

    holder.close()
    assert any("Somebody has held the database's lock for a second" in each for each in told.notes), told.notes


def test_an_old_schema(well: dict[str, str], postgresql_url: str) -> None:
    env = well | {"MODERATO_DATABASE_URL": postgresql_url}
    database = Database(Settings.from_env(env))
    with database.write() as connection:
        command.downgrade(schema.config(connection), "-1")
    database.close()

    told = ask(env)

    assert told.code == 1
    assert len(told.wrong) == 1
    assert told.wrong[0].startswith("database: The database")
    assert "moderato migrate" in told.todo


def test_a_database_of_a_newer_release(well: dict[str, str], postgresql_url: str) -> None:
    env = well | {"MODERATO_DATABASE_URL": postgresql_url}
    database = Database(Settings.from_env(env))
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()

    told = ask(env)

    assert told.code == 1
    assert [sentence.partition(";")[0] for sentence in told.wrong] == [
        "database: The database's schema, 9999, is of a newer release"
    ]


def can_mount() -> bool:
    tried = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def test_no_disk(well: dict[str, str], sqlite_template: Path, tmp_path: Path) -> None:
    env = well | {"MODERATO_DATABASE_URL": f"sqlite:///{tmp_path}/small/moderato.db"}
    (tmp_path / "small").mkdir()
    if can_mount():  # a disk of two megabytes, seen by the doctor alone
        script = 'mount -t tmpfs -o size=2m none "$1" && cp "$2" "$1"/moderato.db && shift 2 && exec "$@"'
        before = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
        before += [str(tmp_path / "small"), str(sqlite_template)]
        expected = "disk: The disk is full, or nearly"
    else:  # not a byte may be written
        shutil.copy(sqlite_template, tmp_path / "small" / "moderato.db")
        before, expected = ["sh", "-c", 'ulimit -f 0 && exec "$@"', "sh"], "can't be written to"

    told = ask(env, before=before)

    assert told.code == 1
    assert any(expected in sentence for sentence in told.wrong), told.wrong
    assert "room" in told.todo


def test_a_redis_that_could_not_write_to_its_disk(well: dict[str, str]) -> None:
    with Redis(tcp=True) as redis, Client.from_url(redis.url) as client:
        shutil.rmtree(redis.folder)
        client.bgsave()
        while client.info("persistence")["rdb_bgsave_in_progress"]:
            time.sleep(0.02)
        told = ask(well | {"MODERATO_REDIS_URL": redis.url})

    assert any("Redis could not write to its disk" in sentence for sentence in told.wrong), told.wrong


def test_a_clock_that_is_off(well: dict[str, str], postgresql_url: str) -> None:
    """The server's clock is an hour ahead: its own function says so, found before the one that all have."""
    env = well | {"MODERATO_DATABASE_URL": postgresql_url}
    database = Database(Settings.from_env(env))
    name = urlsplit(postgresql_url).path.removeprefix("/")
    with database.write() as connection:
        for statement in (
            "CREATE SCHEMA ahead",
            """CREATE FUNCTION ahead.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
            $$ SELECT pg_catalog.clock_timestamp() + interval '1 hour' $$""",
            f"ALTER DATABASE {name} SET search_path = ahead, pg_catalog, public",
        ):
            connection.execute(text(statement))
    database.close()

    told = ask(env)

    assert told.code == 1
    assert told.wrong == ["database: This machine's clock is 3600 s behind the database's."]
    assert "NTP" in told.todo


def test_a_clock_that_is_off_is_seen_by_redis_too(well: dict[str, str]) -> None:
    case = case_of(well, lambda: datetime.now(UTC) + timedelta(minutes=5))

    told = [finding.what for finding in redis_looks.redis(case)]

    assert told == ["This machine's clock is 300 s ahead of Redis's."]


def test_two_secrets_missing_hide_nothing(well: dict[str, str]) -> None:
    env = {name: value for name, value in well.items() if name not in SECRETS}
    with Client.from_url(well["MODERATO_REDIS_URL"]) as client:
        client.config_set("maxmemory-policy", "volatile-ttl")
        told = ask(env)
        client.config_set("maxmemory-policy", "noeviction")

    assert told.code == 1
    assert [sentence.partition(" is missing")[0].partition(" when ")[0] for sentence in told.wrong] == [
        "settings: MODERATO_SECRET_KEYS",
        "settings: MODERATO_AUTHOR_SECRET",
        "redis: Redis evicts keys",
    ]


def test_an_unreachable_redis(well: dict[str, str]) -> None:
    port = free_port()

    told = ask(well | {"MODERATO_REDIS_URL": f"redis://:{WRONG_PASSWORD}@127.0.0.1:{port}/0"})

    assert told.code == 1
    assert len(told.wrong) == 1
    assert told.wrong[0].startswith(f"redis: Redis can't be reached: 127.0.0.1:{port}.")
    assert WRONG_PASSWORD not in told.words


def bound_by_permissions() -> list[str]:
    """The words that bind root, too, to what files and folders permit; it still reads what is its own."""
    if os.geteuid() != 0:
        return []
    without = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={without}", f"--inh-caps={without}"]


def test_a_read_only_data_folder(well: dict[str, str], sqlite_template: Path, tmp_path: Path) -> None:
    folder = tmp_path / "read-only"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "moderato.db")
    (folder / "moderato.db").chmod(0o444)
    folder.chmod(0o555)

    told = ask(well | {"MODERATO_DATABASE_URL": f"sqlite:///{folder}/moderato.db"}, before=bound_by_permissions())
    folder.chmod(0o755)

    assert told.code == 1
    assert f"disk: {folder}, the database's folder, can't be written to: Permission denied." in told.wrong
    assert all(sentence.startswith(("disk:", "database: The database can't be ")) for sentence in told.wrong)
    assert "mounted for writing" in told.todo


def test_a_folder_that_only_root_can_write_to_is_read_only(tmp_path: Path) -> None:
    (tmp_path / "read-only").mkdir()
    (tmp_path / "read-only").chmod(0o555)
    env = environment(f"sqlite:///{tmp_path}/read-only/moderato.db", "unix:///nowhere.sock")

    found = list(machine.disk(case_of(env, lambda: datetime.now(UTC))))

    assert len(found) == 1
    assert "read-only" in found[0].what


def test_a_worker_that_was_asked_to_end_runs_no_more_at_once(well: dict[str, str]) -> None:
    with Redis(tcp=True) as redis:
        env = well | {"MODERATO_REDIS_URL": redis.url}
        with moderato("worker", "--concurrency", "1", env=env) as worker:
            worker.wait_for_output(r"ready\.")
            with Client.from_url(redis.url) as client:
                assert len(list(living(client))) == 1
                worker.terminate()
                assert list(living(client)) == []


def test_a_worker_that_does_not_run(well: dict[str, str]) -> None:
    with Redis(tcp=True) as redis:
        told = ask(well | {"MODERATO_REDIS_URL": redis.url})

    assert told.code == 1
    assert len(told.wrong) == 1
    assert told.wrong[0].startswith("redis: No worker runs")
    assert "moderato worker" in told.todo


def test_a_lane_that_nobody_consumes(well: dict[str, str], celery_on_one_lane: Any) -> None:
    with Redis(tcp=True) as redis:
        env = well | {"MODERATO_REDIS_URL": redis.url}
        celery_on_one_lane(env, "judge")
        told = ask(env)

    assert told.code == 1
    assert told.wrong == [
        f"redis: Nobody consumes the lane {lane}: what is sent there stays there." for lane in ("tell", "upkeep")
    ]
    assert "-Q upkeep" in told.todo


def test_everything_broken_at_once_is_told_at_once(tmp_path: Path) -> None:
    """An environment with a mistake in every line, and nobody at the other end."""
    env: Mapping[str, str] = {
        "MODERATO_DATABASE_URL": f"postgresql://moderato:{WRONG_PASSWORD}@127.0.0.1:{free_port()}/moderato",
        "MODERATO_REDIS_URL": "unix:///nowhere/redis.sock",
        "MODERATO_SECRET_KEYS": WRONG_PASSWORD,
        "MODERATO_PUBLIC_URL": "comments.example.fr",
        "MODERATO_TASK_SECONDS": "40",
        "MODERATO_METRICS_DIR": str(tmp_path),
    }

    told = ask(env)

    assert told.code == 1
    assert {sentence.partition(":")[0] for sentence in told.wrong} == {"settings", "addresses", "database", "redis"}
    assert len([sentence for sentence in told.wrong if sentence.startswith("settings")]) == 3
    assert WRONG_PASSWORD not in told.words


def test_what_waits_too_long_and_what_was_given_up(well: dict[str, str], sqlite_url: str) -> None:
    env = environment(sqlite_url, well["MODERATO_REDIS_URL"], MODERATO_MAX_ATTEMPTS="1")
    house = House(Settings.from_env(env))
    house.site_id = house.add_site()
    spent, waiting = house.accepted(email="zoe@lecteurs.example"), house.accepted()
    with house.database.write() as connection:
        connection.execute(text("UPDATE comments SET attempts = 1 WHERE id = :id"), {"id": spent.replace("-", "")})
    house.judge()
    late = house.accepted()
    with house.database.write() as connection:
        connection.execute(
            text("UPDATE comments SET created_at = created_at - 600000000 WHERE id = :id"),
            {"id": late.replace("-", "")},
        )
    assert house.status(waiting) == "published"
    house.close()

    told = ask(env)

    assert told.code == 1
    assert len(told.wrong) == 2
    assert told.wrong[0].startswith("database: 1 comments wait for their verdict, the oldest for 60")
    assert told.wrong[1].startswith("database: 1 comments could not be judged")
    assert "lecteurs.example" not in told.words


def test_what_could_not_be_told_is_noted(well: dict[str, str], sqlite_url: str) -> None:
    env = environment(sqlite_url, well["MODERATO_REDIS_URL"])
    house = House(Settings.from_env(env))
    house.site_id = house.add_site()
    house.webhook("https://hooks.example/in?key=s3cret", types=["comment.submitted"])
    for _ in range(2):
        house.published()
    fan_out(house.database, datetime.now(UTC))
    long_ago = datetime.now(UTC) - timedelta(hours=5, minutes=2)
    with house.database.write() as connection:
        connection.execute(update(Delivery).values(begun_at=long_ago))
        one = select(Delivery.id).limit(1)
        connection.execute(
            update(Delivery).where(Delivery.id.in_(one)).values(state="failed", finished_at=datetime.now(UTC))
        )
    house.close()

    told = ask(env)

    assert (told.code, told.wrong) == (0, [])
    assert "database: 1 deliveries wait, the oldest for 5 h." in told.notes
    assert "database: 1 deliveries were given up within a day." in told.notes
    assert "s3cret" not in told.words


def test_a_database_file_that_is_not_there_is_not_made(well: dict[str, str], tmp_path: Path) -> None:
    told = ask(well | {"MODERATO_DATABASE_URL": f"sqlite:///{tmp_path}/moderato.db"})

    assert told.wrong == [f"database: There is no database: {tmp_path}/moderato.db is not there."]
    assert list(tmp_path.iterdir()) == []


def test_what_can_not_be_looked_at_is_said(well: dict[str, str]) -> None:
    told = ask({name: value for name, value in well.items() if name != "MODERATO_DATABASE_URL"})

    assert told.not_looked_at == ["database"]
    assert "moderato doctor --data" in told.todo
