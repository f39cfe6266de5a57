"""Real servers for the tests: PostgreSQL, Redis and the processes of `moderato`, private to one test run.

All live below one temporary folder and on ports or sockets of their own, and all are tied to the test run: when it
ends, however it ends, they end. Folders that a killed run left behind are swept by the next one. A server that is not
installed fails the test, with the sentence what to install; nothing is skipped.

Start them from the main thread: a server ends with the thread that started it.
"""

import atexit
import contextlib
import fcntl
import functools
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import psutil
import psycopg
from psycopg import sql

from service import signs
from service.lifeline import tied

PREFIX = "moderato-tests-"
PATIENCE = 60.0
"""Seconds that anything may take on the slowest machine: a deadline for what is broken, no measure of what is slow."""
TEMPORARY = Path("/tmp")  # noqa: S108 - not TMPDIR: a socket's path has to be short; what we make in it is ours alone


class NotInstalled(Exception):
    """What to install."""


@functools.cache
def workplace() -> Path:
    """Return this test run's folder; held by a lock until the process ends, then anybody's to sweep."""
    sweep(TEMPORARY)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=TEMPORARY))
    folder.chmod(0o711)  # PostgreSQL may have to run as another user
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def sweep(temporary: Path) -> None:
    """Remove the folders of test runs that are over."""
    for folder in temporary.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # somebody else's, or gone already
            lock = os.open(folder / "lock", os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def own_name(word: str) -> str:
    """A name that begins so and that nobody else takes: for a database in a cluster that many tests share."""
    return f"{word}_{secrets.token_hex(6)}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def wait_until(done: Callable[[], bool], seconds: float, otherwise: Callable[[], str]) -> None:
    """Look again and again until it is done; fail with a sentence after `seconds`."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise())
        time.sleep(0.02)


def all_gone(processes: Iterable[psutil.Process], seconds: float = PATIENCE) -> bool:
    """Tell whether they all end in time. Dead is enough: in some containers nobody buries orphans."""

    def gone(process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):
            return process.status() == psutil.STATUS_ZOMBIE or not process.is_running()
        return True

    waited_for = list(processes)
    with contextlib.suppress(TimeoutError):
        wait_until(lambda: all(map(gone, waited_for)), seconds, str)
    return all(map(gone, waited_for))


class Process:
    """A program of our own process group, with its output in a file; a context manager."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        log: Path | None = None,
        tie: Callable[[Sequence[str]], list[str]] = tied,  # how it is bound to end with us
    ) -> None:
        self.name = name
        self.command = list(command)
        self.env = env
        self.log = log or Path(tempfile.mkstemp(prefix=f"{name}-", suffix=".log", dir=workplace())[1])
        self.cwd = cwd
        self._tie = tie
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ProcessLookupError(f"{self.name} is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def start(self) -> Self:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._tie(self.command),
                env=self.env,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        return self

    def wait_for(self, done: Callable[[], bool], seconds: float = PATIENCE) -> Self:
        """Wait until it does what is expected; dying meanwhile, or taking too long, fails with what it said."""

        def done_or_dead() -> bool:
            if not self.running:
                raise ChildProcessError(f"{self.name} ended at once:\n{self.output()}")
            return done()

        wait_until(done_or_dead, seconds, lambda: f"{self.name} was not ready in {seconds} s:\n{self.output()}")
        return self

    def wait_for_output(self, pattern: str, seconds: float = PATIENCE) -> Self:
        return self.wait_for(lambda: re.search(pattern, self.output()) is not None, seconds)

    def signal(self, sig: int) -> None:
        os.kill(self.pid, sig)

    def terminate(self, seconds: float = PATIENCE) -> int:
        """Ask it to end, and return its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float = PATIENCE) -> int:
        if self._process is None:
            raise ProcessLookupError(f"{self.name} is not running")
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{self.name} did not end in {seconds} s:\n{self.output()}") from None
        self.kill()  # what it may have left of its group
        return code

    def kill(self) -> None:
        """End it and all its children at once, as a power cut would. Not running is fine."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None


def moderato(
    *arguments: str, env: Mapping[str, str], log: Path | None = None, program: Sequence[str] = ("-m", "workers.cli")
) -> Process:
    """Return the process of `moderato ARGUMENTS`; of the caller's environment it gets only what finds programs."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
    return Process(
        f"moderato-{arguments[0]}",
        [sys.executable, *program, *arguments],
        env={**inherited, "PYTHONUNBUFFERED": "1", **env},
        log=log,
    )


def api(env: Mapping[str, str], *arguments: str, port: int | None = None) -> tuple[Process, str]:
    """Start `moderato api` and return it, when it answers, with its address."""
    port = port or free_port()
    process = moderato("api", "--host", "127.0.0.1", "--port", str(port), *arguments, env=env).start()
    process.wait_for(lambda: answers(port, "/healthz"))
    return process, f"http://127.0.0.1:{port}"


def answers(port: int, path: str) -> bool:
    """Tell whether GET `path` is answered by 200."""
    return signs.answers("127.0.0.1", port, path, 5)


class Redis:
    """A Redis of our own, on a socket (`tcp=True`: on a port). Its address stays the same over restarts."""

    def __init__(self, *, tcp: bool = False, append_only: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="redis-", dir=workplace()))
        self.port = free_port() if tcp else 0
        self.url = f"redis://127.0.0.1:{self.port}/0" if tcp else f"unix://{self.folder}/redis.sock"
        settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self.folder),
            "appendonly": "yes" if append_only else "no",
            "save": "",
            "unixsocket": f"{self.folder}/redis.sock",
            "unixsocketperm": "700",
        }
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self.process = Process("redis", [_redis_server(), *options])

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        self.process.start().wait_for(self._answers)
        return self

    def stop(self) -> None:
        if self.process.running:
            self.process.terminate()

    def kill(self, *, lose_data: bool = False) -> None:
        """Crash it; `lose_data` as when its disk is lost or it kept nothing on one."""
        self.process.kill()
        if lose_data:
            for kept in ("dump.rdb", "appendonlydir"):
                path = self.folder / kept
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def restart(self) -> Self:
        self.stop()
        return self.start()

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(f"{self.folder}/redis.sock")
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
            except OSError:
                return False


def _redis_server() -> str:
    found = shutil.which("redis-server")
    if found is None:
        raise NotInstalled("redis-server is not installed: apt-get install redis-server")
    return found


def browser() -> str:
    """Return the path of the browser that Playwright is to start."""
    found = shutil.which("chromium-headless-shell")
    if found is None:
        raise NotInstalled("The browser is not installed: apt-get install chromium-headless-shell")
    return found


class PostgreSQL:
    """A PostgreSQL of our own; with TEST_DATABASE_URL set the one that is there, which then can't be crashed.

    `durable` keeps what it has committed also over `kill`; without it the disk is never waited for.
    """

    def __init__(self, *, durable: bool = False) -> None:
        given = os.environ.get("TEST_DATABASE_URL")
        self.process: Process | None = None
        if given:
            self.url = given
            return
        self.port = free_port()
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"
        self.folder = Path(tempfile.mkdtemp(prefix="postgresql-", dir=workplace()))
        programs = postgresql_programs()
        tie = _not_as_root(self.folder)
        env = {**os.environ, "LC_ALL": "C"}
        with Process(
            "initdb",
            [
                *(f"{programs}/initdb", "-D", f"{self.folder}/data", "--username=postgres", "--auth=trust"),
                *("--encoding=UTF8", "--locale=C", "--no-sync"),
            ],
            env=env,
            cwd=Path("/"),
            tie=tie,
        ) as initdb:
            if initdb.wait():
                raise ChildProcessError(f"initdb failed:\n{initdb.output()}")
        settings = {"max_connections": "200"}
        if not durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        self.process = Process(
            "postgresql",
            [
                *(f"{programs}/postgres", "-D", f"{self.folder}/data"),
                *("-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder)),
                *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
            ],
            env=env,
            cwd=Path("/"),
            tie=tie,
        )

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        if self.process is not None:
            self.process.start().wait_for(self._answers)
        return self

    def stop(self) -> None:
        """End it in order, whoever is still connected."""
        if self.process is not None and self.process.running:
            self.process.signal(signal.SIGINT)
            self.process.wait()

    def kill(self) -> None:
        """Crash it: all its processes at once, so that nothing is written any more."""
        if self.process is None:
            raise RuntimeError("The server of TEST_DATABASE_URL is not ours to crash; unset it for these tests")
        family = psutil.Process(self.process.pid).children(recursive=True)  # leaders of sessions of their own
        self.process.signal(signal.SIGSTOP)
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.kill()
        all_gone(family)

    def restart(self) -> Self:
        self.stop()
        return self.start()

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database (a copy of `template`, which nobody may be connected to) and return its URL."""
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        self._execute(statement)
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()

    def drop_database(self, name: str) -> None:
        """Drop the database, if it is there, under the feet of whoever is connected."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._conninfo(), autocommit=True) as connection:
            connection.execute(statement)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._conninfo(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _conninfo(self) -> str:
        return urlsplit(self.url)._replace(scheme="postgresql").geturl()


def postgresql_programs() -> Path:
    """Return the folder of initdb and postgres; Debian keeps them off PATH."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: -float(folder.parent.name))
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NotInstalled("PostgreSQL's server is not installed: apt-get install postgresql")


def _not_as_root(folder: Path) -> Callable[[Sequence[str]], list[str]]:
    """Return how PostgreSQL is started, which refuses to run as root. No user is made for it.

    Root becomes another user: in a user namespace, where the files remain root's, or else `nobody`, who is given
    `folder`. Becoming another user makes the kernel forget whom to end with, so the request is made after it.
    """
    ending_with_us = ["setpriv", "--pdeathsig", "QUIT"]  # QUIT: at once, with all its children
    if os.geteuid() != 0:
        return functools.partial(tied, sig=signal.SIGQUIT)
    apart = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode == 0:
        become = [*apart, *ending_with_us]
    else:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        become = [*ending_with_us, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    return lambda command: [*become, *command]
