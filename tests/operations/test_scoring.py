"""Comments that the scorer is asked about: judged by its answer, held without one, and judged again when it is back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from service.domain.comment import Lane
from service.domain.policy import Scorer as When
from service.store import queues
from service.store.comments import Comment
from service.store.events import Event
from service.store.moderation import VerdictRow
from service.store.standing import standing
from tests import scorer
from tests.factories import CANARY_STRING, House, a_submission
from tests.scorer import CALM, Behaviour, ScorerServer, answers
from tests.servers import free_port
from workers import tasks
from workers.engine import moderate
from workers.scorer.breaker import FAILURES
from workers.scoring import may_be_brought_back, rest
from workers.tasks import next_in_line, score_round

RULES = "Ici on parle de trains."
TOXIC = {
    "scores": {"spam": 0.05, "toxicity": 0.7, "insulte": 0.91},
    "explanation": "Un <b>gros</b> mot.",
    "model": "e-2",
}


@pytest.fixture
def server() -> Iterator[ScorerServer]:
    with ScorerServer(answers()) as made:
        yield made


@pytest.fixture
def asking(house: House, server: ScorerServer) -> House:
    """A house whose site asks the scorer."""
    house.give_scorer(server.url)
    house.set_policy(scorer=When.ON, policy_text=RULES)
    return house


def rounds(house: House) -> int:
    total = 0
    while done := score_round(house.room):
        total += done
    return total


def judged(house: House, **changes: Any) -> str:
    identifier = house.accepted(**changes)
    house.judge()
    tasks.judge_batch(house.room, Lane.SCORE)
    return identifier


def has_rested(house: House) -> None:
    with house.database.write() as connection:
        connection.execute(
            update(Comment).where(Comment.lease_until.is_not(None)).values(lease_until=datetime.now(UTC) - timedelta(1))
        )


def detail(house: House, identifier: str) -> dict[str, Any]:
    answer = house.client.get(f"/v1/moderation/comments/{identifier}", headers=house.staff())
    found: dict[str, Any] = answer.get_json()
    return found


def reasons(house: House, identifier: str) -> list[str]:
    """What weighs against it; that it is its author's first comment, as all are here, does not."""
    signals = detail(house, identifier)["verdict"]["signals"]
    return [signal["reason"] for signal in signals if signal["reason"] != "first_comment"]


def evidence(house: House, identifier: str) -> dict[str, Any]:
    """What was stored of the latest exchange about a comment."""
    with house.database.read() as connection:
        checks = connection.execute(
            select(VerdictRow.checks).where(VerdictRow.comment_id == identifier).order_by(VerdictRow.revision.desc())
        ).scalars()
        [found] = [each for each in next(iter(checks)) if each["check"] == "scorer"]
    return dict(found)


def test_nothing_is_asked_unless_the_policy_says_so(asking: House, server: ScorerServer) -> None:
    asking.set_policy(scorer=When.OFF)

    asking.published()

    assert server.asked == []


def test_a_comment_waits_for_the_scorer_and_is_published_by_its_answer(asking: House, server: ScorerServer) -> None:
    identifier = asking.accepted()
    asking.judge()
    assert (asking.status(identifier), asking.row(identifier).lane) == ("pending", "score")
    assert asking.row(identifier).version == 1, "waiting is no move"
    assert next_in_line(asking.room) is None
    assert next_in_line(asking.room, Lane.SCORE) == identifier
    assert server.asked == []

    assert rounds(asking) == 1

    assert (asking.status(identifier), asking.row(identifier).lane) == ("published", "judge")
    stored = evidence(asking, identifier)
    assert stored["failed"] is False
    assert stored["facts"] == {"outcome": "ok", "model": "essai-1", "score.spam": 0.01, "score.toxicity": 0.02}
    assert stored["milliseconds"] > 0


