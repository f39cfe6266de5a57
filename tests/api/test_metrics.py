"""`/metrics`: what it tells of submissions and of what waits, and what it never tells."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select, text, update

from service import meters
from service.api.observed import KEPT_SECONDS, Glance
from service.metrics import METRICS, Place
from service.settings import Settings
from service.store.deliveries import Delivery
from tests.api.test_form import token
from tests.factories import ARTICLE, House, environment
from tests.servers import free_port
from workers.delivery import tell

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def from_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process that has just started."""
    monkeypatch.setattr(meters, "_meters", None)


def told(house: House) -> dict[str, float]:
    """Every series and its value; the look at the database is a fresh one."""
    house.app.extensions.pop("moderato-glance", None)
    answer = house.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    lines = (line.rpartition(" ") for line in answer.get_data(as_text=True).splitlines() if not line.startswith("#"))
    return {series: float(value) for series, _, value in lines}


def outcomes(house: House) -> dict[str, float]:
    found = {re.findall(r'"(\w+)"', series)[0]: n for series, n in told(house).items() if "_submissions_" in series}
    return {outcome: number for outcome, number in found.items() if number}


def test_submissions_are_told_by_what_was_answered(small_house: House) -> None:
    house = small_house
    house.accepted(body="Deux fois la même chose, mot pour mot.", email="a@b.example")
    house.post(body="Deux fois la même chose, mot pour mot.", email="a@b.example")
    for _ in range(2):
        house.post(body="Répondu deux fois.", email="c@d.example", name="C", headers={"Idempotency-Key": "k"})
    house.post(body="")
    house.post(article="/v1/sites/unknown/articles/a")
    house.post(headers={"Origin": "https://elsewhere.example"})
    house.client.post(f"{ARTICLE}/comments", data={"form_token": token(house), "name": "Z", "email": "z@y.example",
                                                   "body": "Par le formulaire."})  # fmt: skip

    assert outcomes(house) == {
        "accepted": 3, "duplicate": 1, "replayed": 1, "refused": 1, "unknown": 1, "forbidden": 1,
    }  # fmt: skip


def test_too_many_are_told_as_limited(small_house: House) -> None:
    small_house.set_rules(burst=1, per_minute=1)
    for _ in range(3):
        small_house.post(address="192.0.2.77")

    assert outcomes(small_house)["limited"] == 2


def test_how_often_the_machine_is_right_is_told_of_all_sites_as_far_as_it_is_known(house: House) -> None:
    assert not [series for series in told(house) if "precision" in series or "recall" in series]
    house.decide(house.held(), "reject", reason="spam")
    house.decide(house.held(), "publish")

    found = told(house)

    assert found["moderato_machine_precision"] == 0.5
    assert found['moderato_check_precision{check="canary"}'] == 0.5
    assert not [series for series in found if "recall" in series]  # nobody has answered an audit
    house.set_policy(audit_share=1.0)
    house.__dict__["room"] = replace(house.room, dice=lambda: 0.0)
    house.decide(house.published(), "reject", reason="spam")
    found = told(house)
    assert (found["moderato_machine_recall"], found['moderato_check_recall{check="canary"}']) == (0.5, 0.5)


def test_it_is_looked_at_every_five_minutes_however_often_somebody_asks(small_house: House) -> None:
    small_house.decide(small_house.held(), "publish")
    glance = Glance(small_house.database, small_house.room.backlog)
    assert ("moderato_machine_precision", 0.0) in {(metric.name, value) for metric, _, value in glance.look()}
    small_house.decide(small_house.held(), "reject", reason="spam")
    glance._until = 0.0
    assert ("moderato_machine_precision", 0.0) in {(metric.name, value) for metric, _, value in glance.look()}
    glance._until = glance._truth_until = 0.0
    assert ("moderato_machine_precision", 0.5) in {(metric.name, value) for metric, _, value in glance.look()}


