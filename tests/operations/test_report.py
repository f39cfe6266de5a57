"""A reader reports a comment: what is kept, that a device counts once, that nothing else changes; on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from service.domain.reasons import ReportReason
from service.errors import NotFound
from service.operations.report import Report, report
from service.operations.withdraw import withdraw
from service.store import reports
from service.store.events import Event
from service.store.reports import ReportRow
from tests.factories import House

NOWHERE = "01890000-0000-7000-8000-000000000000"
_devices = count(1)


def tell(
    house: House, comment: str, *, reason: ReportReason = ReportReason.INSULT, note: str = "", device: str = ""
) -> bool:
    """Report a comment; from a device of its own if none is named."""
    given = Report(comment, reason, note, device or f"device {next(_devices)}")
    return report(house.database, house.site_id, given, datetime.now(UTC))


def stored(house: House) -> list[Any]:
    with house.database.read() as connection:
        return list(connection.execute(select(ReportRow.__table__).order_by(ReportRow.id)))


def told(house: House, kind: str = "comment.reported") -> list[Any]:
    with house.database.read() as connection:
        return list(connection.execute(select(Event.__table__).where(Event.type == kind)))


def test_a_report_is_kept_with_what_was_said_of_which_text(house: House) -> None:
    comment = house.published()

    assert tell(house, comment, reason=ReportReason.HATE, note=" Le second paragraphe. \n")

    [row] = stored(house)
    assert (row.site_id, row.comment_id, row.revision) == (house.site_id, comment, 1)
    assert (row.reason, row.note) == ("hate", "Le second paragraphe.")
    assert house.row(comment).reports == 1


def test_a_report_changes_nothing_about_the_comment_but_its_place_in_lists(house: House) -> None:
    comment = house.published()
    before = house.row(comment)._asdict()

    tell(house, comment)

    after = house.row(comment)._asdict()
    places = {name: after[name] for name in ("reported_at", "urgent_at")}
    assert after == before | places | {"reports": 1, "open_reports": 1}


def test_the_same_device_counts_once_and_its_first_word_stays(house: House) -> None:
    comment = house.published()

    assert tell(house, comment, reason=ReportReason.SPAM, device="mine")
    assert not tell(house, comment, reason=ReportReason.HATE, note="Et aussi ceci.", device="mine")

    [row] = stored(house)
    assert (row.reason, row.note) == ("spam", "")
    assert house.row(comment).reports == 1
    assert len(told(house)) == 1


def test_one_device_may_report_several_comments_and_several_devices_one(house: House) -> None:
    first, second = house.published(), house.published()

    assert all([tell(house, first, device="mine"), tell(house, second, device="mine"), tell(house, first)])

    assert (house.row(first).reports, house.row(second).reports) == (2, 1)


def test_fifty_equal_reports_at_once_are_one(house: House) -> None:
    comment = house.published()

    with ThreadPoolExecutor(50) as threads:
        firsts = list(threads.map(lambda _: tell(house, comment, device="mine"), range(50)))

    assert sorted(firsts) == [False] * 49 + [True]
    assert (len(stored(house)), house.row(comment).reports, len(told(house))) == (1, 1, 1)


def test_fifty_devices_at_once_are_fifty(house: House) -> None:
    comment = house.published()

    with ThreadPoolExecutor(50) as threads:
        assert all(threads.map(lambda _: tell(house, comment), range(50)))

    assert (len(stored(house)), house.row(comment).reports, len(told(house))) == (50, 50, 50)


def test_an_e_mail_address_in_a_note_is_not_kept(house: House) -> None:
    tell(house, house.published(), note="C’est zoe@lecteurs.example.org, répondez à moi@ailleurs.example.")

    assert stored(house)[0].note == "C’est [e-mail], répondez à [e-mail]."


def test_the_event_tells_which_report_and_why_and_nothing_that_a_person_wrote(house: House) -> None:
    comment = house.published()
    tell(house, comment, reason=ReportReason.THREAT, note="Il vise ma voisine.", device="mine")

    [event], [row] = told(house), stored(house)

    assert (event.site_id, event.comment_id) == (house.site_id, comment)
    assert event.data == {"report": row.id, "revision": 1, "reason": "threat"}


@pytest.mark.parametrize("status", ["pending", "held", "rejected", "removed", "nowhere", "foreign"])
def test_only_what_is_published_on_the_site_can_be_reported(house: House, status: str) -> None:
    other = house.add_site("other")
    comment = NOWHERE if status == "nowhere" else house.accepted() if status == "pending" else house.published()
    if status == "rejected":
        house.decide(comment, "reject", reason="other")
    elif status == "held":
        house.decide(comment, "hold")
    elif status == "removed":
        withdraw(house.database, house.site_id, comment, datetime.now(UTC))

    with pytest.raises(NotFound, match="comment_unknown"):
        report(
            house.database, other if status == "foreign" else house.site_id,
            Report(comment, ReportReason.SPAM, "", "mine"), datetime.now(UTC),
        )  # fmt: skip

    assert (stored(house), told(house)) == ([], [])


def test_what_is_withdrawn_takes_its_reports_along(house: House) -> None:
    comment, other = house.published(), house.published()
    tell(house, comment, note="Il écrit : « … »")
    tell(house, other)

    withdraw(house.database, house.site_id, comment, datetime.now(UTC))

    assert [row.comment_id for row in stored(house)] == [other]
    assert house.row(comment).reports == 0


def test_a_report_and_a_withdrawal_at_once_leave_no_note_behind(house: House) -> None:
    for _ in range(10):
        comment = house.published()

        def tries(number: int, comment: str = comment) -> None:
            if number == 3:
                withdraw(house.database, house.site_id, comment, datetime.now(UTC))
                return
            try:
                tell(house, comment)
            except NotFound:
                return

        with ThreadPoolExecutor(6) as threads:
            list(threads.map(tries, range(6)))

        assert (stored(house), house.row(comment).reports) == ([], 0)


def test_reports_outlive_decisions_and_name_the_text_that_they_were_about(house: House) -> None:
    comment = house.published()
    tell(house, comment)
    receipt = house.app.extensions["moderato"].keys.receipt(comment)
    house.client.patch(f"/v1/receipts/{receipt}", json={"body": "Dit autrement."})
    house.judge()
    house.decide(comment, "publish")
    tell(house, comment)

    assert [row.revision for row in stored(house)] == [1, 2]
    assert house.row(comment).reports == 2


def test_reports_are_told_by_reason_the_commonest_first_and_the_newest_twenty_in_full(house: House) -> None:
    comment, other = house.published(), house.published()
    tell(house, other, note="D’un autre.")
    for number in range(25):
        tell(house, comment, reason=ReportReason.SPAM if number % 5 else ReportReason.HATE, note=f"{number}")

    with house.database.read() as connection:
        reasons = reports.count_by_reason(connection, comment)
        latest = reports.latest_reports(connection, comment)

    assert list(reasons.items()) == [("spam", 20), ("hate", 5)]
    assert [row.note for row in latest] == [str(number) for number in range(24, 4, -1)]
    assert set(latest[0]._mapping) == {"reason", "note", "revision", "created_at"}