def test_only_the_text_the_language_the_rules_and_a_publishers_title_are_sent(
    asking: House, server: ScorerServer
) -> None:
    asking.set_policy(scorer=When.ALWAYS)  # a text with an address in it is held by our own checks
    body = "Écrivez-moi donc à Zoe.Secret@lecteurs.example.org, j'y étais."
    judged(asking, body=body, article_title="Un titre d'un lecteur", name="Zoé Secret", website="https://zoe.example")
    with asking.database.write() as connection:
        from service.store.sites import Article

        connection.execute(update(Article).values(title="Le tramway", title_confirmed=True))
    judged(asking)

    first, second = (asked.document for asked in server.asked)
    assert first == {"text": "Écrivez-moi donc à [address], j'y étais.", "policy": RULES}
    assert second["article_title"] == "Le tramway"
    everything = b"".join(asked.raw for asked in server.asked).lower()
    for secret in (b"secret", b"zoe", b"zo\xc3\xa9", b"192.0.2", b"journal", b"a-1"):
        assert secret not in everything


def test_what_the_scorer_finds_holds_the_comment_and_is_told_in_a_sentence(asking: House, server: ScorerServer) -> None:
    server.behaves = answers(TOXIC)

    identifier = judged(asking)

    assert asking.status(identifier) == "held"
    assert asking.row(identifier).lane == "judge", "it was scored: a person decides"
    signal = detail(asking, identifier)["verdict"]["signals"][0]
    assert (signal["reason"], signal["score"], signal["weight"]) == ("remote_toxicity", 0.91, 0.91)
    assert signal["facts"]["categories"] == "insulte 0.91, toxicity 0.70"
    assert "91" in signal["detail"]
    assert "Un <b>gros</b> mot." in signal["detail"], "JSON: whoever shows it as HTML escapes it"
    assert evidence(asking, identifier)["facts"]["score.insulte"] == 0.91


def test_what_our_own_checks_hold_is_not_sent_out(asking: House, server: ScorerServer) -> None:
    identifier = judged(asking, body=f"Un essai {CANARY_STRING}")

    assert asking.status(identifier) == "held"
    assert server.asked == []


def test_unless_the_policy_wants_the_scorers_opinion_of_that_too(asking: House, server: ScorerServer) -> None:
    asking.set_policy(scorer=When.ALWAYS)
    server.behaves = answers(TOXIC)

    identifier = judged(asking, body=f"Un essai {CANARY_STRING}")

    assert asking.status(identifier) == "held"
    assert set(reasons(asking, identifier)) >= {"test_string", "remote_toxicity"}


AWAY: dict[str, tuple[Behaviour, str]] = {
    "says nothing": (scorer.says_nothing, "timeout"),
    "stalls": (scorer.stalls_in_the_body, "timeout"),
    "drips": (scorer.drips_its_body, "timeout"),
    "garbage": (answers(b"<html>"), "garbage"),
    "NaN": (answers(b'{"scores": {"spam": NaN}}'), "garbage"),
    "wrong types": (answers({"scores": {"spam": "no"}}), "garbage"),
    "a gigabyte": (scorer.sends_a_gigabyte, "garbage"),
    "500": (answers(CALM, 500), "refused"),
    "429": (answers(CALM, 429, Retry_After="60"), "refused"),
    "redirect": (answers(b"", 307, Location="http://127.0.0.1:1/"), "refused"),
    "closes": (scorer.closes_at_once, "unreachable"),
    "closes in the body": (scorer.closes_in_the_body, "unreachable"),
}


@pytest.mark.parametrize(("behaves", "outcome"), AWAY.values(), ids=AWAY.keys())
def test_whatever_goes_wrong_nothing_is_published_and_the_reason_is_told(
    asking: House, server: ScorerServer, behaves: Behaviour, outcome: str
) -> None:
    server.behaves = behaves
    if outcome == "timeout":
        asking.give_scorer(server.url, scorer_seconds=0.5)

    identifier = judged(asking)

    assert (asking.status(identifier), asking.row(identifier).lane) == ("held", "score")
    assert reasons(asking, identifier) == ["scorer_away"]
    stored = evidence(asking, identifier)
    assert (stored["failed"], stored["facts"]["outcome"]) == (True, outcome)
    with asking.database.read() as connection:
        assert standing(connection, datetime.now(UTC)).unscored == 1


@pytest.mark.parametrize("mode", ["auto", "postmoderate"])
def test_a_scorer_that_is_away_publishes_in_no_mode(asking: House, server: ScorerServer, mode: str) -> None:
    asking.set_policy(mode=mode)
    server.behaves = answers(b"?")

    assert asking.status(judged(asking)) == "held"


