"""The lists that moderators work from: who is in each, their filters and their orders; on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from service.api.cursors import cursor_at
from service.domain.teaching import Category
from service.domain.uncertainty import teaches
from service.domain.urgency import DOUBLES, HEAD_START, REPORT, SPREAD, risk, urgent_at
from service.store import lists
from service.store.asked import List
from service.store.comments import Comment
from service.store.moderation import latest_verdict
from service.store.traces import Link
from tests.api.told import faults
from tests.factories import CANARY_STRING, House

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def queue(house: House, **query: Any) -> Any:
    answer = house.client.get("/v1/moderation/queue", query_string=query, headers=house.staff())
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def ids(house: House, **query: Any) -> list[str]:
    return [item["id"] for item in queue(house, **query)["items"]]


def change(house: House, identifier: str, **values: Any) -> None:
    with house.database.write() as connection:
        connection.execute(update(Comment).where(Comment.id == identifier).values(**values))


def report(house: House, identifier: str, device: str = "1") -> None:
    answer = house.client.post(
        f"/v1/sites/journal/comments/{identifier}/reports", json={"reason": "insult"}, headers={"User-Agent": device}
    )
    assert answer.status_code == 202


def author_of(house: House, identifier: str) -> str:
    return str(house.row(identifier).author_id)


def test_each_list_holds_its_own(house: House) -> None:
    held, published, refused, late = house.held(), house.published(), house.held(), house.accepted()
    house.decide(refused, "reject", reason="spam")
    assert ids(house, list="overdue") == []
    change(house, late, created_at=LONG_AGO)

    assert ids(house, list="awaiting") == ids(house) == [held]
    assert ids(house, list="published") == [published]
    assert ids(house, list="rejected_by_people") == [refused]
    assert ids(house, list="rejected_by_machine") == ids(house, list="reported") == []
    assert ids(house, list="overdue") == [late]
    counts = queue(house)["counts"]
    assert {kind: counts[kind] for kind in List} == {
        "awaiting": 1, "reported": 0, "published": 1, "rejected_by_machine": 0, "rejected_by_people": 1, "overdue": 1,
    }  # fmt: skip


def test_what_an_author_has_just_edited_is_not_overdue(house: House) -> None:
    identifier = house.accepted()
    change(house, identifier, created_at=LONG_AGO, edited_at=datetime.now(UTC))

    assert ids(house, list="overdue") == []
    assert queue(house)["counts"]["overdue"] == 0


def test_the_machine_and_people_reject_into_lists_of_their_own(house: House) -> None:
    house.set_policy(reject=0.5, blocked_words=("salsifis",), weights={"blocked_word": 1.0})
    identifier = house.accepted(body="Des salsifis, des salsifis, encore des salsifis.")
    house.judge()
    assert house.status(identifier) == "rejected"

    assert ids(house, list="rejected_by_machine") == [identifier]
    house.decide(identifier, "publish")
    house.decide(identifier, "reject", reason="other")
    assert ids(house, list="rejected_by_machine") == []
    assert ids(house, list="rejected_by_people") == [identifier]


def test_a_report_is_dealt_with_by_a_decision_and_comes_back_by_another_report(house: House) -> None:
    identifier, quiet = house.published(), house.published()
    report(house, identifier)
    report(house, identifier, device="2")

    [item] = queue(house, list="reported")["items"]
    assert (item["id"], item["reports"]) == (identifier, {"count": 2, "open": 2})

    assert house.decide(identifier, "publish").status_code == 200
    assert ids(house, list="reported") == []
    report(house, identifier, device="3")
    [item] = queue(house, list="reported")["items"]
    assert (item["id"], item["reports"]) == (identifier, {"count": 3, "open": 1})

    house.decide(identifier, "reject", reason="insult")
    assert ids(house, list="reported") == []
    assert ids(house, list="published") == [quiet]


def test_every_filter_narrows_every_list(house: House) -> None:
    linked = house.held(body=f"{CANARY_STRING} voyez https://www.ailleurs.example/page", name="Hippolyte")
    other = house.held(article="/v1/sites/journal/articles/b-2")
    change(house, linked, language="fr", score=0.8, created_at=LONG_AGO)
    change(house, other, language="en", score=0.4)
    found = house.client.get(f"/v1/moderation/comments/{linked}", headers=house.staff()).get_json()
    asked: dict[str, Any] = {
        "author": author_of(house, linked), "domain": "ailleurs.example", "language": "fr", "check": "new_domain",
        "min_score": "0.5", "until": "2026-02-01T00:00:00Z", "q": "hippol", "article": "a-1", "reason": "new_domain",
    }  # fmt: skip
    assert "new_domain" in found["reasons"]

    with house.database.write() as connection:  # the link is as old as its comment, as it is in life
        connection.execute(update(Link).values(created_at=LONG_AGO))
    for list_ in ("awaiting", ""):
        for order in ("oldest", "newest", "priority"):
            for name, value in asked.items():
                assert ids(house, list=list_, order=order, **{name: value}) == [linked], (name, order)
            assert ids(house, list=list_, order=order, **asked) == [linked]
    assert ids(house, status="held", **asked) == [linked]
    assert ids(house, max_score="0.5") == ids(house, since="2026-02-01T00:00:00+01:00") == [other]
    assert ids(house, domain="WWW.Ailleurs.example") == [linked]
    assert ids(house, list="published", **asked) == []


def test_an_author_of_another_site_has_written_nothing_here(house: House) -> None:
    house.add_site("other")
    house.accepted(article="/v1/sites/other/articles/a-1", headers={"Origin": "https://www.journal.example"})
    with house.database.read() as connection:
        author = connection.execute(select(Comment.author_id)).scalar_one()

    for kind in List:
        assert ids(house, list=kind, author=author) == []
    assert ids(house, status="pending", author=author) == []


def test_priority_is_risk_times_wait_and_the_formula_is_the_documented_one(house: House) -> None:
    now = datetime.now(UTC)
    waits = [(0.1, 9), (0.9, 0), (0.9, 2), (0.5, 5), (0.3, 1)]
    written = {}
    for score, hours in waits:
        identifier = house.held()
        at = now - timedelta(hours=hours)
        change(house, identifier, score=score, created_at=at, urgent_at=urgent_at(at, score))
        written[identifier] = SPREAD**score * 2 ** (timedelta(hours=hours) / DOUBLES)

    assert ids(house, order="priority") == sorted(written, key=lambda each: -written[each])


def test_what_is_stored_for_the_order_is_what_the_formula_says(house: House) -> None:
    held, reported = house.held(), house.published()
    row = house.row(held)
    assert row.urgent_at == row.created_at - HEAD_START * row.score

    report(house, reported)
    report(house, reported, device="2")
    row = house.row(reported)
    assert risk(row.score, 2) == pytest.approx(min(1, row.score + 2 * REPORT))
    assert abs(row.urgent_at - (row.reported_at - HEAD_START * risk(row.score, 2))) < timedelta(milliseconds=1)
    house.decide(reported, "hold")
    row = house.row(reported)
    assert (row.reported_at, row.open_reports) == (None, 0)
    assert abs(row.urgent_at - (row.created_at - HEAD_START * row.score)) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "query",
    [
        {}, {"q": CANARY_STRING}, {"order": "newest"}, {"order": "priority"}, {"order": "priority", "q": "numéro"},
        {"order": "priority", "author": "all"}, {"author": "all"}, {"domain": "ailleurs.example"},
    ],
    ids=str,
)  # fmt: skip
def test_pages_join_although_each_looks_at_a_few_comments_only(
    house: House, query: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page may be short; going on by `next` finds everything, each once."""
    once = {"email": "une@lecteurs.example.org"}
    there = [
        house.held(body=f"La numéro {each} {CANARY_STRING} https://ailleurs.example/{each}", **once)
        for each in range(9)
    ]
    query = query | ({"author": author_of(house, there[0])} if "author" in query else {})
    whole = query.get("order") == "priority" and "author" in query
    monkeypatch.setattr(lists, "WINDOW", 100 if whole else 4)
    monkeypatch.setattr(lists, "LINKS_WINDOW", 4)

    found: list[str] = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None and pages < 20:
        page = queue(house, limit=3, cursor=cursor, **query)
        found += [item["id"] for item in page["items"]]
        cursor, pages = page["next"], pages + 1

    assert sorted(found) == sorted(there)
    if query.get("order") != "priority":
        assert found == (there[::-1] if query.get("order") == "newest" else there)


