"""Bans by word, and lists of bans: made at once, met however they are spelt, rehearsed on the days that were."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from service.domain.policy import Mode
from service.operations.withdraw import withdraw
from service.store.bans import BanRow
from service.store.comments import Comment
from service.store.jobs import JobRow, forget_jobs
from tests.api.test_bans import ADDRESS, BANS, acts, ask, judged, made
from tests.api.told import faults, told
from tests.factories import CANARY_STRING, House
from workers.jobs import take_step
from workers.tidying import JOBS_KEPT

LIST = "/list"
REHEARSAL = "/list/preview"


def words(*targets: Any, **changes: Any) -> dict[str, Any]:
    return {"kind": "word", "targets": list(targets), "action": "hold", "reason": "The spam of May."} | changes


def draft(*targets: Any, **changes: Any) -> dict[str, Any]:
    return {"kind": "word", "targets": list(targets), "action": "hold"} | changes


def results(answer: TestResponse) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[dict[str, Any]] = answer.get_json()["results"]
    return found


def rehearsed(house: House, document: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = ask(house, document, REHEARSAL)
    assert answer.status_code == status, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def good(house: House, **query: str) -> list[dict[str, Any]]:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    found: list[dict[str, Any]] = house.client.get(f"{BANS}?limit=100&{asked}", headers=house.staff()).get_json()[
        "bans"
    ]
    return found


@contextmanager
def at_once(monkeypatch: pytest.MonkeyPatch, many: int) -> Iterator[None]:
    """More comments than so many are a job's business."""
    with monkeypatch.context() as patch:
        patch.setattr("service.operations.rehearse.AT_ONCE", many)
        yield


# A word's ban


@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.PREMODERATE, Mode.POSTMODERATE])
def test_a_banned_word_holds_or_refuses_in_every_mode(house: House, mode: Mode) -> None:
    house.set_policy(mode=mode)
    made(house, kind="word", target="salsifis")
    made(house, kind="word", target="pilules miracle", action="reject")

    assert judged(house, body="Des salsifis pour tout le monde.") == ("held", ["banned"])
    assert judged(house, body="Des PILULES miracle pour tout le monde.") == ("rejected", ["banned_outright"])
    assert judged(house, name="Salsifis")[0] == "held"
    assert judged(house, body="Le salsifi se cuit à la vapeur.")[1] == []


@pytest.mark.parametrize(
    "body",
    [
        "Des s a l s i f i s en gros",
        "Des sals1fis frais",
        "Des SAL\u00adSIFIS bien frais",
        "Des s\u0430lsifis frais",
        "Des sals*fis!",
    ],
)
def test_a_banned_word_is_found_in_disguise(house: House, body: str) -> None:
    made(house, kind="word", target="Salsifis")

    assert "banned" in judged(house, body=body)[1]


def test_a_moderator_sees_which_bans_it_were_why_and_the_very_words(house: House) -> None:
    ids = [
        made(house, kind="word", target="salsifis", reason="The quarrel of May.")["id"],
        made(house, kind="domain", target="spam.example", reason="Pills.")["id"],
    ]
    body = "Les salsifis : https://spam.example/x, et encore des s.a.l.s.i.f.i.s !"
    comment = house.accepted(body=body)
    house.judge()

    detail = house.client.get(f"/v1/moderation/comments/{comment}", headers=house.staff()).get_json()

    signals = [each for each in detail["verdict"]["signals"] if each["reason"] == "banned"]
    assert [each["facts"]["ban"] for each in signals] == ids
    assert [each["facts"]["pattern"] for each in signals] == ["salsifis", "spam.example"]
    assert [each["detail"].endswith(why) for each, why in zip(signals, ["of May.", "Pills."], strict=True)] == [
        True
    ] * 2
    marked = [[body[span["start"] : span["end"]] for span in each["spans"]] for each in signals]
    assert marked == [["salsifis", "s.a.l.s.i.f.i.s"], ["spam.example"]]


def test_a_person_in_distress_is_never_refused_for_a_word(house: House) -> None:
    made(house, kind="word", target="salsifis", action="reject")

    assert judged(house, body="Salsifis. Je veux mourir, je vais me tuer ce soir.")[0] == "held"


