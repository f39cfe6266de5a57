"""`moderato run`: everything on one machine, for a first look, for development and for small sites.

A private Redis, then the migrations and the demo site, then API, worker and beat: children of one foreground process,
which ends with exit code 0 when it is asked to (Ctrl-C, SIGTERM), and with 1 and a sentence when it cannot go on.
What the environment already sets is used as it is: with MODERATO_DATABASE_URL there is no SQLite file, with
MODERATO_REDIS_URL no private Redis.
"""

import errno
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from service.domain.comment import Lane
from service.handoff import LANES
from service.lifeline import tied
from service.signs import answers
from workers.datafolder import DATABASE, SECRETS, TOKEN, WHEREABOUTS, Unusable, kept_secrets, opened, socket_folder
from workers.heartbeat import PREFIX
from workers.supervisor import GaveUp, Program, Stopped, Supervisor

HOST = "127.0.0.1"
PROJECT = Path(__file__).resolve().parent.parent
DATA = PROJECT / ".data"
LASTING = ("MODERATO_DATABASE_URL", "MODERATO_SECRET_KEYS", "MODERATO_AUTHOR_SECRET")  # belong together for ever
WORKER_KEYS = f"{PREFIX}*"  # a living worker renews its own, with an expiry
GLANCE = 0.05  # seconds between two looks at what we wait for
SILENCES = {"worker": 30.0, "api": 60.0}
"""Seconds for which a command may not say that it gets on: a worker does every two, the API whenever it answers."""
SLOW = 15.0  # seconds of waiting after which we say for what


class CannotStart(Exception):
    """What stands in the way, in a sentence to the operator."""


