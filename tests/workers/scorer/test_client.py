"""The exchange with a real server, however that behaves: we hear something, in time, and of a bounded size."""

import itertools
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from service.settings import Settings
from tests import scorer
from tests.factories import environment
from tests.scorer import CALM, Behaviour, ScorerServer, answers
from tests.servers import free_port
from workers.scorer.breaker import FAILURES, PAUSE_SECONDS
from workers.scorer.client import MOST_BYTES, Scorer
from workers.scorer.question import Question

DEADLINE = 0.5
PATIENCE = 8.0
"""Where it is not the deadline that is looked at, it is far away: machines have their slow moments."""
QUESTION = Question("Bonjour à tous.", "fr", "Pas d'insultes.", "Le tramway de nuit")

Make = Callable[..., Scorer]


@pytest.fixture
def made() -> Iterator[Make]:
    """Makes a scorer with settings of its own."""
    all_made: list[Scorer] = []

    def make(url: str, **more: Any) -> Scorer:
        clock = more.pop("clock", time.monotonic)
        named = {f"MODERATO_SCORER_{name.upper()}": str(value) for name, value in more.items()}
        env = environment("sqlite:////x", "redis://x", MODERATO_SCORER_URL=url, MODERATO_SCORER_SECONDS=str(PATIENCE))
        all_made.append(Scorer(Settings.from_env(env | named), clock))
        return all_made[-1]

    yield make
    for each in all_made:
        each.close()


def test_what_is_sent_is_the_text_its_language_the_rules_and_the_title_and_nothing_else(made: Make) -> None:
    with ScorerServer(answers()) as server:
        [heard] = made(server.url, key="clef-secrete").ask([QUESTION])

    [asked] = server.asked
    assert heard.outcome == "ok"
    assert heard.answer is not None
    assert (dict(heard.answer.scores), heard.answer.model) == ({"spam": 0.01, "toxicity": 0.02}, "essai-1")
    assert asked.line == "POST /score HTTP/1.1"
    assert asked.document == {
        "text": QUESTION.text, "language": "fr", "policy": QUESTION.policy, "article_title": "Le tramway de nuit",
    }  # fmt: skip
    assert asked.headers["authorization"] == "Bearer clef-secrete"
    assert len(asked.headers["x-request-id"]) == 32
    assert set(asked.headers) == {
        "host", "accept", "accept-encoding", "connection", "user-agent", "authorization", "x-request-id",
        "content-length", "content-type",
    }  # fmt: skip


NOT_IN_TIME = [scorer.says_nothing, scorer.stalls_in_the_body, scorer.drips_its_headers, scorer.drips_its_body]


@pytest.mark.parametrize("behaves", NOT_IN_TIME)
def test_the_deadline_is_for_the_whole_exchange(made: Make, behaves: Behaviour) -> None:
    with ScorerServer(behaves) as server:
        start = time.monotonic()
        heard = made(server.url, seconds=DEADLINE).ask([QUESTION, QUESTION])
        seconds = time.monotonic() - start

    assert [each.outcome for each in heard] == ["timeout", "timeout"]
    assert all(each.answer is None for each in heard)
    assert DEADLINE <= seconds < DEADLINE + 4


@pytest.mark.parametrize("behaves", [scorer.sends_a_gigabyte, scorer.sends_a_gigabyte_of_headers])
def test_a_gigabyte_costs_neither_memory_nor_time(made: Make, behaves: Behaviour) -> None:
    with ScorerServer(answers()) as server:
        asking = made(server.url)
        asking.ask([QUESTION])  # libraries are loaded
        server.behaves = behaves
        tracemalloc.start()
        start = time.monotonic()
        [heard] = asking.ask([QUESTION])
        seconds = time.monotonic() - start
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert heard.outcome in {"garbage", "unreachable"}
    assert most < 4 * 1024 * 1024
    assert seconds < PATIENCE
    assert server.sent < 16 * 1024 * 1024