def test_when_the_scorer_is_back_what_was_held_is_judged_again(asking: House, server: ScorerServer) -> None:
    server.behaves = answers(b"?")
    identifiers = [judged(asking) for _ in range(3)]
    assert not may_be_brought_back(asking.room), "they rest for a moment"
    has_rested(asking)
    assert may_be_brought_back(asking.room)

    assert rounds(asking) == 0, "it isn't back"
    assert [asking.row(identifier).version for identifier in identifiers] == [2, 2, 2], "nothing was disturbed"
    server.behaves = answers()
    assert rounds(asking) == 6, "three are brought back, and judged"

    assert [asking.status(identifier) for identifier in identifiers] == ["published"] * 3
    history = detail(asking, identifiers[0])["history"]
    assert [each.get("action") for each in history] == [None, "hold", "publish"]
    with asking.database.read() as connection:
        told = connection.execute(
            select(Event.type).where(Event.comment_id == identifiers[0]).order_by(Event.id)
        ).scalars()
        assert list(told) == ["comment.submitted", "comment.held", "comment.rechecked", "comment.published"]


def test_what_a_person_has_decided_meanwhile_is_left_alone(asking: House, server: ScorerServer) -> None:
    server.behaves = answers(b"?")
    held, refused, published, undecided = (judged(asking) for _ in range(4))
    asking.decide(held, "hold")
    asking.decide(refused, "reject", reason="insult")
    asking.decide(published, "publish")
    has_rested(asking)
    server.behaves = answers()

    assert rounds(asking) == 2

    found = [asking.status(identifier) for identifier in (held, refused, published, undecided)]
    assert found == ["held", "rejected", "published", "published"]
    assert [asking.row(identifier).version for identifier in (held, refused, published)] == [3, 3, 3]


def test_a_decision_while_the_scorer_is_being_asked_wins(asking: House, server: ScorerServer) -> None:
    identifier = asking.accepted()
    asking.judge()

    def decided_meanwhile(server: ScorerServer, connection: Any) -> None:
        assert asking.decide(identifier, "reject", reason="spam").status_code == 200
        answers()(server, connection)

    server.behaves = decided_meanwhile
    rounds(asking)

    assert len(server.asked) == 1
    assert asking.status(identifier) == "rejected"
    with asking.database.read() as connection:
        assert connection.execute(select(VerdictRow)).all() == []


def test_an_author_who_withdraws_is_not_brought_back(asking: House, server: ScorerServer) -> None:
    server.behaves = answers(b"?")
    answer = asking.post()
    identifier, receipt = answer.get_json()["id"], answer.get_json()["receipt"]
    asking.judge()
    rounds(asking)
    has_rested(asking)
    server.behaves = answers()
    assert asking.client.delete(f"/v1/receipts/{receipt}").status_code in {200, 204}

    assert rounds(asking) == 0
    assert asking.status(identifier) == "removed"


def test_an_edit_is_judged_from_the_beginning(asking: House, server: ScorerServer) -> None:
    server.behaves = answers(b"?")
    answer = asking.post()
    identifier, receipt = answer.get_json()["id"], answer.get_json()["receipt"]
    asking.judge()
    rounds(asking)
    assert asking.client.patch(f"/v1/receipts/{receipt}", json={"body": "Encore mieux dit."}).status_code == 200
    assert (asking.status(identifier), asking.row(identifier).lane) == ("pending", "judge")

    server.behaves = answers()
    asking.judge()
    rounds(asking)

    assert asking.status(identifier) == "published"
    assert server.asked[-1].document["text"] == "Encore mieux dit."


def test_a_text_on_which_the_scorer_always_stumbles_is_tried_ever_less_often() -> None:
    found = [rest(revision).total_seconds() for revision in (1, 2, 3, 9, 10, 1000)]

    assert found == [10, 20, 40, 2560, 3600, 3600]


def test_a_round_is_no_bigger_than_was_said_and_there_is_one_at_a_time(asking: House, server: ScorerServer) -> None:
    server.behaves = answers(after=0.3)
    for _ in range(9):
        asking.accepted()
    asking.judge()

    with asking.database.write() as connection:
        first = queues.claim(connection, limit=4, lease_seconds=30, lane=Lane.SCORE)
    with asking.database.write() as connection:
        assert queues.claim(connection, limit=4, lease_seconds=30, lane=Lane.SCORE) == []
    assert next_in_line(asking.room, Lane.SCORE) is None, "none can be claimed now"
    assert len(first) == 4
    has_rested(asking)

    total = 0
    while done := tasks.judge_batch(asking.room, Lane.SCORE):
        total += done
    assert total == 9
    assert 1 < server.most_at_once <= 4


