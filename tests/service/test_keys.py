"""Receipts, form tokens and fingerprints: what was signed is believed, and nothing that is only almost it."""

import re
import string
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.keys import FORM_TOKEN_SECONDS, Keys, Link, Purpose, hash_secret, new_token, split_token
from service.settings import Settings
from tests.factories import SECRETS

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def keys(secret_keys: str = SECRETS["MODERATO_SECRET_KEYS"], author_secret: str = "cd" * 32) -> Keys:
    return Keys(
        Settings.from_env(
            {
                "MODERATO_DATABASE_URL": "sqlite:///nowhere.db",
                "MODERATO_REDIS_URL": "unix:///nowhere",
                "MODERATO_SECRET_KEYS": secret_keys,
                "MODERATO_AUTHOR_SECRET": author_secret,
            }
        )
    )


KEYS = keys()
IDS = st.uuids().map(str)
NAMES = st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=10)
ARTICLES = st.text(max_size=60).filter(str.isprintable)


@given(IDS)
def test_a_receipt_names_its_comment_and_fits_in_an_address(comment: str) -> None:
    receipt = KEYS.receipt(comment)

    assert KEYS.comment_of(receipt) == comment
    assert re.fullmatch(r"k1\.[\w-]{22}\.[\w-]{27}", receipt, re.ASCII)
    assert comment not in receipt


@given(IDS, st.data())
def test_a_receipt_with_one_character_changed_is_none(comment: str, data: st.DataObject) -> None:
    receipt = KEYS.receipt(comment)
    place = data.draw(st.integers(0, len(receipt) - 1))
    other = data.draw(st.sampled_from(string.ascii_letters + string.digits + "-_.= é"))
    assume(other != receipt[place])

    assert KEYS.comment_of(receipt[:place] + other + receipt[place + 1 :]) is None


@given(st.one_of(st.text(), st.from_regex(r"k1\.[\w-]{0,30}\.[\w-]{0,30}")))
def test_no_text_is_a_receipt_by_chance(text: str) -> None:
    assert KEYS.comment_of(text) is None


@given(IDS)
def test_only_the_secret_makes_receipts(comment: str) -> None:
    assert keys("k1:" + "ac" * 32).comment_of(KEYS.receipt(comment)) is None


@given(NAMES, ARTICLES, st.integers(0, FORM_TOKEN_SECONDS))
def test_a_form_token_is_good_for_its_article_for_two_days(site: str, article: str, age: int) -> None:
    token = KEYS.form_token(site, article, NOW)

    found = KEYS.read_form_token(token, site, article, NOW + timedelta(seconds=age))

    assert found is not None
    assert found.issued_at == NOW
    assert KEYS.read_form_token(token, site, article, NOW + timedelta(seconds=FORM_TOKEN_SECONDS + 1)) is None
    assert KEYS.read_form_token(token, f"{site}x", article, NOW) is None
    assert KEYS.read_form_token(token, site, f"{article}x", NOW) is None


def test_no_two_form_tokens_are_alike() -> None:
    tokens = {KEYS.form_token("journal", "a-1", NOW) for _ in range(100)}

    assert len(tokens) == 100
    assert len({getattr(KEYS.read_form_token(token, "journal", "a-1", NOW), "nonce", "") for token in tokens}) == 100


@given(st.data())
def test_a_form_token_with_one_character_changed_is_none(data: st.DataObject) -> None:
    token = KEYS.form_token("journal", "a-1", NOW)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(string.ascii_letters + string.digits + "-_.= é"))
    assume(other != token[place])

    assert KEYS.read_form_token(token[:place] + other + token[place + 1 :], "journal", "a-1", NOW) is None


@given(st.text(st.characters(), max_size=200))
def test_no_text_is_a_form_token_by_chance(text: str) -> None:
    assert KEYS.read_form_token(text, "journal", "a-1", NOW) is None


@given(IDS)
def test_a_receipt_is_no_form_token_and_a_form_token_no_receipt(comment: str) -> None:
    assert KEYS.read_form_token(KEYS.receipt(comment), "journal", "a-1", NOW) is None
    assert KEYS.comment_of(KEYS.form_token("journal", "a-1", NOW)) is None


def test_a_rotated_secret_still_reads_and_no_longer_writes() -> None:
    rotated = keys("k2:" + "ef" * 32 + ",k1:" + "ab" * 32)
    comment = str(UUID(int=7))
    token = KEYS.form_token("journal", "a-1", NOW)

    assert rotated.comment_of(KEYS.receipt(comment)) == comment
    assert rotated.read_form_token(token, "journal", "a-1", NOW) is not None
    assert rotated.receipt(comment).startswith("k2.")
    assert KEYS.comment_of(rotated.receipt(comment)) is None
    assert KEYS.read_form_token(rotated.form_token("journal", "a-1", NOW), "journal", "a-1", NOW) is None


