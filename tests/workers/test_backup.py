"""Backups: what they hold, what they refuse, and what is true after a restore, on both databases."""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from service.settings import Settings
from service.store.comments import Comment
from service.store.sites import Article
from tests.factories import House, environment
from tests.scorer import ScorerServer as Receiver
from tests.scorer import answers
from tests.servers import Redis, postgresql_programs
from workers.cli import main
from workers.datafolder import WHEREABOUTS, kept_secrets, opened
from workers.delivery import tell
from workers.embedded import digests, environment_of

GUIDE = Path(__file__).parents[2] / "docs/guides/operator.md"


def command(*arguments: str | Path, **env: str) -> Result:
    clean = {name: None for name in os.environ if name.startswith("MODERATO_")}
    return CliRunner().invoke(main, [str(each) for each in arguments], env={**clean, **env})


def house_in(folder: Path, redis: Redis) -> House:
    """The service on a data folder, as `moderato run` would have it."""
    with opened(folder):
        env = environment(f"sqlite:///{folder}/moderato.db", redis.url) | kept_secrets(folder)
    return House(Settings.from_env(env))


@pytest.fixture
def data(tmp_path: Path, sqlite_template: Path) -> Path:
    """A data folder with a migrated database."""
    folder = tmp_path / "data"
    with opened(folder):
        kept_secrets(folder)
        shutil.copy(sqlite_template, folder / "moderato.db")
        (folder / "moderator-token").write_text("a token\n")
    return folder