GARBAGE = {
    "no JSON": b"<html>Bonjour</html>",
    "nothing": b"",
    "broken": json.dumps(CALM).encode()[:-1],
    "not UTF-8": b'{"scores": {"spam": 0.1}, "model": "\xff"}',
    "a list": [CALM],
    "no scores": {"score": 0.5},
    "empty scores": {"scores": {}},
    "scores in a list": {"scores": [0.5]},
    "NaN": b'{"scores": {"spam": NaN}}',
    "infinity": b'{"scores": {"spam": 1e999}}',
    "minus infinity": b'{"scores": {"spam": -Infinity}}',
    "above one": {"scores": {"spam": 1.01}},
    "below zero": {"scores": {"spam": -0.01}},
    "text for a number": {"scores": {"spam": "0.5"}},
    "yes for a number": {"scores": {"spam": True}},
    "null": {"scores": {"spam": None}},
    "a number without end": b'{"scores": {"spam": ' + b"9" * 5000 + b"}}",
    "a number that no computer's fraction holds": b'{"scores": {"spam": ' + b"9" * 400 + b"}}",
    "deep": b"[" * 60_000,
    "too many": {"scores": {f"kind {number}": 0.1 for number in range(65)}},
    "too long": b" " * (MOST_BYTES + 1),
}