@click.command()
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option(
    "--data",
    default=DATA,
    type=click.Path(path_type=Path),
    help="Where everything is kept, made with mode 0700.  [default: .data beside pyproject.toml]",
)
@click.option("--json", "as_json", is_flag=True, help="When ready, print one line of JSON on standard output.")
def run(port: int, data: Path, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Run API, worker and beat in the foreground, with a demo site to try."""
    os.umask(0o077)
    try:
        port = free_port(port)
        with (
            opened(data) as folder,
            socket_folder(folder / "redis") as sockets,
            Supervisor() as supervisor,
        ):
            facts = bring_up(supervisor, folder, sockets / "redis.sock", port)
            announce(facts, as_json=as_json)
            supervisor.forever()
    except Stopped:
        say("stopped.")
    except (CannotStart, Unusable, GaveUp) as problem:
        say(str(problem))
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class Facts:
    """What one needs to know to use it."""

    api: str
    site: str
    article: str
    token: str


def bring_up(supervisor: Supervisor, folder: Path, redis_socket: Path, port: int) -> Facts:
    """Start everything in its order, and return when comments can be sent and are judged."""
    env = environment(folder, redis_socket, port)
    whereabouts = {"redis_socket": str(redis_socket), "port": port, "digests": digests(folder, env)}
    (folder / WHEREABOUTS).write_text(json.dumps(whereabouts) + "\n")
    shutil.rmtree(folder / "metrics", ignore_errors=True)  # counters begin anew with us
    private_redis = not os.environ.get("MODERATO_REDIS_URL")
    say(f"starting {'a private Redis, ' if private_redis else ''}API, worker and beat on port {port}; data in {folder}")
    if private_redis:
        start_redis(supervisor, folder / "redis", redis_socket)
        forget_workers(env["MODERATO_REDIS_URL"])
    prepared = prepare(supervisor, env, folder / TOKEN)
    if not prepared.get("complete", True):
        send_letters(supervisor, env)
    for name, arguments in (
        *workers(env),
        ("beat", ["beat"]),
        ("api", ["api", "--host", HOST, "--port", str(port)]),
    ):
        supervisor.start(Program(name, moderato(*arguments), env, silence=SILENCES.get(arguments[0])))
    wait(supervisor, "the API", lambda: answers(HOST, port, "/readyz", 2))
    wait(supervisor, "the worker", lambda: any_worker(env["MODERATO_REDIS_URL"]))
    return Facts(f"http://{HOST}:{port}", prepared["site"], prepared["article"], prepared["token"])


def workers(env: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """One worker, of whose processes one may be telling; with a scorer a second, so that no comment waits for it."""
    if not env.get("MODERATO_SCORER_URL"):
        return [("worker", ["worker", "--concurrency", "2"])]
    return [
        (
            "worker",
            ["worker", "--concurrency", "2", "--queues", ",".join(lane for lane in LANES if lane != Lane.SCORE)],
        ),
        ("scorer", ["worker", "--concurrency", "1", "--queues", Lane.SCORE]),
    ]


def announce(facts: Facts, *, as_json: bool) -> None:
    """Tell people where to go; with `as_json`, programs as well, who then have standard output to themselves."""
    demo, desk = f"{facts.api}/demo/", f"{facts.api}/desk/"
    click.echo(
        "\n".join(
            [
                "",
                f"  API    {facts.api}",
                f"  Demo   {demo}",
                f"  Desk   {desk}",
                f"  Token  {facts.token}  (an owner's, for the desk)",
                "",
                "  Ctrl-C stops everything.",
                "",
            ]
        ),
        err=as_json,
    )
    if as_json:
        line = {
            "ready": True,
            "api": facts.api,
            "demo": demo,
            "desk": desk,
            "site": facts.site,
            "article": facts.article,
            "moderator_token": facts.token,
        }
        click.echo(json.dumps(line))
    sys.stdout.flush()


def free_port(port: int) -> int:
    """Return the port if nobody listens there (0: any that is free)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as problem:
            why = "is in use" if problem.errno == errno.EADDRINUSE else f"cannot be had ({problem.strerror})"
            raise CannotStart(f"Port {port} {why}. Name another with --port.") from None
        number: int = probe.getsockname()[1]
        return number


def environment(folder: Path, redis_socket: Path, port: int) -> dict[str, str]:
    """Return what all children share: ours, and what is already set before it."""
    ours = {
        **kept_secrets(folder),
        "MODERATO_DATABASE_URL": f"sqlite:///{folder / DATABASE}",
        "MODERATO_REDIS_URL": f"unix://{quote(str(redis_socket))}",
        "MODERATO_PUBLIC_URL": f"http://{HOST}:{port}",
        "MODERATO_METRICS_DIR": str(folder / "metrics"),
        "MODERATO_STOP_SECONDS": "5",  # less than the grace of our programs
    }
    return ours | {name: value for name, value in os.environ.items() if value or name not in ours}


def nearest_data() -> Path | None:
    """Return the folder of the clone's own `moderato run`, if there is one and the environment says nothing."""
    told = any(name.startswith("MODERATO_") for name in os.environ)
    return DATA if not told and DATA.is_dir() else None


def environment_of(folder: Path) -> dict[str, str]:
    """Return the environment of what runs, or ran, in a folder; as much of it as is there. Makes nothing."""
    folder = folder.absolute()
    if not os.access(folder / SECRETS, os.R_OK):
        return dict(os.environ)
    told = whereabouts_of(folder)
    return environment(folder, Path(told.get("redis_socket", folder / "redis/redis.sock")), told.get("port", 8080))


def whereabouts_of(folder: Path) -> dict[str, Any]:
    """Return what the run that is going on in a folder, or the last one, said of itself; empty if there was none."""
    try:
        told: dict[str, Any] = json.loads((folder / WHEREABOUTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told


def digests(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Return by what another environment is seen to lead to other data, or to read them with other secrets.

    The folder's own database is known by that, wherever the folder is moved.
    """
    known = {name: env[name].replace(f"sqlite:///{folder.absolute()}/", "") for name in LASTING if name in env}
    return {name: hashlib.sha256(value.encode()).hexdigest() for name, value in known.items()}


def moderato(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "workers.cli", *arguments]


def start_redis(supervisor: Supervisor, folder: Path, redis_socket: Path) -> None:
    """Start a Redis that only we can reach; what it holds survives a restart, but for a last second at worst.

    SIGTERM is its SHUTDOWN SAVE (it has save points), also when it comes because we were killed.
    """
    server = shutil.which("redis-server")
    if server is None:
        raise CannotStart("redis-server is not installed: apt-get install redis-server")
    folder.mkdir(mode=0o700, exist_ok=True)
    settings = {
        "port": "0",
        "unixsocket": str(redis_socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    options += ["--save", "3600", "1"]
    supervisor.start(Program("redis", [server, *options], orphaned=signal.SIGTERM))
    wait(supervisor, "Redis", lambda: answers_ping(redis_socket))


def prepare(supervisor: Supervisor, env: Mapping[str, str], token_file: Path) -> dict[str, Any]:
    """Bring the database up to date, with the demo site in it and an owner's token that works."""
    code, output = finished(supervisor, env, "prepare", "--json", "--token-file", str(token_file))
    if code:
        raise CannotStart("The database could not be prepared; what was said is above.")
    prepared: dict[str, Any] = json.loads(output.splitlines()[-1])
    return prepared


def send_letters(supervisor: Supervisor, env: Mapping[str, str]) -> None:
    """Fill the demo's newspaper, once. Without its letters it is a poorer demo, and no reason not to start."""
    code, _ = finished(supervisor, env, "letters")
    if code:
        say("the demo's letters are not all there; what was said is above. The next start goes on with them")


def finished(supervisor: Supervisor, env: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    """Run one of our commands to its end, while the supervisor does its work: its exit code and standard output."""
    with subprocess.Popen(
        tied(moderato(*arguments)),
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as process:
        try:
            while process.poll() is None:
                supervisor.turn(SLOW)
        except BaseException:
            process.kill()
            raise
        output = process.stdout.read() if process.stdout else ""
    return process.returncode, output


def wait(supervisor: Supervisor, whom: str, ready: Callable[[], bool]) -> None:
    """Wait until it is ready, while the supervisor does its work (and raises if it must)."""
    complain_at = time.monotonic() + SLOW
    while not ready():
        supervisor.turn(GLANCE)
        if time.monotonic() > complain_at:
            say(f"still waiting for {whom}")
            complain_at += SLOW


def answers_ping(redis_socket: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(redis_socket))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")  # while it still loads: -LOADING
        except OSError:
            return False


def any_worker(redis_url: str) -> bool:
    """Tell whether a worker has lately said that it lives."""
    import redis

    try:
        with redis.Redis.from_url(redis_url) as client:
            return any(True for _ in client.scan_iter(WORKER_KEYS))
    except redis.RedisError:
        return False


def forget_workers(redis_url: str) -> None:
    """Remove the signs of life that the workers of the last run have left in our Redis."""
    import redis

    with redis.Redis.from_url(redis_url) as client:
        for key in client.scan_iter(WORKER_KEYS):
            client.delete(key)


def say(sentence: str) -> None:
    click.echo(f"moderato: {sentence}", err=True)