@pytest.fixture
def made(data: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    file = tmp_path / "backup"
    done = command("backup", file, "--data", data)
    assert done.exit_code == 0, done.output
    return file


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """By hand: what `tarfile` does safely by itself differs between the Pythons that we run on."""
    folder.mkdir(exist_ok=True)
    for member in tar:
        content = tar.extractfile(member)
        assert content is not None
        (folder / member.name).write_bytes(content.read())


def test_a_backup_is_private_and_says_so(made: Path, data: Path) -> None:
    said = command("backup", made, "--data", data, "--force").output

    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert "0 comments" in said
    assert "secrets and readers' addresses" in said
    assert [each.name for each in made.parent.iterdir() if each.name.startswith(".")] == []


def test_what_a_backup_left_that_was_killed_is_gone_with_the_next(data: Path, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as killed:
        killed.wait()
    living, dead = tmp_path / f".nightly.tar.gz.{os.getppid()}", tmp_path / f".nightly.tar.gz.{killed.pid}"
    others = tmp_path / f".weekly.tar.gz.{killed.pid}", tmp_path / ".nightly.tar.gz.part"
    for each in (living, dead, *others):
        each.mkdir()
        (each / "copy.db").write_text("all that is private")

    done = command("backup", tmp_path / "nightly.tar.gz", "--data", data)

    assert done.exit_code == 0, done.output
    assert not dead.exists()
    assert all(each.exists() for each in (living, *others))


def test_it_is_a_tar_that_anybody_can_open(made: Path, tmp_path: Path) -> None:
    with tarfile.open(made) as tar:
        assert tar.getnames() == ["backup.json", "secrets.json", "moderator-token", "moderato.db"]
        assert {member.mode for member in tar} == {0o600}
        unpack(tar, tmp_path / "taken")
    with sqlite3.connect(tmp_path / "taken/moderato.db") as copy:
        assert copy.execute("SELECT count(*) FROM sites").fetchone() == (0,)


def test_the_folder_may_be_named_before_the_command_as_elsewhere(data: Path, tmp_path: Path) -> None:
    assert command("--data", data, "backup", tmp_path / "one").exit_code == 0
    restored = command("--data", tmp_path / "new", "restore", tmp_path / "one")

    assert restored.exit_code == 0
    assert "is set" not in restored.output
    assert (tmp_path / "new/secrets.json").read_text() == (data / "secrets.json").read_text()
    assert (tmp_path / "new/moderator-token").read_text() == "a token\n"


def test_secrets_of_the_environment_are_those_that_are_kept(data: Path, tmp_path: Path) -> None:
    given = {"MODERATO_SECRET_KEYS": "k9:" + "9a" * 32}
    command("backup", tmp_path / "one", "--data", data, **given)

    said = command("restore", tmp_path / "one", "--data", tmp_path / "new", **given).output

    assert json.loads((tmp_path / "new/secrets.json").read_text())["MODERATO_SECRET_KEYS"] == "k9:" + "9a" * 32
    assert "MODERATO_SECRET_KEYS is set" in said, "whoever changes it later would wonder"


@pytest.mark.parametrize("name", ["MODERATO_SECRET_KEYS", "MODERATO_AUTHOR_SECRET", "MODERATO_DATABASE_URL"])
def test_what_would_be_worthless_with_these_secrets_is_not_written(data: Path, tmp_path: Path, name: str) -> None:
    """As when a unit file gives them to `moderato run`, and nobody to the nightly backup."""
    elsewhere = tmp_path / "elsewhere.db"
    shutil.copy(data / "moderato.db", elsewhere)
    other = {
        "MODERATO_SECRET_KEYS": "k9:" + "9a" * 32, "MODERATO_AUTHOR_SECRET": "9b" * 32,
        "MODERATO_DATABASE_URL": f"sqlite:///{elsewhere}",
    }[name]  # fmt: skip
    in_use = environment_of(data) | {name: other}
    (data / WHEREABOUTS).write_text(json.dumps({"digests": digests(data, in_use)}))

    said = command("backup", tmp_path / "one", "--data", data)

    assert said.exit_code == 1
    assert f"with another {name} than is set here" in said.output
    assert not (tmp_path / "one").exists()
    assert other not in said.output
    assert command("backup", tmp_path / "one", "--data", data, **{name: other}).exit_code == 0


def test_a_folder_that_was_moved_is_backed_up_as_before(data: Path, tmp_path: Path) -> None:
    (data / WHEREABOUTS).write_text(json.dumps({"digests": digests(data, environment_of(data))}))
    moved = data.rename(tmp_path / "moved")

    assert command("backup", tmp_path / "one", "--data", moved).exit_code == 0


def test_so_is_one_into_which_another_was_restored(data: Path, made: Path, tmp_path: Path) -> None:
    """What the run before the restore was started with is of no interest any more."""
    (data / WHEREABOUTS).write_text(json.dumps({"digests": digests(data, {"MODERATO_AUTHOR_SECRET": "9b" * 32})}))
    assert command("restore", made, "--data", data, "--force").exit_code == 0

    assert command("backup", tmp_path / "one", "--data", data).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "env", "sentence"),
    [
        (("backup", "{made}", "--data", "{data}"), {}, "is there already"),
        (("backup", "{new}", "--data", "{nowhere}"), {}, "There is nothing of `moderato run` in"),
        (("backup", "{new}", "--data", "{data}"), {"MODERATO_DATABASE_URL": "postgresql://h/d"}, "pg_dump"),
        (("backup", "{nowhere}/new", "--data", "{data}"), {}, "No such file or directory"),
        (("restore", "{made}", "--data", "{data}"), {}, "holds a service already"),
        (("restore", "{data}/secrets.json", "--data", "{nowhere}"), {}, "was not made by `moderato backup`"),
    ],
)
def test_what_it_refuses_it_says_in_a_sentence(
    made: Path, data: Path, tmp_path: Path, arguments: tuple[str, ...], env: dict[str, str], sentence: str
) -> None:
    before = everything_in(data)
    where = {"made": made, "data": data, "new": tmp_path / "new", "nowhere": tmp_path / "nowhere"}

    done = command(*(each.format(**where) for each in arguments), **env)

    assert done.exit_code == 1
    assert done.output.startswith("Error: ")
    assert sentence in done.output
    assert everything_in(data) == before
    assert not (tmp_path / "new").exists()


def test_nobody_is_overwritten_while_running_not_even_by_force(made: Path, data: Path) -> None:
    with opened(data):
        done = command("restore", made, "--data", data, "--force")

    assert done.exit_code == 1
    assert "Another `moderato run` is using" in done.output


