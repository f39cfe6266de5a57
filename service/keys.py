"""What is signed, keyed, hashed or sealed: receipts, links, form tokens, authors, addresses, texts, tokens, secrets."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

from service.settings import Secret, Settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

FORM_TOKEN_SECONDS: Final = 2 * 24 * 3600
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
TOKEN_PREFIX: Final = "mdr"  # noqa: S105 - what a token begins with
WEBHOOK_PREFIX: Final = "whsec_"


@dataclass(frozen=True, slots=True)
class FormToken:
    """A form's token: when it was issued, and what makes it one of a kind."""

    issued_at: datetime
    nonce: str


class Purpose(StrEnum):
    """What the link of a mail is good for, and for nothing else."""

    CONFIRM = "notices.confirm"
    CHOOSE = "notices.choose"
    STOP = "notices.stop"
    OPEN_MAILBOX = "mailbox.confirm"
    STOP_MAILBOX = "mailbox.stop"


@dataclass(frozen=True, slots=True)
class Link:
    """A mail's link: whose row it is for, the serial number the row had, and until when it is good (None: always)."""

    subject: str
    serial: int
    until: datetime | None


class Keys:
    """Everything the secrets are used for."""

    def __init__(self, settings: Settings) -> None:
        self._secrets: dict[str, Secret] = {secret.id: secret for secret in settings.secret_keys}
        self._newest = settings.secret_keys[0]
        self._author_secret = settings.author_secret
        oldest_first = [secret.key for secret in reversed(settings.secret_keys)]
        self._forms = URLSafeSerializer(
            oldest_first, salt="form-token", signer_kwargs={"digest_method": hashlib.sha256}
        )

    # Receipts: key id, comment id and an HMAC over both. Nothing is stored.

    def receipt(self, comment_id: str) -> str:
        raw = UUID(comment_id).bytes
        return f"{self._newest.id}.{_encode(raw)}.{_encode(_receipt_mac(self._newest, raw))}"

    def comment_of(self, receipt: str) -> str | None:
        """The comment a receipt is for; None when it isn't one of ours."""
        signed = self._signed(receipt, 16)
        if signed is None or not hmac.compare_digest(signed.mac, _receipt_mac(signed.secret, signed.raw)):
            return None
        return str(UUID(bytes=signed.raw))

    # Links in mails: like receipts, but bound to one purpose, to the row's serial number, and to a time.

    def link(self, purpose: Purpose, subject: str, serial: int = 0, until: datetime | None = None) -> str:
        """The token of a link. The row's serial number rises when one is used: so it is good once."""
        seconds = int(until.timestamp()) if until is not None else 0
        raw = UUID(subject).bytes + serial.to_bytes(4, "big") + seconds.to_bytes(6, "big")
        return f"{self._newest.id}.{_encode(raw)}.{_encode(_link_mac(self._newest, purpose, raw))}"

    def read_link(self, purpose: Purpose, token: str) -> Link | None:
        """What a link says, whether or not it is still good; None when it isn't one of ours for this purpose."""
        signed = self._signed(token, 26)
        if signed is None or not hmac.compare_digest(signed.mac, _link_mac(signed.secret, purpose, signed.raw)):
            return None
        subject, serial, seconds = signed.raw[:16], signed.raw[16:20], int.from_bytes(signed.raw[20:], "big")
        until = _EPOCH + timedelta(seconds=seconds) if seconds else None
        return Link(str(UUID(bytes=subject)), int.from_bytes(serial, "big"), until)

    def _signed(self, text: str, length: int) -> "_Signed | None":
        """The parts of what one of our secrets may have signed; None when they can't be."""
        parts = text.split(".")
        if len(parts) != 3 or parts[0] not in self._secrets:
            return None
        try:
            raw, mac = _decode(parts[1]), _decode(parts[2])
        except ValueError:
            return None
        return _Signed(self._secrets[parts[0]], raw, mac) if len(raw) == length else None

    # Form tokens: bound to site and article, with their time of issue.

    def form_token(self, site: str, article: str, now: datetime) -> str:
        return str(self._forms.dumps([site, article, int(now.timestamp() * 1000), secrets.token_urlsafe(12)]))

    def read_form_token(self, token: str, site: str, article: str, now: datetime) -> FormToken | None:
        """The token, if it is ours, for this article, and not too old."""
        try:
            _decode(token.rpartition(".")[2])  # strictly: the last letter of a signature has more than one spelling
            for_site, for_article, milliseconds, nonce = self._forms.loads(token)
        except (BadData, ValueError, TypeError):
            return None
        issued_at = datetime.fromtimestamp(milliseconds / 1000, UTC)
        if (for_site, for_article) != (site, article) or (now - issued_at).total_seconds() > FORM_TOKEN_SECONDS:
            return None
        return FormToken(issued_at, nonce)

    # Keyed fingerprints: equal for equal input on one site, telling nothing to whoever lacks the secret.

    def author(self, site_id: str, email: str) -> str:
        return self._mac("author", site_id, email.casefold()).hex()

    def newsroom(self, site_id: str) -> str:
        """The author key of a site's own people: made of what no address is, so that nobody writes as they do."""
        return self._mac("newsroom", site_id).hex()

    def address(self, site_id: str, address: str) -> int:
        return _number(self._mac("address", site_id, address))

    def reporter(self, site_id: str, network: str, user_agent: str) -> str:
        """One device, as nearly as it can be told without asking who it is or leaving anything on it."""
        return self._mac("reporter", site_id, network, user_agent).hex()

    def text(self, site_id: str, body: str) -> int:
        return _number(self._mac("text", site_id, body))

    def request(self, *parts: str) -> str:
        return self._mac("request", *parts).hex()

    # What has to be read again is sealed: by the newest secret, whose id stands before it.

    def seal(self, text: str) -> str:
        return f"{self._newest.id}.{_vault(self._newest).encrypt(text.encode()).decode()}"

    def unseal(self, sealed: str) -> str | None:
        """The text; None when the secret that sealed it is no more."""
        from cryptography.fernet import InvalidToken

        name, _, rest = sealed.partition(".")
        if name not in self._secrets:
            return None
        try:
            return _vault(self._secrets[name]).decrypt(rest).decode()
        except InvalidToken:
            return None

    def is_newest(self, sealed: str) -> bool:
        """Whether the newest secret sealed it."""
        return sealed.partition(".")[0] == self._newest.id

    def _mac(self, *parts: str) -> bytes:
        """Each part is preceded by its length, so that no two lists of parts read alike."""
        mac = hmac.new(self._author_secret, digestmod=hashlib.sha256)
        for part in parts:
            raw = part.encode()
            mac.update(len(raw).to_bytes(8, "big") + raw)
        return mac.digest()