@pytest.mark.parametrize("document", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_no_answer(made: Make, document: Any) -> None:
    with ScorerServer(answers(document)) as server, capture_logs() as logs:
        [heard] = made(server.url).ask([QUESTION])

    assert (heard.outcome, heard.answer) == ("garbage", None)
    assert "Bonjour" not in str(logs), "neither the question nor the answer is logged"


def test_a_compressed_answer_is_not_unpacked(made: Make) -> None:
    with ScorerServer(answers(b"x" * 100, Content_Encoding="gzip")) as server:
        [heard] = made(server.url).ask([QUESTION])

    assert heard.outcome == "garbage"


@pytest.mark.parametrize("status", [201, 204, 400, 401, 403, 404, 429, 500, 503])
def test_any_status_but_200_is_a_refusal(made: Make, status: int) -> None:
    with ScorerServer(answers(CALM, status)) as server:
        [heard] = made(server.url).ask([QUESTION])

    assert (heard.outcome, heard.status, heard.answer) == ("refused", status, None)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(made: Make, status: int) -> None:
    with ScorerServer(answers()) as elsewhere, ScorerServer(answers(b"", status, Location=elsewhere.url)) as server:
        [heard] = made(server.url).ask([QUESTION])

    assert (heard.outcome, heard.status) == ("refused", status)
    assert len(server.asked) == 1
    assert elsewhere.asked == []


@pytest.mark.parametrize("behaves", [scorer.closes_at_once, scorer.closes_in_the_body, scorer.speaks_no_http])
def test_a_server_that_hangs_up_is_away(made: Make, behaves: Behaviour) -> None:
    with ScorerServer(behaves) as server:
        [heard] = made(server.url).ask([QUESTION])

    assert heard.outcome == "unreachable"


def test_where_nobody_listens_the_scorer_is_away_at_once(made: Make) -> None:
    start = time.monotonic()
    [heard] = made(f"http://127.0.0.1:{free_port()}/").ask([QUESTION])

    assert heard.outcome == "unreachable"
    assert time.monotonic() - start < PATIENCE


def test_who_is_to_be_spoken_to_in_secret_is_not_spoken_to_in_the_clear(made: Make) -> None:
    with ScorerServer(answers()) as server:
        [heard] = made(server.url.replace("http://", "https://"), seconds=DEADLINE).ask([QUESTION])

    assert heard.outcome in {"unreachable", "timeout"}
    assert server.asked == []


def test_no_proxy_is_taken_from_the_environment(made: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    with ScorerServer(answers()) as server:
        [heard] = made(server.url).ask([QUESTION])

    assert heard.outcome == "ok"


def test_one_bad_answer_among_good_ones_is_nobody_elses(made: Make) -> None:
    turn = itertools.count()

    def behaves(server: ScorerServer, connection: Any) -> None:
        answers(b"?" if next(turn) == 1 else CALM)(server, connection)

    with ScorerServer(behaves) as server:
        heard = made(server.url).ask([Question(text) for text in ("un", "deux", "trois")])

    assert sorted(each.outcome for each in heard) == ["garbage", "ok", "ok"]


def test_an_answer_that_was_under_way_does_not_end_the_rest_that_was_asked_for(made: Make) -> None:
    turn = itertools.count()

    def behaves(server: ScorerServer, connection: Any) -> None:
        busy = next(turn) == 0
        behave = answers(status=429, Retry_After="60") if busy else answers(CALM, after=0.3)
        behave(server, connection)

    with ScorerServer(behaves) as server:
        asking = made(server.url)
        assert sorted(heard.outcome for heard in asking.ask([QUESTION, QUESTION])) == ["ok", "refused"]
        assert [heard.outcome for heard in asking.ask([QUESTION])] == ["open"]
        assert len(server.asked) == 2


def test_after_five_failures_it_is_left_alone_and_one_question_that_nobody_wrote_brings_it_back(made: Make) -> None:
    now = 1000.0
    with ScorerServer(answers(b"?")) as server:
        asking = made(server.url, clock=lambda: now)
        for _ in range(FAILURES):
            asking.ask([QUESTION])
        assert [heard.outcome for heard in asking.ask([QUESTION, QUESTION])] == ["open", "open"]
        assert len(server.asked) == FAILURES

        now += PAUSE_SECONDS
        assert [heard.outcome for heard in asking.ask([QUESTION, QUESTION])] == ["open", "open"]
        assert len(server.asked) == FAILURES + 1, "one look, and another pause"
        assert server.asked[-1].document["text"] != QUESTION.text

        now += PAUSE_SECONDS
        server.behaves = answers()
        assert [heard.outcome for heard in asking.ask([QUESTION, QUESTION])] == ["ok", "ok"]
        assert not asking.breaker.is_open


@pytest.mark.parametrize(("asked_for", "pause"), [("7", 7), ("86400", 300)])
def test_it_is_left_alone_for_as_long_as_it_asks_within_reason(made: Make, asked_for: str, pause: float) -> None:
    now = 1000.0
    with ScorerServer(answers({}, 429, Retry_After=asked_for)) as server:
        asking = made(server.url, clock=lambda: now)
        asking.ask([QUESTION])
        server.behaves = answers()
        now += pause - 1
        assert asking.ask([QUESTION])[0].outcome == "open"
        now += 1
        assert asking.ask([QUESTION])[0].outcome == "ok"


def test_whether_it_is_back_is_not_asked_when_it_is_known(made: Make) -> None:
    with ScorerServer(answers()) as server:
        asking = made(server.url)
        assert asking.is_back()
        assert asking.is_back()
        assert len(server.asked) == 1

        server.behaves = answers(b"?")
        asking.ask([QUESTION])
        assert not asking.is_back()


def test_a_stranger_is_not_let_into_a_line(made: Make) -> None:
    document = {
        "scores": {"haine\n\u202e": 0.9, "spam": 0},
        "explanation": "Parce\nque <b>oui</b>\x00 \u202egnol \ud800" + "x" * 10_000,
        "model": {"not": "a word"},
    }
    with ScorerServer(answers(document)) as server:
        [heard] = made(server.url).ask([QUESTION])

    assert heard.answer is not None
    assert set(heard.answer.scores) == {"haine", "spam"}
    assert heard.answer.explanation.startswith("Parce que <b>oui</b> gnol xxx")
    assert heard.answer.explanation.isprintable()
    assert len(heard.answer.explanation) == 300
    assert heard.answer.model == ""
