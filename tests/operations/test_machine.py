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
LINK = "https://reclame.example/"
NOBODY = "01890000-0000-7000-8000-000000000000"
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
    linked: set[str] = field(default_factory=set)
    """Those of them that link to a place."""


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
            self.newsroom: list[str] = []
            self.domain_ban, self.domain = "", ""
            self.undoes: dict[str, tuple[int, str, int, int]] = {}
            """The last decision by comment: the version it led to; before it, status and open reports; those after."""
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

        @rule(target=comments, at=st.integers(0, 2), links=st.booleans())
        def submit(self, at: int, links: bool) -> tuple[Person, str]:  # noqa: FBT001 - drawn by hypothesis
            person = self.people[at]
            body = f"Remarque numéro {next(_examples)}. {LINK if links else ''}"
            comment = house.accepted(email=person.email, article=self.article, body=body)
            person.id = str(house.row(comment).author_id)
            person.comments.append(comment)
            if links:
                person.linked.add(comment)
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
                by_domain = self.domain if comment in person.linked else ""
                if "reject" in {person.ban, by_domain} and not person.on_hold and "hold" not in {person.ban, by_domain}:
                    assert status == Status.REJECTED
                elif person.ban or person.on_hold or by_domain:
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
            if fits:
                self._decided(which[1], before)

        def _decided(self, comment: str, before: Any, reopened: int = 0) -> None:
            self.undoes[comment] = (before.version + 1, before.status, before.open_reports, reopened)

        @rule(which=comments)
        def undo(self, which: tuple[Person, str]) -> None:
            before = house.row(which[1])
            answered = self._staff("POST", f"comments/{which[1]}/undo", {"version": before.version})
            version, status, closed, reopened = self.undoes.get(which[1], (0, "", 0, 0))
            assert answered == (200 if version == before.version else 409)
            if answered == 200:
                after = house.row(which[1])
                assert after.status == (Status.HELD if status == Status.PENDING else status)
                assert after.open_reports == closed + before.open_reports - reopened
                self._decided(which[1], before, after.open_reports)

        @rule(which=comments, device=st.integers(0, 3))
        def report(self, which: tuple[Person, str], device: int) -> None:
            answer = house.client.post(
                f"/v1/sites/journal/comments/{which[1]}/reports", json={"reason": "spam"},
                headers={"User-Agent": str(device)},
            )  # fmt: skip
            assert answer.status_code == (202 if house.status(which[1]) == Status.PUBLISHED else 404)

        @rule(which=comments, number=st.integers(0, 999))
        def speak(self, which: tuple[Person, str], number: int) -> None:
            before = house.row(which[1])
            answer = house.client.post(
                f"/v1/moderation/comments/{which[1]}/replies", json={"body": f"La rédaction, {number}."},
                headers=house.staff("owner"),
            )  # fmt: skip
            if answer.status_code == 200:
                assert before.status == Status.PUBLISHED
                self.acts += 1
                self.newsroom.append(str(answer.get_json()["id"]))
            else:
                assert answer.status_code == 409

        @rule(pick=st.integers(0, 99), action=ACTIONS)
        def decide_on_the_newsroom(self, pick: int, action: str) -> None:
            if self.newsroom:
                comment = self.newsroom[pick % len(self.newsroom)]
                decision = {"action": action, "version": house.row(comment).version, "reason": "other"}
                assert self._staff("POST", f"comments/{comment}/decision", decision) == 200

        @rule(at=st.integers(0, 2), action=ACTIONS, statuses=st.sets(st.sampled_from(["pending", "held", "published"])))
        def decide_on_all_of_one(self, at: int, action: str, statuses: set[str]) -> None:
            """By author, as it was seen; one of them moves in between, and hinders no other."""
            query = {"author": self.people[at].id or NOBODY, "status": sorted(statuses)}
            self._bulk(query, action)

        @rule(action=ACTIONS)
        def decide_on_all_that_link_there(self, action: str) -> None:
            self._bulk({"domain": "reclame.example", "article": self.key, "status": ["held", "published"]}, action)

        @rule(which=comments, action=ACTIONS)
        def decide_on_all_that_say_so(self, which: tuple[Person, str], action: str) -> None:
            """Beside the copies of other examples, which are on other articles."""
            if house.status(which[1]) != Status.REMOVED:
                self._bulk({"copies_of": which[1], "article": self.key}, action)

        def _bulk(self, query: dict[str, Any], action: str) -> None:
            found = house.client.get("/v1/moderation/selection", query_string=query, headers=house.staff("owner"))
            seen = found.get_json()["items"]
            if not seen:
                return
            first = seen[0]
            before = {each["id"]: house.row(each["id"]) for each in seen}
            assert all((row.version, row.status) == (each["version"], each["status"])
                       for each in seen for row in [before[each["id"]]])  # fmt: skip
            one = {"action": "hold", "version": first["version"]}
            assert self._staff("POST", f"comments/{first['id']}/decision", one) == 200
            self._decided(first["id"], before[first["id"]])
            decisions = [
                {"id": each["id"], "version": each["version"], "action": action, "reason": "spam"} for each in seen
            ]
            answer = house.client.post(
                "/v1/moderation/decisions", json={"decisions": decisions}, headers=house.staff("owner")
            )
            results = answer.get_json()["results"]
            assert results[0]["problem"]["code"] == "moved_on"
            assert all("problem" not in each for each in results[1:])
            self.acts += len(results) - 1
            for each in seen[1:]:
                self._decided(each["id"], before[each["id"]])

        @rule(which=comments, number=st.integers(0, 999))
        def edit(self, which: tuple[Person, str], number: int) -> None:
            before = house.row(which[1])
            closed = before.status in {Status.REJECTED, Status.REMOVED} or before.published_replies
            receipt = house.app.extensions["moderato"].keys.receipt(which[1])
            answer = house.client.patch(f"/v1/receipts/{receipt}", json={"body": f"Une autre remarque, {number}."})
            assert answer.status_code == (409 if closed else 200)
            if answer.status_code == 200:
                which[0].linked.discard(which[1])

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

        @rule(action=st.sampled_from(["hold", "reject"]))
        def ban_the_place(self, action: str) -> None:
            """One at a time: lifted before the next one is made."""
            if self.domain_ban:
                assert self._staff("POST", f"bans/{self.domain_ban}/lift", {"reason": "x"}) == 200
                self.domain_ban, self.domain = "", ""
                return
            asked = {"kind": "domain", "target": "reclame.example", "action": action, "reason": "x"}
            answer = house.client.post("/v1/moderation/bans", json=asked, headers=house.staff("owner"))
            self.acts += 1
            self.domain_ban, self.domain = str(answer.get_json()["id"]), action

        def teardown(self) -> None:
            """The ban would meet the next example's comments."""
            if self.domain_ban:
                self._staff("POST", f"bans/{self.domain_ban}/lift", {"reason": "x"})

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
            written = [*self.newsroom, *(comment for person in self.people for comment in person.comments)]
            published = {comment for comment in written if house.status(comment) == Status.PUBLISHED}
            page = house.client.get(f"{self.article}/comments?limit=100").get_json()
            assert {each["id"] for each in page["comments"] if "html" in each} == published
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
            max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
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