@dataclass(frozen=True, slots=True)
class _Signed:
    secret: Secret
    raw: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class NewToken:
    """A moderators' token as it is shown once, and what is stored of it."""

    shown: str
    prefix: str
    secret_hash: str


def new_token() -> NewToken:
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return NewToken(f"{TOKEN_PREFIX}_{prefix}.{secret}", prefix, hash_secret(secret))


def split_token(shown: str) -> tuple[str, str] | None:
    """Prefix and secret of a token as people paste it; None when it can't be one."""
    head, dot, secret = shown.partition(".")
    kind, bar, prefix = head.partition("_")
    if not (dot and bar and kind == TOKEN_PREFIX and prefix.isalnum() and prefix.isascii() and secret):
        return None
    return prefix, secret


def new_webhook_secret() -> str:
    """As the receivers' libraries want it: 32 bytes, in base64, after a word that says what it is."""
    return WEBHOOK_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def hash_secret(secret: str) -> str:
    """A 256-bit random secret needs no slow hash: it can't be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _receipt_mac(secret: Secret, raw: bytes) -> bytes:
    return hmac.digest(secret.key, b"receipt:" + raw, hashlib.sha256)[:20]


def _link_mac(secret: Secret, purpose: Purpose, raw: bytes) -> bytes:
    return hmac.digest(secret.key, f"link:{purpose}:".encode() + raw, hashlib.sha256)[:20]


def _vault(secret: Secret) -> "Fernet":
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(hmac.digest(secret.key, b"seal", hashlib.sha256)))


def _number(mac: bytes) -> int:
    """63 bits: an index column of 8 bytes, positive in every database."""
    return int.from_bytes(mac[:8], "big") >> 1


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """Strict: only what `_encode` makes, so that a receipt has one spelling."""
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _encode(raw) != text:
        raise ValueError("not canonical")
    return raw