def test_a_cursor_belongs_to_its_order(small_house: House) -> None:
    for _ in range(3):
        small_house.held()
    cursor = queue(small_house, order="priority", limit=1)["next"]

    answer = small_house.client.get(
        "/v1/moderation/queue", query_string={"cursor": cursor}, headers=small_house.staff()
    )
    assert list(faults(answer)) == ["cursor"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"list": "x"}, "list"), ({"list": "awaiting", "status": "held"}, "list"),
        ({"list": "published", "order": "priority"}, "order"), ({"status": "held", "order": "priority"}, "order"),
        ({"check": "No Check"}, "check"), ({"language": "french!"}, "language"), ({"author": "zoe"}, "author"),
        ({"domain": "a\x00b"}, "domain"), ({"min_score": "2"}, "min_score"), ({"max_score": ""}, "max_score"),
        ({"min_score": "nan"}, "min_score"), ({"min_score": "0.5", "max_score": "0.4"}, "max_score"),
        ({"since": "yesterday"}, "since"), ({"since": "2026-01-01T00:00:00"}, "since"),
        ({"until": "0001-01-01T00:00:00+14:00"}, "until"), ({"since": "2026-02-30T00:00:00Z"}, "since"),
        ({"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "until"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_by_name(small_house: House, query: dict[str, Any], field: str) -> None:
    answer = small_house.client.get("/v1/moderation/queue", query_string=query, headers=small_house.staff())

    assert list(faults(answer)) == [field]


def test_what_teaches_most_comes_first_page_by_page_and_in_runs(house: House) -> None:
    first, second, third = (house.held() for _ in range(3))
    for identifier, share in ((first, 0.3), (second, 0.9), (third, 0.3)):
        change(house, identifier, teaches=share)
    found: list[str] = []
    cursor: Any = ""
    for _ in range(3):
        page = queue(house, order="teaching", limit=1, **({"cursor": cursor} if cursor else {}))
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]

    assert found == [second, max(first, third), min(first, third)]
    assert cursor is None
    given = house.client.post("/v1/moderation/queue/next", json={"order": "teaching"}, headers=house.staff())
    assert given.get_json()["item"]["id"] == second


def test_a_verdict_says_what_a_decision_would_teach_and_that_a_copy_teaches_less(house: House) -> None:
    said = "Le conseil a voté hier soir la fermeture de la piscine, et personne au journal n’en parle aux habitants"
    first = house.accepted(body=said)
    house.judge()
    second = house.accepted(body=f"{said} !")
    house.judge()

    with house.database.read() as connection:
        chances = latest_verdict(connection, first).estimate
    unsure = max(teaches({Category.SPAM: chances["spam"], Category.ABUSE: chances["toxicity"]}), 0)
    assert house.row(first).teaches == unsure > 0
    assert 0 < house.row(second).teaches < unsure / 2


def test_only_lists_on_which_somebody_decides_have_an_order_of_teaching(house: House) -> None:
    answer = house.client.get("/v1/moderation/queue?list=published&order=teaching", headers=house.staff())
    assert answer.status_code == 422
    assert "order" in answer.get_json()["errors"]
    other = cursor_at(datetime.now(UTC), house.held())
    for cursor in (other, "bad"):
        answer = house.client.get(f"/v1/moderation/queue?order=teaching&cursor={cursor}", headers=house.staff())
        assert "cursor" in answer.get_json()["errors"]
