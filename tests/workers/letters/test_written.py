"""The letters of the demo's readers: form, addresses, hours; and that nobody writes what another has written."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from service import demo
from service.domain.likeness import alike
from service.domain.site import SiteRules
from service.render import render
from workers.letters.written import Letter, _parse, read, times
from workers.likeness import numbers, sketch

BEGUN = datetime(2026, 11, 20, 5, 55, tzinfo=UTC)
ENDED = datetime(2026, 11, 26, 13, 7, tzinfo=UTC)
KEYS = [story.key for story in demo.STORIES]
EVERY = [letter for key in KEYS for letter in read(key)]


def test_signs_say_which_letter_is_answered() -> None:
    letters = list(_parse("= A\nUn.\n\nSuite.\n== B\nDeux.\n=== C\nTrois.\n== D\nQuatre.\n= E\nCinq = 5.\n"))

    assert [(each.name, each.parent, each.depth) for each in letters] == [
        ("A", None, 0), ("B", 0, 1), ("C", 1, 2), ("D", 0, 1), ("E", None, 0),
    ]  # fmt: skip
    assert letters[0].body == "Un.\n\nSuite."
    assert letters[4].body == "Cinq = 5."


def test_an_answer_to_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="B answers"):
        list(_parse("= A\nUn.\n=== B\nDeux.\n"))


def test_one_discussion_is_busy_one_is_quiet_and_one_is_over() -> None:
    busy, quiet, over = (len(read(key)) for key in KEYS)

    assert busy >= 250
    assert quiet == 0
    assert 30 <= over <= 60


@pytest.mark.parametrize("key", KEYS)
def test_replies_are_no_deeper_than_the_demo_allows_and_as_deep(key: str) -> None:
    depths = {letter.depth for letter in read(key)}

    assert depths in ({0, 1, 2, 3}, set())
    assert SiteRules().depth == 3


def test_no_address_is_anybodys() -> None:
    assert all(letter.email.isascii() and letter.email.endswith("@example.org") for letter in EVERY)
    assert Letter("Étienne d’Arc-Noël", "x", None, 0).email == "etienne.darc.noel@example.org"
    assert {letter.network[:9] for letter in EVERY} == {"2001:db8:"}


def test_each_author_has_one_address_and_one_network_of_their_own() -> None:
    known = {(letter.name, letter.email, letter.network) for letter in EVERY}

    for part in range(3):
        assert len({each[part] for each in known}) == len(known)
    assert len(known) > 100


def test_no_letter_is_a_near_copy_of_another() -> None:
    assert len({letter.body for letter in EVERY}) == len(EVERY)
    sketches = [(letter, sketch(of)) for letter in EVERY if (of := numbers(letter.body)) is not None]
    copies = [(one.body, other.body) for (one, a), (other, b) in combinations(sketches, 2) if alike(a, b)]
    assert not copies


def test_among_them_are_a_link_a_quote_and_a_list_and_all_lengths() -> None:
    html = [render(letter.body) for letter in EVERY]

    for tag in ("<a ", "<blockquote>", "<ul>", "<ol>"):
        assert any(tag in each for each in html), tag
    lengths = [len(letter.body) for letter in EVERY]
    assert min(lengths) < 10
    assert max(lengths) > 1000


@pytest.mark.parametrize("key", KEYS)
def test_letters_come_in_within_their_time_each_after_what_it_answers(key: str) -> None:
    letters = read(key)
    moments = times(letters, BEGUN, ENDED)

    for letter, moment in zip(letters, moments, strict=True):
        assert BEGUN <= moment < ENDED
        assert letter.parent is None or moments[letter.parent] < moment


def test_times_are_the_same_whenever_one_asks() -> None:
    letters = read(KEYS[0])

    assert times(letters, BEGUN, ENDED) == times(letters, BEGUN, ENDED)


def test_most_write_at_first_and_nobody_begins_a_thread_at_night() -> None:
    letters = read(KEYS[0])
    begun = [at for letter, at in zip(letters, times(letters, BEGUN, ENDED), strict=True) if letter.parent is None]

    assert begun == sorted(begun)
    assert sum(at < BEGUN + timedelta(days=1) for at in begun) > len(begun) / 4
    assert all(timedelta(hours=5) < at - at.replace(hour=0, minute=0) < timedelta(hours=23) for at in begun)


@pytest.mark.parametrize("hour", [0, 3, 5, 6, 12, 23])
def test_whenever_the_demo_is_made_nobody_wrote_at_night(hour: int) -> None:
    letters, ended = read(KEYS[0]), ENDED.replace(hour=hour)
    begun = [at for letter, at in zip(letters, times(letters, BEGUN, ended), strict=True) if letter.parent is None]

    assert all(timedelta(hours=5) < at - at.replace(hour=0, minute=0) < timedelta(hours=23) for at in begun)
    assert max(begun) < ended


@pytest.mark.parametrize("minutes", [1, 30, 600])
def test_there_is_always_time_enough(minutes: int) -> None:
    letters = read(KEYS[0])
    moments = times(letters, BEGUN, BEGUN + timedelta(minutes=minutes))

    for letter, moment in zip(letters, moments, strict=True):
        assert moment < BEGUN + timedelta(minutes=minutes)
        assert letter.parent is None or moments[letter.parent] < moment
