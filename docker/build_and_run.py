"""Build the image for real and run it once, where there is no Docker: `.venv/bin/python docker/build_and_run.py`.

buildah builds the Dockerfile as it stands, over a Debian that mmdebstrap puts together; runc, which is what Docker runs
containers by, runs the services of compose.yaml as that file says: their commands, users, settings and limits. They
share a network of their own, in which there is nothing else, with a PostgreSQL and a Redis of this machine and nginx
under docker/nginx.conf. What that proves, and what it cannot, is said at the end. As root; about three minutes.
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent
COMPOSE: Final = yaml.safe_load((HERE / "compose.yaml").read_text(encoding="utf-8"))
NEEDED: Final = {
    "buildah": "buildah", "mmdebstrap": "mmdebstrap", "runc": "runc", "nginx": "nginx-light", "ip": "iproute2",
    "redis-server": "redis-server", "setpriv": "util-linux", "unshare": "util-linux",
}  # fmt: skip
SLIM: Final = ("man", "locale", "info", "doc")  # what Debian's slim images leave out as well
PROXY: Final = ("127.0.0.1", 8000)
ARTICLE: Final = "/v1/sites/journal/articles/r%C3%A9gion%2F%2F2026%2Fune-42"


class Failed(Exception):
    """What didn't go as it must, in a sentence."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    arguments.add_argument("--only-run", type=Path, help=argparse.SUPPRESS)
    only_run: Path | None = arguments.parse_args().only_run
    if only_run is not None:
        run_all(only_run)
        return
    need_all()
    with tempfile.TemporaryDirectory(prefix="moderato-image-", dir="/var/tmp") as made:
        work = Path(made)
        work.chmod(0o711)
        with built(work) as facts:
            (work / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
            apart = ["unshare", "--net", sys.executable, __file__, "--only-run", str(work)]
            code = subprocess.run(apart, check=False).returncode
    sys.exit(code)


def need_all() -> None:
    if os.geteuid() != 0:
        sys.exit("build_and_run.py: this makes root file systems and containers, so it wants root")
    lacking = sorted({package for program, package in NEEDED.items() if not shutil.which(program)})
    if not postgresql_programs():
        lacking.append("postgresql")
    if lacking:
        sys.exit(f"apt-get install --no-install-recommends {' '.join(lacking)}  # then again")


def say(sentence: str) -> None:
    print(f"docker: {sentence}", flush=True)


def done(*command: str | Path, give: str | None = None) -> str:
    """Run it to its end; what it printed. When it fails, what it said is the reason."""
    ended = subprocess.run([*map(str, command)], input=give, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise Failed(f"{' '.join(map(str, command))}\nended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return ended.stdout


# --- the image --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def built(work: Path) -> Iterator[dict[str, Any]]:
    """Build the image in a store of its own; yields its root file system, its configuration and its size."""
    buildah = ["buildah", "--root", str(work / "store"), "--runroot", str(work / "run"), "--storage-driver", "overlay"]
    started = time.monotonic()
    say("mmdebstrap puts Debian's base together, in place of the image debian:12-slim")
    slim = [f"--dpkgopt=path-exclude=/usr/share/{each}/*" for each in SLIM]
    tidy = '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin'
    done("mmdebstrap", "--quiet", "--variant=minbase", *slim, tidy, "bookworm", work / "base.tar")
    base = done(*buildah, "from", "scratch").strip()
    done(*buildah, "add", "--quiet", base, work / "base.tar", "/")
    done(*buildah, "commit", "--quiet", "--rm", base, "debian:12-slim")
    say("buildah builds docker/Dockerfile")
    building = [*buildah, "build", "--isolation", "chroot", "--format", "docker", "--pull-never", "--tag", "moderato"]
    done(*building, *as_pip_is_told(work), "--file", HERE / "Dockerfile", ROOT)
    say(f"built in {time.monotonic() - started:.0f} s, the base included")
    container = done(*buildah, "from", "--pull-never", "moderato").strip()
    try:
        root = done(*buildah, "mount", container).strip()
        config = json.loads(done(*buildah, "inspect", "--type", "image", "moderato"))["Docker"]["config"]
        done(*buildah, "push", "--quiet", "moderato", f"oci:{work / 'pushed'}")
        yield {
            "root": root,
            "config": config,
            "megabytes": megabytes(Path(root)),
            "base": megabytes(work / "base.tar"),
            "packed": megabytes(work / "pushed"),
            "parts": {part: megabytes(Path(root + part)) for part in ("/opt/moderato", "/usr/lib/python3.11")},
        }
    finally:
        done(*buildah, "rm", "--all")
        done(*buildah, "rmi", "--all", "--force")


def as_pip_is_told(work: Path) -> Iterator[str]:
    """A network with an index or an authority of its own tells pip so; while the image is built, the pip in it too."""
    index, authority = os.environ.get("PIP_INDEX_URL"), os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    lines = [
        "[global]",
        *([f"index-url = {index}"] if index else []),
        *(["cert = /authority.crt"] if authority else []),
    ]
    (work / "pip.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    yield f"--volume={work / 'pip.conf'}:/etc/pip.conf:ro"
    if authority:
        yield f"--volume={authority}:/authority.crt:ro"


def megabytes(path: Path) -> int:
    return round(int(done("du", "--summarize", "--bytes", "--one-file-system", path).split()[0]) / 1e6)


# --- containers -------------------------------------------------------------------------------------------------------


@dataclass
class Containers:
    """Runs services of compose.yaml by runc, from the image's own root file system."""

    work: Path
    root: str
    config: Mapping[str, Any]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        bundle = self.work / f"{name}.bundle"
        bundle.mkdir()
        done("runc", "spec", "--bundle", bundle)
        spec = json.loads((bundle / "config.json").read_text(encoding="utf-8"))
        spec = self._as_compose_says(spec, name, COMPOSE["services"][name])
        (bundle / "config.json").write_text(json.dumps(spec), encoding="utf-8")
        with self.log(name).open("wb") as log:
            self.running[name] = subprocess.Popen(
                [*self._runc, "run", "--bundle", bundle, name], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def finish(self, name: str, seconds: float = 60) -> str:
        """Wait for a one-shot service to end well; what it said."""
        self._ended(name, seconds)
        shutil.rmtree(self.work / f"{name}.bundle")
        return self.log(name).read_text(encoding="utf-8").strip()

    def stop(self, name: str) -> float:
        """Ask it to end, as Docker does; the seconds it took of those that compose.yaml gives it."""
        grace = float(COMPOSE["services"][name].get("stop_grace_period", "10s").removesuffix("s"))
        started = time.monotonic()
        done(*self._runc, "kill", name, "TERM")
        self._ended(name, grace)
        return time.monotonic() - started

    def inside(self, name: str, *command: str) -> str:
        """What `docker compose exec` does."""
        return done(*self._runc, "exec", name, *command).strip()

    def log(self, name: str) -> Path:
        return self.work / f"{name}.log"

    def clear(self) -> None:
        for name, process in self.running.items():
            if process.poll() is None:
                subprocess.run([*self._runc, "kill", name, "KILL"], capture_output=True, check=False)
                process.wait()

    @property
    def _runc(self) -> list[str]:
        return ["runc", "--root", str(self.work / "runc")]

    def _ended(self, name: str, seconds: float) -> None:
        try:
            code = self.running[name].wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"{name} didn't end in {seconds} s") from None
        if code:
            raise Failed(f"{name} ended with {code}:\n{self.log(name).read_text(encoding='utf-8')}")

    def _as_compose_says(self, spec: dict[str, Any], name: str, service: dict[str, Any]) -> dict[str, Any]:
        """The default of runc, with what the image and compose.yaml say in it."""
        if not service["read_only"] or service["cap_drop"] != ["ALL"]:
            raise Failed(f"{name} may write, or has capabilities")
        uid, gid = map(int, self.config["User"].split(":"))
        environment = [f"{key}={filled(value)}" for key, value in service.get("environment", {}).items()]
        spec["process"] |= {
            "terminal": False,
            "user": {"uid": uid, "gid": gid},
            "args": [*service.get("entrypoint", self.config["Entrypoint"]), *service["command"]],
            "env": [*self.config["Env"], *environment],
            "cwd": self.config["WorkingDir"],
            "capabilities": {},
            "noNewPrivileges": "no-new-privileges:true" in service["security_opt"],
        }
        spec["root"] = {"path": self.root, "readonly": True}
        spec["hostname"] = name
        for mount in service["tmpfs"]:
            place, _, options = mount.partition(":")
            spec["mounts"].append(
                {
                    "destination": place,
                    "type": "tmpfs",
                    "source": "tmpfs",
                    "options": ["nosuid", "nodev", "noexec", *options.split(",")],
                }
            )
        for volume in service["volumes"]:
            source, place, *rest = volume.split(":")
            spec["mounts"].append(bound(self.work / source, place, *rest))
        spec["mounts"].append(bound(self.work / "hosts", "/etc/hosts", "ro"))
        spec["linux"]["namespaces"] = [each for each in spec["linux"]["namespaces"] if each["type"] != "network"]
        return spec


def bound(source: Path, place: str, *options: str) -> dict[str, Any]:
    return {"destination": place, "type": "bind", "source": str(source), "options": ["rbind", *options]}


def filled(value: str) -> str:
    """`${NAME:-default}` as Compose fills it when there is no docker/.env."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


# --- the neighbours ---------------------------------------------------------------------------------------------------


def postgresql_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@contextlib.contextmanager
def neighbours(work: Path) -> Iterator[None]:
    """PostgreSQL with the password that was made, Redis with compose.yaml's own options, nginx, and names for them."""
    started: list[subprocess.Popen[bytes]] = []

    def start(user: str, *command: str | Path, log: str) -> None:
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--pdeathsig=KILL"]
        with (work / log).open("wb") as opened:
            started.append(
                subprocess.Popen([*become, *map(str, command)], cwd="/", stdout=opened, stderr=opened)
            )  # fmt: skip

    def own(name: str, user: str) -> Path:
        folder = work / name
        folder.mkdir(mode=0o700)
        shutil.chown(folder, user, user)
        return folder

    programs = postgresql_programs()
    if programs is None:
        raise Failed("PostgreSQL is not installed")
    data = own("database", "postgres")
    password = own("pg", "postgres") / "password"
    password.write_text((work / "secrets/database_password").read_text(encoding="ascii"), encoding="ascii")
    shutil.chown(password, "postgres")
    become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    options = COMPOSE["services"]["database"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    done(*become, programs / "initdb", "-D", data, "-U", "moderato", "-A", "scram-sha-256", f"--pwfile={password}",
         *options)  # fmt: skip
    start("postgres", programs / "postgres", "-D", data, "-k", work / "pg", log="database.log")
    given = shlex.split(COMPOSE["services"]["redis"]["command"])
    redis_options = [str(own("redis", "redis")) if word == "/data" else word for word in given]
    start("redis", "redis-server", *redis_options, log="redis.log")
    shutil.copy(HERE / "nginx.conf", work)
    become = [
        "setpriv",
        "--reuid=www-data",
        "--regid=www-data",
        "--clear-groups",
        "--no-new-privs",
        "--bounding-set=-all",
    ]
    own_tmp = 'mount -t tmpfs -o mode=1777 tmpfs /tmp && exec "$0" "$@"'
    nginx = ["unshare", "--mount", "sh", "-c", own_tmp, *become, "nginx", "-e", "stderr"]
    start("root", *nginx, "-c", work / "nginx.conf", log="proxy.log")
    threading.Thread(target=tell_names, daemon=True).start()
    try:
        wait("PostgreSQL", lambda: listens(5432))
        wait("Redis", lambda: listens(6379))
        done("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "env", f"PGPASSFILE={os.devnull}",
             f"PGPASSWORD={password.read_text(encoding='ascii').strip()}", programs / "createdb", "-h", "127.0.0.1",
             "-U", "moderato", "moderato")  # fmt: skip
        yield
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGINT)  # PostgreSQL's "now, in order"; the others take it for the same
        for process in started:
            process.wait(30)


def tell_names() -> None:
    """Stand in for Docker's name server: every name is this machine's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.11", 53))
        while True:
            question, asker = server.recvfrom(512)
            end = question.index(b"\0", 12) + 5
            head = question[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0)
            answer = struct.pack("!HHHIH4s", 0xC00C, 1, 1, 5, 4, socket.inet_aton("127.0.0.1"))
            server.sendto(head + question[12:end] + answer, asker)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def wait(whom: str, ready: Any, seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise Failed(f"{whom} wasn't ready in {seconds:.0f} s")
        time.sleep(0.1)


# --- what is proven ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any


def ask(method: str, path: str, give: Any = None, **headers: str) -> Answer:
    """One request through the proxy."""
    connection = http.client.HTTPConnection(*PROXY, timeout=15)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if give is not None:
        sent["Content-Type"] = "application/json"
    try:
        connection.request(method, path, None if give is None else json.dumps(give), sent)
        response = connection.getresponse()
        raw = response.read().decode()
    finally:
        connection.close()
    is_json = "json" in (response.getheader("Content-Type") or "")
    return Answer(response.status, json.loads(raw) if is_json else raw)


def comment(number: int, **headers: str) -> Answer:
    body = f"Enfin une bonne nouvelle pour le quartier, la {number}e cette année."
    return ask("POST", f"{ARTICLE}/comments", {"name": "Zoé", "email": "zoe@example.org", "body": body}, **headers)


def prove(sentence: str, *, true: bool, otherwise: object = "") -> None:
    if not true:
        raise Failed(f"NOT so: {sentence}\n{otherwise}")
    say(f"  proven: {sentence}")


def run_all(work: Path) -> None:
    """In a network of our own: the journey of a comment, and what an operator relies on."""
    done("ip", "link", "set", "lo", "up")
    facts = json.loads((work / "facts.json").read_text(encoding="utf-8"))
    (work / "hosts").write_text("127.0.0.1 localhost database redis api\n", encoding="ascii")
    containers = Containers(work, facts["root"], facts["config"])
    try:
        first_start(containers)
        with neighbours(work):
            say("migrate, api, worker and beat start, as compose.yaml says")
            containers.start("migrate")
            say(f"  migrate: {containers.finish('migrate').splitlines()[-1]}")
            for name in ("api", "worker", "beat"):
                containers.start(name)
            wait("the API, through nginx", lambda: ask("GET", "/readyz").status == 200)
            a_comment_is_published(containers)
            readers_are_told_apart()
            slow_readers_hinder_nobody()
            little_may_be_done_inside(containers)
            all_end_in_order(containers)
    except Failed as problem:
        for log in sorted(work.glob("*.log")):
            print(f"--- {log.name}\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")
        sys.exit(f"docker: {problem}")
    finally:
        containers.clear()
    sum_up(facts)


def first_start(containers: Containers) -> None:
    secrets = containers.work / "secrets"
    secrets.mkdir()
    secrets.chmod(0o750)
    os.chown(secrets, 10001, 10001)  # as Docker makes a new volume: from the folder that the image has there
    in_image = list(Path(containers.root + "/secrets").iterdir())

    def start() -> tuple[str, dict[str, str]]:
        containers.start("secrets")
        told = containers.finish("secrets")
        return told, {each.name: each.read_text(encoding="ascii") for each in secrets.iterdir()}

    told, made = start()
    modes = ", ".join(f"{each.name} {each.stat().st_mode & 0o777:o}" for each in sorted(secrets.iterdir()))
    prove(f"the image has no secrets, its first start makes them: {modes}", true=len(made) == 4 and not in_image,
          otherwise=told)  # fmt: skip
    told, kept = start()
    prove(f"a second start leaves them: {told}", true=kept == made, otherwise=told)


def a_comment_is_published(containers: Containers) -> None:
    told = containers.inside("api", "/usr/local/bin/moderato", "site", "add", "journal", "--no-hold-first")
    token = containers.inside("api", "/usr/local/bin/moderato", "token", "create", "--site", "journal", "--quiet")
    token = token.splitlines()[-1]
    prove("`moderato site add` and `token create` work in the API's container", true="Site journal" in told)
    sent = comment(1)
    prove("a comment is accepted through nginx", true=sent.status == 202, otherwise=sent)
    receipt = f"/v1/receipts/{sent.body['receipt']}"
    started = time.monotonic()
    wait("its verdict", lambda: ask("GET", receipt).body["status"] != "pending")
    seconds = time.monotonic() - started
    status = ask("GET", receipt).body["status"]
    prove(f"the worker publishes it ({seconds:.1f} s)", true=status == "published", otherwise=status)
    shown = ask("GET", f"{ARTICLE}/comments").body["comments"]
    prove("it is shown, on an article with %2F in its id", true=[each["name"] for each in shown] == ["Zoé"])
    doctor = containers.inside("api", "/usr/local/bin/moderato", "doctor")
    prove(f"`moderato doctor` finds nothing wrong: {doctor.splitlines()[-1]}", true="WRONG" not in doctor)
    bearer = {"Authorization": f"Bearer {token}"}
    prove("a moderator is let in", true=ask("GET", "/v1/moderation/queue", **bearer).status == 200)
    the_model_speaks(containers, bearer)
    prove("nobody is without a token", true=ask("GET", "/v1/moderation/queue").status == 401)
    prove("/metrics isn't told outside", true=ask("GET", "/metrics").status == 404)
    spellings = ("//%6detrics", "/metrics/", "//metrics/", "/metrics?", "/./metrics", "/metrics/%2e")
    answers = {each: ask("GET", each).status for each in spellings}
    prove("nor by another spelling of it", true=set(answers.values()) == {404}, otherwise=answers)


def the_model_speaks(containers: Containers, bearer: Mapping[str, str]) -> None:
    """No worker begins without a sound model; that it judges, its verdict says."""
    body = "Prêt entre particuliers à 2 %, écrivez-moi sur WhatsApp"
    sent = ask("POST", f"{ARTICLE}/comments", {"name": "Ali", "email": "ali@example.org", "body": body})
    wait("the verdict on an advertisement", lambda: ask("GET", "/v1/moderation/queue", **bearer).body["items"])
    (item,) = ask("GET", "/v1/moderation/queue", **bearer).body["items"]
    engine, reasons = item["verdict"]["engine"], item["reasons"]
    program = "import numpy; print(numpy.__version__)"
    numpy = containers.inside("worker", "/opt/moderato/bin/python", "-I", "-c", program)
    spoke = item["id"] == sent.body["id"] and "likely_spam" in reasons and " model-" in engine
    prove(f"the trained model has its say in a verdict ({engine}, numpy {numpy})", true=spoke, otherwise=item)


def readers_are_told_apart() -> None:
    """The proxy count is right: an address that a reader makes up is not believed, the proxy's word is."""
    answers = [comment(number, X_Forwarded_For=f"203.0.113.{number}").status for number in range(2, 32)]
    prove("made-up X-Forwarded-For doesn't help against the limit", true=429 in answers, otherwise=answers)


def slow_readers_hinder_nobody() -> None:
    """Forty who announce a body and never send it, where the API has eight threads."""
    slow = [socket.create_connection(PROXY, timeout=5) for _ in range(40)]
    for each in slow:
        each.sendall(f"POST {ARTICLE}/comments HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{{".encode())
    time.sleep(0.5)
    started = time.monotonic()
    status = ask("GET", f"{ARTICLE}/comments").status
    seconds = time.monotonic() - started
    for each in slow:
        each.close()
    prove(f"40 slow senders hinder nobody ({seconds:.2f} s)", true=status == 200 and seconds < 2, otherwise=seconds)


def little_may_be_done_inside(containers: Containers) -> None:
    for name in ("api", "worker", "beat"):
        status = containers.inside(name, "grep", "-E", "^(Uid|CapEff|CapBnd|NoNewPrivs)", "/proc/1/status")
        told = dict(re.findall(r"(\w+):\s+(\w+)", status))
        nothing = (told["Uid"], int(told["CapEff"], 16), int(told["CapBnd"], 16), told["NoNewPrivs"])
        prove(f"{name} isn't root, and can't become it", true=nothing == ("10001", 0, 0, "1"), otherwise=status)
        tried = containers.inside(name, "sh", "-c", "touch /opt/moderato/x /etc/x /secrets/x 2>&1 || true")
        prove(f"{name} can't write to its files", true=tried.count("Read-only file system") == 3, otherwise=tried)
    for name in ("api", "worker"):
        test = COMPOSE["services"][name].get("healthcheck", {}).get("test") or containers.config["Healthcheck"]["Test"]
        prove(f"{name} is well, says its health check", true=containers.inside(name, *test[1:]) == "")


def all_end_in_order(containers: Containers) -> None:
    for name in ("beat", "worker", "api"):
        prove(f"{name} ends when asked ({containers.stop(name):.1f} s)", true=True)


def sum_up(facts: Mapping[str, Any]) -> None:
    parts = ", ".join(f"{part} {size} MB" for part, size in facts["parts"].items())
    print(f"""
The image: {facts["megabytes"]} MB unpacked ({parts}), {facts["packed"]} MB to send. The base it was built on here is
{facts["base"]} MB; Debian's own slim image is smaller still.

What this proves: docker/Dockerfile builds from this tree, with the hashes of the lock; the image holds all that the
service needs; one image is api, worker, beat and migrate by its command; under runc, without root, without capabilities
and on a read-only root, a comment goes from the proxy to its verdict; the secrets that the first start makes are those
that the parts and PostgreSQL use; docker/nginx.conf and Redis's options are taken as they stand.

What it cannot: that Compose reads compose.yaml as we do (its schema is checked by ./dev check), starts the services in
their order, gives new volumes the owner of the image's folder and makes the two networks; that the images of
PostgreSQL, Redis and nginx run under the users and on the read-only roots that compose.yaml gives them (Debian's
packages stood in for them); Docker's default seccomp and AppArmor profiles; other processors than this one.""")


if __name__ == "__main__":
    main()
