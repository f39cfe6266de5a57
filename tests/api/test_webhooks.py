"""Webhooks by API: made, changed, tried and removed by owners; their log, and telling again what failed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from service.domain.event import EVENTS
from service.operations.webhook import MOST
from service.store.deliveries import Channel, Delivery
from service.store.webhooks import Webhook
from tests.api.told import faults, told
from tests.factories import House
from tests.scorer import ScorerServer as Receiver
from tests.scorer import answers
from workers.delivery import tell

HOOKS = "/v1/moderation/webhooks"
URL = "https://hooks.example/in?key=s3cret"
NOBODY = "01890000-0000-7000-8000-000000000000"


def ask(house: House, method: str, path: str, document: Any = None, role: str = "owner") -> TestResponse:
    body = {} if document is None else {"json": document}
    return house.client.open(f"{HOOKS}{path}", method=method, headers=house.staff(role), **body)


def log(house: House, webhook: str, **query: str) -> list[dict[str, Any]]:
    answer = house.client.get(f"{HOOKS}/{webhook}/deliveries", query_string=query, headers=house.staff("owner"))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[dict[str, Any]] = answer.get_json()["deliveries"]
    return found


def acts(house: House) -> list[tuple[str, str, dict[str, Any]]]:
    found = house.client.get("/v1/moderation/audit?order=oldest", headers=house.staff("auditor")).get_json()["entries"]
    return [(each["act"], each["object"]["id"], each["data"]) for each in found]


def test_a_webhook_is_made_with_a_secret_that_is_shown_once(house: House) -> None:
    answer = ask(house, "POST", "", {"url": URL, "types": ["comment.held", "comment.held"], "description": "Archive"})

    made = answer.get_json()
    assert made["secret"].startswith("whsec_")
    assert answer.headers["Cache-Control"] == "no-store"
    shown = {name: value for name, value in made.items() if name != "secret"}
    assert shown == {
        "id": made["id"], "url": URL, "types": ["comment.held"], "description": "Archive", "active": True,
        "old_secret_until": None, "failures": 0, "rests_until": None, "created_at": made["created_at"],
    }  # fmt: skip
    assert ask(house, "GET", "").get_json() == {"webhooks": [shown]}
    assert ask(house, "GET", f"/{made['id']}").get_json() == shown
    with house.database.read() as connection:
        stored = connection.execute(select(Webhook.secret)).scalar_one()
    assert made["secret"][6:] not in stored


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks", "ftp://hooks.example/", "https://", "https://user:pass@hooks.example/", "https://hooks.example:0/",
        "https://hooks.example/#part", "https://hooks.example/a b", "https://höoks.example/", "https://[::1/",
        "https://hooks.example:99999/", "https://hooks.example/" + "x" * 2000,
    ],
)  # fmt: skip
def test_what_is_no_full_address_is_refused(small_house: House, url: str) -> None:
    small_house.allow_private_webhooks()

    assert set(faults(ask(small_house, "POST", "", {"url": url}))) == {"url"}


INSIDE = [
    "http://hooks.example/", "https://localhost/", "https://api/", "https://127.0.0.1/", "https://0x7f000001/",
    "https://2130706433/", "https://127.1/", "https://10.0.0.1/", "https://169.254.169.254/latest", "https://[::1]/",
    "https://[::ffff:127.0.0.1]/", "https://[fd00:ec2::254]/", "https://a.localhost/", "https://db.internal/",
    "https://printer.local./", "https://100.64.0.1/",
]  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
def test_an_address_inside_is_refused_unless_the_operator_allows_it(small_house: House, url: str) -> None:
    assert set(faults(ask(small_house, "POST", "", {"url": url}))) == {"url"}
    made = small_house.webhook()
    assert set(faults(ask(small_house, "PUT", f"/{made['id']}", {"url": url}))) == {"url"}

    small_house.allow_private_webhooks()

    assert ask(small_house, "POST", "", {"url": url}).status_code == 200


def test_other_faults_are_told_by_field(small_house: House) -> None:
    wrong = {"url": 5, "types": ["comment.sold"], "description": "x" * 201, "active": "yes", "secret": "mine"}

    assert set(faults(ask(small_house, "POST", "", wrong))) == {"url", "types", "description", "active", "secret"}
    made = small_house.webhook()
    for hours in (-1, 169, "1", 1.5, True, None):
        assert set(faults(ask(small_house, "POST", f"/{made['id']}/rotate", {"hours": hours}))) == {"hours"}
    for since in ("yesterday", "2026-01-01", 5, None):
        assert set(faults(ask(small_house, "POST", f"/{made['id']}/replay", {"since": since}))) == {"since"}
    told(small_house.client.get(f"{HOOKS}/{made['id']}/deliveries?state=lost", headers=small_house.staff("owner")), 422)


def test_a_site_has_so_many_at_most(small_house: House) -> None:
    for _ in range(MOST):
        small_house.webhook()

    assert set(faults(ask(small_house, "POST", "", {"url": URL}))) == {"url"}


def test_only_what_is_given_changes(house: House) -> None:
    made = house.webhook(URL, types=["comment.held"], description="Archive")

    changed = ask(house, "PUT", f"/{made['id']}", {"types": [], "active": False}).get_json()

    assert (changed["url"], changed["description"]) == (URL, "Archive")
    assert (changed["types"], changed["active"]) == ([], False)


def test_every_type_can_be_wanted(small_house: House) -> None:
    assert small_house.webhook(types=list(EVENTS))["types"] == list(EVENTS)


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("GET", "", None), ("PUT", "", {"active": False}), ("DELETE", "", None), ("POST", "/rotate", {}),
        ("POST", "/test", None), ("GET", "/deliveries", None), ("POST", "/replay", {"since": "2026-01-01T00:00:00Z"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("identifier", [NOBODY, "x"])
def test_what_is_not_there_is_said_so(
    small_house: House, method: str, path: str, document: Any, identifier: str
) -> None:
    told(ask(small_house, method, f"/{identifier}{path}", document), 404, "webhook_unknown")


def test_a_delivery_that_is_not_there_is_said_so(small_house: House) -> None:
    for identifier in (NOBODY, "x"):
        answer = small_house.client.post(
            f"/v1/moderation/deliveries/{identifier}/replay", headers=small_house.staff("owner")
        )
        told(answer, 404, "delivery_unknown")


def test_a_ping_goes_to_that_one_alone_and_is_in_its_log(house: House) -> None:
    house.allow_private_webhooks()
    with Receiver(answers(b"null")) as receiver, Receiver(answers(b"null")) as other:
        made = house.webhook(receiver.url, types=["comment.held"])
        house.webhook(other.url)

        sent = ask(house, "POST", f"/{made['id']}/test").get_json()
        assert (sent["type"], sent["state"], sent["comment"], sent["attempts"]) == ("ping", "waiting", None, 0)
        tell(house.room)

        [asked] = receiver.asked
        assert other.asked == []
        assert asked.document["type"] == "ping"
        assert asked.document["data"] == {}
        assert asked.document["id"] == asked.headers["webhook-id"] == sent["event"]
        [entry] = log(house, made["id"])
        assert entry["id"] == sent["id"]
        assert (entry["state"], entry["status"], entry["why"], entry["attempts"]) == ("delivered", 200, "", 1)
        assert entry["milliseconds"] >= 0
        assert entry["next_at"] is None
        assert entry["finished_at"] is not None


def test_the_log_is_read_by_state_and_page_by_page_the_newest_first(house: House) -> None:
    house.allow_private_webhooks()
    with Receiver(answers(b"null")) as receiver:
        made = house.webhook(receiver.url, types=["comment.submitted"])
        comments = [house.accepted() for _ in range(5)]
        tell(house.room)
        with house.database.write() as connection:
            failed = select(Delivery.id).order_by(Delivery.id).limit(2)
            connection.execute(update(Delivery).where(Delivery.id.in_(failed)).values(state="failed", why="refused"))

        assert {each["comment"] for each in log(house, made["id"])} == set(comments)
        assert [each["why"] for each in log(house, made["id"], state="failed")] == ["refused"] * 2
        assert len(log(house, made["id"], state="delivered")) == 3
        assert log(house, made["id"], state="waiting") == []
        seen: list[str] = []
        query = "?limit=2"
        while query:
            page = ask(house, "GET", f"/{made['id']}/deliveries{query}").get_json()
            seen += [each["id"] for each in page["deliveries"]]
            query = f"?limit=2&cursor={page['next']}" if page["next"] else ""
        assert seen == sorted(seen, reverse=True)
        assert len(seen) == 5


def test_one_is_told_again_and_all_that_failed_since_a_time_each_under_its_id(house: House) -> None:
    house.allow_private_webhooks()
    with Receiver(answers(b"null")) as receiver:
        made = house.webhook(receiver.url, types=["comment.submitted"])
        for _ in range(3):
            house.accepted()
        tell(house.room)
        newest, *rest = log(house, made["id"])

        again = house.client.post(
            f"/v1/moderation/deliveries/{newest['id']}/replay", headers=house.staff("owner")
        ).get_json()
        assert (again["state"], again["attempts"], again["event"]) == ("waiting", 0, newest["event"])
        assert tell(house.room) == 1
        assert receiver.asked[-1].headers["webhook-id"] == newest["event"]

        with house.database.write() as connection:
            ids = [each["id"] for each in rest]
            connection.execute(update(Delivery).where(Delivery.id.in_(ids)).values(state="failed"))
        since = {"since": rest[0]["created_at"]}
        assert ask(house, "POST", f"/{made['id']}/replay", since).get_json()["count"] in {1, 2}
        assert ask(house, "POST", f"/{made['id']}/replay", {"since": "2026-01-01T00:00:00+02:00"}).status_code == 200
        assert tell(house.room) == 2
        assert len(log(house, made["id"])) == 3


def test_nothing_is_sent_or_replayed_to_one_that_is_not_active(house: House) -> None:
    made = house.webhook(types=["comment.submitted"])
    sent = ask(house, "POST", f"/{made['id']}/test").get_json()
    ask(house, "PUT", f"/{made['id']}", {"active": False})

    assert [(each["state"], each["why"]) for each in log(house, made["id"])] == [("failed", "inactive")]
    told(ask(house, "POST", f"/{made['id']}/test"), 409, "webhook_inactive")
    told(ask(house, "POST", f"/{made['id']}/replay", {"since": "2026-01-01T00:00:00Z"}), 409, "webhook_inactive")
    answer = house.client.post(f"/v1/moderation/deliveries/{sent['id']}/replay", headers=house.staff("owner"))
    told(answer, 409, "webhook_inactive")


def test_one_that_is_made_active_again_or_moves_begins_anew(house: House) -> None:
    made = house.webhook()
    later = datetime.now(UTC) + timedelta(hours=1)

    def rests() -> None:
        with house.database.write() as connection:
            connection.execute(update(Channel).values(failures=9, rests_until=later))

    for change in ({"active": True}, {"url": "https://elsewhere.example/"}):
        rests()
        assert ask(house, "GET", f"/{made['id']}").get_json()["failures"] == 9
        changed = ask(house, "PUT", f"/{made['id']}", change).get_json()
        assert (changed["failures"], changed["rests_until"]) == (0, None)


def test_one_that_is_removed_leaves_nothing_but_what_the_audit_log_says(house: House) -> None:
    made = house.webhook()
    house.published()
    tell(house.room)
    ask(house, "POST", f"/{made['id']}/test")

    assert ask(house, "DELETE", f"/{made['id']}").get_json() == {"id": made["id"]}

    assert ask(house, "GET", "").get_json() == {"webhooks": []}
    with house.database.read() as connection:
        for table in (Webhook, Channel, Delivery):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0
    house.published()
    assert tell(house.room) == 0


def test_every_act_is_in_the_audit_log_and_no_address_or_secret_is(house: House) -> None:
    made = house.webhook(URL, types=["comment.held"])
    identifier = made["id"]
    ask(house, "PUT", f"/{identifier}", {"description": "x"})
    rotated = ask(house, "POST", f"/{identifier}/rotate", {"hours": 0}).get_json()
    sent = ask(house, "POST", f"/{identifier}/test").get_json()
    house.client.post(f"/v1/moderation/deliveries/{sent['id']}/replay", headers=house.staff("owner"))
    ask(house, "POST", f"/{identifier}/replay", {"since": "2026-01-01T00:00:00Z"})
    ask(house, "DELETE", f"/{identifier}")

    assert acts(house) == [
        ("webhook.add", identifier, {"types": ["comment.held"], "active": True}),
        ("webhook.change", identifier, {"changed": ["description"]}),
        ("webhook.rotate", identifier, {"hours": 0.0}),
        ("webhook.test", identifier, {}),
        ("webhook.replay", identifier, {"delivery": sent["id"], "event": sent["event"]}),
        ("webhook.replay", identifier, {"since": "2026-01-01T00:00:00+00:00", "count": 0}),
        ("webhook.remove", identifier, {}),
    ]
    assert rotated["secret"] != made["secret"]
    assert "s3cret" not in str(acts(house))
