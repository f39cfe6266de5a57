"""Every setting of the service: named, documented, checked, read once at the door and never changed after."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from email.utils import parseaddr, quote
from typing import Any, Final
from urllib.parse import unquote, urlsplit

PREFIX: Final = "MODERATO_"
TLS: Final = ("required", "off")
"""What `?tls=` of the mail server's address may say."""
PROTOCOLS: Final = ("moderato", "openai-moderation", "openai-chat")
"""What the scorer may speak; `workers/scorer/protocols.py` speaks it."""


class BadSettings(Exception):
    """The environment doesn't make a working service. Lists every fault at once: a missing setting hides no other."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


@dataclass(frozen=True, slots=True)
class Secret:
    """A signing secret and the id by which what it signed names it."""

    id: str
    key: bytes = field(repr=False)


def _text(value: str) -> str:
    return value.strip()


def _count(value: str) -> int:
    """Whole and not negative. No fault repeats the value: it may be a secret in the wrong place."""
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise ValueError("a whole number from 0 is needed")
    return int(value)


def _some(value: str) -> int:
    try:
        number = _count(value)
    except ValueError:
        number = 0
    if number < 1:
        raise ValueError("a whole number from 1 is needed")
    return number


def _seconds(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise ValueError("a number of seconds is needed, more than 0")
    return number


def _at_most_an_hour(value: str) -> float:
    if not (number := _seconds(value)) <= 3600:
        raise ValueError("a number of seconds is needed, an hour (3600) at most")
    return number


def _switch(value: str) -> bool:
    try:
        return {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}[value.strip().lower()]
    except KeyError:
        raise ValueError("say on or off") from None


def _level(value: str) -> str:
    if value.lower() not in {"debug", "info", "warning", "error"}:
        raise ValueError("say debug, info, warning or error")
    return value.lower()


def _bytes(value: str) -> bytes:
    try:
        key = bytes.fromhex(value.strip())
    except ValueError:
        raise ValueError("it must be written in hexadecimal") from None
    if len(key) < 32:
        raise ValueError("at least 32 bytes (64 hexadecimal digits) are needed: `openssl rand -hex 32` makes one")
    return key


def _secrets(value: str) -> tuple[Secret, ...]:
    pairs = [part.strip().partition(":") for part in value.split(",") if part.strip()]
    if not pairs or not all(name.isalnum() and name.isascii() for name, _, _ in pairs):
        raise ValueError(
            "it reads ID:HEX, the newest first, further ones after a comma; an id has letters a-z and digits"
        )
    if len({name for name, _, _ in pairs}) != len(pairs):
        raise ValueError("two secrets have the same id")
    return tuple(Secret(name, _bytes(key)) for name, _, key in pairs)


def _database(value: str) -> str:
    if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("it begins with sqlite:/// or postgresql://")
    return value.replace("postgresql://", "postgresql+psycopg://", 1)


def _redis(value: str) -> str:
    if not value.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("it begins with redis://, rediss:// or unix://")
    return value


def _scorer(value: str) -> str:
    """A whole http(s) address. Who may go in is said by the key, not in the address, whose host is shown."""
    value = value.strip()
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not (value.isascii() and value.isprintable()) or " " in value or parts.fragment:
        raise ValueError("it is an address as https://scorer.example/v1/score, without a user or password in it")
    return value


def _smtp(value: str) -> str:
    """A whole smtp(s) address, with `?tls=required` or `?tls=off` at most. No fault repeats it: it has a password."""
    value = value.strip()
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.port != 0 and parts.path in {"", "/"}
    except ValueError:
        usable = False
    plain = value.isascii() and value.isprintable() and " " not in value and unquote(value).isascii()
    if not usable or not plain or parts.fragment or parts.query not in {"", *(f"tls={word}" for word in TLS)}:
        raise ValueError(
            "it is an address as smtp://user:password@mail.example:587 or smtps://…, with ?tls=required or ?tls=off"
        )
    return value


def _sender(value: str) -> str:
    """`comments@gazette.example`, with a name before it in angle brackets or without."""
    value = value.strip()
    if not value:
        return ""
    name, address = parseaddr(value)
    local, _, domain = address.rpartition("@")
    if not (value.isprintable() and local and "." in domain.strip(".") and address.isascii() and " " not in address):
        raise ValueError("it reads comments@gazette.example, or Gazette <comments@gazette.example>")
    return f'"{quote(name)}" <{address}>' if name else address


def _protocol(value: str) -> str:
    if value.strip() not in PROTOCOLS:
        raise ValueError(f"say {' or '.join(PROTOCOLS)}")
    return value.strip()


def _key(value: str) -> str:
    value = value.strip()
    if not (value.isascii() and value.isprintable()):
        raise ValueError("a key has visible ASCII characters only")
    return value


def _setting(parse: Callable[[str], Any], about: str, default: str | None = None, *, secret: bool = False) -> Any:
    """A field whose metadata says how to read it, what it is for, and what it is when it isn't given."""
    return field(metadata={"parse": parse, "about": about, "default": default}, repr=not secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says. `docs/reference/settings.md` is made from this class."""

    database_url: str = _setting(
        _database,
        "Where the data is: `postgresql://user:password@host/name`, or `sqlite:////path/to/file.db` for one machine.",
        secret=True,
    )
    redis_url: str = _setting(
        _redis,
        "Where wake-ups travel and limits are counted: `redis://host:6379/0`, or `unix:///path/to.sock`. "
        "Nothing is lost when it is away.",
        secret=True,
    )
    secret_keys: tuple[Secret, ...] = _setting(
        _secrets,
        "Sign receipts and form tokens, seal webhooks' secrets: `ID:HEX`, newest first, comma-separated. "
        "To rotate, put a new one in front and drop the old one when its receipts may lapse.",
        secret=True,
    )
    author_secret: bytes = _setting(
        _bytes,
        "Keys authors and addresses: 64 hexadecimal digits. Never change it: trust, limits and bans would be lost.",
        secret=True,
    )
    public_url: str = _setting(
        _text, "The address at which browsers reach the service, for example `https://comments.example.fr`.", ""
    )
    trusted_proxies: int = _setting(
        _count, "How many reverse proxies stand in front; only that many `X-Forwarded-For` entries are believed.", "0"
    )
    limits: bool = _setting(_switch, "`off` switches rate limits off: for benchmarks only, and said in the log.", "on")
    check_deliverability: bool = _setting(
        _switch, "Whether an e-mail's domain is looked up in the DNS when a comment comes in.", "off"
    )
    log_level: str = _setting(_level, "How much is logged: debug, info, warning or error.", "info")
    metrics_dir: str = _setting(
        _text,
        "A folder in which processes of one machine measure together: any of them tells what all have counted. "
        "`moderato run` sets it; without it, `moderato api`, and a worker with a metrics port, make a private one.",
        "",
    )
    api_processes: int = _setting(_some, "Processes of `moderato api`.", "2")
    api_threads: int = _setting(_some, "Requests that each API process serves at once.", "4")
    database_pool: int = _setting(_some, "Connections that one process keeps to PostgreSQL.", "8")
    database_timeout: float = _setting(_seconds, "Seconds after which one SQL statement is given up.", "10")
    lease_seconds: float = _setting(_seconds, "Seconds that a worker has for a batch before another may take it.", "30")
    task_seconds: float = _setting(_seconds, "Seconds after which a batch is killed; less than the lease.", "20")
    comment_seconds: float = _setting(
        _seconds,
        "Seconds of the processor's time for one comment; a check that takes more has failed, and the comment is held.",
        "0.5",
    )
    worker_memory: int = _setting(
        _some,
        "Megabytes that one of a worker's processes may take: a check that asks for more has failed. One that keeps "
        "more than two fifths of it is replaced once it has done its task.",
        "1000",
    )
    stop_seconds: float = _setting(
        _seconds,
        "Seconds that a worker which is asked to end gives to what it is at; what is not done by then is given back. "
        "Less than systemd or Compose give it (30).",
        "25",
    )
    model_dir: str = _setting(
        _text,
        "A folder with a model of your own, as `moderato train` writes it. Empty, or if it is damaged: the one that "
        "comes with the program.",
        "",
    )
    batch_size: int = _setting(_some, "Comments that are judged in one transaction.", "20")
    max_attempts: int = _setting(_some, "Tries after which a comment is held for a person.", "5")
    backlog_optional: int = _setting(
        _some,
        "Comments of one site that wait for their verdict, from which on the scorer isn't asked: what it would have "
        "been asked about is held, and judged again when there is time. It is ten minutes' work of most scorers.",
        "2000",
    )
    backlog_limit: int = _setting(
        _some,
        "Likewise, from which on the site takes no more, 429 with `Retry-After`. It is a minute's work of one worker, "
        "so others' comments don't wait longer than that for this site's.",
        "10000",
    )
    scorer_url: str = _setting(
        _scorer,
        "The full address of a service outside that scores texts (docs/guides/scorer.md). Without it nothing is sent.",
        "",
        secret=True,
    )
    scorer_key: str = _setting(_key, "What opens it: sent as `Authorization: Bearer`.", "", secret=True)
    scorer_protocol: str = _setting(
        _protocol, "What it speaks: `moderato`, `openai-moderation` or `openai-chat`.", "moderato"
    )
    scorer_model: str = _setting(_key, "The model that is asked for, where the protocol has one.", "")
    scorer_seconds: float = _setting(
        _seconds, "Seconds for a whole exchange with it; less than half of `MODERATO_TASK_SECONDS`.", "4"
    )
    scorer_at_once: int = _setting(_some, "Questions to it at once, of all workers together.", "4")
    smtp_url: str = _setting(
        _smtp,
        "The mail server: `smtp://user:password@mail.example:587`, or `smtps://` for TLS from the first byte. With "
        "`smtp://` STARTTLS is used where the server offers it, and always where a password is given; `?tls=required` "
        "sends nothing without it, `?tls=off` never uses it. Empty: no mail is sent, and none is queued.",
        "",
        secret=True,
    )
    mail_from: str = _setting(
        _sender, "Who mails come from: `Gazette <comments@gazette.example>`. Needed with `MODERATO_SMTP_URL`.", ""
    )
    webhook_private: bool = _setting(
        _switch,
        "Whether webhooks may go to private addresses, this machine's own among them, and over `http://`.",
        "off",
    )
    claim_seconds: float = _setting(
        _at_most_an_hour,
        "Seconds for which a comment that a moderator took up is given to nobody else: an hour at most.",
        "300",
    )
    desk_seconds: float = _setting(
        _seconds, "Seconds for which signing in to the desk is good: a shift of eight hours.", "28800"
    )
    sweep_seconds: float = _setting(_seconds, "Seconds between two looks for comments that nobody was woken for.", "2")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read and check the environment.

        Raises:
            BadSettings: with one sentence for each fault.
        """
        values, faults = cls._read(env)
        if faults:
            raise BadSettings(list(faults.values()))
        return cls(**values)

    @classmethod
    def faults_in(cls, env: Mapping[str, str]) -> dict[str, str]:
        """One sentence for each setting that is missing or wrong, by its name in the environment."""
        return cls._read(env)[1]

    @classmethod
    def _read(cls, env: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
        values: dict[str, Any] = {}
        faults: dict[str, str] = {}
        for each in fields(cls):
            name = PREFIX + each.name.upper()
            given = env.get(name, "").strip() or each.metadata["default"]
            if given is None:
                faults[name] = f"{name} is missing. {each.metadata['about']}"
                continue
            try:
                values[each.name] = each.metadata["parse"](given)
            except ValueError as why:
                faults[name] = f"{name}: {why}"
        if {"task_seconds", "lease_seconds"} <= values.keys() and values["task_seconds"] >= values["lease_seconds"]:
            faults[f"{PREFIX}TASK_SECONDS"] = f"{PREFIX}TASK_SECONDS must be less than {PREFIX}LEASE_SECONDS"
        if values.get("smtp_url"):
            for name in ("mail_from", "public_url"):
                if values.get(name) == "":
                    faults[f"{PREFIX}{name.upper()}"] = f"{PREFIX}{name.upper()} is needed with {PREFIX}SMTP_URL"
        both = {"task_seconds", "scorer_seconds"} <= values.keys()
        if both and values.get("scorer_url") and values["scorer_seconds"] * 2 >= values["task_seconds"]:
            faults[f"{PREFIX}SCORER_SECONDS"] = f"{PREFIX}SCORER_SECONDS must be less than half of {PREFIX}TASK_SECONDS"
        return values, faults

    @property
    def sends_mail(self) -> bool:
        return bool(self.smtp_url)

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")