def test_what_waits_is_asked_of_the_database(house: House) -> None:
    for _ in range(3):
        house.accepted()
    house.held()  # judges the others too
    house.published()
    house.accepted()

    found = told(house)

    assert found["moderato_database_up"] == 1
    assert found["moderato_pending_comments"] == 1
    assert 0 < found["moderato_pending_oldest_seconds"] < 60
    assert found["moderato_awaiting_comments"] == 1
    assert 0 < found["moderato_awaiting_oldest_seconds"] < 60
    assert found["moderato_parked_comments"] == 0
    assert found['moderato_recent_verdicts{action="publish"}'] == 4
    assert found['moderato_recent_verdicts{action="hold"}'] == 1


def test_what_is_to_be_told_and_what_could_not_be_is_counted(house: House) -> None:
    house.allow_private_webhooks()
    house.webhook(f"http://127.0.0.1:{free_port()}/", types=["comment.submitted"])
    for _ in range(3):
        house.accepted()
    begun = told(house)
    assert begun["moderato_untold_events"] == 3
    assert begun["moderato_waiting_deliveries"] == 0

    tell(house.room)

    with house.database.write() as connection:
        one = select(Delivery.id).limit(1)
        connection.execute(
            update(Delivery).where(Delivery.id.in_(one)).values(state="failed", finished_at=datetime.now(UTC))
        )
    found = told(house)
    assert found["moderato_untold_events"] == 0
    assert found["moderato_waiting_deliveries"] == 2
    assert 0 < found["moderato_waiting_deliveries_oldest_seconds"] < 60
    assert found["moderato_failed_deliveries"] == 1
    assert found['moderato_deliveries_total{kind="webhook",outcome="failed"}'] == 3
    assert found['moderato_delivery_seconds_count{kind="webhook"}'] == 3


def test_what_was_given_up_and_what_is_tried_again_is_told(house: House) -> None:
    spent = house.accepted()
    with house.database.write() as connection:
        connection.execute(text("UPDATE comments SET attempts = 5"))
    house.judge()
    house.accepted()
    with house.database.write() as connection:
        connection.execute(text("UPDATE comments SET attempts = 3 WHERE status = 'pending'"))

    found = told(house)

    assert house.status(spent) == "held"
    assert found["moderato_parked_comments"] == 1
    assert found["moderato_parked_total"] == 1
    assert found["moderato_retries_total"] == 1
    assert found["moderato_retrying_comments"] == 1
    assert found['moderato_verdict_reasons_total{reason="gave_up"}'] == 1


def test_an_edited_comment_waits_since_its_edit(small_house: House) -> None:
    edited = small_house.accepted()
    small_house.judge()
    with small_house.database.write() as connection:
        connection.execute(text("UPDATE comments SET created_at = created_at - 200000000"))
    receipt = small_house.app.extensions["moderato"].keys.receipt(edited)
    assert small_house.client.patch(f"/v1/receipts/{receipt}", json={"body": "Mieux dit."}).status_code == 200
    before = told(small_house)["moderato_verdict_seconds_count"]

    assert told(small_house)["moderato_pending_oldest_seconds"] < 60
    small_house.judge()
    assert told(small_house)["moderato_verdict_seconds_count"] == before


def test_the_workers_side_of_a_comment_is_counted(small_house: House) -> None:
    small_house.app  # noqa: B018 - begins to measure
    small_house.published()
    small_house.held()

    found = told(small_house)

    assert found['moderato_verdicts_total{action="publish"}'] == 1
    assert found['moderato_verdicts_total{action="hold"}'] == 1
    assert found['moderato_verdict_reasons_total{reason="test_string"}'] == 1
    assert found["moderato_verdict_seconds_count"] == 2
    assert found["moderato_claimed_total"] == found["moderato_batches_total"] == 2
    assert found['moderato_check_seconds_count{check="canary"}'] == 2
    assert found['moderato_wakeups_total{outcome="sent"}'] == 2  # who judges, and who tells
    assert found['moderato_wakeups_total{outcome="merged"}'] == 2
    assert found["moderato_database_connections"] == 0
    assert found["moderato_database_pool"] > 0


