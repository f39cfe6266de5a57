"""The doctor on the mail server: every way in which a real one can be wrong has its own sentence."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.factories import environment
from tests.postoffice import SENDER, PostOffice, certificate, hangs_up_in_data, says_nothing, talking
from tests.servers import free_port
from workers.doctor import mail as looks
from workers.doctor.finding import Finding, Grade, case_of

PASSWORD = "clef-tres-secrete"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as opened:
        yield opened


def found(url: str) -> list[Finding]:
    named = {"MODERATO_SMTP_URL": url, "MODERATO_MAIL_FROM": SENDER, "MODERATO_PUBLIC_URL": "https://c.example"}
    case = case_of(environment("sqlite:////x.db", "redis://x") | named, lambda: datetime.now(UTC))
    findings = list(looks.mail(case))
    assert PASSWORD not in str(findings)
    return findings


def test_of_one_that_answers_there_is_nothing_to_say(office: PostOffice) -> None:
    assert found(f"smtp://127.0.0.1:{office.port}") == []
    assert found(f"smtp://127.0.0.1:{office.port}?tls=off") == []
    assert office.mails == []


def test_without_one_it_is_said_that_no_mail_is_sent() -> None:
    [finding] = found("")

    assert finding.grade is Grade.NOTE
    assert "No mail is sent" in finding.what
    assert "MODERATO_SMTP_URL" in finding.todo


def test_a_setting_that_is_wrong_is_told_once_and_elsewhere() -> None:
    assert found("mail.example") == []


def test_where_nobody_listens() -> None:
    [finding] = found(f"smtp://moi:{PASSWORD}@127.0.0.1:{free_port()}")

    assert "can't be reached" in finding.what


def test_who_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "SECONDS", 0.3)
    with talking(says_nothing) as port:
        [finding] = found(f"smtp://127.0.0.1:{port}")

    assert "did not answer in time" in finding.what


def test_who_offers_no_encryption_where_a_password_is_given() -> None:
    with talking(hangs_up_in_data) as port:
        [finding] = found(f"smtp://moi:{PASSWORD}@127.0.0.1:{port}")

    assert "no STARTTLS" in finding.what
    assert "?tls=off" in finding.todo


def test_whose_certificate_nobody_vouches_for(tmp_path: Path) -> None:
    with PostOffice(tls=certificate(tmp_path)) as office:
        [finding] = found(f"smtp://127.0.0.1:{office.port}")

    assert "certificate" in finding.what


def test_who_does_not_know_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peer = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(peer))
    with PostOffice(tls=peer, user="moi", password="right") as office:
        [finding] = found(f"smtp://moi:{PASSWORD}@127.0.0.1:{office.port}")

    assert "wrong user or password" in finding.what


def test_what_travels_in_the_clear_and_far() -> None:
    assert not looks._is_here("mail.example")
    assert looks._is_here("127.0.0.1")
    assert looks._is_here("localhost")
