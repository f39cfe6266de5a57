"""All looks are run, each in its time; what one meets doesn't hide what another sees."""

import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path

import pytest

from service.settings import Settings
from tests.factories import environment
from workers.doctor import machine
from workers.doctor.command import document, page
from workers.doctor.examination import each_of, examine
from workers.doctor.finding import Case, Finding, Grade, case_of, note


def a_case(**changes: str) -> Case:
    return case_of(environment("sqlite:////nowhere/x.db", "unix:///nowhere.sock", **changes), lambda: datetime.now(UTC))


def sees(_case: Case) -> Iterator[Finding]:
    yield Finding("One thing.", "Mend it.")


def stumbles(case: Case) -> Iterator[Finding]:
    yield from sees(case)
    raise ValueError("zoe@lecteurs.example")


def waits(case: Case) -> Iterator[Finding]:
    yield from sees(case)
    time.sleep(60)


def whats(findings: list[Finding]) -> list[str]:
    return [finding.what for finding in findings]


def test_a_look_that_stumbles_hides_neither_what_it_saw_nor_what_others_see() -> None:
    found = examine(a_case(), {"first": stumbles, "second": sees})

    assert whats(found["first"]) == ["One thing.", "A look could not be finished: ValueError."]
    assert whats(found["second"]) == ["One thing."]


def test_a_look_that_waits_is_given_up_in_time() -> None:
    started = time.monotonic()

    found = examine(a_case(), {"first": waits, "second": waits, "third": sees}, seconds=0.2)

    assert time.monotonic() - started < 30
    assert whats(found["first"]) == ["One thing.", "There was no answer within 0.2 seconds: first."]
    assert whats(found["third"]) == ["One thing."]


def test_of_several_looks_in_one_place_each_has_its_turn() -> None:
    found = list(each_of(partial(stumbles, a_case()), partial(sees, a_case())))

    assert whats(found) == ["One thing.", "A look could not be finished: ValueError.", "One thing."]


def test_what_is_wrong_comes_first_and_each_finding_says_what_to_do() -> None:
    found = {"disk": [note("Curious.", "Perhaps.")], "redis": [Finding("Broken.", "Mend it.")], "versions": []}

    lines = page(a_case(), found, Path("/there")).splitlines()

    assert lines[0].endswith("; data in /there.")
    assert lines[2:] == [
        "WRONG redis: Broken.",
        "  -> Mend it.",
        "",
        "NOTE disk: Curious.",
        "  -> Perhaps.",
        "",
        "Nothing to say about: versions.",
        "Wrong: 1.",
    ]


def test_notes_alone_are_nothing_wrong() -> None:
    found = {"disk": [note("Curious.", "Perhaps.")]}

    assert page(a_case(), found, None).endswith("Nothing is wrong.")
    assert document(a_case(), found) == {
        "wrong": 0,
        "findings": [{"look": "disk", "grade": "note", "what": "Curious.", "todo": "Perhaps."}],
        "not_looked_at": [],
    }


def test_settings_that_only_do_not_fit_together_hide_nothing() -> None:
    case = a_case(MODERATO_TASK_SECONDS="40", MODERATO_LEASE_SECONDS="10")

    assert list(case.faults) == ["MODERATO_TASK_SECONDS"]
    assert isinstance(case.settings, Settings)


@pytest.mark.parametrize("url", ["comments.example.fr", "ftp://x.example", "https://", "https://u:p@x.example", "/x"])
def test_a_public_address_that_no_browser_could_open(url: str) -> None:
    (found,) = machine.addresses(a_case(MODERATO_PUBLIC_URL=url))

    assert found.grade is Grade.WRONG
    assert "u:p" not in found.what


def test_a_public_address_where_nobody_answers_may_be_seen_from_outside_only() -> None:
    (found,) = machine.addresses(a_case(MODERATO_PUBLIC_URL="http://127.0.0.1:9"))

    assert found.grade is Grade.NOTE
    assert "nobody answers" in found.what


def test_a_certificate_that_nobody_signed_is_not_taken_for_silence(tmp_path: Path) -> None:
    made, key = tmp_path / "made.pem", tmp_path / "made.key"
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    subprocess.run([*making, "-keyout", key, "-out", made], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made, key)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        answering = threading.Thread(target=server.handle_request)
        answering.start()
        (found,) = machine.addresses(a_case(MODERATO_PUBLIC_URL=f"https://localhost:{server.server_port}"))
        answering.join()

    assert found.grade is Grade.NOTE
    assert "doesn't trust the certificate: self-signed certificate" in found.what


def test_what_is_allowed_and_rarely_meant_is_noted() -> None:
    case = a_case(MODERATO_LIMITS="off", MODERATO_PUBLIC_URL="https://comments.example.fr")

    found = list(machine.settings(case))

    assert [each.grade for each in found] == [Grade.NOTE, Grade.NOTE]
    assert "one rate limit" in found[1].what


def test_versions_that_this_release_was_not_tested_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.doctor.machine.version", lambda name: "5.6.1" if name == "celery" else version(name))

    (found,) = machine.versions(a_case())

    assert found.what.startswith("celery 5.6.1 is installed; this release wants >=5.7.0")


def test_no_temporary_folder_costs_only_the_common_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def none() -> str:
        raise FileNotFoundError

    monkeypatch.setattr("workers.doctor.machine.tempfile.gettempdir", none)

    found = list(machine.disk(a_case(MODERATO_DATABASE_URL=f"sqlite:///{tmp_path}/moderato.db")))

    assert [each.grade for each in found] == [Grade.NOTE]


def test_a_folder_that_is_not_there_is_said() -> None:
    found = list(machine.disk(a_case()))

    assert found[0].what == "/nowhere, the database's folder, is not there."


def test_a_model_that_cannot_serve_is_told(tmp_path: Path) -> None:
    assert list(machine.model(a_case())) == []
    (found,) = machine.model(a_case(MODERATO_MODEL_DIR=str(tmp_path)))
    assert found.what.endswith(
        "judge.json cannot be read: No such file or directory. The shipped model serves instead."
    )