def test_it_holds_nothing_of_anybody(small_house: House) -> None:
    small_house.accepted(
        name="Zoé Secrète", email="zoe.secrete@lecteurs.example", body="Un avis très particulier.",
        article="/v1/sites/journal/articles/un-article-particulier", address="203.0.113.9",
    )  # fmt: skip
    small_house.client.get("/v1/nowhere/zoe.secrete@lecteurs.example")
    small_house.client.open("/healthz", method="ZOE.SECRETE")
    small_house.judge()

    text = small_house.client.get("/metrics").get_data(as_text=True)

    for secret in ("secr", "lecteurs", "particulier", "203.0.113", "journal", small_house.site_id, "SECR"):
        assert secret not in text, secret
    assert 'method="other"' in text
    assert 'route="none"' in text


def test_strangers_can_not_make_new_series(small_house: House) -> None:
    small_house.client.get("/")

    def grown(number: int) -> int:
        for each in range(number):
            small_house.client.open(f"/made-up-{each}", method=f"M{each}")
            small_house.client.get(f"/v1/sites/site{each}/articles/{each}/comments")
        return len(told(small_house))

    grown(2)
    before = grown(2)
    assert grown(20) == before


def test_every_metric_that_is_told_is_listed_and_every_label_has_a_listed_value(house: House) -> None:
    house.__dict__["room"] = replace(house.room, dice=lambda: 0.0)
    house.published()
    house.decide(house.held(), "reject", reason="spam")
    house.decide(house.published(), "publish")
    answer = house.client.get("/metrics").get_data(as_text=True)
    listed = {metric.name: metric for metric in METRICS}

    names = set(re.findall(r"^# TYPE (\S+) \S+$", answer, re.MULTILINE))
    assert names == set(listed)
    for name, labels in re.findall(r"^(\w+?)(?:_bucket|_sum|_count)?\{(.*)\} ", answer, re.MULTILINE):
        for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
            allowed = listed[name].labels.get(label) if label != "le" else None
            assert allowed is None or isinstance(allowed, str) or value in allowed, (name, label, value)
            assert label == "le" or label in listed[name].labels


def test_without_the_database_it_still_tells_what_was_counted(tmp_path: Path) -> None:
    house = House(Settings.from_env(environment(f"sqlite:///{tmp_path}/none/nowhere.db", "redis://127.0.0.1:1")))

    found = told(house)

    assert found["moderato_database_up"] == 0
    assert "moderato_pending_comments" not in found
    assert 'moderato_submissions_total{outcome="accepted"}' in found
    house.close()


def test_however_often_it_is_asked_the_database_is_asked_every_five_seconds(small_house: House) -> None:
    asked: list[str] = []

    def note(*given: str) -> None:
        asked.append(given[2])

    glance = Glance(small_house.database, small_house.room.backlog)
    event.listen(Engine, "before_cursor_execute", note)

    for _ in range(50):
        glance.look()

    event.remove(Engine, "before_cursor_execute", note)
    assert KEPT_SECONDS == 5
    # The third is the time; of sites nobody is asked while little waits; the last every five minutes.
    assert len(asked) == 8 + 2 + 1 + 3


def test_the_page_of_metrics_lists_them_all() -> None:
    page = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")

    for metric in METRICS:
        assert f"| `{metric.name}` | {metric.kind} | {metric.about} |" in page
        assert f"## {str(metric.place)[0].upper()}{str(metric.place)[1:]}" in page
        for values in metric.labels.values():
            assert isinstance(values, str) or all(f"`{value}`" in page for value in values)
    assert {metric.place for metric in METRICS} == set(Place)
