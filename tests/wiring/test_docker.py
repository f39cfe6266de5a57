"""docker/ keeps step with the code, promises what the guide says, and gives nothing away."""

import os
import re
import subprocess
import sys
import threading
from dataclasses import fields
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis import Redis as Client

from service import handoff
from service.settings import PREFIX, Settings
from tests.factories import environment
from tests.servers import Redis
from workers import heartbeat
from workers.cli import main

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
OURS = ("secrets", "migrate", "api", "worker", "teller", "scorer", "beat")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


def test_every_lane_has_a_worker(services: dict[str, dict[str, Any]]) -> None:
    """One that names no lanes takes from all: `test_every_task_has_its_name_and_every_lane_its_consumer`."""
    consumed: set[str] = set()
    for service in services.values():
        if service.get("command", [])[:1] == ["worker"]:
            named = [lanes for flag, lanes in zip(service["command"], service["command"][1:], strict=False)
                     if flag in {"-Q", "--queues"}]  # fmt: skip
            consumed |= set(",".join(named).split(",")) if named else set(handoff.LANES)

    assert consumed == set(handoff.LANES)


def test_the_commands_of_the_services_are_commands_of_ours(services: dict[str, dict[str, Any]]) -> None:
    chosen = {services[name]["command"][0] for name in OURS if services[name]["command"]}

    assert chosen == {"migrate", "api", "worker", "beat"}
    assert chosen <= set(main.commands)
    assert 'CMD ["api"]' in (DOCKER / "Dockerfile").read_text(encoding="utf-8")


def test_every_setting_that_is_named_there_exists() -> None:
    pages = [*DOCKER.iterdir(), ROOT / "docs/guides/operator.md"]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages if page.is_file())
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", text)) - {f"{PREFIX}X", f"{PREFIX}X_FILE"}
    known = {PREFIX + each.name.upper() for each in fields(Settings)}

    assert {name.removesuffix("_FILE") for name in named} <= known


def test_compose_gives_every_setting_that_has_no_default(services: dict[str, dict[str, Any]]) -> None:
    required = {PREFIX + each.name.upper() for each in fields(Settings) if each.metadata["default"] is None}

    for name in ("migrate", "api", "worker", "beat"):
        given = {each.removesuffix("_FILE") for each in services[name]["environment"]}
        assert required <= given, name


def test_nothing_but_the_proxy_can_be_reached_and_only_from_this_machine(compose: dict[str, Any]) -> None:
    published = {name: each["ports"] for name, each in compose["services"].items() if "ports" in each}

    assert published == {"proxy": ["${PUBLISH:-127.0.0.1:8080}:8000"]}
    assert compose["networks"]["inside"]["internal"] is True
    for name in ("database", "redis", "worker", "beat", "migrate"):
        assert compose["services"][name]["networks"] == ["inside"], name
    assert compose["services"]["scorer"]["profiles"] == ["scorer"], "no text is sent out unless it is told to"
    assert "networks" not in compose["services"]["secrets"]
    assert compose["services"]["proxy"]["networks"] == ["outside"], "the proxy can't reach the database"


def test_no_service_may_do_more_than_it_must(services: dict[str, dict[str, Any]]) -> None:
    dockerfile = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    for name, each in services.items():
        assert each["read_only"] is True, name
        assert each["cap_drop"] == ["ALL"], name
        assert "cap_add" not in each, name
        assert each["security_opt"] == ["no-new-privileges:true"], name
        assert "/tmp" in [place.partition(":")[0] for place in each["tmpfs"]], name  # noqa: S108 - the one place to write to
        assert name in OURS or each["user"] not in {"root", "0"}, name
    assert "USER 10001:10001" in dockerfile


def test_all_come_back_after_a_failure_but_what_is_done_once(services: dict[str, dict[str, Any]]) -> None:
    once = {name for name, each in services.items() if each["restart"] == "no"}

    assert once == {"secrets", "migrate"}
    assert {each["restart"] for name, each in services.items() if name not in once} == {"unless-stopped"}


