"""A server that says nothing keeps one thread of a process waiting, and no other."""

import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from service.errors import NotFound
from service.store.session import trouble
from service.store.silence import NoAnswer, Silence

Use = Callable[[], None]


def says_nothing() -> None:
    raise OperationalError("SELECT", None, NoAnswer("nothing"))


def answers() -> None: ...


def used(silence: Silence, use: Use) -> str:
    """What came of one use of the database: the trouble, in one word, or nothing."""
    try:
        with silence.heard():
            use()
    except OperationalError as error:
        return trouble(error)
    return ""


@pytest.fixture
def silence() -> Silence:
    """Of a server that has just said nothing."""
    made = Silence()
    assert used(made, says_nothing) == "slow"
    return made


class Finding:
    """A thread that finds out whether the server answers again."""

    def __init__(self, silence: Silence, then: Use) -> None:
        self._asked, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=used, args=(silence, self._ask(then)))
        self._thread.start()
        assert self._asked.wait(10)

    def _ask(self, then: Use) -> Use:
        def ask() -> None:
            self._asked.set()
            self._over.wait(10)
            then()

        return ask

    def end(self) -> None:
        self._over.set()
        self._thread.join(10)


def test_while_one_finds_out_the_others_are_told_at_once(silence: Silence) -> None:
    finding = Finding(silence, says_nothing)
    started = time.monotonic()

    told = [used(silence, pytest.fail) for _ in range(100)]

    assert told == ["slow"] * 100
    assert time.monotonic() - started < 5
    finding.end()
    assert used(silence, answers) == "", "the next finds out"


def test_once_it_answers_again_everybody_asks(silence: Silence) -> None:
    Finding(silence, answers).end()

    both = [Finding(silence, answers), Finding(silence, answers)]
    for each in both:
        each.end()


def test_who_finds_out_may_ask_for_more_than_one_thing_at_once(silence: Silence) -> None:
    def asks_within() -> None:
        assert used(silence, answers) == ""

    assert used(silence, asks_within) == ""
    assert used(silence, answers) == ""


def test_an_answer_that_is_no_good_is_one_too(silence: Silence) -> None:
    def refuses() -> None:
        raise NotFound("comment_unknown")

    with pytest.raises(NotFound), silence.heard():
        refuses()
    finding = Finding(silence, answers)
    assert used(silence, answers) == ""
    finding.end()


@pytest.mark.parametrize(
    ("error", "silent"),
    [
        (NoAnswer("nothing"), True),
        (psycopg.errors.ConnectionTimeout("connection timeout expired"), True),
        (psycopg.OperationalError("connection refused"), False),
        (psycopg.errors.QueryCanceled("statement timeout"), False),
    ],
)
def test_only_where_nothing_is_said_others_would_wait(error: psycopg.Error, silent: bool) -> None:  # noqa: FBT001
    made = Silence()

    def fails() -> None:
        raise OperationalError("SELECT", None, error)

    used(made, fails)
    finding = Finding(made, answers)

    assert (used(made, answers) == "slow") is silent
    finding.end()