def test_a_word_that_is_lifted_counts_no_more_and_is_kept_to_be_read(house: House) -> None:
    """Also for a worker that has judged by it before."""
    lifted = made(house, kind="word", target="salsifis")["id"]
    assert judged(house, body="Des salsifis, dit-il.")[0] == "held"

    ask(house, {"reason": "A vegetable."}, f"/{lifted}/lift")

    assert judged(house, body="Des salsifis, disait-il.")[0] == "published"
    assert good(house) == []
    (shown,) = good(house, state="all", kind="word")
    assert (shown["id"], shown["pattern"], shown["good"]) == (lifted, "salsifis", False)
    assert shown["lifted_by"] == "editor of journal"


def test_a_words_preview_tells_what_it_would_have_met(house: House) -> None:
    met = house.published(body="Des salsifis pour tous.")
    house.published(body="Des poireaux pour tous.")

    answer = ask(house, {"kind": "word", "target": "salsifis", "action": "hold", "reason": "x"}, "/preview").get_json()

    assert (answer["count"], [each["id"] for each in answer["examples"]]) == (1, [met])


def test_the_kinds_are_listed_apart(house: House) -> None:
    word, name = made(house, kind="word", target="salsifis")["id"], made(house)["id"]

    assert [each["id"] for each in good(house, kind="word")] == [word]
    assert [each["id"] for each in good(house, kind="name")] == [name]
    assert [each["id"] for each in good(house)] == [name, word]
    assert list(faults(house.client.get(f"{BANS}?kind=verb", headers=house.staff()))) == ["kind"]


def test_the_same_ban_is_not_made_twice_but_a_longer_or_a_harder_one_is(house: House) -> None:
    first = made(house, kind="word", target="Pilules miracle", expires_at="2126-01-01T00:00:00Z")["id"]
    alike = {"kind": "word", "target": "pilules  MIRACLE", "action": "hold", "reason": "x"}

    for until in ("2125-01-01T00:00:00Z", "2126-01-01T00:00:00Z"):
        assert told(ask(house, alike | {"expires_at": until}), 409, "ban_known")["ban"] == first
    assert ask(house, alike | {"action": "reject", "expires_at": "2125-01-01T00:00:00Z"}).status_code == 200
    assert ask(house, alike).status_code == 200
    assert len(good(house)) == 3


# A list


def test_a_pasted_list_is_made_at_once_and_each_target_is_told(house: House) -> None:
    known = made(house, kind="word", target="salsifis")["id"]

    told_each = results(
        ask(house, words("topinambours", "Salsifis", "!!!", "a", "panais", "PANAIS", "", 7, ADDRESS, "x" * 254), LIST)
    )

    assert [each.get("problem", {}).get("code") for each in told_each] == [
        None, "ban_known", "invalid", "invalid", None, "ban_known", "invalid", "invalid", "invalid", "invalid",
    ]  # fmt: skip
    assert told_each[1]["problem"]["ban"] == known
    assert told_each[5]["problem"]["ban"] == told_each[4]["id"]
    assert [each["target"] for each in told_each[:3]] == ["topinambours", "Salsifis", "!!!"]
    assert told_each[7]["target"] is None
    assert told_each[8]["target"] == "[e-mail]"
    assert all(
        list(each["problem"]["errors"]) == ["target"] for each in told_each if "errors" in each.get("problem", {})
    )
    assert [each["pattern"] for each in good(house)] == ["panais", "topinambours", "salsifis"]
    assert {each["reason"] for each in good(house)[:2]} == {"The spam of May."}
    assert judged(house, body="Des panais pour tous.")[0] == "held"
    assert [each["object"]["id"] for each in acts(house)] == [known, told_each[0]["id"], told_each[4]["id"]]


def test_domains_and_names_are_pasted_alike(house: House) -> None:
    told_each = results(ask(house, words("https://Spam.example/x", "nowhere", kind="domain", action="reject"), LIST))
    names = results(ask(house, words("Zorglub*", "*", kind="name", expires_at="2126-01-01T00:00:00Z"), LIST))

    assert [("id" in each) for each in told_each + names] == [True, False, True, False]
    assert [(each["kind"], each["pattern"]) for each in good(house)] == [
        ("name", "Zorglub*"),
        ("domain", "spam.example"),
    ]
    assert judged(house, website="https://spam.example")[0] == "rejected"
    assert judged(house, name="Zorglub 2")[0] == "held"