def test_a_backup_of_a_newer_release_is_refused_and_changes_nothing(data: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    with opened(newer):
        kept_secrets(newer)
        shutil.copy(data / "moderato.db", newer / "moderato.db")
    file, before = tmp_path / "one", everything_in(data)
    assert command("backup", file, "--data", newer).exit_code == 0
    changed = repacked(file, tmp_path, "UPDATE alembic_version SET version_num = '9999_later'")

    done = command("restore", changed, "--data", data, "--force")

    assert done.exit_code == 1
    assert "another release (revision 9999_later)" in done.output
    assert everything_in(data) == before


def repacked(file: Path, tmp_path: Path, statement: str) -> Path:
    """The same backup, as if its database had been like that."""
    folder = tmp_path / "repacked"
    with tarfile.open(file) as tar:
        unpack(tar, folder)
    with sqlite3.connect(folder / "moderato.db") as database:
        database.execute(statement)
    note = json.loads((folder / "backup.json").read_text())
    note["sha256"]["moderato.db"] = hashlib.sha256((folder / "moderato.db").read_bytes()).hexdigest()
    (folder / "backup.json").write_text(json.dumps(note))
    with tarfile.open(tmp_path / "changed", "w:gz") as tar:
        for name in ("backup.json", "secrets.json", "moderato.db"):
            tar.add(folder / name, name)
    return tmp_path / "changed"


@pytest.mark.parametrize("fault", ["cut", "flipped", "empty", "text"])
def test_a_damaged_file_is_refused_wherever_the_damage_is_and_changes_nothing(
    made: Path, data: Path, fault: str
) -> None:
    whole, before = made.read_bytes(), everything_in(data)
    places = range(1, len(whole) - 8, len(whole) // 25) if fault in {"cut", "flipped"} else [0]
    for place in places:
        flipped = bytes([whole[place] ^ 0x55])
        made.write_bytes(
            {
                "cut": whole[:place],
                "flipped": whole[:place] + flipped + whole[place + 1 :],
                "empty": b"",
                "text": b"id,name\n1,Zoe\n",
            }[fault]
        )

        done = command("restore", made, "--data", data, "--force")

        if done.exit_code == 0:  # gzip's header has bytes that mean nothing, as the time
            assert fault == "flipped"
            assert place < 10
            before = everything_in(data)
            continue
        assert done.exit_code == 1, done.output
        assert done.output.startswith("Error: ")
        assert everything_in(data) == before, place


def test_a_restore_that_is_interrupted_is_finished_by_whoever_has_the_folder_next(
    made: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power fails before, between and after each of the files is put in place: all old, or all new."""
    wanted = {"secrets.json", "moderator-token", "moderato.db"}
    with opened(tmp_path / "clean"):
        pass
    command("restore", made, "--data", tmp_path / "clean")
    new = {name: (tmp_path / "clean" / name).read_bytes() for name in wanted}
    for steps in range(len(wanted) + 1):
        folder = tmp_path / f"interrupted-{steps}"
        shutil.copytree(data, folder)
        (folder / "moderato.db-wal").write_bytes(b"of the old database")
        (folder / "secrets.json").write_text("{}")
        (folder / "moderator-token").write_text("old\n")

        with monkeypatch.context() as patched:
            left = iter(range(steps))
            replace = Path.replace

            def fail_then(path: Path, to: Path, left: Iterator[int] = left, replace: Any = replace) -> Path:
                next(left)  # StopIteration: the power is off
                found: Path = replace(path, to)
                return found

            patched.setattr(Path, "replace", fail_then)
            done = command("restore", made, "--data", folder, "--force")
            assert (done.exit_code == 0) == (steps == len(wanted))

        with opened(folder):
            assert {name: (folder / name).read_bytes() for name in wanted} == new
            assert not (folder / "moderato.db-wal").exists()
            assert not (folder / "restored").exists()


# --- what is true after it, on both databases ---------------------------------------------------------------------


class Recipe(Protocol):
    """A way to back a house up, and to have it again as it was."""

    house: House

    def backup(self) -> None: ...

    def restore(self) -> House: ...


class Embedded:
    """`moderato backup`, `moderato restore`."""

    def __init__(self, data: Path, redis: Redis) -> None:
        self._data, self._redis, self._file = data, redis, data.parent / "backup"
        self.house = house_in(data, redis)

    def backup(self) -> None:
        done = command("backup", self._file, "--data", self._data)
        assert done.exit_code == 0, done.output

    def restore(self) -> House:
        done = command("restore", self._file, "--data", self._data.parent / "again")
        assert done.exit_code == 0, done.output
        self.house = house_in(self._data.parent / "again", self._redis)
        return self.house


class PostgreSQLRecipe:
    """The commands for bare processes, as the operators' guide has them."""

    def __init__(self, url: str, redis: Redis, folder: Path) -> None:
        self._settings = Settings.from_env(environment(url, redis.url))
        self._database = url.replace("+psycopg", "")
        self._folder = folder
        self.house = House(self._settings)

    def backup(self) -> None:
        self._run(r"runuser -u postgres -- (pg_dump .* >moderato\.dump)")

    def restore(self) -> House:
        self.house.close()
        self._run(r"runuser -u postgres -- (pg_restore .* <moderato\.dump)")
        self.house = House(self._settings)
        return self.house

    def _run(self, pattern: str) -> None:
        found = re.search(pattern, GUIDE.read_text(encoding="utf-8"))
        assert found, "the guide has lost its recipe"
        script = re.sub(r" moderato ", f" '{self._database}' ", found[1])
        path = f"{postgresql_programs()}:{os.environ['PATH']}"
        done = subprocess.run(
            ["/bin/sh", "-euc", script], cwd=self._folder, env={"PATH": path}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


@pytest.fixture(params=["moderato backup", "pg_dump"])
def recipe(request: pytest.FixtureRequest, redis: Redis, tmp_path: Path) -> Iterator[Recipe]:
    made: Recipe
    if request.param == "pg_dump":
        made = PostgreSQLRecipe(request.getfixturevalue("postgresql_url"), redis, tmp_path)
    else:
        made = Embedded(request.getfixturevalue("data"), redis)
    made.house.site_id = made.house.add_site()
    yield made
    made.house.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(answers(b"null")) as running:
        yield running


def told(receiver: Receiver, comment: str, kind: str) -> Counter[str]:
    """The ids under which a receiver was told of that, and how often."""
    return Counter(
        each.headers["webhook-id"]
        for each in receiver.asked
        if each.document["type"] == kind and each.document["data"].get("comment") == comment
    )


def test_after_a_restore_all_is_as_it_was_and_goes_on(recipe: Recipe, receiver: Receiver) -> None:
    house = recipe.house
    house.allow_private_webhooks()
    house.webhook(receiver.url)
    published, held = house.published(), house.held()
    tell(house.room)
    pending = house.accepted()
    receipt = house.app.extensions["moderato"].keys.receipt(pending)
    recipe.backup()
    tell(house.room)
    house.judge()
    house.decide(held, "publish")
    late = house.published()
    tell(house.room)
    assert told(receiver, pending, "comment.published").total() == 1

    house = recipe.restore()
    house.allow_private_webhooks()

    assert [house.status(each) for each in (published, held, pending)] == ["published", "held", "pending"]
    with house.database.read() as connection:
        assert connection.execute(select(Comment.id).where(Comment.id == late)).all() == []
    assert house.client.get(f"/v1/receipts/{receipt}").get_json()["status"] == "pending"
    assert house.judge() == 1
    assert house.judge() == 0
    tell(house.room)
    assert house.status(pending) == "published"
    with house.database.read() as connection:
        assert connection.execute(select(Article.published_count)).scalar_one() == 2
    assert set(told(receiver, published, "comment.published").values()) == {1}, "told before the backup: not again"
    assert list(told(receiver, pending, "comment.submitted").values()) == [2], "told since: again, under the same id"
    verdicts = [
        each.document["data"] for each in receiver.asked
        if each.document["type"] == "comment.published" and each.document["data"]["comment"] == pending
    ]  # fmt: skip
    assert len(verdicts) == 2
    assert len({(each["comment"], each["version"]) for each in verdicts}) == 1, "by these a receiver knows it again"


def test_the_restored_secrets_are_those_that_authors_and_receipts_were_made_with(data: Path, redis: Redis) -> None:
    recipe = Embedded(data, redis)
    recipe.house.site_id = recipe.house.add_site()
    first = recipe.house.published(email="zoe@lecteurs.example.org")
    author = recipe.house.row(first).author_id
    recipe.backup()
    recipe.house.close()

    again = recipe.restore()

    second = again.accepted(email="zoe@lecteurs.example.org", body="La même personne, plus tard.")
    assert again.row(second).author_id == author
    again.close()
