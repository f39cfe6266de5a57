"""The environment is read once, every fault is named at once, and no secret is ever repeated."""

from dataclasses import FrozenInstanceError, fields
from email.utils import parseaddr
from typing import Any

import pytest

from service.settings import BadSettings, Settings
from tests.factories import environment

SECRET = "5e" * 32
GOOD = environment("sqlite:////data/moderato.db", "unix:///data/redis.sock")


def faults(**changes: str) -> tuple[str, ...]:
    with pytest.raises(BadSettings) as caught:
        Settings.from_env(GOOD | changes)
    assert str(caught.value) == "\n".join(caught.value.faults)
    return caught.value.faults


def test_four_settings_are_enough() -> None:
    found = Settings.from_env(GOOD)

    assert found.trusted_proxies == 0
    assert found.limits
    assert not found.check_deliverability
    assert found.is_sqlite


def test_whatever_is_missing_is_named_with_what_it_is_for() -> None:
    with pytest.raises(BadSettings) as caught:
        Settings.from_env({})

    assert [fault.split(" ")[0] for fault in caught.value.faults] == [
        "MODERATO_DATABASE_URL", "MODERATO_REDIS_URL", "MODERATO_SECRET_KEYS", "MODERATO_AUTHOR_SECRET"
    ]  # fmt: skip
    assert all(" is missing. " in fault for fault in caught.value.faults)


def test_every_fault_is_named_at_once() -> None:
    wrong = {
        "DATABASE_URL": "mysql://x", "REDIS_URL": "http://x", "SECRET_KEYS": "k1:ab", "AUTHOR_SECRET": "x",
        "TRUSTED_PROXIES": "-1", "LIMITS": "maybe", "CHECK_DELIVERABILITY": "2", "LOG_LEVEL": "loud",
        "API_PROCESSES": "0", "API_THREADS": "1.5", "DATABASE_POOL": "x", "DATABASE_TIMEOUT": "0",
        "LEASE_SECONDS": "inf",
        "TASK_SECONDS": "nan", "BATCH_SIZE": "", "MAX_ATTEMPTS": "9" * 5000, "SWEEP_SECONDS": "soon",
    }  # fmt: skip
    told = faults(**{f"MODERATO_{name}": value for name, value in wrong.items()})

    assert {fault.split(":")[0] for fault in told} == {f"MODERATO_{name}" for name in wrong} - {"MODERATO_BATCH_SIZE"}


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
def test_no_fault_repeats_a_value(field: Any) -> None:
    """Somebody may have put a secret into the wrong variable."""
    for value in (SECRET, f"{SECRET}x", f"k1:{SECRET}zz", f"é:{SECRET}", f"postgres://user:{SECRET}@host"):
        if field.name in {"public_url", "metrics_dir", "model_dir", "scorer_key", "scorer_model"} or (
            field.name == "author_secret" and value == SECRET
        ):
            continue  # good values
        told = faults(**{f"MODERATO_{field.name.upper()}": value})
        assert SECRET not in str(told)


def test_no_secret_is_shown_by_the_settings_themselves() -> None:
    found = Settings.from_env(
        GOOD
        | {
            "MODERATO_DATABASE_URL": "postgresql://zoe:motdepasse@host/name",
            "MODERATO_REDIS_URL": "redis://:motdepasse@host/0",
            "MODERATO_SECRET_KEYS": f"k1:{SECRET}",
            "MODERATO_AUTHOR_SECRET": SECRET,
        }
    )

    for shown in (repr(found), str(found), repr(found.secret_keys), f"{found.secret_keys[0]}"):
        assert "motdepasse" not in shown
        assert SECRET not in shown
        assert repr(bytes.fromhex(SECRET))[2:-1] not in shown


@pytest.mark.parametrize(
    "secret_keys",
    ["", ",", "k1", "k1:", f":{SECRET}", SECRET, f"k 1:{SECRET}", f"k.1:{SECRET}", f"clé:{SECRET}", f"k1:{SECRET[:-2]}",
     f"k1:{SECRET},k1:{'ab' * 32}", f"k1:{SECRET};k2:{SECRET}", f"k1:{SECRET},k2"],
)  # fmt: skip
def test_secret_keys_are_named_long_and_different(secret_keys: str) -> None:
    [fault] = faults(MODERATO_SECRET_KEYS=secret_keys)
    assert fault.startswith("MODERATO_SECRET_KEYS")


def test_spaces_around_a_value_are_not_part_of_it() -> None:
    found = Settings.from_env(
        {name: f" {value}\n" for name, value in GOOD.items()}
        | {"MODERATO_LIMITS": " OFF ", "MODERATO_SECRET_KEYS": f" k2:{SECRET} , k1:{SECRET} ,"}
    )

    assert not found.limits
    assert [secret.id for secret in found.secret_keys] == ["k2", "k1"]


