"""What stands around a comment: nobody judges a reply without what it answers."""

from typing import Any

from tests.api.told import told
from tests.factories import House


def around(house: House, comment: str, **headers: Any) -> list[dict[str, Any]]:
    answer = house.client.get(f"/v1/moderation/comments/{comment}/surroundings", headers=headers or house.staff())
    found: list[dict[str, Any]] = answer.get_json()["comments"]
    return found


def test_a_reply_stands_below_all_that_it_answers_beside_the_others_and_above_its_own(small_house: House) -> None:
    first = small_house.published()
    second = small_house.published(parent=first)
    before = small_house.held(parent=second)
    it = small_house.published(parent=second)
    below = small_house.published(parent=it)
    after = small_house.accepted(parent=second)

    found = around(small_house, it)

    assert [each["id"] for each in found] == [first, second, before, it, after, below]
    assert [each["depth"] for each in found] == [0, 1, 2, 2, 2, 3]
    assert [each["status"] for each in found][2:5] == ["held", "published", "pending"]


def test_beside_a_comment_on_the_article_stand_five_before_and_five_after_that_readers_see(small_house: House) -> None:
    shown = [small_house.published() for _ in range(7)]
    small_house.held()
    it = small_house.held()
    later = [small_house.published() for _ in range(7)]
    small_house.published(article="/v1/sites/journal/articles/elsewhere")

    assert [each["id"] for each in around(small_house, it)] == [*shown[2:], it, *later[:5]]


def test_what_was_taken_back_is_shown_as_such_where_it_is_answered(small_house: House) -> None:
    first = small_house.published(body="Un secret.")
    reply = small_house.published(parent=first)
    receipt = small_house.app.extensions["moderato"].keys.receipt(first)
    small_house.client.delete(f"/v1/receipts/{receipt}")

    found = around(small_house, reply)

    assert (found[0]["status"], found[0]["body"]) == ("removed", "")
    assert "secret" not in str(found)


def test_a_foreign_or_unknown_comment_is_not_there(small_house: House) -> None:
    small_house.add_site("other")
    comment = small_house.held()
    for asked, headers in ((comment, small_house.staff("owner", "other")), ("x", small_house.staff())):
        answer = small_house.client.get(f"/v1/moderation/comments/{asked}/surroundings", headers=headers)
        told(answer, 404, "comment_unknown")
