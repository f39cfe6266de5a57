"""A log line is one JSON object, and tells neither an address nor a row of the database."""

import io
import json
import logging
import sys
import threading
from typing import Any

import pytest
import structlog
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError, OperationalError

from service import logs
from service.store.base import Email
from service.store.comments import Comment
from tests.clock import growth
from tests.factories import House


@pytest.fixture
def lines() -> Any:
    """What was logged, as it was written."""
    stream = io.StringIO()
    logs.configure("info", stream)

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    return read


def test_a_line_has_its_event_time_and_level_and_french_as_it_is(lines: Any) -> None:
    structlog.get_logger("x").info("c’est arrivé", count=3, rate=0.5, ok=True, nothing=None)
    logging.getLogger("library").warning("attention à %s", "ça")

    ours, theirs = lines()
    assert (ours["event"], ours["level"], ours["count"], ours["rate"], ours["ok"]) == (
        "c’est arrivé",
        "info",
        3,
        0.5,
        True,
    )
    assert ours["nothing"] is None
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["level"]) == ("attention à ça", "warning")


def test_a_line_stays_one_line(lines: Any) -> None:
    structlog.get_logger("x").info('a\nb\r\n{"event": "forged"}\x1b[31m')

    [line] = lines()
    assert line["event"].startswith("a\nb")


@pytest.mark.parametrize("address", ["zoe@example.fr", "zoé.martin+x@münchen.example", "ZOE@EXAMPLE.FR", "o'neil@a.co"])
def test_an_address_leaves_no_line_wherever_it_is(lines: Any, address: str) -> None:
    log = structlog.get_logger("x")
    sentence = f"sent by <{address}>"
    log.info(sentence, to=address, many=[address, {"a": (address,)}], within={"b": {address}})
    log.info("an object", error=ValueError(address), raw=address.encode(), email=Email(address))
    logging.getLogger("library").error("could not send to %s", address)
    with pytest.raises(ValueError, match=r".") as caught:
        _break(address)
    log.error("it broke", exc_info=caught.value)
    logging.getLogger("library").error("it broke", exc_info=caught.value)

    written = json.dumps(lines(), ensure_ascii=False)
    assert "@" not in written
    assert len(lines()) == 5
    assert written.count("ValueError") >= 2


def _break(address: str) -> None:
    raise ValueError(address) from KeyError(address)


def test_what_only_looks_like_an_address_a_little_stays(lines: Any) -> None:
    structlog.get_logger("x").info("@zoe said 3 @ 4, see a@b and https://example.fr/@x")

    [line] = lines()
    assert line["event"] == "@zoe said 3 @ 4, see a@b and https://example.fr/@x"


def test_a_row_that_the_database_complains_of_is_not_told(big_house: House, lines: Any) -> None:
    """PostgreSQL shows the whole failing row: name, text and all."""
    identifier = big_house.accepted(name="Canari", body="Le texte\nd’un canari", website="https://canari.example")
    with pytest.raises(IntegrityError) as caught, big_house.database.write() as connection:
        connection.execute(update(Comment).where(Comment.id == identifier).values(attempts=-1))
    assert "anari" in str(caught.value), "else there is nothing to hide"

    structlog.get_logger("x").error("unforeseen", exc_info=caught.value)
    structlog.get_logger("x").error("unforeseen", error=caught.value)

    written = json.dumps([line for line in lines() if line["event"] == "unforeseen"], ensure_ascii=False)
    assert "anari" not in written
    assert "ck_comments_numbers" in written, "what was wrong is told"
    assert "UPDATE comments" in written


def test_debug_is_quiet_unless_asked_for(lines: Any) -> None:
    structlog.get_logger("x").debug("a")
    logging.getLogger("library").debug("b")
    logging.getLogger("alembic").info("c")

    assert lines() == []


def test_a_text_four_times_as_long_is_redacted_in_about_four_times_the_work(lines: Any) -> None:
    def log(size: str) -> None:
        for text in (
            "a@" * len(size),
            "a" * len(size) + "@",
            "a@" + "b" * len(size),
            "a@" + "b." * len(size),
            "DETAIL: " * (len(size) // 5),
        ):
            structlog.get_logger("x").info(text)

    assert growth(log, "." * 25_000, "." * 100_000) < 10, "squared it would be 16"


def test_what_nobody_caught_is_a_line_too_wherever_it_was_raised(lines: Any, capfd: pytest.CaptureFixture[str]) -> None:
    error = OperationalError("INSERT", {}, Exception("no\nDETAIL: Failing row contains (canari@lecteurs.example.org)"))

    def raises() -> None:
        raise error

    raiser = threading.Thread(target=raises)
    raiser.start()
    raiser.join()
    sys.excepthook(type(error), error, None)
    with pytest.raises(SystemExit) as ended, logs.nothing_raw():
        raises()

    assert ended.value.code == 1
    assert [line["event"] for line in lines()] == ["nobody caught an error"] * 3
    written = json.dumps(lines())
    assert "canari" not in written
    assert "DETAIL: [left out]" in written
    assert capfd.readouterr() == ("", "")


def test_an_operator_who_presses_ctrl_c_reads_no_log(lines: Any, capfd: pytest.CaptureFixture[str]) -> None:
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)

    assert lines() == []
    assert "KeyboardInterrupt" in capfd.readouterr().err
