"""Redis that fails is left alone for a moment, by all of a process together; and what is wrong is said in one word."""

import threading

import pytest
from kombu.exceptions import OperationalError
from redis import exceptions
from throttled.exceptions import StoreUnavailableError

from service.breaker import FIRST_PAUSE, LONGEST_PAUSE, Breaker, why
from service.metrics import REDIS_TROUBLES


class Seconds:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


def test_while_redis_answers_everybody_asks(clock: Seconds) -> None:
    breaker = Breaker(clock)

    assert all(breaker.allows() for _ in range(3))


def test_after_a_failure_nobody_asks_for_a_second_and_then_one_does_for_all(clock: Seconds) -> None:
    breaker = Breaker(clock)
    breaker.failed(exceptions.TimeoutError())

    assert not breaker.allows()
    clock.now += FIRST_PAUSE
    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_once_it_answers_everybody_asks_again(clock: Seconds) -> None:
    breaker = Breaker(clock)
    breaker.failed(exceptions.ConnectionError())
    clock.now += FIRST_PAUSE
    assert breaker.allows()

    breaker.succeeded()

    assert all(breaker.allows() for _ in range(3))


def test_it_is_left_alone_for_longer_each_time_and_never_for_long(clock: Seconds) -> None:
    breaker = Breaker(clock)
    pauses = []
    for _ in range(40):
        breaker.failed(exceptions.ConnectionError())
        begun = clock.now
        while not breaker.allows():
            clock.now += 0.25
        pauses.append(clock.now - begun)

    assert pauses[:3] == [1.0, 2.0, 4.0]
    assert set(pauses[3:]) == {LONGEST_PAUSE}


def test_a_thread_that_asks_and_never_comes_back_closes_it_for_nobody_for_ever(clock: Seconds) -> None:
    breaker = Breaker(clock)
    breaker.failed(exceptions.TimeoutError())
    clock.now += FIRST_PAUSE
    assert breaker.allows()

    clock.now += FIRST_PAUSE

    assert breaker.allows()


def test_of_many_threads_at_once_one_asks(clock: Seconds) -> None:
    breaker = Breaker(clock)
    breaker.failed(exceptions.TimeoutError())
    clock.now += FIRST_PAUSE
    together, told = threading.Barrier(8), []

    def ask() -> None:
        together.wait()
        told.append(breaker.allows())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == [False] * 7 + [True]


def caused(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (exceptions.TimeoutError("Timeout reading from socket"), "slow"),
        (exceptions.ConnectionError("Connection refused"), "away"),
        (exceptions.OutOfMemoryError("command not allowed when used memory > 'maxmemory'"), "full"),
        (exceptions.ReadOnlyError("You can't write against a read only replica."), "read_only"),
        (exceptions.ResponseError("MISCONF Redis is configured to save RDB snapshots"), "disk"),
        (exceptions.BusyLoadingError("Redis is loading the dataset in memory"), "loading"),
        (exceptions.AuthenticationError("NOAUTH"), "refused"),
        (exceptions.NoPermissionError("no permissions to run the 'set' command"), "refused"),
        (caused(OperationalError("…"), exceptions.OutOfMemoryError("…")), "full"),
        (caused(StoreUnavailableError("…"), exceptions.TimeoutError("…")), "slow"),
        (KeyError("anything else"), "away"),
    ],
)
def test_what_is_wrong_is_one_word_whoever_raised_it(error: Exception, word: str) -> None:
    assert why(error) == word
    assert Breaker().failed(error) == word
    assert word in REDIS_TROUBLES
