"""The exchange with a real mail server: good, slow, refusing, away; and what we keep of what it says."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.settings import Settings
from tests.factories import environment
from tests.postoffice import (
    SENDER,
    PostOffice,
    certificate,
    drips,
    hangs_up_in_data,
    says_nothing,
    talking,
)
from tests.servers import free_port
from workers.mail.letter import Envelope, Letter, Link, message
from workers.mail.server import MailServer, Sent, _Clock

READER = "zoe.martin@lecteurs.example.org"
FROM = "commentaires@journal.example"


def server_at(url: str, **seconds: float) -> MailServer:
    named = {
        "MODERATO_SMTP_URL": url, "MODERATO_MAIL_FROM": SENDER, "MODERATO_PUBLIC_URL": "https://c.journal.example"
    }  # fmt: skip
    return MailServer(Settings.from_env(environment("sqlite:////x.db", "redis://x", **named)), **seconds)


def send(server: MailServer, recipient: str = READER) -> Sent:
    letter = Letter("fr", "Bonjour", ["Un mot."], Link("Voir", "https://c.journal.example/desk/"))
    made = message(letter, Envelope(SENDER, recipient, "d-1", "https://c.journal.example/x"), datetime.now(UTC))
    return server.send(made, FROM, recipient)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as opened:
        yield opened


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("peer"))


@pytest.fixture
def trusting(peer: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """From now on this authority is trusted here, as a house's own is."""
    monkeypatch.setenv("SSL_CERT_FILE", str(peer))
    return peer


def test_a_mail_arrives(office: PostOffice) -> None:
    assert send(server_at(f"smtp://127.0.0.1:{office.port}")) == Sent(ok=True)

    (mail,) = office.mails
    assert (mail.sender, mail.recipient, mail.encrypted) == (FROM, READER, False)


@pytest.mark.parametrize(
    ("step", "said", "expected"),
    [
        ("rcpt", "451 4.7.1 <{address}>: greylisted", Sent(ok=False, why="recipient_refused", status=451)),
        ("rcpt", "550 5.1.1 <{address}>: unknown", Sent(ok=False, why="recipient_refused", status=550, final=True)),
        ("data", "452 <{address}> is full", Sent(ok=False, why="mail_refused", status=452)),
        ("data", "554 <{address}> wants no such mail", Sent(ok=False, why="mail_refused", status=554, final=True)),
    ],
)
def test_what_is_refused_for_now_is_tried_again_and_what_is_refused_for_good_is_not(
    office: PostOffice, step: str, said: str, expected: Sent
) -> None:
    office.says[step] = said

    assert send(server_at(f"smtp://127.0.0.1:{office.port}")) == expected
    assert office.mails == []


@pytest.mark.parametrize("talk", [says_nothing, drips])
def test_a_server_that_is_slow_is_left_when_the_time_is_over(talk: Any) -> None:
    with talking(talk) as port:
        sent = send(server_at(f"smtp://127.0.0.1:{port}", total_seconds=0.4))

    assert sent == Sent(ok=False, why="timeout")


@pytest.mark.parametrize("talk", [says_nothing, drips])
def test_also_one_that_never_gets_to_encryption(talk: Any) -> None:
    with talking(talk) as port:
        sent = send(server_at(f"smtps://127.0.0.1:{port}", total_seconds=0.4))

    assert not sent.ok
    assert not sent.final


def test_a_server_that_hangs_up_in_the_middle_of_the_text_has_not_taken_it() -> None:
    with talking(hangs_up_in_data) as port:
        assert send(server_at(f"smtp://127.0.0.1:{port}")) == Sent(ok=False, why="away")


def test_a_server_that_is_away() -> None:
    assert send(server_at(f"smtp://127.0.0.1:{free_port()}")) == Sent(ok=False, why="away")


def test_starttls_is_used_where_it_is_offered(trusting: Path) -> None:
    with PostOffice(tls=trusting) as office:
        assert send(server_at(f"smtp://127.0.0.1:{office.port}")).ok
        assert office.mails[0].encrypted


def test_smtps_is_encrypted_from_the_first_byte(trusting: Path) -> None:
    with PostOffice(tls=trusting, secure=True) as office:
        assert send(server_at(f"smtps://localhost:{office.port}")).ok
        assert office.mails[0].encrypted


@pytest.mark.parametrize("secure", [True, False])
def test_a_certificate_that_nobody_vouches_for_is_not_believed(peer: Path, secure: bool) -> None:  # noqa: FBT001 - a table
    with PostOffice(tls=peer, secure=secure) as office:
        sent = send(server_at(f"{'smtps' if secure else 'smtp'}://127.0.0.1:{office.port}"))

        assert sent == Sent(ok=False, why="certificate")
        assert office.mails == []


def test_where_encryption_is_required_nothing_goes_without(office: PostOffice) -> None:
    assert send(server_at(f"smtp://127.0.0.1:{office.port}?tls=required")) == Sent(ok=False, why="unencrypted")
    assert office.mails == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # which is what this is about
def test_a_password_never_travels_in_the_clear_unless_the_operator_says_so(trusting: Path) -> None:
    with PostOffice(user="journal", password="s/e:c@ret") as office:
        address = f"journal:s%2Fe%3Ac%40ret@127.0.0.1:{office.port}"
        assert send(server_at(f"smtp://{address}")) == Sent(ok=False, why="unencrypted")
        assert send(server_at(f"smtp://{address}?tls=off")).ok

    with PostOffice(user="journal", password="s/e:c@ret", tls=trusting) as office:
        assert send(server_at(f"smtp://journal:s%2Fe%3Ac%40ret@127.0.0.1:{office.port}")).ok
        (mail,) = office.mails
        assert (mail.user, mail.encrypted) == ("journal", True)


def test_a_wrong_password_is_the_operators_matter_and_no_mail_is_given_up_for_it(trusting: Path) -> None:
    with PostOffice(user="journal", password="right", tls=trusting) as office:
        sent = send(server_at(f"smtp://journal:wrong@127.0.0.1:{office.port}"))

    assert (sent.why, sent.status, sent.final) == ("no_entry", 535, False)


def test_an_address_in_other_letters_goes_by_its_ascii_domain(office: PostOffice) -> None:
    from workers.mail.letter import as_ascii

    assert as_ascii("zoé@éclair.example") == "zoé@xn--clair-9ra.example"
    assert send(server_at(f"smtp://127.0.0.1:{office.port}"), as_ascii("zoe@éclair.example")).ok
    assert office.mails[0].recipient == "zoe@xn--clair-9ra.example"


def test_a_probe_goes_in_and_sends_nothing(office: PostOffice) -> None:
    assert server_at(f"smtp://127.0.0.1:{office.port}").probe() == Sent(ok=True)
    assert office.mails == []


def test_who_is_connected_to_when_the_time_is_over_is_sent_nothing(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waited for it has gone on, and will have it sent again."""
    connect = socket.create_connection

    def late(*given: Any) -> socket.socket:
        over.wait(5)
        return connect(*given)

    def end(clock: _Clock) -> None:
        clock.over = True
        over.set()

    over = threading.Event()
    monkeypatch.setattr(socket, "create_connection", late)
    monkeypatch.setattr(_Clock, "_end", end)

    assert send(server_at(f"smtp://127.0.0.1:{office.port}", total_seconds=0.1)) == Sent(ok=False, why="timeout")
    assert office.mails == []
