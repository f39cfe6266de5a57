"""Bans, name patterns and reserved names: what they meet, however it is written, and what they leave alone."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.ban import (
    Ban,
    BanKind,
    BanList,
    as_domain,
    is_name_pattern,
    is_word_pattern,
    name_pattern,
    taken,
)
from service.domain.comment import Action

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RESERVED = ("La rédaction", "Claire Dupont", "Le Courrier de la Loire")


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("zorglub", "Zorglub"),
        ("zorglub", "Z\u043erglub"),
        ("zorglub", "Z o r g l u b"),
        ("Zörglub", "zorglub!"),
        ("zorglub*", "Zorglub"),
        ("zorglub*", "Zorglub 2000"),
        ("*zorglub", "Super Zorglub"),
        ("*zorglub*", "Le Zorglub du 93"),
        ("super*zorglub*2", "Super mega zorglub n\u00ba 2"),
        ("aba*aba", "aba aba"),
    ],
)
def test_a_pattern_meets_a_name(pattern: str, name: str) -> None:
    assert name_pattern(pattern).meets(name)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("zorglub", "Zorglubs"),
        ("zorglub", "Un Zorglub"),
        ("zorglub*", "Le Zorglub"),
        ("super*zorglub", "Zorglub super"),
        ("aba*aba", "aba"),
        ("zorglub", ""),
    ],
)
def test_a_pattern_leaves_another_name_alone(pattern: str, name: str) -> None:
    assert not name_pattern(pattern).meets(name)


@pytest.mark.parametrize("pattern", ["", "*", "***", "a*b", "  ", "*.*", "\u200b"])
def test_a_pattern_that_would_meet_nearly_everybody_is_none(pattern: str) -> None:
    assert not is_name_pattern(pattern)


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_pattern_and_any_name_are_compared_without_a_fault(pattern: str, name: str) -> None:
    met = name_pattern(pattern).meets(name)

    assert isinstance(met, bool)
    assert name_pattern("*").meets(name)
    assert name_pattern(f"{pattern}*").meets(name) or not met


def test_a_hostile_pattern_costs_no_more_than_a_long_one() -> None:
    began = time.perf_counter()
    name_pattern("*a" * 120 + "b").meets("a" * 245)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("spam.example", "spam.example"),
        ("https://www.Spam.example/x?y=1", "spam.example"),
        ("*.spam.example", "spam.example"),
        ("spam", None),
        ("jean@spam.example", None),
        ("a.example b.example", None),
        ("192.0.2.1", None),
        ("", None),
    ],
)
def test_one_domain_is_read_as_people_paste_it(text: str, domain: str | None) -> None:
    assert as_domain(text) == domain


def test_a_ban_of_a_domain_looks_at_links_not_at_addresses() -> None:
    listed = BanList([Ban("1", BanKind.DOMAIN, Action.HOLD, "", "spam.example")])

    assert list(listed.met("", "Voyez http://a.spam.example/", "", NOW))
    assert list(listed.met("", "", "https://spam.example", NOW))
    assert not list(listed.met("spam.example", "Écrivez à jean@spam.example", "https://spam.example.org", NOW))


@pytest.mark.parametrize(
    "name",
    [
        "La rédaction", "la redaction", "LA RÉDACTION", "L\u0430 r\u00e9d\u0430cti\u043en", "L a r é d a c t i o n",
        "La rédaction du journal", "laredaction", "CIaire Dupont", "C1aire Dupont", "Claire Dup0nt", "claire  dupont ✓",
        "le courrier de la loire",
    ],
)  # fmt: skip
def test_a_reserved_name_is_taken_however_it_is_written(name: str) -> None:
    assert list(taken(name, RESERVED))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Claire",
        "Dupont",
        "Claire Dubois",
        "Rédacteur",
        "Paul de la Loire",
        "Un lecteur du Courrier",
        "Clara Dupond",
    ],
)
def test_other_names_are_free(name: str) -> None:
    assert not list(taken(name, RESERVED))


def test_where_nothing_is_reserved_nothing_is_taken() -> None:
    assert not list(taken("La rédaction", ()))


def a_list(*bans: tuple[str, BanKind, str], until: datetime | None = None) -> BanList:
    return BanList(Ban(id_, kind, Action.HOLD, "", pattern, until) for id_, kind, pattern in bans)


def test_each_ban_of_a_list_is_met_by_itself_with_its_own_words() -> None:
    listed = a_list(
        ("4", BanKind.WORD, "Salsifis"), ("3", BanKind.WORD, "les salsifis"), ("2", BanKind.DOMAIN, "spam.example"),
        ("1", BanKind.NAME, "zorglub*"), ("0", BanKind.WORD, "poireaux"),
    )  # fmt: skip
    body = "Les salsifis de https://a.spam.example, et des sals*fis !"

    met = list(listed.met("Zorglub", body, "", NOW))

    assert [(one.ban.id, [body[span.start : span.end] for span in one.spans]) for one in met] == [
        ("1", []), ("2", ["a.spam.example"]), ("3", ["Les salsifis"]), ("4", ["salsifis", "sals*fis"]),
    ]  # fmt: skip


def test_words_that_read_alike_are_each_met() -> None:
    listed = a_list(("1", BanKind.WORD, "Pilules miracle"), ("2", BanKind.WORD, "pilules  MIRACLE"))

    assert [one.ban.id for one in listed.met("", "des pilules miracle", "", NOW)] == ["1", "2"]


def test_a_list_that_was_compiled_before_knows_which_of_its_bans_are_over() -> None:
    listed = a_list(("1", BanKind.WORD, "salsifis"), until=NOW)

    assert list(listed.met("", "des salsifis", "", NOW - timedelta(seconds=1)))
    assert not list(listed.met("", "des salsifis", "", NOW))


@pytest.mark.parametrize("pattern", ["a", "!", "", "é", "\u0301", "😂", " - "])
def test_one_letter_is_no_word(pattern: str) -> None:
    assert not is_word_pattern(pattern)