def test_a_task_ends_before_its_lease() -> None:
    [fault] = faults(MODERATO_TASK_SECONDS="30", MODERATO_LEASE_SECONDS="30")
    assert "MODERATO_LEASE_SECONDS" in fault


def test_a_scorer_is_asked_twice_within_a_tasks_time_where_there_is_one() -> None:
    brief = {"MODERATO_TASK_SECONDS": "3", "MODERATO_SCORER_SECONDS": "2"}

    [fault] = faults(**brief, MODERATO_SCORER_URL="https://scorer.example/v1")

    assert "MODERATO_SCORER_SECONDS" in fault
    assert Settings.from_env(GOOD | brief).task_seconds == 3, "nobody is asked"


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings.from_env(GOOD).limits = False  # type: ignore[misc]


def test_what_is_not_ours_is_passed_over() -> None:
    assert Settings.from_env(GOOD | {"PATH": "/bin", "MODERATO_UNKNOWN": "x"}) == Settings.from_env(GOOD)


@pytest.mark.parametrize(
    "url",
    ["ftp://scorer.example/", "scorer.example/v1", "https://", "https://zoe:motdepasse@scorer.example/", "http://[::1",
     "https://scorer.example/a b", "https://scorer.example/#x", "https://scorer.example:0/", "file:///etc/passwd"],
)  # fmt: skip
def test_a_scorers_address_is_a_web_address_without_a_password(url: str) -> None:
    [fault] = faults(MODERATO_SCORER_URL=url)

    assert fault.startswith("MODERATO_SCORER_URL")
    assert "motdepasse" not in fault


def test_a_scorers_key_and_address_are_not_shown() -> None:
    found = Settings.from_env(
        GOOD | {"MODERATO_SCORER_URL": "https://s.example/?key=motdepasse", "MODERATO_SCORER_KEY": "motdepasse"}
    )

    assert "motdepasse" not in repr(found)


MAIL = {
    "MODERATO_SMTP_URL": "smtp://zoe:mot%2Fde@mail.example:587?tls=required",
    "MODERATO_MAIL_FROM": "La Gazette <c@gazette.example>",
    "MODERATO_PUBLIC_URL": "https://c.gazette.example",
}


def test_without_a_mail_server_there_is_no_mail() -> None:
    assert not Settings.from_env(GOOD).sends_mail
    assert not Settings.from_env(GOOD | MAIL | {"MODERATO_SMTP_URL": ""}).sends_mail


@pytest.mark.parametrize(
    "url", ["smtp://mail.example", "smtps://a:b@mail.example:465", "smtp://[::1]:25", "smtp://127.0.0.1:25?tls=off"]
)
def test_a_mail_server_is_an_address(url: str) -> None:
    found = Settings.from_env(GOOD | MAIL | {"MODERATO_SMTP_URL": url})

    assert found.sends_mail
    assert url not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example", "http://mail.example", "smtp://", "smtp://mail.example:0", "smtp://mail.example:x",
        "smtp://mail.example/path", "smtp://mail.example?tls=maybe", "smtp://mail.example?starttls=on",
        "smtp://mail.example#x", "smtp://mail .example", "smtp://[mail.example", "smtp://zoe:%C3%A9@mail.example",
    ],
)  # fmt: skip
def test_what_is_no_mail_servers_address_is_not_repeated(url: str) -> None:
    (fault,) = faults(**MAIL | {"MODERATO_SMTP_URL": url})

    assert fault.startswith("MODERATO_SMTP_URL: it is an address as smtp://")
    assert url not in fault.partition(":")[2].split()


@pytest.mark.parametrize(
    "sender", ["La Gazette", "c@", "@gazette.example", "c@gazette", "a b@gazette.example", "é@x.example"]
)
def test_a_sender_is_one_address(sender: str) -> None:
    (fault,) = faults(**MAIL | {"MODERATO_MAIL_FROM": sender})

    assert fault.startswith("MODERATO_MAIL_FROM: it reads")


def test_a_sender_keeps_a_name_in_any_letters() -> None:
    for name in ("Café Élan", "La Gazette", "Gazette, du soir", "L’Écho, du soir"):
        found = Settings.from_env(GOOD | MAIL | {"MODERATO_MAIL_FROM": f'"{name}" <c@gazette.example>'})
        assert parseaddr(found.mail_from) == (name, "c@gazette.example")


def test_mail_wants_a_sender_and_an_address_for_its_links() -> None:
    told = faults(MODERATO_SMTP_URL="smtp://mail.example")

    assert told == (
        "MODERATO_MAIL_FROM is needed with MODERATO_SMTP_URL", "MODERATO_PUBLIC_URL is needed with MODERATO_SMTP_URL"
    )  # fmt: skip