def test_an_old_secrets_name_does_not_lend_itself_to_a_new_one() -> None:
    """k1's MAC under k2's name, both of them ours."""
    rotated = keys("k2:" + "ef" * 32 + ",k1:" + "ab" * 32)

    assert rotated.comment_of("k2" + KEYS.receipt(str(UUID(int=7)))[2:]) is None


@given(IDS, IDS, st.emails())
def test_an_author_is_known_on_one_site_only_and_by_the_secret_only(site: str, other: str, email: str) -> None:
    assume(site != other)

    assert KEYS.author(site, email) == KEYS.author(site, email.upper().lower())
    assert KEYS.author(site, email) != KEYS.author(other, email)
    assert KEYS.author(site, email) != keys(author_secret="ce" * 32).author(site, email)
    assert email not in KEYS.author(site, email)


def test_a_device_is_known_by_site_network_and_browser_and_by_the_secret_only() -> None:
    device = ("a-site", "192.0.2.1", "Firefox/140")
    others = [("b-site", *device[1:]), (device[0], "192.0.2.2", device[2]), (*device[:2], "Firefox/141")]

    assert KEYS.reporter(*device) == KEYS.reporter(*device)
    assert len({KEYS.reporter(*each) for each in (device, *others)}) == 4
    assert KEYS.reporter(*device) != keys(author_secret="ce" * 32).reporter(*device)


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_different_requests_have_different_fingerprints(one: list[str], other: list[str]) -> None:
    assert (KEYS.request(*one) == KEYS.request(*other)) == (one == other)


@given(st.text(), st.text())
def test_fingerprints_fit_into_eight_bytes_and_differ_by_what_they_are_of(site: str, value: str) -> None:
    assert 0 <= KEYS.address(site, value) < 2**63
    assert 0 <= KEYS.text(site, value) < 2**63
    assert KEYS.address(site, value) != KEYS.text(site, value)


def test_a_staff_token_comes_apart_as_it_was_made() -> None:
    made = new_token()
    parts = split_token(made.shown)

    assert parts is not None
    assert parts[0] == made.prefix
    assert hash_secret(parts[1]) == made.secret_hash
    assert made.secret_hash not in made.shown
    assert len(parts[1]) >= 43, "256 bits"


@given(st.text())
def test_whatever_is_shown_as_a_token_is_one_or_none(shown: str) -> None:
    parts = split_token(shown)

    assert parts is None or shown == f"mdr_{parts[0]}.{parts[1]}"
    assert isinstance(hash_secret(shown), str)


@pytest.mark.parametrize("text", ["\ud800", "é" * 10_000, "\x00"])
def test_odd_secrets_have_a_hash_all_the_same(text: str) -> None:
    assert len(hash_secret(text)) == 64


@given(IDS, st.integers(0, 2**32 - 1), st.sampled_from(Purpose))
def test_a_mails_link_says_what_it_is_for_and_is_good_for_nothing_else(
    subject: str, serial: int, purpose: Purpose
) -> None:
    until = NOW + timedelta(days=3)
    token = KEYS.link(purpose, subject, serial, until)

    assert re.fullmatch(r"k1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", token)
    assert KEYS.read_link(purpose, token) == Link(subject, serial, until)
    assert [other for other in Purpose if KEYS.read_link(other, token)] == [purpose]
    assert KEYS.comment_of(token) is None
    assert KEYS.read_link(purpose, KEYS.receipt(subject)) is None


def test_a_link_without_an_end_has_none() -> None:
    subject = str(UUID(int=7))

    assert KEYS.read_link(Purpose.STOP, KEYS.link(Purpose.STOP, subject)) == Link(subject, 0, None)


@given(st.data())
def test_a_link_in_which_anything_was_changed_is_none(data: st.DataObject) -> None:
    token = KEYS.link(Purpose.CONFIRM, str(UUID(int=7)), 3, NOW)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(string.ascii_letters + string.digits + "-_.= "))
    assume(other != token[at])

    assert KEYS.read_link(Purpose.CONFIRM, token[:at] + other + token[at + 1 :]) is None


def test_links_outlive_a_new_key_and_not_the_loss_of_their_own() -> None:
    token = KEYS.link(Purpose.STOP, str(UUID(int=7)))
    rotated = keys(f"k2:{'ef' * 32},{SECRETS['MODERATO_SECRET_KEYS']}")

    assert rotated.read_link(Purpose.STOP, token) is not None
    assert rotated.link(Purpose.STOP, str(UUID(int=7))).startswith("k2.")
    assert keys(f"k2:{'ef' * 32}").read_link(Purpose.STOP, token) is None
