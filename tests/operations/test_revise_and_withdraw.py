"""An author edits and takes back their own comment, by the receipt alone; on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from service.domain.comment import Status
from service.domain.site import SiteRules
from service.errors import Conflict, NotFound
from service.keys import Keys
from service.operations.revise import revise
from service.operations.withdraw import withdraw as take_back
from service.store import authors, notes, places, subscriptions, wordings
from service.store.authors import Author
from service.store.base import new_id
from service.store.comments import Comment
from service.store.events import Event
from service.store.moderation import Token
from service.store.reports import ReportRow
from service.store.revisions import Revision
from service.store.subscriptions import Subscription
from tests.factories import ARTICLE, CANARY_STRING, House


def receipt(house: House, identifier: str) -> str:
    return f"/v1/receipts/{Keys(house.settings).receipt(identifier)}"


def edit(house: House, identifier: str, body: str) -> TestResponse:
    return house.client.patch(receipt(house, identifier), json={"body": body})


def withdraw(house: House, identifier: str) -> TestResponse:
    return house.client.delete(receipt(house, identifier))


def shown(house: House) -> dict[str, Any]:
    found: dict[str, Any] = house.client.get(f"{ARTICLE}/comments").get_json()
    return found


def count(house: House, table: Any) -> int:
    with house.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_an_edit_is_judged_again_and_not_shown_until_then(house: House) -> None:
    identifier = house.published(body="Avant.")

    answer = edit(house, identifier, "Après.")

    assert (answer.status_code, answer.get_json()["status"]) == (200, "pending")
    assert (shown(house)["comments"], shown(house)["count"]) == ([], 0)
    house.judge()
    [item] = shown(house)["comments"]
    assert item["html"] == "<p>Après.</p>"
    assert item["edited_at"] is not None
    assert house.row(identifier).version == 4


def test_the_earlier_text_is_kept_with_its_number(house: House) -> None:
    identifier = house.published(body="Avant.")
    edit(house, identifier, "Après.")

    with house.database.read() as connection:
        [kept] = connection.execute(select(Revision.revision, Revision.body)).all()

    assert tuple(kept) == (1, "Avant.")
    assert house.row(identifier).revision == 2


def test_an_innocent_comment_edited_into_spam_is_held(house: House) -> None:
    identifier = house.published()

    edit(house, identifier, f"Cliquez ici. {CANARY_STRING}")
    house.judge()

    assert house.status(identifier) == "held"


def test_the_same_text_again_changes_nothing(house: House) -> None:
    identifier = house.published(body="Tel quel.")

    assert edit(house, identifier, "Tel quel.").get_json()["status"] == "published"
    assert house.row(identifier).version == 2


def test_a_comment_is_not_edited_after_the_window(house: House) -> None:
    identifier = house.published()
    with house.database.write() as connection:
        connection.execute(
            update(Comment)
            .where(Comment.id == identifier)
            .values(created_at=datetime.now(UTC) - timedelta(minutes=15, seconds=1))
        )

    answer = edit(house, identifier, "Trop tard.")

    assert (answer.status_code, answer.get_json()["code"]) == (409, "edit_over")
    assert house.status(identifier) == "published"


def test_a_comment_is_not_edited_under_a_published_reply(house: House) -> None:
    parent = house.published()
    house.published(parent=parent)

    assert edit(house, parent, "Je n’ai jamais dit cela.").get_json()["code"] == "edit_over"


@pytest.mark.parametrize("action", ["reject"])
def test_a_refused_comment_is_not_edited(house: House, action: str) -> None:
    identifier = house.held()
    house.decide(identifier, action, reason="spam")

    assert edit(house, identifier, "Encore moi.").get_json()["code"] == "not_editable"


def test_a_held_comment_is_edited_and_judged_again(house: House) -> None:
    identifier = house.held()

    edit(house, identifier, "Sans la chaîne d’essai.")
    house.judge()

    assert house.status(identifier) == "published"


def test_a_moderator_who_saw_the_earlier_text_is_told_that_it_has_changed(house: House) -> None:
    identifier = house.held()
    seen = house.row(identifier).version
    edit(house, identifier, "Autre chose.")

    assert house.decide(identifier, "publish", version=seen).status_code == 409


def test_a_worker_that_judged_the_earlier_text_changes_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from workers import tasks
    from workers.engine import moderate

    identifier = house.accepted(body="Avant.")

    def edited_meanwhile(*arguments: Any, **rest: Any) -> Any:
        monkeypatch.setattr(tasks, "moderate", moderate)
        edit(house, identifier, f"Après. {CANARY_STRING}")
        return moderate(*arguments, **rest)

    monkeypatch.setattr(tasks, "moderate", edited_meanwhile)
    tasks.judge_batch(house.room)
    assert house.status(identifier) == "pending", "the verdict was on a text that is no more"
    house.judge()

    assert house.status(identifier) == "held"


@pytest.mark.parametrize("body", ["", " ", "\x00", "x" * 65_526, None, 3])
def test_an_edit_is_held_to_the_same_rules_as_the_first_text(house: House, body: Any) -> None:
    answer = edit(house, house.published(), body)

    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]) == ["body"]


def test_a_withdrawn_comment_is_gone_with_all_it_held_of_its_author(house: House) -> None:
    identifier = house.published(name="Partie", website="https://partie.example")
    edit(house, identifier, "Un dernier mot.")
    house.judge()

    answer = withdraw(house, identifier)

    assert (answer.status_code, answer.get_json()["status"]) == (200, "removed")
    row = house.row(identifier)
    assert (row.name, row.website, row.body, row.html, row.author_id, row.facts) == ("", "", "", None, None, {})
    assert (row.address_key, row.text_key) == (0, 0)
    assert (count(house, Revision), count(house, Author)) == (0, 0)
    assert (shown(house)["comments"], shown(house)["count"]) == ([], 0)


def test_where_published_replies_hang_a_tombstone_stays(house: House) -> None:
    parent = house.published()
    reply = house.published(parent=parent)
    withdraw(house, parent)

    first, second = shown(house)["comments"]

    assert (first["id"], first["status"], sorted(first)) == (
        parent, "removed", ["created_at", "id", "parent", "status"],
    )  # fmt: skip
    assert second["id"] == reply


def test_an_author_of_other_comments_stays_known(house: House) -> None:
    first = house.published(email="fidele@lecteurs.example.org")
    house.published(email="fidele@lecteurs.example.org")

    withdraw(house, first)

    with house.database.read() as connection:
        [author] = connection.execute(select(Author.published_count, Author.email)).all()
    assert author.published_count == 1
    assert author.email is not None


def test_to_take_back_twice_is_to_take_back_once(house: House) -> None:
    identifier = house.published()
    withdraw(house, identifier)
    version = house.row(identifier).version

    assert withdraw(house, identifier).status_code == 200
    assert house.row(identifier).version == version


@pytest.mark.parametrize("action", ["publish", "hold", "reject"])
def test_nobody_brings_a_withdrawn_comment_back(house: House, action: str) -> None:
    identifier = house.published()
    withdraw(house, identifier)

    assert house.decide(identifier, action, reason="spam").status_code == 409
    assert edit(house, identifier, "Retour.").status_code == 409


def test_a_comment_withdrawn_before_its_verdict_is_never_shown(house: House) -> None:
    identifier = house.accepted()
    withdraw(house, identifier)
    house.judge()

    assert house.status(identifier) == "removed"
    assert shown(house)["comments"] == []


def test_a_withdrawn_text_may_be_sent_again(house: House) -> None:
    submission = {"name": "Zoé", "email": "zoe@lecteurs.example.org", "body": "Je me ravise."}
    withdraw(house, house.post(submission).get_json()["id"])

    assert house.post(submission).status_code == 202


def told(house: House, kind: str) -> list[Any]:
    with house.database.read() as connection:
        return list(connection.execute(select(Event.data).where(Event.type == kind)).scalars())


def test_who_is_told_of_an_edit_or_a_withdrawal_hears_of_the_version_it_led_to(house: House) -> None:
    identifier = house.published()
    edit(house, identifier, "Après.")
    assert told(house, "comment.edited") == [{"revision": 2, "version": 3}]
    assert house.row(identifier).version == 3

    withdraw(house, identifier)

    assert told(house, "comment.removed") == [{"by": "author", "version": 4}]
    assert house.row(identifier).version == 4


def test_what_is_edited_awaits_the_judge_and_no_longer_a_person(house: House) -> None:
    identifier = house.held()
    assert house.row(identifier).awaiting

    assert revised(house, identifier, datetime.now(UTC)) is Status.PENDING

    assert not house.row(identifier).awaiting


def revised(house: House, identifier: str, now: datetime) -> Status:
    with house.database.read() as connection:
        place = places.place_of(connection, identifier)
    assert place is not None
    return revise(house.database, Keys(house.settings), place, identifier, "Après.", now)


def test_the_window_is_open_for_all_of_its_last_minute(house: House) -> None:
    identifier = house.published()
    end = house.row(identifier).created_at + timedelta(minutes=SiteRules().edit_minutes)

    with pytest.raises(Conflict, match="edit_over"):
        revised(house, identifier, end + timedelta(milliseconds=1))
    assert revised(house, identifier, end) is Status.PENDING


def test_a_comment_of_another_site_is_not_there(house: House) -> None:
    identifier = house.published()
    elsewhere = house.add_site("ailleurs")
    with house.database.read() as connection:
        place = places.find_place(connection, "ailleurs", "a-1")
    assert place is not None

    with pytest.raises(NotFound, match="receipt_unknown"):
        revise(house.database, Keys(house.settings), place, identifier, "Après.", datetime.now(UTC))
    with pytest.raises(NotFound, match="receipt_unknown"):
        take_back(house.database, elsewhere, identifier, datetime.now(UTC))
    assert house.status(identifier) == "published"


def stand(house: House, identifier: str, kind: str) -> None:
    """Staff have done something about the author of a comment."""
    who = house.row(identifier).author_id
    if kind == "ban":
        house.ban(identifier)
        return
    known: dict[str, dict[str, Any]] = {"hold": {"on_hold": True}, "badge": {"badge": "Rédaction"}}
    with house.database.write() as connection:
        authors.change_author(connection, who, **known[kind])


@pytest.mark.parametrize("kind", ["ban", "hold", "badge"])
def test_whom_staff_know_is_known_again_without_the_address(house: House, kind: str) -> None:
    identifier = house.published()
    stand(house, identifier, kind)

    withdraw(house, identifier)

    with house.database.read() as connection:
        [author] = connection.execute(select(Author.email, Author.author_key)).all()
    assert author.email is None
    assert author.author_key


def test_words_notes_and_subscriptions_go_with_their_author(house: House) -> None:
    identifier = house.held()
    house.decide(identifier, "publish")
    who, now = house.row(identifier).author_id, datetime.now(UTC)
    with house.database.write() as connection:
        wordings.add_wording(connection, identifier, 7, "À vous.")
        token = connection.execute(select(Token.id)).scalars().first()
        note = {"id": new_id(), "author_id": who, "text": "Calme.", "token_id": token, "created_at": now}
        notes.add_note(connection, note)
        assert subscriptions.ask(connection, who, "fr", now)
    reported = house.client.post(f"/v1/sites/journal/comments/{identifier}/reports", json={"reason": "insult"})
    assert reported.status_code == 202
    assert count(house, ReportRow) == 1

    withdraw(house, identifier)

    forgotten = (wordings.Wording, notes.NoteRow, Subscription, ReportRow, Author)
    kept = {each.__tablename__: count(house, each) for each in forgotten}
    assert kept == dict.fromkeys(kept, 0)
