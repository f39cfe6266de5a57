"""Where a webhook is called, and where never; by which name, with which certificate, signed by which secret."""

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select, update

from service.keys import Keys
from service.operations.webhook import reseal
from service.settings import Settings
from service.store.deliveries import Delivery
from service.store.webhooks import Webhook
from tests.factories import SECRETS, House, environment
from tests.scorer import ScorerServer as Receiver
from tests.scorer import answers
from workers.delivery import tell
from workers.webhooks import teller
from workers.webhooks.address import NotFound, Private, address_of

Answers = dict[str, list[str]]
Dns = Callable[[Answers], list[str]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(answers(b"null")) as made:
        yield made


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Dns:
    """Names that lead where the test says: each question takes the next of a name's answers. Returns what was asked."""
    real = socket.getaddrinfo

    def lead(names: Answers) -> list[str]:
        asked: list[str] = []

        def look_up(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
            if host not in names:
                return real(host, port, *rest, **more)
            asked.append(host)
            found = names[host].pop(0) if len(names[host]) > 1 else names[host][0]
            return [one for address in found.split() for one in real(address, port, *rest, **more)]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        return asked

    return lead


def resolved(host: str, *, private: bool = False) -> str:
    return asyncio.run(address_of(host, 443, private=private))


FORMS = [
    "127.0.0.1", "127.1", "0x7f000001", "0x7f.0.0.1", "2130706433", "017700000001", "0", "::1", "::ffff:127.0.0.1",
    "::ffff:7f00:1", "169.254.169.254", "10.1.2.3", "fe80::1", "fd00:ec2::254", "localhost",
]  # fmt: skip


@pytest.mark.parametrize("host", FORMS)
def test_no_spelling_of_an_address_inside_is_gone_to(host: str) -> None:
    with pytest.raises(Private):
        resolved(host)


@pytest.mark.parametrize("answer", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "1.1.1.1 10.0.0.1"])
def test_no_name_that_leads_inside_is_gone_to(dns: Dns, answer: str) -> None:
    dns({"hooks.example": [answer]})

    with pytest.raises(Private):
        resolved("hooks.example")


def test_a_name_of_the_world_is_gone_to_and_one_that_leads_nowhere_is_not(dns: Dns) -> None:
    dns({"hooks.example": ["1.1.1.1"], "nowhere.example": [""]})

    assert resolved("hooks.example") == "1.1.1.1"
    for nowhere in ("nowhere.example", "a" * 64 + ".example"):
        with pytest.raises(NotFound):
            resolved(nowhere)


def webhook_at(house: House, url: str) -> str:
    """A webhook whose address was changed behind the API's back: what is refused there is refused here again."""
    identifier = str(house.webhook()["id"])
    with house.database.write() as connection:
        connection.execute(update(Webhook).where(Webhook.id == identifier).values(url=url, types=["comment.published"]))
    return identifier


def why(house: House) -> list[str]:
    with house.database.read() as connection:
        return list(connection.execute(select(Delivery.why)).scalars())


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0x7f000001", "[::ffff:127.0.0.1]", "[::1]", "inside.example"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nothing_inside_is_called(small_house: House, receiver: Receiver, dns: Dns, scheme: str, host: str) -> None:
    dns({"inside.example": ["127.0.0.1"]})
    port = receiver.url.rpartition(":")[2]
    webhook_at(small_house, f"{scheme}://{host}:{port}")
    small_house.published()

    assert tell(small_house.room) == 1

    assert why(small_house) == ["private"]
    assert receiver.asked == []


def test_what_was_looked_at_is_what_is_connected_to_whatever_the_name_leads_to_a_moment_later(
    small_house: House, receiver: Receiver, dns: Dns
) -> None:
    asked = dns({"rebinds.example": ["127.0.0.1", "127.0.0.2", "127.0.0.3"]})
    small_house.allow_private_webhooks()
    port = receiver.url.rpartition(":")[2].partition("/")[0]
    webhook_at(small_house, f"http://rebinds.example:{port}/in?key=1")
    small_house.published()

    assert tell(small_house.room) == 1

    assert why(small_house) == [""]
    assert asked == ["rebinds.example"]
    [sent] = receiver.asked
    assert sent.line == "POST /in?key=1 HTTP/1.1"
    assert sent.headers["host"] == f"rebinds.example:{port}"


def test_what_is_sent_has_no_more_headers_than_it_needs(
    small_house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    small_house.allow_private_webhooks()
    small_house.webhook(receiver.url, types=["comment.published"])
    small_house.published()

    tell(small_house.room)

    [sent] = receiver.asked
    assert set(sent.headers) == {
        "host", "accept", "accept-encoding", "connection", "user-agent", "content-type", "content-length",
        "webhook-id", "webhook-timestamp", "webhook-signature",
    }  # fmt: skip
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["user-agent"] == "Moderato"


def verifies(receiver: Receiver, secret: str) -> bool:
    """As a receiver does it, over the very bytes that came."""
    sent = receiver.asked[-1]
    content = f"{sent.headers['webhook-id']}.{sent.headers['webhook-timestamp']}.".encode()
    mac = hmac.digest(base64.b64decode(secret[6:]), content + sent.raw.partition(b"\r\n\r\n")[2], hashlib.sha256)
    return f"v1,{base64.b64encode(mac).decode()}" in sent.headers["webhook-signature"].split(" ")


def test_while_secrets_are_changed_over_receivers_verify_with_either(house: House, receiver: Receiver) -> None:
    house.allow_private_webhooks()
    made = house.webhook(receiver.url, types=["comment.published"])
    owner, address = house.staff("owner"), f"/v1/moderation/webhooks/{made['id']}"
    house.published()
    tell(house.room)
    assert verifies(receiver, made["secret"])

    rotated = house.client.post(f"{address}/rotate", json={"hours": 2}, headers=owner).get_json()
    assert rotated["old_secret_until"] is not None
    house.published()
    tell(house.room)
    assert verifies(receiver, made["secret"])
    assert verifies(receiver, rotated["secret"])

    house.published()
    tell(house.room, lambda: datetime.now(UTC) + timedelta(hours=2, seconds=1))
    assert not verifies(receiver, made["secret"])
    assert verifies(receiver, rotated["secret"])

    at_once = house.client.post(f"{address}/rotate", json={"hours": 0}, headers=owner).get_json()
    house.published()
    tell(house.room)
    assert not verifies(receiver, rotated["secret"])
    assert verifies(receiver, at_once["secret"])


def test_the_operators_keys_can_be_changed_over_too(house: House, receiver: Receiver) -> None:
    house.allow_private_webhooks()
    made = house.webhook(receiver.url, types=["comment.published"])
    house.client.post(f"/v1/moderation/webhooks/{made['id']}/rotate", json={}, headers=house.staff("owner"))
    new = f"k2:{'ef' * 32}"
    both = with_keys(house, f"{new},{SECRETS['MODERATO_SECRET_KEYS']}")

    assert reseal(house.database, both, datetime.now(UTC)) == 1
    assert reseal(house.database, both, datetime.now(UTC)) == 0

    with house.database.read() as connection:
        row = connection.execute(select(Webhook.secret, Webhook.old_secret)).one()
    alone = with_keys(house, new)
    assert alone.unseal(row.old_secret) == made["secret"]
    assert alone.unseal(row.secret) not in {None, made["secret"]}
    assert reseal(house.database, both, datetime.now(UTC) + timedelta(days=2)) == 0
    with house.database.read() as connection:
        assert connection.execute(select(Webhook.old_secret, Webhook.old_until)).one() == (None, None)


def with_keys(house: House, secrets: str) -> Keys:
    env = environment(house.settings.database_url.replace("+psycopg", ""), house.settings.redis_url)
    return Keys(Settings.from_env(env | {"MODERATO_SECRET_KEYS": secrets}))


def test_a_secret_whose_key_is_gone_is_said_so(small_house: House, receiver: Receiver) -> None:
    small_house.allow_private_webhooks()
    made = small_house.webhook(receiver.url, types=["comment.published"])
    with small_house.database.write() as connection:
        connection.execute(update(Webhook).where(Webhook.id == made["id"]).values(secret="gone.xyz"))
    small_house.published()

    tell(small_house.room)

    assert why(small_house) == ["secret_lost"]
    assert receiver.asked == []


class TlsReceiver:
    """Says 200 over TLS, and remembers by which name it was called."""

    def __init__(self, folder: Path, name: str) -> None:
        self.names: list[str | None] = []
        self.hosts: list[str] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate(folder, name), folder / "key.pem")
        context.sni_callback = lambda _socket, asked, _context: self.names.append(asked)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._context = context
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(connection, server_side=True) as wrapped:
                    head = wrapped.recv(65536).decode()
                    while not head.endswith("}"):
                        head += wrapped.recv(65536).decode()
                    self.hosts += [line[6:] for line in head.split("\r\n") if line.lower().startswith("host: ")]
                    wrapped.sendall(b"HTTP/1.1 204 Fine\r\n\r\n")
            except OSError:
                connection.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


def certificate(folder: Path, name: str) -> Path:
    """One that vouches for itself, for this name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return folder / "certificate.pem"


@pytest.mark.parametrize(
    ("called", "certified", "known", "outcome"),
    [
        ("hooks.example", "hooks.example", "trusted", ""),
        ("hooks.example", "hooks.example", "stranger", "certificate"),
        ("hooks.example", "other.example", "trusted", "certificate"),
        ("hooks.example", "127.0.0.1", "trusted", "certificate"),
        ("127.0.0.1", "127.0.0.1", "trusted", ""),
    ],
)
def test_the_certificate_is_verified_for_the_hosts_own_name_wherever_that_leads(
    small_house: House, dns: Dns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    called: str, certified: str, known: str, outcome: str,
) -> None:  # fmt: skip
    dns({"hooks.example": ["127.0.0.1"]})
    small_house.allow_private_webhooks()
    receiver = TlsReceiver(tmp_path, certified)
    if known == "trusted":
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    teller._trusted.cache_clear()
    try:
        webhook_at(small_house, f"https://{called}:{receiver.port}/in")
        small_house.published()

        tell(small_house.room)

        assert why(small_house) == [outcome]
        assert receiver.hosts == ([] if outcome else [f"{called}:{receiver.port}"])
        if called == "hooks.example":
            assert receiver.names == [called]
    finally:
        teller._trusted.cache_clear()
        receiver.close()