def test_all_that_can_be_unwell_say_so(services: dict[str, dict[str, Any]]) -> None:
    """The API's check is the image's own."""
    silent = {name for name, each in services.items() if each.get("healthcheck", {}).get("disable")}

    assert silent == {"secrets", "migrate", "beat"}
    assert "HEALTHCHECK" in (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    assert {name for name, each in services.items() if "healthcheck" not in each} == {"api"}


def test_secrets_come_first_then_the_migrations_then_those_who_need_them(services: dict[str, dict[str, Any]]) -> None:
    done = {"condition": "service_completed_successfully"}

    assert services["database"]["depends_on"]["secrets"] == done
    assert services["migrate"]["depends_on"]["database"] == {"condition": "service_healthy"}
    for name in ("api", "worker", "teller", "scorer", "beat"):
        assert services[name]["depends_on"]["migrate"] == done, name


def test_a_worker_is_given_the_time_to_finish_its_batch(services: dict[str, dict[str, Any]]) -> None:
    limit = Settings.from_env(environment("sqlite:///x.db", "redis://localhost")).task_seconds

    assert float(services["worker"]["stop_grace_period"].removesuffix("s")) > limit


def test_redis_keeps_what_it_is_told_and_throws_nothing_away(services: dict[str, dict[str, Any]]) -> None:
    options = services["redis"]["command"]

    assert "--appendonly yes" in options
    assert "--maxmemory-policy noeviction" in options


def test_the_proxy_is_counted_and_takes_whole_requests(services: dict[str, dict[str, Any]]) -> None:
    nginx = (DOCKER / "nginx.conf").read_text(encoding="utf-8")

    assert services["api"]["environment"]["MODERATO_TRUSTED_PROXIES"] == "${MODERATO_TRUSTED_PROXIES:-1}"
    assert "proxy_request_buffering on;" in nginx
    for header in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"):
        assert f"proxy_set_header {header} " in nginx


def test_the_image_is_made_of_what_the_lock_names_by_its_hashes() -> None:
    dockerfile = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    installs = re.findall(r"pip .*?(?:install|download|wheel) [^\n]*", dockerfile)
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    packages = re.split(r"\n(?=\S)", lock.strip())

    assert {"--require-hashes", "--no-deps"} <= set(installs[0].split())
    assert "-r requirements.lock" in installs[0]
    assert all("--no-index" in each for each in installs[1:])
    assert all("--hash=sha256:" in each for each in packages)


def test_no_secret_is_in_the_image_or_beside_it() -> None:
    """What is copied is listed; all else stays out, also what somebody has put beside it."""
    let_in = {
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }

    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
    assert let_in == {
        "LICENSE", "README.md", "pyproject.toml", "requirements.lock", "docker/first_secrets.py", "docker/healthy.py",
        "docker/moderato", "service/", "workers/",
    }  # fmt: skip


def run(*arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, env={"PATH": "/usr/bin:/bin", **env}, capture_output=True, text=True, check=False)


def made(folder: Path) -> dict[str, str]:
    return {each.name: each.read_text().strip() for each in folder.iterdir()}


def settings_of(secrets: dict[str, str]) -> Settings:
    return Settings.from_env(
        {
            "MODERATO_DATABASE_URL": secrets["database_url"],
            "MODERATO_REDIS_URL": "redis://redis:6379/0",
            "MODERATO_SECRET_KEYS": secrets["secret_keys"],
            "MODERATO_AUTHOR_SECRET": secrets["author_secret"],
        }
    )


def test_the_first_start_makes_secrets_that_the_settings_take_and_the_second_leaves_them(tmp_path: Path) -> None:
    assert run(DOCKER / "first_secrets.py", tmp_path).returncode == 0
    first = made(tmp_path)
    run(DOCKER / "first_secrets.py", tmp_path)

    assert made(tmp_path) == first
    assert f":{first['database_password']}@" in settings_of(first).database_url
    modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}
    assert modes == {"database_password": 0o440, "database_url": 0o400, "secret_keys": 0o400, "author_secret": 0o400}


