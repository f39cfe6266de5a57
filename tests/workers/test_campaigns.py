"""Campaigns, end to end and on both databases: copies come together, one decision teaches those that wait."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.domain.likeness import alike
from service.operations import recheck
from service.operations.withdraw import withdraw
from service.store import campaigns
from service.store.campaigns import Campaign
from service.store.comments import Comment
from service.store.traces import Likeness
from service.store.turns import take_turn
from tests.factories import ARTICLE, CANARY_STRING, House, environment
from workers import campaigns as work
from workers.campaigns import follow
from workers.past import ALIKE_WINDOW

SOLD = "Mon voisin {name} a compté {count} vélos en une semaine sur ce pont du centre, comptez donc vous aussi"
OTHER = "La ligne du tramway ferme demain pour des travaux, et la mairie ne prévient pas les habitants du quartier"
NAMES = ("Marc", "Zoé", "Paul", "Lucie", "Jean", "Anna", "Luc", "Marie", "Guy", "Léa")


def send(house: House, many: int, text: str = SOLD, **more: Any) -> list[str]:
    """Copies of one text, each by another author, judged one after the other."""
    return [_judged(house, text.format(name=NAMES[at % 10], count=1000 + 77 * at), **more) for at in range(many)]


def _judged(house: House, body: str, **more: Any) -> str:
    identifier = house.accepted(body=body, **more)
    house.judge()
    return identifier


def listed(house: House, **query: Any) -> list[dict[str, Any]]:
    answer = house.client.get("/v1/moderation/campaigns", query_string=query, headers=house.staff())
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[dict[str, Any]] = answer.get_json()["campaigns"]
    return found


def selected(house: House, **query: Any) -> dict[str, Any]:
    answer = house.client.get("/v1/moderation/selection", query_string=query, headers=house.staff())
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def reasons(house: House, identifier: str) -> set[str]:
    return set(house.row(identifier).reasons.split())


def settle(house: House) -> int:
    """Turn after turn until nothing is judged again; how many were."""
    total = 0
    while again := follow(house.room):
        total += again
        house.judge()
    follow(house.room)
    return total


def cluster(house: House, identifier: str) -> str | None:
    with house.database.read() as connection:
        return campaigns.clusters_of(connection, [identifier]).get(identifier)


def tidy(house: House) -> None:
    """The regular task, in a process of its own as ever."""
    env = environment(house.settings.database_url.replace("+psycopg", ""), house.settings.redis_url)
    code = "from workers.tasks import tidy; tidy()"
    subprocess.run([sys.executable, "-c", code], env=env | {"PATH": os.environ["PATH"]}, check=True)


def test_copies_by_several_authors_are_a_campaign_with_its_figures(house: House) -> None:
    first, *others = send(house, 3)
    elsewhere = _judged(house, SOLD.format(name="Ida", count=9), article="/v1/sites/journal/articles/a-2")
    _judged(house, OTHER)
    house.decide(others[0], "reject", reason="spam")
    settle(house)

    (found,) = listed(house)

    assert {name: found[name] for name in ("members", "authors", "articles", "waiting", "refused", "accepted")} == {
        "members": 4, "authors": 4, "articles": 2, "waiting": 2, "refused": 1, "accepted": 0,
    }  # fmt: skip
    assert found["counts"] == {"held": 2, "published": 1, "rejected": 1}
    assert found["comment"] == first
    assert found["excerpt"] == SOLD.format(name="Marc", count=1000)[:120]
    assert datetime.fromisoformat(found["first_at"]) == house.row(first).created_at
    assert datetime.fromisoformat(found["latest_at"]) == house.row(elsewhere).created_at


def test_what_waits_of_a_campaign_is_selected_and_decided_at_once_each_bound_to_its_version(house: House) -> None:
    sent = send(house, 4)
    follow(house.room)
    (found,) = listed(house)

    chosen = selected(house, campaign=found["id"], list="awaiting")

    assert {item["id"] for item in chosen["items"]} == set(sent[1:])
    assert (chosen["counts"], chosen["authors"], chosen["more"]) == ({"held": 3}, 3, False)
    assert {item["id"] for item in selected(house, campaign=found["id"])["items"]} == set(sent)
    decisions = [
        {"id": item["id"], "version": item["version"], "action": "reject", "reason": "spam"} for item in chosen["items"]
    ]
    answer = house.client.post(
        "/v1/moderation/decisions",
        json={"decisions": decisions, "by": {"campaign": found["id"]}},
        headers=house.staff(),
    )
    assert [each["status"] for each in answer.get_json()["results"]] == ["rejected"] * 3
    assert settle(house) == 0
    assert listed(house)[0]["counts"] == {"published": 1, "rejected": 3}


def test_two_by_one_author_are_a_correction_three_are_a_campaign(house: House) -> None:
    send(house, 2, email="marc@lecteurs.example.org")
    follow(house.room)
    assert listed(house) == []
    _judged(house, SOLD.format(name="Ida", count=5), email="marc@lecteurs.example.org")
    follow(house.room)
    assert [found["members"] for found in listed(house)] == [3]


def test_a_chain_of_small_changes_joins_nothing_that_is_unlike(house: House) -> None:
    """Each is a copy of the one before; the last has nothing in common with the first."""
    words = [f"mot{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(100)]
    steps = [_judged(house, " ".join(words[at : at + 40])) for at in range(0, 60, 4)]
    follow(house.room)

    with house.database.read() as connection:
        found = connection.execute(select(Likeness.__table__).where(Likeness.comment_id.in_(steps))).all()
        by_id = {row.comment_id: row for row in found}
    sketches = [by_id[step].sketch for step in steps]
    assert any(alike(one, two) for one, two in pairwise(sketches)), "it is a chain"
    clusters = [by_id[step].cluster_id for step in steps]
    assert clusters[0] != clusters[-1]
    for step, mine in zip(steps, clusters, strict=True):
        head = steps[clusters.index(mine)]
        assert alike(by_id[head].sketch, by_id[step].sketch)


def test_the_order_in_which_they_are_found_does_not_matter_only_that_in_which_they_came(house: House) -> None:
    sent = send(house, 6)
    _judged(house, OTHER)
    follow(house.room)
    before = [cluster(house, each) for each in sent]
    with house.database.write() as connection:
        connection.execute(update(Likeness).values(cluster_id=None))
    follow(house.room)

    assert len(set(before)) == 1
    assert len({cluster(house, each) for each in sent}) == 1


def test_two_sites_never_share_one(house: House) -> None:
    house.add_site("other")
    for site in ("journal", "other"):
        send(house, 2, article=ARTICLE.replace("journal", site))
    follow(house.room)

    (here,) = listed(house)
    there = house.client.get("/v1/moderation/campaigns", headers=house.staff(site="other")).get_json()["campaigns"]
    assert here["members"] == there[0]["members"] == 2
    assert here["id"] != there[0]["id"]
    assert selected(house, campaign=there[0]["id"])["items"] == []


def test_one_refusal_is_known_to_all_that_wait_and_to_whatever_comes_later(house: House) -> None:
    _, second, *waiting = send(house, 5)
    before = {each: house.row(each) for each in waiting}
    house.decide(second, "reject", reason="spam")

    assert settle(house) == 3

    for each in waiting:
        after = house.row(each)
        assert house.status(each) == "held"
        assert "refused_copies" in reasons(house, each)
        assert after.urgent_at <= before[each].urgent_at
        assert after.revision == before[each].revision + 1
    assert "refused_copies" in reasons(house, _judged(house, SOLD.format(name="Ida", count=5)))


def test_where_the_machine_may_reject_it_does(house: House) -> None:
    _, second, *waiting = send(house, 4)
    house.set_policy(reject=0.95, weights={"near_copies": 0.6, "refused_copies": 0.95})
    house.decide(second, "reject", reason="spam")

    assert settle(house) == 2
    assert [house.status(each) for each in waiting] == ["rejected"] * 2


def test_a_lesson_is_told_once_and_again_only_when_it_is_another(house: House) -> None:
    _, second, third, *waiting = send(house, 6)
    house.decide(second, "reject", reason="spam")
    assert settle(house) == 4
    house.decide(third, "reject", reason="spam")
    assert settle(house) == 0, "they know that people refuse it"
    versions = {each: house.row(each).version for each in waiting}
    house.client.post(
        f"/v1/moderation/comments/{third}/undo", json={"version": house.row(third).version}, headers=house.staff()
    )
    house.client.post(
        f"/v1/moderation/comments/{second}/undo", json={"version": house.row(second).version}, headers=house.staff()
    )

    assert settle(house) == len(waiting), "nobody refused it after all; who was put on hold by a person stays"
    assert all(house.row(each).version == versions[each] + 2 for each in waiting)
    assert not any("refused_copies" in reasons(house, each) for each in waiting)


def test_what_people_publish_is_known_too(house: House) -> None:
    first, second, third = send(house, 3)
    house.decide(second, "publish")

    assert settle(house) == 1
    assert house.status(third) == "published"
    assert house.status(first) == "published"


def test_what_somebody_reads_or_put_on_hold_is_left_to_them(house: House) -> None:
    _, second, read, kept, free = send(house, 5)
    assert house.client.put(f"/v1/moderation/comments/{read}/claim", headers=house.staff()).status_code == 200
    house.decide(kept, "hold")
    house.decide(second, "reject", reason="spam")
    seen = {each: house.row(each).version for each in (read, kept)}

    assert settle(house) == 1
    assert "refused_copies" in reasons(house, free)
    assert {each: house.row(each).version for each in (read, kept)} == seen
    house.client.delete(f"/v1/moderation/comments/{read}/claim", headers=house.staff())
    assert settle(house) == 1, "given back, it is told as well"
    assert "refused_copies" in reasons(house, read)


def test_who_decides_at_that_moment_is_heard_and_the_machine_steps_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second, third, fourth = send(house, 4)
    house.decide(second, "reject", reason="spam")
    looked = campaigns.untold
    found: list[Any] = []
    monkeypatch.setattr(campaigns, "untold", lambda *_: found)
    follow(house.room)  # the lesson is announced; nothing is found that is to be told
    with house.database.read() as connection:
        (campaign,) = connection.execute(select(Campaign.id)).scalars()
        found += looked(connection, campaign, 10)
    assert len(found) == 2
    house.decide(third, "publish")
    assert recheck.recheck_copies(house.database, campaign, 10, datetime.now(UTC)) == 1
    house.judge()

    assert house.status(third) == "published"
    assert house.status(fourth) == "held"


@pytest.mark.parametrize("step", ["take_in", "count", "announce"])
def test_killed_between_two_steps_somebody_else_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    _, second, third = send(house, 3)
    follow(house.room)
    house.decide(second, "reject", reason="spam")
    done = getattr(campaigns, step)

    def then_die(*asked: Any, **more: Any) -> None:
        done(*asked, **more)
        monkeypatch.setattr(campaigns, step, done)
        raise KeyboardInterrupt

    monkeypatch.setattr(campaigns, step, then_die)
    with pytest.raises(KeyboardInterrupt):
        follow(house.room)
    assert settle(house) == 1
    assert "refused_copies" in reasons(house, third)


def test_a_large_campaign_is_judged_again_in_small_steps(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "JUDGED_AGAIN", 2)
    _, second, *waiting = send(house, 7)
    house.decide(second, "reject", reason="spam")
    steps = []
    while again := follow(house.room):
        steps.append(again)
        house.judge()

    assert steps == [2, 2, 1]
    assert all("refused_copies" in reasons(house, each) for each in waiting)


def test_a_refusal_long_ago_among_many_copies_is_still_found(house: House) -> None:
    _, second, *_ = send(house, 26)
    house.decide(second, "reject", reason="spam")
    settle(house)

    latest = _judged(house, SOLD.format(name="Ida", count=5))

    assert "refused_copies" in reasons(house, latest), "the twenty newest copies know nothing of it"


def test_a_campaign_says_nothing_of_texts_that_are_like_one_of_its_members_alone(house: House) -> None:
    words = [f"mot{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(100)]
    steps = [_judged(house, " ".join(words[at : at + 40])) for at in range(0, 60, 4)]
    follow(house.room)
    mine = [each for each in steps if cluster(house, each) == cluster(house, steps[0])]
    house.decide(mine[0], "reject", reason="spam")
    settle(house)
    far = [each for each in steps if each not in mine]
    assert far
    assert house.row(far[-1]).revision == 1


def test_what_is_withdrawn_or_edited_leaves_its_campaign(house: House) -> None:
    _, second, third, fourth = send(house, 4)
    follow(house.room)
    withdraw(house.database, house.site_id, second, datetime.now(UTC))
    follow(house.room)

    assert listed(house)[0]["members"] == 3
    assert cluster(house, second) is None
    withdraw(house.database, house.site_id, third, datetime.now(UTC))
    withdraw(house.database, house.site_id, fourth, datetime.now(UTC))
    follow(house.room)
    assert listed(house) == []


def test_the_text_that_is_shown_is_never_one_that_was_withdrawn(house: House) -> None:
    first, second, _ = send(house, 3)
    follow(house.room)
    withdraw(house.database, house.site_id, first, datetime.now(UTC))

    (found,) = listed(house)
    assert found["comment"] == second


def test_after_a_week_it_is_forgotten(house: House) -> None:
    old, *_ = send(house, 3)
    follow(house.room)
    long_ago = datetime.now(UTC) - ALIKE_WINDOW - timedelta(hours=1)
    with house.database.write() as connection:
        connection.execute(update(Likeness).where(Likeness.comment_id == old).values(created_at=long_ago))
        connection.execute(update(Campaign).values(first_at=long_ago))
    tidy(house)
    follow(house.room)
    assert listed(house)[0]["members"] == 2
    with house.database.write() as connection:
        connection.execute(update(Likeness).values(created_at=long_ago))
        connection.execute(update(Campaign).values(first_at=long_ago, latest_at=long_ago))
    tidy(house)
    assert listed(house) == []
    with house.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(Likeness)).scalar() == 0


def test_only_one_process_is_at_it(house: House) -> None:
    send(house, 2)
    with house.database.write() as connection:
        assert take_turn(connection, work.TURN, house.site_id, 60)
    follow(house.room)
    assert listed(house) == []


def test_a_run_goes_on_with_what_waits_beside(house: House) -> None:
    _, second, *_ = send(house, 2)
    apart = [house.held(body=f"{OTHER} {CANARY_STRING}")]
    fourth, fifth = send(house, 2)
    follow(house.room)

    def following(comment: str, *skip: str) -> str | None:
        asked = {"beside": comment, "skip": [comment, *skip]}
        found = house.client.post("/v1/moderation/queue/next", json=asked, headers=house.staff()).get_json()["item"]
        if found is None:
            return None
        house.client.delete(f"/v1/moderation/comments/{found['id']}/claim", headers=house.staff())
        return str(found["id"])

    assert {following(second), following(second, fourth)} <= {fourth, fifth}
    assert following(second, fourth, fifth) == apart[0]
    assert following(apart[0], second, fourth, fifth) is None


def test_a_comment_tells_of_its_campaign(house: House) -> None:
    _, second, third = send(house, 3)
    lone = _judged(house, OTHER)
    follow(house.room)
    told = house.client.get(f"/v1/moderation/comments/{second}", headers=house.staff()).get_json()["campaign"]

    assert told == {"id": cluster(house, third), "members": 3, "waiting": 2}
    assert house.client.get(f"/v1/moderation/comments/{lone}", headers=house.staff()).get_json()["campaign"] is None


def test_campaigns_are_listed_by_what_is_asked(house: House) -> None:
    send(house, 4)
    late = send(house, 2, f"{OTHER} {{name}} {{count}} {CANARY_STRING}")
    with house.database.write() as connection:
        connection.execute(update(Comment).where(Comment.id.in_(late)).values(awaiting=True))
        connection.execute(update(Comment).where(Comment.id.not_in(late)).values(awaiting=False))
    follow(house.room)

    assert [each["members"] for each in listed(house)] == [2, 4]
    assert [each["members"] for each in listed(house, order="largest")] == [4, 2]
    assert [each["members"] for each in listed(house, order="latest")] == [2, 4]
    assert len(listed(house, limit=1)) == 1
    both = {"campaign": listed(house)[0]["id"], "copies_of": late[0]}
    answer = house.client.get("/v1/moderation/selection", query_string=both, headers=house.staff())
    assert answer.status_code == 422