def test_five_hundred_are_taken_and_not_one_more(house: House) -> None:
    many = [f"mot{number}" for number in range(500)]

    assert list(faults(ask(house, words(*many, "de trop"), LIST))) == ["targets"]
    assert good(house) == []
    assert all("id" in each for each in results(ask(house, words(*many), LIST)))

    assert judged(house, body="Voici mot499, enfin.")[0] == "held"
    assert {each["problem"]["code"] for each in results(ask(house, words(*many), LIST))} == {"ban_known"}


def test_a_list_that_is_too_long_for_the_site_is_made_as_far_as_it_goes(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.operations.ban.MOST_LISTED", 3)
    made(small_house)

    told_each = results(ask(small_house, words("un deux", "trois", "quatre", "cinq"), LIST))

    assert ["id" in each for each in told_each] == [True, True, False, False]
    assert len(good(small_house)) == 3


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"kind": "author"}, "kind"),
    ({"kind": "network"}, "kind"),
    ({"targets": []}, "targets"),
    ({"targets": "salsifis"}, "targets"),
    ({"targets": None}, "targets"),
    ({"action": "publish"}, "action"),
    ({"email": ADDRESS}, "email"),
]


@pytest.mark.parametrize(("changes", "field"), WRONG)
def test_what_is_no_list_is_told_by_its_field(small_house: House, changes: dict[str, Any], field: str) -> None:
    assert list(faults(ask(small_house, words("salsifis") | changes, LIST))) == [field]
    assert list(faults(ask(small_house, draft("salsifis") | changes, REHEARSAL))) == [field]
    assert good(small_house, state="all") == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"expires_at": "2026-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "x"}, "expires_at"),
    ],
)
def test_a_list_wants_a_reason_and_a_time_to_come(small_house: House, changes: dict[str, Any], field: str) -> None:
    assert list(faults(ask(small_house, words("salsifis") | changes, LIST))) == [field]


@pytest.mark.parametrize("days", [0, 91, 1.5, "30", None])
def test_a_rehearsal_goes_back_ninety_days_at_most(small_house: House, days: Any) -> None:
    assert list(faults(ask(small_house, draft("salsifis", days=days), REHEARSAL))) == ["days"]


def test_a_list_is_its_own_sites(house: House) -> None:
    house.add_site("other")
    foreign = house.client.post(f"{BANS}{LIST}", json=words("salsifis"), headers=house.staff("editor", "other"))

    assert "id" in results(foreign)[0]
    assert good(house) == []
    assert judged(house, body="Des salsifis, ici.")[0] == "published"
    assert judged(house, body="Des salsifis, là.", article="/v1/sites/other/articles/a-1")[0] == "held"


# A rehearsal


def a_past(house: House) -> dict[str, str]:
    """Comments that a ban of `salsifis` would be meant for: published by the machine or a person, held, rejected."""
    past = {
        "published": house.published(body="Des salsifis, dit le maire."),
        "released": house.held(body=f"Des salsifis encore. {CANARY_STRING}"),
        "held": house.held(body=f"Des salsifis toujours. {CANARY_STRING}"),
        "rejected": house.published(body="Des salsifis partout !", article="/v1/sites/journal/articles/b-2"),
        "other": house.published(body="Des poireaux, dit le maire."),
    }
    house.decide(past["released"], "publish")
    house.decide(past["rejected"], "reject", reason="spam")
    return past


def changes_of(found: dict[str, Any]) -> dict[tuple[str, str], tuple[int, int, list[str]]]:
    return {
        (each["before"], each["after"]): (each["count"], each["by_people"], [one["id"] for one in each["examples"]])
        for each in found["changes"]
    }


