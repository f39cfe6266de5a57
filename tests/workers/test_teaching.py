"""Every decision teaches, through the real loop: comments by the API, decisions by the API, a version, verdicts."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from service.domain.teaching import Category
from service.operations.models import roll_back
from service.operations.withdraw import withdraw
from service.store import lessons, marks, models
from service.store.models import ModelRow, State
from service.store.moderation import latest_verdict
from service.store.samples import SampleRow
from tests.factories import House, environment
from workers import teaching
from workers.campaigns import follow
from workers.cli import main
from workers.doctor.finding import case_of
from workers.doctor.models import learnt as look
from workers.learning.trial import challenge
from workers.teaching import learn

_numbers = count(1)
BESIDE = {"first_comment", "rejected_before", "unknown_author", "address_flood", "near_copies"}
PLACES = (
    "lycée", "mairie", "tramway", "marché", "stade", "piscine", "musée", "gare", "pont", "jardin", "école", "théâtre",
)  # fmt: skip
PEOPLE = ("voisins", "parents", "commerçants", "élèves", "touristes", "cyclistes", "retraités", "élus")


def honest(dice: Random) -> str:
    return (
        f"Je trouve que le projet du {dice.choice(PLACES)} profite aux {dice.choice(PEOPLE)}, "
        f"mais pas assez aux {dice.choice(PEOPLE)} ({next(_numbers)})."
    )


def campaign(dice: Random) -> str:
    return (
        f"Le professeur Zambala rend l'être aimé aux {dice.choice(PEOPLE)}, retour d'affection près du "
        f"{dice.choice(PLACES)}, résultat en {dice.randrange(2, 9)} jours ({next(_numbers)})."
    )


def send(house: House, bodies: list[str]) -> list[str]:
    ids = [house.accepted(body=body) for body in bodies]
    house.judge()
    return ids


def teach(house: House, bad: list[str], good: list[str], reason: str = "spam") -> None:
    for at, one in enumerate(send(house, bad)):
        assert house.decide(one, "reject", reason=reason).status_code == 200, at
    for one in send(house, good):
        assert house.decide(one, "publish").status_code == 200


def a_lesson(house: House, many: int = 20, seed: int = 1) -> None:
    dice = Random(seed)
    teach(house, [campaign(dice) for _ in range(many)], [honest(dice) for _ in range(many)])


def study(house: House) -> int:
    made = learn(house.room, datetime.now(UTC))
    house.room.learnt._known.clear()  # as if two seconds had gone by
    return made


def rows(house: House) -> list[Any]:
    with house.database.read() as connection:
        return list(models.versions(connection, house.site_id))


def verdict(house: House, body: str) -> tuple[list[str], float]:
    """What was found in a new comment, and how likely it was to be refused as spam."""
    (identifier,) = send(house, [body])
    shown = house.client.get(f"/v1/moderation/comments/{identifier}", headers=house.staff()).get_json()
    with house.database.read() as connection:
        estimate = latest_verdict(connection, identifier).estimate
    reasons = [signal["reason"] for signal in shown["verdict"]["signals"]]
    return [each for each in reasons if each not in BESIDE], estimate["learnt_spam"]


def test_what_moderators_refuse_is_recognised_when_it_comes_again_and_its_words_are_marked(house: House) -> None:
    dice = Random(5)
    assert verdict(house, campaign(dice)) == ([], 0.0)
    a_lesson(house)

    assert study(house) == 1

    reasons, chance = verdict(house, campaign(dice))
    assert "learnt_spam" in reasons
    assert chance > 0.5
    assert verdict(house, honest(dice))[0] == []
    (identifier,) = send(house, [campaign(dice)])
    found = house.client.get(f"/v1/moderation/comments/{identifier}", headers=house.staff()).get_json()
    (signal,) = [each for each in found["verdict"]["signals"] if each["reason"] == "learnt_spam"]
    assert signal["spans"]
    assert house.status(identifier) in {"held", "published"}, "it never refuses"


def test_nothing_new_decided_nothing_learnt(house: House) -> None:
    a_lesson(house)
    assert study(house) == 1
    assert study(house) == 0


def test_who_is_killed_between_taking_in_and_learning_has_lost_an_attempt_only(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_lesson(house)
    with monkeypatch.context() as patched:
        patched.setattr(teaching, "challenge", killed)
        with pytest.raises(KeyboardInterrupt):
            study(house)
    assert rows(house) == []
    assert study(house) == 1


def test_who_goes_back_while_a_version_is_made_is_not_overruled_by_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_lesson(house)
    study(house)
    a_lesson(house, 10, seed=9)

    def meanwhile(*asked: Any) -> Any:
        roll_back(house.database, house.site_id, Category.SPAM, datetime.now(UTC), version=0)
        return challenge(*asked)

    with monkeypatch.context() as patched:
        patched.setattr(teaching, "challenge", meanwhile)
        assert study(house) == 0
    assert [row.state for row in rows(house)] == [State.RETIRED]
    assert study(house) == 0, "what was taught before is forgotten"


def killed(*_asked: Any) -> None:
    raise KeyboardInterrupt


def test_more_decisions_in_a_minute_than_are_taken_in_at_once_are_taken_in_all(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "AT_ONCE", 7)
    a_lesson(house)
    assert study(house) == 1
    assert rows(house)[0].manifest["decisions"] == 40


def test_a_hundred_copies_decided_at_once_are_a_few_lessons(house: House) -> None:
    dice = Random(8)
    body = "Notre voyance par téléphone rend l’être aimé, paiement après résultat, appelez sans attendre le professeur"
    copies = send(house, [f"{body} {number}" for number in range(30)])
    follow(house.room)
    for one in copies:
        assert house.decide(one, "reject", reason="spam").status_code == 200
    teach(house, [], [honest(dice) for _ in range(20)])
    study(house)

    with house.database.read() as connection:
        assert lessons.counts(connection, house.site_id) == {"good": 20, "spam": lessons.OF_A_CAMPAIGN, "abuse": 0}


def test_a_site_with_ten_decisions_or_with_one_kind_only_has_no_version(house: House) -> None:
    dice = Random(2)
    teach(house, [campaign(dice) for _ in range(5)], [honest(dice) for _ in range(5)])
    assert study(house) == 0
    teach(house, [], [honest(dice) for _ in range(30)])
    study(house)
    assert [row.category for row in rows(house)] in ([], ["spam"])
    assert not [row for row in rows(house) if row.category == "abuse"]


def test_a_moderator_who_decides_at_random_teaches_nothing(house: House) -> None:
    dice = Random(3)
    for one in send(house, [campaign(dice) if dice.random() < 0.5 else honest(dice) for _ in range(60)]):
        action, reason = ("publish", None) if dice.random() < 0.5 else ("reject", "spam")
        assert house.decide(one, action, reason=reason).status_code == 200

    assert study(house) == 1

    (version,) = rows(house)
    assert (version.state, version.manifest["why"]) == (State.REFUSED, "no_better_than_nothing")
    assert verdict(house, campaign(dice))[1] == 0.0


def test_a_burst_of_wrong_labels_does_not_dethrone_the_champion_and_the_figures_show_it(house: House) -> None:
    a_lesson(house, 40)
    study(house)
    dice = Random(4)
    teach(house, [honest(dice) for _ in range(25)], [campaign(dice) for _ in range(25)])

    assert study(house) == 1

    refused, champion = rows(house)
    assert (champion.version, champion.state, refused.state) == (1, State.CHAMPION, State.REFUSED)
    assert refused.manifest["why"] == "unlearns"
    assert verdict(house, campaign(dice))[1] > 0.5


def test_what_the_dice_picked_out_stands_for_all_that_they_did_not(house: House) -> None:
    """Held are as many refusals as good ones; the audited, who are all good, tell how rare refusals are."""
    a_lesson(house, 30)
    study(house)
    plain = [verdict(house, f"Le maire du {place} parle d’amour.")[1] for place in PLACES]
    house.__dict__["room"] = replace(house.room, dice=lambda: 0.0)
    dice = Random(11)
    audited = send(house, [honest(dice) for _ in range(40)])
    with house.database.write() as connection:
        assert connection.execute(update(SampleRow).values(share=0.02)).rowcount == 40
    for one in audited:
        assert house.decide(one, "publish").status_code == 200
    house.__dict__["room"] = replace(house.room, dice=lambda: 1.0)
    assert study(house) == 1

    known = [verdict(house, f"Le maire de la {place} parle d’amour.")[1] for place in PLACES]

    assert all(now < before for now, before in zip(known, plain, strict=True))
    assert verdict(house, campaign(dice))[1] > 0.5


def test_one_sites_learning_is_no_other_sites(house: House) -> None:
    a_lesson(house)
    study(house)
    other = house.add_site("gazette")
    answer = house.post(article="/v1/sites/gazette/articles/a-1", body=campaign(Random(6)))
    house.judge()
    with house.database.read() as connection:
        found = latest_verdict(connection, answer.get_json()["id"])
        assert not models.versions(connection, other)
    assert found.estimate["learnt_spam"] == 0.0
    assert "spam-" not in found.engine


def test_what_was_removed_or_taken_back_teaches_no_more(house: House) -> None:
    a_lesson(house, 3)
    with house.database.read() as connection:
        (site,) = marks.sites_behind(connection, marks.Follower.LESSONS)
    with house.database.write() as connection:
        lessons.take_in(connection, house.site_id, marks.beginning(site.mark))
    with house.database.read() as connection:
        known = lessons.lessons(connection, house.site_id)
    assert len(known) == 6
    gone, undone = known[0].id, known[1].id
    withdraw(house.database, house.site_id, gone, datetime.now(UTC))
    answer = house.client.post(
        f"/v1/moderation/comments/{undone}/undo", json={"version": house.row(undone).version}, headers=house.staff()
    )
    assert answer.status_code == 200
    with house.database.read() as connection:
        left = {row.id: row.action for row in lessons.lessons(connection, house.site_id)}
    assert gone not in left
    assert left.get(undone) != "reject"


def test_a_version_damaged_in_the_middle_is_refused_the_shipped_model_serves_and_the_doctor_says_so(
    house: House,
) -> None:
    a_lesson(house)
    study(house)
    with house.database.write() as connection:
        content = bytearray(connection.execute(select(ModelRow.content)).scalar_one())
        content[len(content) // 2] ^= 1
        connection.execute(update(ModelRow).values(content=bytes(content)))
    house.room.learnt._known.clear()

    assert verdict(house, campaign(Random(7)))[1] == 0.0

    case = case_of(environment(house.settings.database_url, house.settings.redis_url), lambda: datetime.now(UTC))
    (finding,) = look(case)
    assert "spam-1" in finding.what
    a_lesson(house, 10, seed=9)
    study(house)
    assert [row.state for row in rows(house)] == [State.CHAMPION, State.RETIRED], "a sound one takes its place"
    assert not list(look(case))


def test_an_operator_goes_back_by_one_command(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    a_lesson(house)
    study(house)
    a_lesson(house, 10, seed=9)
    study(house)
    for name, value in environment(house.settings.database_url, house.settings.redis_url).items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> str:
        result = CliRunner().invoke(main, ["model", *words, "--site", "journal"])
        return result.output

    assert run("list").count("decisions") == 2
    assert [row.state for row in rows(house)] == [State.CHAMPION, State.RETIRED]
    assert run("rollback", "--category", "spam") == "spam-1 serves.\n"
    assert [row.state for row in rows(house)] == [State.RETIRED, State.CHAMPION]
    assert study(house) == 0, "nothing was decided since: it goes on serving"
    assert "None serves any more" in run("rollback", "--category", "spam")
    assert run("rollback", "--category", "spam", "--version", "2") == "spam-2 serves.\n"
    assert "no such version" in run("rollback", "--category", "abuse")
