"""The doctor on the scorer: every way in which a real one can be wrong has its own sentence, and none tells the key."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests import scorer
from tests.factories import environment
from tests.scorer import CALM, Behaviour, ScorerServer, answers
from tests.servers import free_port
from workers.doctor import scorer as looks
from workers.doctor.finding import Finding, Grade, case_of

KEY = "clef-tres-secrete"


@pytest.fixture
def server() -> Iterator[ScorerServer]:
    with ScorerServer(answers()) as made:
        yield made


def found(url: str, **more: str) -> list[Finding]:
    named = {
        f"MODERATO_SCORER_{name}": value for name, value in ({"URL": url, "KEY": KEY, "SECONDS": "0.5"} | more).items()
    }
    case = case_of(environment("sqlite:////x.db", "redis://x") | named, lambda: datetime.now(UTC))
    findings = list(looks.scorer(case))
    assert KEY not in str(findings)
    return findings


def test_without_a_scorer_there_is_nothing_to_look_at() -> None:
    assert found("") == []


def test_of_one_that_answers_there_is_nothing_to_say(server: ScorerServer) -> None:
    assert found(server.url) == []
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("behaves", "said", "todo"),
    [
        (scorer.says_nothing, "did not answer in time", "MODERATO_SCORER_SECONDS"),
        (scorer.drips_its_headers, "did not answer in time", "MODERATO_SCORER_SECONDS"),
        (answers(b"<html>"), "can't be read (it is not JSON)", "MODERATO_SCORER_PROTOCOL"),
        (answers({"choices": []}), "can't be read (there are no scores in it)", "MODERATO_SCORER_PROTOCOL"),
        (answers(CALM, 401), "refuses us (401)", "MODERATO_SCORER_KEY"),
        (answers(CALM, 404), "status 404", "MODERATO_SCORER_URL"),
        (answers(b"", 301, Location="https://elsewhere.example/"), "status 301", "redirects aren't followed"),
        (scorer.closes_at_once, "can't be reached", "MODERATO_SCORER_URL"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_what_to_do(server: ScorerServer, behaves: Behaviour, said: str, todo: str) -> None:
    server.behaves = behaves

    [finding] = found(server.url)

    assert finding.grade is Grade.WRONG
    assert said in finding.what
    assert todo in finding.todo


def test_where_nobody_listens() -> None:
    [finding] = found(f"http://127.0.0.1:{free_port()}/")

    assert "can't be reached (ConnectError)" in finding.what


def test_a_chat_without_a_model(server: ScorerServer) -> None:
    [finding] = found(server.url, PROTOCOL="openai-chat")

    assert "MODERATO_SCORER_MODEL" in finding.todo
    assert server.asked == []


@pytest.mark.parametrize(
    ("host", "near"),
    [("127.0.0.1", True), ("10.0.0.5", True), ("scorer", True), ("8.8.8.8", False), ("api.example.org", False)],
)
def test_what_travels_in_the_clear_is_near(host: str, near: bool) -> None:  # noqa: FBT001 - a table
    assert looks._is_near(host) is near
