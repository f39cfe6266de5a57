"""The audit log: each act of staff is in it, nothing of a person is, nobody can change it, and it can be taken away."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from service.api.spreadsheet import harmless
from service.domain.acts import ABOUT, Act
from service.domain.comment import Action
from service.errors import Conflict
from service.operations.decide import Decider, Decision, decide
from service.store import audit
from service.store.audit import AuditRow, Entry
from service.store.moderation import Token
from tests.api.told import faults
from tests.factories import House

LOG = "/v1/moderation/audit"
ROOT = Path(__file__).parents[2]


def log(house: House, query: str = "", role: str = "auditor") -> list[dict[str, Any]]:
    answer = house.client.get(f"{LOG}{query}", headers=house.staff(role))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[dict[str, Any]] = answer.get_json()["entries"]
    return found


def exported(house: House, kind: str, query: str = "") -> str:
    answer = house.client.get(f"{LOG}.{kind}{query}", headers=house.staff("auditor"))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.get_data(as_text=True)


def test_a_decision_is_in_the_log_with_who_and_what_but_not_its_note(house: House) -> None:
    identifier = house.held()
    house.decide(identifier, "reject", reason="insult", note="C'est Jean, de la rue des Lilas.")

    (entry,) = log(house)

    assert (entry["act"], entry["role"], entry["who"]) == ("comment.decide", "moderator", "moderator of journal")
    assert entry["object"] == {"kind": "comment", "id": identifier}
    assert entry["data"] == {"action": "reject", "before": "held", "version": 2, "reason": "insult"}
    assert "Jean" not in exported(house, "ndjson")


def test_of_many_decisions_those_that_were_made_are_in_the_log(house: House) -> None:
    comments = [house.held() for _ in range(3)]
    decisions = [{"id": each, "version": 2, "action": "publish"} for each in comments]
    decisions[1]["version"] = 9

    house.client.post("/v1/moderation/decisions", json={"decisions": decisions}, headers=house.staff())

    assert {entry["object"]["id"] for entry in log(house)} == {comments[0], comments[2]}


def test_what_a_decision_lost_leaves_no_entry(house: House) -> None:
    identifier = house.held()

    assert house.decide(identifier, "publish", 1).status_code == 409

    assert log(house) == []


def test_policies_sites_and_articles_that_are_put_are_in_the_log(house: House) -> None:
    here = "/v1/moderation/sites/journal"
    staff = house.staff("owner")
    house.client.put(f"{here}/policy", json={"hold": 0.4, "blocked_words": ["Zorglub"]}, headers=staff)
    house.client.put(here, json={"title": "Le Soir", "rules": {"depth": 1}}, headers=staff)
    house.client.put(f"{here}/articles/b-2", json={"open": False, "policy": {"mode": "premoderate"}}, headers=staff)

    told = [(each["act"], each["object"]["id"], each["data"]) for each in reversed(log(house))]

    assert told == [
        ("policy.put", "journal", {"version": 2, "changed": ["hold_first_comment", "hold", "blocked_words"]}),
        ("site.put", "journal", {"changed": ["title", "rules.depth"]}),
        ("article.put", "b-2", {"changed": ["is_open"]}),
        ("policy.put", "b-2", {"version": 1, "changed": ["mode", "hold", "blocked_words"], "article": "b-2"}),
    ]
    assert "Zorglub" not in exported(house, "csv")


def test_filters_narrow_the_log_and_pages_go_through_it_without_gap(house: House) -> None:
    comments = [house.held() for _ in range(5)]
    for each in comments:
        house.decide(each, "publish")
    house.client.put("/v1/moderation/sites/journal", json={"title": "Le Soir"}, headers=house.staff("owner"))
    everything = log(house)
    moderator = everything[-1]["token"]

    assert [each["act"] for each in log(house, "?act=site.put")] == ["site.put"]
    assert len(log(house, f"?who={moderator}")) == 5
    assert log(house, "?who=nobody") == []
    assert [each["object"]["id"] for each in log(house, f"?object={comments[3]}")] == [comments[3]]
    third = everything[2]["at"]
    assert len(log(house, f"?since={third}")) == 3
    assert len(log(house, f"?until={third}")) == 3

    walked: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = house.client.get(f"{LOG}?limit=2&cursor={cursor}", headers=house.staff("auditor")).get_json()
        walked += page["entries"]
        cursor = page["next"]
    assert walked == everything
    assert log(house, "?order=oldest") == everything[::-1]


@pytest.mark.parametrize(
    "wrong", ["act=fire", "since=yesterday", "until=2026-01-01", "limit=0", "order=up", "cursor=x"]
)
def test_what_is_asked_wrongly_is_told_by_its_name(small_house: House, wrong: str) -> None:
    for route in (LOG, f"{LOG}.csv") if wrong.partition("=")[0] in {"act", "since", "until"} else (LOG,):
        answer = small_house.client.get(f"{route}?{wrong}", headers=small_house.staff("auditor"))
        assert list(faults(answer)) == [wrong.partition("=")[0]]


def test_another_sites_log_is_its_own(house: House) -> None:
    house.add_site("other")
    house.decide(house.held(), "publish")

    assert house.client.get(LOG, headers=house.staff("owner", "other")).get_json()["entries"] == []
    for kind, lines in (("csv", 1), ("ndjson", 0)):
        answer = house.client.get(f"{LOG}.{kind}", headers=house.staff("owner", "other"))
        assert len(answer.get_data(as_text=True).splitlines()) == lines


def test_nobody_can_change_or_delete_an_entry(house: House) -> None:
    house.decide(house.held(), "publish")

    for statement in ("UPDATE audit SET act = 'site.put'", "DELETE FROM audit"):
        with pytest.raises(DatabaseError), house.database.write() as connection:
            connection.execute(text(statement))

    assert [each["act"] for each in log(house)] == ["comment.decide"]


def test_an_act_that_is_rolled_back_leaves_no_entry(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry is the last thing written; and without it the act isn't done."""
    identifier = house.held()

    def fails(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(audit, "add_entry", fails)
    assert house.decide(identifier, "publish").status_code == 500

    assert house.status(identifier) == "held"


def fill(house: House, number: int, object_id: str = "a-1") -> None:
    now = datetime.now(UTC) - timedelta(days=1)
    with house.database.write() as connection:
        for at in range(number):
            entry = Entry(house.site_id, None, Act.PUT_ARTICLE, object_id, {"number": at})
            audit.add_entry(connection, entry, now + timedelta(milliseconds=at // 3))


def test_an_export_has_every_entry_once_and_in_order(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.audit._PAGE", 7)
    fill(house, 40)

    lines = [json.loads(line) for line in exported(house, "ndjson").splitlines()]
    table = list(csv.DictReader(io.StringIO(exported(house, "csv"))))

    assert sorted(line["data"]["number"] for line in lines) == list(range(40))
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert [row["id"] for row in table] == [line["id"] for line in lines]
    assert {row["role"] for row in table} == {"operator"}
    assert len(exported(house, "ndjson", "?act=comment.decide")) == 0


def test_an_export_reads_no_more_than_a_page_ahead(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.audit._PAGE", 10)
    fill(small_house, 100)
    asked = []
    entries = audit.entries

    def read(*given: Any, **more: Any) -> Any:
        asked.append(more["after"])
        return entries(*given, **more)

    monkeypatch.setattr("service.api.audit.entries", read)

    answer = small_house.client.get(f"{LOG}.ndjson", headers=small_house.staff("auditor"))
    next(answer.iter_encoded())

    assert len(asked) <= 2
    answer.close()


@pytest.mark.parametrize(
    "cell", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\uff1d1", "\ufeff=1", "\n=1"]
)
def test_no_cell_of_an_export_is_taken_for_a_formula(cell: str) -> None:
    assert harmless(cell).startswith("'")


@pytest.mark.parametrize("cell", ["", "Zoé", "a-1", "2026-01-01", '{"a": "=1"}', "a=b"])
def test_an_ordinary_cell_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell


def test_a_hostile_article_is_harmless_in_a_spreadsheet(house: House) -> None:
    fill(house, 1, '=HYPERLINK("http://x.example","y"),z\r\n')

    (row,) = csv.DictReader(io.StringIO(exported(house, "csv")))

    assert row["object_id"] == '\'=HYPERLINK("http://x.example","y"),z\r\n'


def test_every_act_is_in_the_docs(small_house: House) -> None:
    page = (ROOT / "docs/reference/audit.md").read_text(encoding="utf-8")

    assert set(ABOUT) == set(Act)
    for act in Act:
        assert f"| `{act}` |" in page


def test_what_operators_do_is_in_the_log_as_theirs(house: House) -> None:
    fill(house, 1)

    (entry,) = log(house)

    assert (entry["role"], entry["who"], entry["token"]) == ("operator", None, None)


def test_a_hundred_decisions_at_once_leave_one_entry_for_each_that_won(house: House) -> None:
    comments = [house.held() for _ in range(10)]
    house.token()
    with house.database.read() as connection:
        token = connection.execute(select(Token.id)).scalar_one()
    decider = Decider(token, house.site_id)

    def one(number: int) -> bool:
        try:
            decide(house.database, decider, Decision(comments[number % 10], 2, Action.PUBLISH), datetime.now(UTC))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = sum(pool.map(one, range(100)))

    with house.database.read() as connection:
        written = connection.execute(select(func.count()).select_from(AuditRow)).scalar_one()
    assert (won, written) == (10, 10)