def test_a_new_signing_key_goes_in_front_and_an_old_one_can_be_dropped(tmp_path: Path) -> None:
    run(DOCKER / "first_secrets.py", tmp_path)
    first = made(tmp_path)

    run(DOCKER / "first_secrets.py", tmp_path, "rotate")
    rotated = made(tmp_path)
    assert rotated == first | {"secret_keys": rotated["secret_keys"]}
    newest, oldest = (secret.id for secret in settings_of(rotated).secret_keys)
    assert rotated["secret_keys"].endswith("," + first["secret_keys"])
    assert oldest == "k1"

    told = run(DOCKER / "first_secrets.py", tmp_path, "drop", "k1")
    assert [secret.id for secret in settings_of(made(tmp_path)).secret_keys] == [newest]
    assert "k1" not in told.stdout.replace(newest, "")
    assert run(DOCKER / "first_secrets.py", tmp_path, "drop", newest).returncode == 1, "the last key stays"


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """docker/moderato, in front of a command that says what it was given."""
    told = tmp_path / "told"
    told.write_text('#!/bin/sh\necho "$@"\nenv | grep ^MODERATO_ | sort\n')
    told.chmod(0o755)
    wrapped = tmp_path / "moderato"
    wrapped.write_text((DOCKER / "moderato").read_text().replace("/opt/moderato/bin/moderato", str(told)))
    wrapped.chmod(0o755)
    return wrapped


def given(command: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", command, *arguments], env={"PATH": os.environ["PATH"], **env}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_a_secret_is_read_from_its_file_unless_it_is_set_itself(command: Path, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("k1:a b'$c\"\n")

    read = given(command, "worker", MODERATO_SECRET_KEYS_FILE=str(file))
    set_itself = given(command, "worker", MODERATO_SECRET_KEYS_FILE=str(file), MODERATO_SECRET_KEYS="k2:x")
    lost = given(command, "worker", MODERATO_SECRET_KEYS_FILE=str(tmp_path / "nowhere"))

    assert read.stdout == "worker\nMODERATO_SECRET_KEYS=k1:a b'$c\"\n"
    assert set_itself.stdout == "worker\nMODERATO_SECRET_KEYS=k2:x\n"
    assert (lost.returncode, lost.stdout) == (2, "")
    assert "MODERATO_SECRET_KEYS_FILE" in lost.stderr


def test_the_api_listens_for_its_neighbours_and_other_commands_are_passed_on(command: Path) -> None:
    assert given(command, "api", "--port", "9").stdout == "api --host 0.0.0.0 --port 9\n"
    assert given(command, "site", "show", "le journal").stdout == "site show le journal\n"


def test_a_worker_is_well_while_its_heartbeat_is_there(redis: Redis) -> None:
    with Client.from_url(redis.url) as client:
        client.flushdb()
        told = heartbeat.Heartbeat(client, handoff.LANES, 10)
        assert run(DOCKER / "healthy.py", "worker", MODERATO_REDIS_URL=redis.url).returncode == 1
        told.beat()
        assert run(DOCKER / "healthy.py", "worker", MODERATO_REDIS_URL=redis.url).returncode == 0
        client.flushdb()


def test_a_worker_is_not_ended_because_redis_is_away() -> None:
    asked = run(DOCKER / "healthy.py", "worker", MODERATO_REDIS_URL="redis://127.0.0.1:1")

    assert asked.returncode == 0
    assert "Redis is away" in asked.stdout


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_api_is_well_when_it_is_ready(status: int, code: int, tmp_path: Path) -> None:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()
            self.wfile.write(b'{"status": "unready"}')

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        script = tmp_path / "healthy.py"
        text = (DOCKER / "healthy.py").read_text().replace("127.0.0.1:8080", f"127.0.0.1:{server.server_port}")
        script.write_text(text)
        asked = run(script, "api")

    assert asked.returncode == code
    assert ("unready" in asked.stderr) is bool(code)
