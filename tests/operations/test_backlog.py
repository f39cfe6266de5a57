"""A site that is flooded: first the scorer isn't asked, then nothing more comes in; other sites go on."""

from collections.abc import Iterator

import pytest
from lxml import html
from sqlalchemy import func, select

from service.api.places import BUSY_SECONDS
from service.domain.comment import Lane
from service.domain.policy import Scorer as When
from service.store import backlog
from service.store.backlog import KEPT_SECONDS, Backlog, Stage
from service.store.comments import Comment
from service.words import say
from tests.factories import House, a_submission
from tests.operations.test_scoring import evidence, has_rested, reasons, rounds
from tests.scorer import ScorerServer, answers
from workers import tasks
from workers.scoring import may_be_brought_back

OTHER = "/v1/sites/gazette/articles/a-1"
FRENCH = {"Accept-Language": "fr"}


@pytest.fixture(autouse=True)
def counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once a second, but whenever it is asked for: tests don't wait."""
    monkeypatch.setattr(backlog, "KEPT_SECONDS", 0.0)


@pytest.fixture
def server() -> Iterator[ScorerServer]:
    with ScorerServer(answers()) as made:
        yield made


@pytest.fixture
def crowded(house: House, server: ScorerServer) -> House:
    """A house whose site asks the scorer, and of which three may wait before it isn't asked, and five at all."""
    house.give_scorer(server.url, scorer_at_once=2)
    house.limit_backlog(optional=3, limit=5)
    house.set_policy(scorer=When.ON)
    house.add_site("gazette")
    return house


def submissions(house: House, outcome: str) -> float:
    text = house.client.get("/metrics").get_data(as_text=True)
    name = f'moderato_submissions_total{{outcome="{outcome}"}} '
    return float(next(line.removeprefix(name) for line in text.splitlines() if line.startswith(name)))


def pending(house: House) -> int:
    with house.database.read() as connection:
        return connection.execute(select(func.count()).where(Comment.status == "pending")).scalar_one()


def test_over_the_limit_a_site_takes_no_more_and_others_go_on(crowded: House) -> None:
    for _ in range(5):
        crowded.accepted()
    refused_before = submissions(crowded, "busy")

    refused = crowded.post(headers=FRENCH)

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == str(BUSY_SECONDS)
    assert refused.get_json()["code"] == "site_busy"
    assert refused.get_json()["title"] == say("problem.site_busy", "fr", count=BUSY_SECONDS)
    assert pending(crowded) == 5
    assert submissions(crowded, "busy") == refused_before + 1
    crowded.accepted(article=OTHER)


def test_once_there_is_room_the_site_takes_comments_again(crowded: House) -> None:
    for _ in range(5):
        crowded.accepted()
    assert crowded.post().status_code == 429

    crowded.judge()

    crowded.accepted()


def test_the_form_keeps_the_text_that_was_refused(crowded: House) -> None:
    place = "/sites/journal/articles/a-1"
    page = html.fromstring(crowded.client.get(place, headers={"Accept": "text/html"}).get_data())
    [form] = page.forms
    for _ in range(5):
        crowded.accepted()
    sent = dict(form.fields) | a_submission(body="Une heure de travail.")

    answer = crowded.client.post(form.action, data=sent, headers=FRENCH)

    again = html.fromstring(answer.get_data())
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == str(BUSY_SECONDS)
    assert again.forms[0].fields["body"].strip() == "Une heure de travail."
    assert again.forms[0].fields["form_token"] == sent["form_token"]
    assert say("problem.site_busy", "fr", count=BUSY_SECONDS) in again.text_content()


def test_over_the_first_limit_the_scorer_is_not_asked_and_the_comment_is_held(
    crowded: House, server: ScorerServer
) -> None:
    waiting = [crowded.accepted() for _ in range(4)]

    crowded.judge()

    assert server.asked == []
    assert {crowded.status(each) for each in waiting} == {"held"}
    assert reasons(crowded, waiting[0]) == ["scorer_away"]
    assert evidence(crowded, waiting[0])["facts"] == {"outcome": "busy"}
    assert {crowded.row(each).lane for each in waiting} == {"score"}


def test_what_waits_for_the_scorer_already_is_held_too(crowded: House, server: ScorerServer) -> None:
    early = crowded.accepted()
    crowded.judge()
    for _ in range(3):
        crowded.accepted()

    tasks.judge_batch(crowded.room, Lane.SCORE)

    assert crowded.status(early) == "held"
    assert server.asked == []


def test_other_sites_questions_are_asked(crowded: House, server: ScorerServer) -> None:
    for _ in range(4):
        crowded.accepted(article=OTHER)
    alone = crowded.accepted()
    crowded.judge()

    tasks.judge_batch(crowded.room, Lane.SCORE)

    assert crowded.status(alone) == "published"
    assert len(server.asked) == 1


def test_when_there_is_time_again_what_was_not_asked_about_is_judged_again(
    crowded: House, server: ScorerServer
) -> None:
    held = [crowded.accepted() for _ in range(4)]
    crowded.judge()
    has_rested(crowded)
    more = [crowded.accepted(article=OTHER) for _ in range(3)]
    assert not may_be_brought_back(crowded.room), "while many wait, nothing is added to them"

    crowded.judge()
    rounds(crowded)

    assert {crowded.status(each) for each in held} == {"published"}
    assert len(server.asked) == 1 + 4  # the first asks whether it is well
    assert {crowded.status(each) for each in more} == {"published"}


def test_it_is_counted_once_a_second(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "KEPT_SECONDS", KEPT_SECONDS)
    house.limit_backlog(optional=1, limit=2)
    seconds = [100.0]
    kept = Backlog(house.settings, clock=lambda: seconds[0])

    def stage() -> Stage:
        return kept.stage(house.database, house.site_id)

    assert stage() is Stage.OK
    house.accepted()
    assert stage() is Stage.OK
    seconds[0] += KEPT_SECONDS
    assert stage() is Stage.OPTIONAL_SKIPPED
    house.accepted()
    seconds[0] += KEPT_SECONDS / 2
    assert stage() is Stage.OPTIONAL_SKIPPED
    seconds[0] += KEPT_SECONDS / 2
    assert stage() is Stage.REFUSING


def test_the_sites_over_a_limit_are_counted_for_those_who_watch(crowded: House) -> None:
    for _ in range(3):
        crowded.accepted()
    for _ in range(5):
        crowded.accepted(article=OTHER)

    with crowded.database.read() as connection:
        assert crowded.room.backlog.stages(connection) == {Stage.OPTIONAL_SKIPPED: 1, Stage.REFUSING: 1}
    text = crowded.client.get("/metrics").get_data(as_text=True)
    assert 'moderato_backlog_sites{stage="optional_skipped"} 1.0' in text
    assert 'moderato_backlog_sites{stage="refusing"} 1.0' in text