def test_a_rehearsal_tells_what_a_list_would_have_done_both_ways(house: House) -> None:
    past = a_past(house)

    held = rehearsed(house, draft("Salsifis", "topinambours", "!!!"))
    refused = rehearsed(house, draft("salsifis", action="reject"))

    assert changes_of(held) == {
        ("published", "hold"): (2, 1, [past["released"], past["published"]]),
        ("held", "hold"): (1, 0, [past["held"]]),
        ("rejected", "hold"): (1, 1, [past["rejected"]]),
    }
    assert changes_of(refused) == {
        ("published", "reject"): (1, 0, [past["published"]]),
        ("published", "hold"): (1, 1, [past["released"]]),  # it has the test string, which always goes to a person
        ("held", "hold"): (1, 0, [past["held"]]),
        ("rejected", "reject"): (1, 1, [past["rejected"]]),
    }
    assert (held["looked_at"], held["met"], held["days"]) == (5, 4, 30.0)
    assert held["bans"] == [
        {"target": "Salsifis", "count": 4}, {"target": "topinambours", "count": 0}, {"target": "!!!", "count": None},
    ]  # fmt: skip
    assert [(each["article"], each["count"]) for each in held["articles"]] == [("a-1", 3), ("b-2", 1)]
    today = datetime.now(UTC).date().isoformat()
    assert held["daily"] == [{"day": today, "more": 1, "less": 0}]
    assert refused["daily"] == [{"day": today, "more": 0, "less": 1}]
    assert held["more_a_day"] == pytest.approx(0.03)
    assert good(house, state="all") == []
    assert acts(house)[2:] == [], "nothing but the two decisions has been done"


def test_a_rehearsal_agrees_with_what_the_bans_then_do(house: House) -> None:
    bodies = [
        "Des s.a.l.s.i.f.i.s",
        "Voyez donc ce que dit https://a.spam.example/x ici.",
        "Rien à dire de plus.",
        "Des salsifis, non ?",
    ]
    for body in bodies:
        house.published(body=body)
    counts = [rehearsed(house, draft("salsifis"))["met"], rehearsed(house, draft("spam.example", kind="domain"))["met"]]

    ask(house, words("salsifis"), LIST)
    ask(house, words("spam.example", kind="domain"), LIST)

    now = [judged(house, body=body, article="/v1/sites/journal/articles/b-2")[1] for body in bodies]
    assert counts == [2, 1]
    assert sum("banned" in reasons for reasons in now) == 3


def test_a_rehearsal_looks_at_its_days_its_site_and_what_is_left(house: House) -> None:
    house.add_site("other")
    house.published(body="Des salsifis ailleurs.", article="/v1/sites/other/articles/a-1")
    old, gone = house.published(body="De vieux salsifis."), house.published(body="Des salsifis repris.")
    pending = house.accepted(body="Des salsifis à venir.")
    with house.database.write() as connection:
        ago = datetime.now(UTC) - timedelta(days=31)
        connection.execute(update(Comment).where(Comment.id == old).values(created_at=ago))
    withdraw(house.database, house.site_id, gone, datetime.now(UTC))

    assert rehearsed(house, draft("salsifis"))["looked_at"] == 0
    assert changes_of(rehearsed(house, draft("salsifis", days=60))) == {("published", "hold"): (1, 0, [old])}
    assert house.status(pending) == "pending"


def test_where_nothing_can_be_banned_nothing_is_rehearsed(small_house: House) -> None:
    assert list(faults(ask(small_house, draft("!!!", "a", ADDRESS, 7), REHEARSAL))) == ["targets"]


# A job


