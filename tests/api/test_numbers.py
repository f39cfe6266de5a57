"""How moderation goes, in figures: what was really decided, by site, and safe to open in a spreadsheet."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from service.store import numbers
from service.store.comments import Comment
from tests.api.told import told
from tests.factories import House

NUMBERS = "/v1/moderation/numbers"


def decide(house: House, comment: str, action: str, reason: str | None = None) -> None:
    detail = house.client.get(f"/v1/moderation/comments/{comment}", headers=house.staff()).get_json()
    answer = house.client.post(
        f"/v1/moderation/comments/{comment}/decision",
        json={"action": action, "version": detail["version"], "reason": reason},
        headers=house.staff(),
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)


def figures(house: House, query: str = "", site: str = "journal") -> Any:
    answer = house.client.get(f"{NUMBERS}{query}", headers=house.staff("auditor", site))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def test_figures_are_of_what_people_decided_and_of_what_waits(house: House) -> None:
    released, refused, again, waiting = (house.held() for _ in range(4))
    decide(house, released, "publish")
    decide(house, refused, "reject", "spam")
    decide(house, again, "publish")
    decide(house, again, "reject", "insult")
    assert house.status(waiting) == "held"

    found = figures(house)

    people = found["people"]
    assert (people["decided"], people["publish"], people["reject"], people["released"]) == (3, 1, 2, 1)
    assert 0 <= people["seconds_p50"] <= people["seconds_p95"] < 600
    assert found["queue"]["counts"]["awaiting"] == 1
    assert 0 <= found["queue"]["oldest_seconds"] < 600
    by_reason = {each["reason"]: each for each in found["reasons"]}
    assert by_reason["test_string"]["decided"] == 3
    assert by_reason["test_string"]["precision"] == pytest.approx(2 / 3, abs=0.001)
    assert found["articles"] == [{"article": "a-1", "decided": 3}]


def test_a_comment_that_was_published_by_the_machine_and_refused_by_people_is_an_overturn(house: House) -> None:
    house.client.put(
        "/v1/moderation/sites/journal/policy", json={"hold_first_comment": False}, headers=house.staff("editor")
    )
    comment = house.accepted()
    house.judge()
    assert house.status(comment) == "published"
    decide(house, comment, "reject", "misinformation")

    assert figures(house)["people"]["taken_down"] == 1


def test_what_the_machine_decided_is_told_and_how_much_of_it_people_overturned(house: House) -> None:
    kept, taken_down, confirmed = (house.published() for _ in range(3))
    released, refused, waiting = (house.held() for _ in range(3))
    quicker = house.accepted()
    decide(house, quicker, "publish")
    decide(house, taken_down, "reject", "spam")
    decide(house, confirmed, "publish")
    decide(house, released, "publish")
    decide(house, refused, "reject", "spam")
    house.set_policy(reject=0.5, blocked_words=("salsifis",), weights={"blocked_word": 1.0})
    wronged, rightly = (house.accepted(body=f"Des salsifis, {at} fois.") for at in range(2))
    house.judge()
    decide(house, wronged, "publish")
    gone = house.published()
    house.client.delete(f"/v1/receipts/{house.app.extensions['moderato'].keys.receipt(gone)}")
    pending = house.accepted()

    found = figures(house, "?days=1")

    assert (house.status(rightly), house.status(pending), house.status(waiting)) == ("rejected", "pending", "held")
    assert found["machine"] == {
        "judged": 8, "publish": 3, "hold": 3, "reject": 2, "overturned": 2, "alone": 2, "share_alone": 0.25,
    }  # fmt: skip
    assert house.status(kept) == "published"
    [today] = found["series"]
    assert today.pop("day") == datetime.now(UTC).date().isoformat()
    assert today == {"published": 5, "held": 1, "rejected": 3, "pending": 1}


def sent_in(house: House, at: datetime) -> None:
    identifier = house.published()
    with house.database.write() as connection:
        connection.execute(update(Comment).where(Comment.id == identifier).values(created_at=at))


def test_the_days_are_told_one_by_one_without_a_gap_as_far_back_as_is_asked(house: House) -> None:
    now = datetime.now(UTC)
    for days in (0, 3, 40):
        sent_in(house, now - timedelta(days=days))

    found = figures(house, "?days=7")
    told = [(each["day"], each["published"]) for each in found["series"]]
    assert told == [((now - timedelta(days=ago)).date().isoformat(), int(ago in {0, 3})) for ago in (3, 2, 1, 0)]
    assert found["machine"]["judged"] == 2
    assert figures(house, "?days=100")["machine"]["judged"] == 3


def test_days_that_cannot_be_counted_whole_are_left_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    for days in (0, 0, 1, 1):
        sent_in(house, now - timedelta(days=days))
    monkeypatch.setattr(numbers, "MOST_COUNTED", 3)

    found = figures(house)

    assert [(each["day"], each["published"]) for each in found["series"]] == [(now.date().isoformat(), 2)]
    assert found["machine"]["judged"] == 2


def test_what_the_newsroom_writes_itself_is_no_decision_on_a_reader(house: House) -> None:
    parent = house.published()
    reply = {"body": "Merci."}
    path = f"/v1/moderation/comments/{parent}/replies"
    assert house.client.post(path, json=reply, headers=house.staff()).status_code == 200

    found = figures(house)

    assert (found["people"]["decided"], found["machine"]["judged"], found["machine"]["alone"]) == (0, 1, 1)
    assert found["series"][0]["published"] == 2


def test_a_site_without_decisions_has_empty_figures_and_nobody_else_s(small_house: House) -> None:
    small_house.add_site("other")
    decide(small_house, small_house.held(), "publish")

    found = figures(small_house, site="other")

    assert found["people"]["decided"] == 0
    assert found["people"]["seconds_p50"] is None
    assert found["queue"]["oldest_seconds"] is None
    assert found["reasons"] == found["articles"] == found["series"] == []
    assert (found["machine"]["judged"], found["machine"]["share_alone"]) == (0, None)


def test_the_same_figures_are_a_file_that_no_spreadsheet_takes_for_a_formula(house: House) -> None:
    article = "=HYPERLINK(1)"
    comment = house.held(article=f"/v1/sites/journal/articles/{article}")
    decide(house, comment, "publish")

    answer = house.client.get(f"{NUMBERS}.csv", headers=house.staff("auditor"))

    assert answer.mimetype == "text/csv"
    assert answer.headers["Cache-Control"] == "no-store"
    lines = list(csv.reader(io.StringIO(answer.get_data(as_text=True))))
    assert lines[0] == ["figure", "of", "value"]
    assert ["people", "decided", "1"] in lines
    assert ["article_decided", f"'{article}", "1"] in lines
    assert ["machine", "hold", "1"] in lines
    assert ["day_published", datetime.now(UTC).date().isoformat(), "1"] in lines


@pytest.mark.parametrize("days", ["0", "101", "seven", "-1", "1.5"])
def test_days_that_are_none_are_refused_by_name(small_house: House, days: str) -> None:
    answer = small_house.client.get(f"{NUMBERS}?days={days}", headers=small_house.staff())
    assert "days" in told(answer, 422, "invalid")["errors"]
