"""What is sent is signed as the Standard Webhooks scheme has it: receivers verify with a library, or with ten lines."""

from datetime import UTC, datetime

from service.keys import Keys, new_webhook_secret
from service.settings import Settings
from tests.factories import SECRETS, environment
from workers.webhooks.signing import signed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EXAMPLE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
"""The scheme's own example: of that secret, for the message below."""


def keys(secrets: str) -> Keys:
    env = environment("sqlite:///x", "redis://x") | {"MODERATO_SECRET_KEYS": secrets}
    return Keys(Settings.from_env(env))


def test_the_schemes_own_example_comes_out() -> None:
    sent_at = datetime.fromtimestamp(1614265330.7, UTC)

    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', [SECRET], sent_at)

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330", "webhook-signature": EXAMPLE,
    }  # fmt: skip


def test_each_secret_signs_and_the_signatures_stand_side_by_side() -> None:
    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', [new_webhook_secret(), SECRET],
                     datetime.fromtimestamp(1614265330, UTC))  # fmt: skip

    first, second = headers["webhook-signature"].split(" ")
    assert second == EXAMPLE
    assert first.startswith("v1,")
    assert first != second


def test_a_secret_lies_sealed_by_the_newest_key_and_opens_as_long_as_its_key_is_there() -> None:
    old = keys(SECRETS["MODERATO_SECRET_KEYS"])
    both = keys(f"k2:{'ef' * 32},{SECRETS['MODERATO_SECRET_KEYS']}")
    new = keys(f"k2:{'ef' * 32}")
    sealed = old.seal(SECRET)

    assert SECRET.removeprefix("whsec_") not in sealed
    assert old.seal(SECRET) != sealed, "equal secrets don't look alike"
    assert both.unseal(sealed) == SECRET
    assert not both.is_newest(sealed)
    assert new.unseal(sealed) is None
    assert new.unseal(both.seal(SECRET)) == SECRET
    assert old.unseal(sealed[:-4] + "AAA=") is None
