"""`moderato run` around stand-ins for its children: the order, the sentences, what lasts and what must not."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from click.testing import CliRunner

from tests.servers import PATIENCE, Redis, all_gone, wait_until
from workers import datafolder
from workers.cli import main
from workers.embedded import CannotStart, environment, free_port, workers

# `moderato run`, with children that only seem to be API, worker, beat and prepare.
RUN = """
import sys, workers.embedded as embedded
embedded.moderato = lambda *arguments: [sys.executable, sys.argv[1], *arguments]
embedded.run(args=sys.argv[2:])
"""
STAND_INS = """
import http.server, json, os, pathlib, redis, sys, time
part, data = sys.argv[1], pathlib.Path(os.environ["SEEN"])
with data.open("a") as seen:
    print(part, file=seen)
client = redis.Redis.from_url(os.environ["MODERATO_REDIS_URL"])
if part == "prepare":
    if os.environ.get("BROKEN") == part:
        sys.exit("no such table")
    assert not client.keys("moderato:worker:*"), "a worker of the last run still seems alive"
    pathlib.Path(sys.argv[-1]).write_text("token")
    print(json.dumps({"site": "demo", "article": "first", "token": "token"}))
elif part == "api":
    class Ready(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/readyz" else 404)
            self.end_headers()
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[-1])), Ready).serve_forever()
elif part == "worker":
    client.set("moderato:worker:one", "1")
    time.sleep(600)
else:
    time.sleep(600)
