"""A witness tells what a process judged when it died, to whoever has the same memory."""

import multiprocessing
import os
import signal

import pytest
from billiard.process import current_process

from workers.pool import place_of_this_process
from workers.witness import NOTHING, Witness, of_the_pool, own, take_place

COMMENT = "01a21e70-9561-7658-a8e6-67dbf6354948"


def die(witness: Witness) -> None:
    witness.see(os.getpid(), COMMENT)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_what_a_process_judged_is_known_when_it_is_dead(way: str) -> None:
    witness = Witness()
    process = multiprocessing.get_context(way).Process(target=die, args=(witness,))  # type: ignore[attr-defined]
    process.start()
    process.join()

    assert process.exitcode == -signal.SIGKILL
    assert witness.account(process.pid) == COMMENT
    assert witness.account(process.pid + 1) is None, "nothing is known of another"


def test_nothing_is_an_account_too_and_a_new_process_starts_without_one() -> None:
    witness = Witness()
    assert witness.account(os.getpid()) is None
    witness.see(os.getpid(), COMMENT)
    witness.see(os.getpid(), NOTHING)
    assert witness.account(os.getpid()) == NOTHING


def test_a_process_of_the_pool_has_the_witness_of_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assert place_of_this_process() is None
    monkeypatch.setattr("workers.witness._own", alone := Witness())
    take_place(100_000)
    assert (of_the_pool(100_000), own()) == (None, alone), "beyond the last place a process is on its own"
    for place in (0, 7):
        monkeypatch.setattr(current_process(), "index", place, raising=False)
        assert place_of_this_process() == place
        take_place(place)
        assert own() is of_the_pool(place)