def test_a_round_whose_worker_died_is_taken_up_by_the_next(asking: House, server: ScorerServer) -> None:
    identifier = asking.accepted()
    asking.judge()
    with asking.database.write() as connection:
        queues.claim(connection, limit=4, lease_seconds=30, lane=Lane.SCORE)
    assert rounds(asking) == 0
    has_rested(asking)

    assert rounds(asking) == 1
    assert asking.status(identifier) == "published"


def test_a_slow_scorer_keeps_no_other_comment_waiting(asking: House, server: ScorerServer) -> None:
    server.behaves = scorer.says_nothing
    waiting = asking.accepted()
    asking.judge()
    asking.set_policy(scorer=When.OFF)

    assert asking.status(asking.published()) == "published"
    assert (asking.status(waiting), server.asked) == ("pending", []), "the judge's lane asks nobody"


def test_once_it_is_left_alone_comments_are_held_without_being_sent(asking: House, server: ScorerServer) -> None:
    server.behaves = answers(b"?")
    for _ in range(FAILURES):
        judged(asking)

    identifier = judged(asking)

    assert len(server.asked) == FAILURES
    assert evidence(asking, identifier)["facts"] == {"outcome": "open"}


def test_a_policy_that_wants_a_scorer_where_there_is_none_holds(house: House) -> None:
    house.set_policy(scorer=When.ON)

    identifier = house.accepted()
    house.judge()

    assert (house.status(identifier), house.row(identifier).lane) == ("held", "score")
    assert reasons(house, identifier) == ["scorer_away"]
    assert not may_be_brought_back(house.room)


def test_what_waits_for_a_scorer_that_is_taken_away_is_held(asking: House) -> None:
    identifier = asking.accepted()
    asking.judge()
    asking.take_scorer()

    tasks.judge_batch(asking.room, Lane.SCORE)

    assert asking.status(identifier) == "held"


def test_a_policy_that_no_longer_asks_publishes_what_waits(asking: House, server: ScorerServer) -> None:
    identifier = asking.accepted()
    asking.judge()
    asking.set_policy(scorer=When.OFF)

    rounds(asking)

    assert asking.status(identifier) == "published"
    assert server.asked == []


def test_an_article_may_ask_where_its_site_does_not(asking: House, server: ScorerServer) -> None:
    asking.set_policy(scorer=When.OFF)
    asking.published()
    here = "/v1/moderation/sites/journal/articles/a-1"
    document = {"policy": {"hold_first_comment": False, "scorer": "on", "policy_text": "Court.\nPoli."}}
    assert asking.client.put(here, json=document, headers=asking.staff("editor")).status_code == 200

    there = judged(asking, article="/v1/sites/journal/articles/a-2")
    identifier = judged(asking)

    assert (asking.status(identifier), asking.status(there)) == ("published", "published")
    assert [asked.document["policy"] for asked in server.asked] == ["Court.\nPoli."]


def test_poison_in_the_scorers_lane_is_parked_and_holds_nobody_up(
    asking: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, innocent = asking.accepted(body="POISON"), asking.accepted()
    asking.judge()

    def chokes(context: Any, policy: Any, **rest: Any) -> Any:
        if context.body == "POISON":
            raise MemoryError
        return moderate(context, policy, **rest)

    monkeypatch.setattr(tasks, "moderate", chokes)
    for _ in range(12):
        has_rested(asking)
        try:
            tasks.judge_batch(asking.room, Lane.SCORE)
        except MemoryError:
            continue

    assert (asking.status(poison), asking.status(innocent)) == ("held", "published")
    assert reasons(asking, poison) == ["gave_up"]


def test_the_scorer_is_off_unless_it_is_set(house: House) -> None:
    assert house.settings.scorer_url == ""
    assert house.room.scorer is None


def test_a_closed_port_is_a_scorer_that_is_away(house: House) -> None:
    house.give_scorer(f"http://127.0.0.1:{free_port()}/")
    house.set_policy(scorer=When.ON)

    identifier = judged(house)

    assert house.status(identifier) == "held"
    assert a_submission()["email"] not in str(detail(house, identifier))