"""


class Run:
    """A `moderato run` with stand-ins."""

    def __init__(self, folder: Path, *arguments: str, **env: str) -> None:
        (folder / "stand_ins.py").write_text(STAND_INS)
        self.data = folder / "data"
        self.seen = folder / "seen"
        self._told = folder / "told"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MODERATO_")}
        with self._told.open("a") as told:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUN, str(folder / "stand_ins.py"), "--data", str(self.data), *arguments],
                env={**clean, "SEEN": str(self.seen), **env},
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
            )

    def ready(self) -> Mapping[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.told()
        facts: Mapping[str, Any] = json.loads(line)
        return facts

    def told(self) -> str:
        return self._told.read_text()

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def ends(self) -> int:
        return self.process.wait(PATIENCE)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def begin(*arguments: str, **env: str) -> Run:
        run = Run(tmp_path, "--port", "0", *arguments, **env)
        runs.append(run)
        return run

    yield begin
    for run in runs:
        run.process.kill()
        run.process.communicate()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_when_all_is_ready_one_line_says_where(start: Callable[..., Run]) -> None:
    run = start("--json")
    facts = run.ready()
    api = facts["api"]
    assert facts == {
        "ready": True,
        "api": api,
        "demo": f"{api}/demo/",
        "desk": f"{api}/desk/",
        "site": "demo",
        "article": "first",
        "moderator_token": "token",
    }
    wait_until(lambda: len(run.seen.read_text().split()) == 4, PATIENCE, run.told)  # nobody waits for beat
    assert run.seen.read_text().split()[0] == "prepare"
    assert sorted(run.seen.read_text().split()) == ["api", "beat", "prepare", "worker"]
    assert "starting a private Redis, API, worker and beat" in run.told()


def test_without_json_people_read_the_addresses_on_standard_output(start: Callable[..., Run]) -> None:
    run = start()
    assert run.process.stdout is not None
    lines = [run.process.stdout.readline() for _ in range(5)]
    assert lines[1].startswith("  API    http://127.0.0.1:")
    assert "token" in lines[4]


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_end_it_ends_well_and_alone(start: Callable[..., Run], sig: signal.Signals) -> None:
    run = start("--json")
    run.ready()
    family = run.family()
    assert len(family) == 4
    run.process.send_signal(sig)
    assert run.ends() == 0
    assert all_gone(family)


def test_kill_9_leaves_no_orphan_and_a_folder_that_starts_again(start: Callable[..., Run]) -> None:
    run = start("--json")
    run.ready()
    family = run.family()
    run.process.kill()
    assert all_gone(family)
    assert start("--json").ready()["ready"]


def test_what_redis_held_is_there_after_a_restart(start: Callable[..., Run]) -> None:
    for held in (None, b"1"):
        run = start("--json")
        run.ready()
        with redis.Redis(unix_socket_path=str(run.data / "redis" / "redis.sock")) as client:
            assert client.get("kept") == held
            client.set("kept", "1")
        run.process.send_signal(signal.SIGTERM)
        assert run.ends() == 0


def test_everything_in_the_folder_is_private(start: Callable[..., Run]) -> None:
    run = start("--json")
    run.ready()
    assert mode(run.data) == 0o700
    assert mode(run.data / "redis") == 0o700
    assert mode(run.data / "secrets.json") == 0o600
    assert mode(run.data / "moderator-token") == 0o600


def test_a_second_run_in_the_same_folder_is_refused(start: Callable[..., Run]) -> None:
    start("--json").ready()
    second = start()
    assert second.ends() == 1
    assert "Another `moderato run` is using" in second.told()


def test_a_port_in_use_is_one_sentence_and_nothing_is_started(start: Callable[..., Run]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = start("--port", str(port))
        assert run.ends() == 1
    assert run.told() == f"moderato: Port {port} is in use. Name another with --port.\n"
    assert not run.data.exists()


def test_a_database_that_cannot_be_prepared_ends_it(start: Callable[..., Run]) -> None:
    run = start(BROKEN="prepare")
    assert run.ends() == 1
    assert "no such table" in run.told()
    assert "The database could not be prepared" in run.told()


def test_with_a_redis_of_ones_own_no_other_is_started(start: Callable[..., Run]) -> None:
    with Redis() as own:
        run = start("--json", MODERATO_REDIS_URL=own.url)
        run.ready()
        assert len(run.family()) == 3
        assert not (run.data / "redis").exists()
        assert "starting API, worker and beat" in run.told()


def test_secrets_are_made_once(tmp_path: Path) -> None:
    first = datafolder.kept_secrets(tmp_path)
    assert datafolder.kept_secrets(tmp_path) == first
    key, _, value = first["MODERATO_SECRET_KEYS"].partition(":")
    assert (key, len(bytes.fromhex(value))) == ("k1", 32)
    assert len(bytes.fromhex(first["MODERATO_AUTHOR_SECRET"])) == 32


def test_what_the_environment_sets_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATO_DATABASE_URL", "postgresql://elsewhere/moderato")
    monkeypatch.setenv("MODERATO_AUTHOR_SECRET", "")
    env = environment(tmp_path, tmp_path / "redis.sock", 8080)
    assert env["MODERATO_DATABASE_URL"] == "postgresql://elsewhere/moderato"
    assert env["MODERATO_REDIS_URL"] == f"unix://{tmp_path}/redis.sock"
    assert env["MODERATO_PUBLIC_URL"] == "http://127.0.0.1:8080"
    assert len(env["MODERATO_AUTHOR_SECRET"]) == 64


@pytest.mark.parametrize(
    ("told", "arguments", "folder"),
    [
        ({}, ["site", "--help"], "own"),
        ({}, ["token", "--help"], "own"),
        ({}, ["--data", "{other}", "site", "--help"], "other"),
        ({}, ["api", "--help"], None),
        ({}, ["migrate", "--help"], None),
        ({"MODERATO_REDIS_URL": "redis://elsewhere"}, ["site", "--help"], None),
    ],
)
def test_whoever_has_no_settings_means_the_clones_own_run(
    told: dict[str, str], arguments: list[str], folder: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("own", "other"):
        (tmp_path / name).mkdir()
        datafolder.kept_secrets(tmp_path / name)
    given = {name: value for name, value in os.environ.items() if not name.startswith("MODERATO_")} | told
    monkeypatch.setattr(os, "environ", given)
    monkeypatch.setattr("workers.embedded.DATA", tmp_path / "own")

    done = CliRunner().invoke(main, [each.format(other=tmp_path / "other") for each in arguments])

    assert done.exit_code == 0
    assert given.get("MODERATO_DATABASE_URL") == (folder and f"sqlite:///{tmp_path / folder / 'moderato.db'}")


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    tmp_path.chmod(0o755)
    with pytest.raises(datafolder.Unusable, match="holds other things"), datafolder.opened(tmp_path):
        pass
    assert mode(tmp_path) == 0o755


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(datafolder.Unusable, match="cannot be used: File exists"),
        datafolder.opened(tmp_path / "file" / "data"),
    ):
        pass


def test_a_socket_that_would_have_too_long_a_name_lives_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    with datafolder.socket_folder(deep) as place:
        assert len(os.fsencode(place / "redis.sock")) <= datafolder.SOCKET_PATH_LIMIT
        assert mode(place) == 0o700
    assert not place.exists()


def test_a_short_enough_name_stays(tmp_path: Path) -> None:
    with datafolder.socket_folder(Path("/short")) as place:
        assert place == Path("/short")


def test_one_worker_takes_from_all_lanes_and_with_a_scorer_its_lane_has_its_own() -> None:
    assert workers({}) == [("worker", ["worker", "--concurrency", "2"])]

    with_scorer = workers({"MODERATO_SCORER_URL": "http://127.0.0.1:9/"})

    assert [(name, arguments[-1]) for name, arguments in with_scorer] == [
        ("worker", "judge,tell,upkeep"),
        ("scorer", "score"),
    ]


def test_port_nought_is_any_that_is_free() -> None:
    assert free_port(0) > 0


def test_a_port_that_is_not_ours_to_take(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refused)
    with pytest.raises(CannotStart, match=r"Port 80 cannot be had \(Permission denied\)"):
        free_port(80)
