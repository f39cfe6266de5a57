"""Anything that readers, the machine and staff can do, in any order: what must be true stays true after each step."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from service.domain.comment import Status
from service.store.audit import AuditRow
from service.store.authors import Author
from service.store.bans import BanRow
from service.store.comments import Comment
from service.store.sites import Article
from tests.factories import House

ACTIONS = st.sampled_from(["publish", "hold", "reject"])
_examples = count(1)


@dataclass
class Person:
    """An author as the test knows them."""

    email: str
    id: str = ""
    ban: str = ""
    """The action of a ban that is good."""
    on_hold: bool = False
    comments: list[str] = field(default_factory=list)


def machine(house: House) -> type[RuleBasedStateMachine]:  # noqa: C901 - a class, whose steps are short
    class Life(RuleBasedStateMachine):
        comments = Bundle("comments")
        bans = Bundle("bans")

        def __init__(self) -> None:
            super().__init__()
            number = next(_examples)
            self.article = f"/v1/sites/journal/articles/life-{number}"
            self.key = f"life-{number}"
            self.people = [Person(f"author{at}.{number}@lecteurs.example.org") for at in range(3)]
            self.acts = self._written()

        def _written(self) -> int:
            with house.database.read() as connection:
                return connection.execute(select(func.count()).select_from(AuditRow)).scalar_one()

        def _staff(self, verb: str, path: str, document: Any) -> int:
            answer = house.client.open(
                f"/v1/moderation/{path}", method=verb, json=document, headers=house.staff("owner")
            )
            self.acts += answer.status_code == 200
            return answer.status_code

        @rule(target=comments, at=st.integers(0, 2))
        def submit(self, at: int) -> tuple[Person, str]:
            person = self.people[at]
            comment = house.accepted(email=person.email, article=self.article)
            person.id = str(house.row(comment).author_id)
            person.comments.append(comment)
            return person, comment

        @rule()
        def judge(self) -> None:
            waiting = [
                (person, comment)
                for person in self.people
                for comment in person.comments
                if house.status(comment) == Status.PENDING
            ]
            house.judge()
            for person, comment in waiting:
                status = house.status(comment)
                assert status != Status.PENDING
                if person.ban == "reject" and not person.on_hold:
                    assert status == Status.REJECTED
                elif person.ban or person.on_hold:
                    assert status == Status.HELD
                else:
                    assert status in {Status.PUBLISHED, Status.HELD}

        @rule(which=comments, action=ACTIONS, late=st.integers(0, 1))
        def decide(self, which: tuple[Person, str], action: str, late: int) -> None:
            before = house.row(which[1])
            decision = {"action": action, "version": max(1, before.version - late), "reason": "other"}
            answered = self._staff("POST", f"comments/{which[1]}/decision", decision)
            fits = decision["version"] == before.version and before.status != Status.REMOVED
            assert answered == (200 if fits else 409)

        @rule(which=comments, number=st.integers(0, 999))
        def edit(self, which: tuple[Person, str], number: int) -> None:
            before = house.status(which[1])
            receipt = house.app.extensions["moderato"].keys.receipt(which[1])
            answer = house.client.patch(f"/v1/receipts/{receipt}", json={"body": f"Une autre remarque, {number}."})
            assert answer.status_code == (409 if before in {Status.REJECTED, Status.REMOVED} else 200)

        @rule(which=comments)
        def withdraw(self, which: tuple[Person, str]) -> None:
            receipt = house.app.extensions["moderato"].keys.receipt(which[1])
            assert house.client.delete(f"/v1/receipts/{receipt}").status_code == 200
            assert house.status(which[1]) == Status.REMOVED

        @rule(target=bans, at=st.integers(0, 2), action=st.sampled_from(["hold", "reject"]))
        def ban(self, at: int, action: str) -> tuple[Person, str]:
            person = self.people[at]
            asked = {"kind": "author", "target": person.id, "action": action, "reason": "x"}
            answer = house.client.post("/v1/moderation/bans", json=asked, headers=house.staff("owner"))
            assert answer.status_code == (200 if self._is_known(person) else 404 if person.id else 422)
            if answer.status_code != 200:
                return person, ""
            self.acts += 1
            person.ban = "reject" if "reject" in {person.ban, action} else "hold"
            return person, str(answer.get_json()["id"])

        @rule(which=consumes(bans))
        def lift(self, which: tuple[Person, str]) -> None:
            person, ban = which
            if ban:
                assert self._staff("POST", f"bans/{ban}/lift", {"reason": "x"}) == 200
                with house.database.read() as connection:
                    good = select(BanRow.action).where(BanRow.author_id == person.id, BanRow.lifted_at.is_(None))
                    left = set(connection.execute(good).scalars())
                person.ban = "reject" if "reject" in left else "hold" if left else ""

        @rule(at=st.integers(0, 2), hold=st.booleans())
        def hold(self, at: int, hold: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
            person = self.people[at]
            if not self._is_known(person):
                return
            answered = self._staff("PUT", f"authors/{person.id}/hold", {"hold": hold, "reason": "x"})
            assert answered == 200
            self.acts -= person.on_hold is hold  # said twice, it is no act
            person.on_hold = hold

        def _is_known(self, person: Person) -> bool:
            with house.database.read() as connection:
                found = connection.execute(select(Author.id).where(Author.id == person.id)) if person.id else None
                return found is not None and found.scalar() is not None

        @invariant()
        def readers_see_what_is_published_and_nothing_else(self) -> None:
            published = {
                comment
                for person in self.people
                for comment in person.comments
                if house.status(comment) == Status.PUBLISHED
            }
            page = house.client.get(f"{self.article}/comments?limit=100").get_json()
            assert {each["id"] for each in page["comments"]} == published
            assert page["count"] == len(published)
            with house.database.read() as connection:
                counted = connection.execute(select(Article.published_count).where(Article.key == self.key)).scalar()
            assert (counted or 0) == len(published)

        @invariant()
        def authors_records_are_what_became_of_their_comments(self) -> None:
            with house.database.read() as connection:
                for person in filter(self._is_known, self.people):
                    mine = select(Author.published_count, Author.rejected_count).where(Author.id == person.id)
                    theirs = select(Comment.status).where(Comment.author_id == person.id)
                    standing = list(connection.execute(theirs).scalars())
                    counted = connection.execute(mine).one()
                    assert tuple(counted) == (standing.count(Status.PUBLISHED), standing.count(Status.REJECTED))

        @invariant()
        def every_act_of_staff_is_in_the_log_once(self) -> None:
            assert self._written() == self.acts

    return Life


@pytest.mark.timeout(240)
def test_whatever_happens_in_whatever_order(house: House) -> None:
    house.staff("owner")
    run_state_machine_as_test(
        machine(house),
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_and_for_long(house: House) -> None:
    house.staff("owner")
    run_state_machine_as_test(
        machine(house),
        settings=settings(
            max_examples=100, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