def test_a_long_rehearsal_is_a_job_with_the_same_result(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    a_past(house)
    asked = draft("Salsifis", "!!!")
    expected = rehearsed(house, asked)
    monkeypatch.setattr("service.operations.rehearse.PAGE", 2)

    with at_once(monkeypatch, 3):
        answer = ask(house, asked, REHEARSAL)

    assert answer.status_code == 202
    where, waiting = answer.headers["Location"], answer.get_json()
    assert (waiting["status"], waiting["looked_at"], waiting["total"], waiting["result"]) == ("waiting", 0, None, None)
    assert where == f"/v1/moderation/jobs/{waiting['id']}"
    seen = []
    while take_step(house.room):
        job = house.client.get(where, headers=house.staff()).get_json()
        seen.append((job["status"], job["looked_at"], job["total"]))
        assert (job["result"] is None) is (job["status"] == "running")
    assert seen == [("running", 0, 5), ("running", 2, 5), ("running", 4, 5), ("done", 5, 5)]
    assert job["result"] == expected
    assert (job["who"], job["kind"]) == ("editor of journal", "bans_preview")
    assert job["created_at"] <= job["started_at"] <= job["ended_at"]


def test_what_takes_too_long_at_once_is_a_job_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    a_past(house)
    monkeypatch.setattr("service.operations.rehearse.AT_ONCE_SECONDS", -1.0)  # over when it begins

    assert rehearsed(house, draft("salsifis"), 202)["status"] == "waiting"


def test_a_jobs_stored_result_holds_no_text_and_a_comment_that_is_taken_back_is_in_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = a_past(house)
    with at_once(monkeypatch, 3):
        where = ask(house, draft("salsifis"), REHEARSAL).headers["Location"]
    while take_step(house.room):
        pass
    with house.database.read() as connection:
        stored = str(connection.execute(select(JobRow.found)).scalar_one())
    assert past["published"] in stored
    assert "maire" not in stored
    assert "Zoé" not in stored

    withdraw(house.database, house.site_id, past["published"], datetime.now(UTC))

    answer = house.client.get(where, headers=house.staff())
    assert past["published"] not in answer.get_data(as_text=True)
    assert "dit le maire" not in answer.get_data(as_text=True)
    assert changes_of(answer.get_json()["result"])["published", "hold"] == (2, 1, [past["released"]])


def test_a_job_is_called_off_once_and_stays_so(house: House) -> None:
    job = house.job()
    assert take_step(house.room)

    first = house.client.delete(f"/v1/moderation/jobs/{job}", headers=house.staff("editor"))
    again = house.client.delete(f"/v1/moderation/jobs/{job}", headers=house.staff("owner"))

    assert first.get_json() == again.get_json()
    assert (first.get_json()["status"], first.get_json()["result"]) == ("cancelled", None)
    assert not take_step(house.room)


def test_a_job_that_is_done_cannot_be_called_off(house: House) -> None:
    job = house.job()
    while take_step(house.room):
        pass

    answer = house.client.delete(f"/v1/moderation/jobs/{job}", headers=house.staff("editor"))

    assert answer.get_json()["status"] == "done"
    assert answer.get_json()["result"]["met"] == 0


def test_a_site_has_three_jobs_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.published()
    jobs = [house.job() for _ in range(2)]
    with at_once(monkeypatch, 0):
        assert ask(house, draft("salsifis"), REHEARSAL).status_code == 202
        told(ask(house, draft("salsifis"), REHEARSAL), 409, "too_many_jobs")
        house.client.delete(f"/v1/moderation/jobs/{jobs[0]}", headers=house.staff("editor"))
        assert ask(house, draft("salsifis"), REHEARSAL).status_code == 202


def test_another_sites_job_is_not_there(house: House) -> None:
    house.add_site("other")
    job = house.job()

    for where in (job, "01890000-0000-7000-8000-000000000000", "x"):
        told(
            house.client.get(f"/v1/moderation/jobs/{where}", headers=house.staff("editor", "other")), 404, "job_unknown"
        )
        told(
            house.client.delete(f"/v1/moderation/jobs/{where}", headers=house.staff("editor", "other")),
            404,
            "job_unknown",
        )
    assert house.client.get(f"/v1/moderation/jobs/{job}", headers=house.staff()).get_json()["status"] == "waiting"


def test_words_that_are_an_address_are_kept_nowhere(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.published()
    told_each = ask(house, words("salsifis", ADDRESS, f"mot {ADDRESS}", reason=f"By {ADDRESS}"), LIST)
    with at_once(monkeypatch, 0):
        job = ask(house, draft("salsifis", ADDRESS), REHEARSAL)

    with house.database.read() as connection:
        stored = str(connection.execute(select(JobRow.asked)).all()) + str(
            connection.execute(select(BanRow.reason)).all()
        )
    for text in (told_each.get_data(as_text=True), job.get_data(as_text=True), stored, str(acts(house))):
        assert "nadia" not in text


def test_jobs_are_forgotten_after_a_week(house: House) -> None:
    old = house.job()
    with house.database.write() as connection:
        connection.execute(update(JobRow).values(created_at=datetime.now(UTC) - JOBS_KEPT))
    kept = house.job()

    with house.database.write() as connection:
        assert forget_jobs(connection, datetime.now(UTC) - JOBS_KEPT) == 1

    told(house.client.get(f"/v1/moderation/jobs/{old}", headers=house.staff()), 404, "job_unknown")
    assert house.client.get(f"/v1/moderation/jobs/{kept}", headers=house.staff()).status_code == 200
