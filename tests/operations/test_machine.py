"""Anything that readers, the machine, its workers' deaths and staff can do, in any order, and on both databases alike.

A model of a few lines says what must come of each step. After each, both databases stand as the model does, readers
see what it says and nothing else, and what must be true of any database (tests/invariants.py) is.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select, update

from service.domain.comment import Lane, Status
from service.domain.policy import DEFAULT_WEIGHTS, Mode, Policy
from service.settings import Settings
from service.store import queues
from service.store.audit import AuditRow
from service.store.authors import Author
from service.store.bans import BanRow
from service.store.base import database_time
from service.store.claims import Claim
from service.store.comments import Comment
from tests.conftest import TEMPLATE
from tests.factories import CANARY_STRING, House, environment
from tests.invariants import faults
from tests.servers import PostgreSQL, Redis
from workers import tasks
from workers.campaigns import follow
from workers.room import Room

ACTIONS: Final = st.sampled_from(["publish", "hold", "reject"])
KINDS: Final = st.sampled_from(["plain", "link", "held", "copy"])
LIKELY: Final = st.sampled_from([True, True, True, False])
DONE: Final = {"publish": Status.PUBLISHED, "hold": Status.HELD, "reject": Status.REJECTED}
LINK: Final = "https://reclame.example/"
COPIED: Final = f"Venez tous samedi au grand marché de la gare, vous y trouverez de tout. {CANARY_STRING}"
NOBODY: Final = "01890000-0000-7000-8000-000000000000"
STAFF: Final = ("owner", "moderator")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_OWN: Final = {"receipt", "request_id"}
"""What each database's answer has for itself."""
_numbers = count(1)


def _park(here: Room, spent: Sequence[Any]) -> None:
    tasks.park(here, spent, {row.id: row.attempts - 1 for row in spent})


@dataclass
class Person:
    """An author as the test knows them."""

    email: str
    ban: str = ""
    """The action of a ban that is good."""
    on_hold: bool = False


@dataclass
class Told:
    """A comment as it must be."""

    by: Person | None
    """None: it is the newsroom's."""
    body: str
    parent: int | None = None
    depth: int = 0
    status: Status = Status.PENDING
    version: int = 1
    revision: int = 1
    attempts: int = 0
    leased: bool = False
    decided: bool = False
    reader: str = ""
    """Which member of staff reads it."""
    reports: set[int] = field(default_factory=set)
    open_reports: int = 0
    undo: tuple[int, Status, int, int] = (0, Status.PENDING, 0, 0)
    """The last decision: the version it led to; before it, status and open reports; those after."""

    def move(self, status: Status, *, decided: bool = False) -> None:
        self.status, self.version = status, self.version + 1
        self.attempts, self.leased, self.decided = 0, False, decided
        if decided or status in {Status.PENDING, Status.REMOVED}:
            self.reader = ""


@dataclass(frozen=True)
class Taken:
    """What a worker took, and what it saw then."""

    rows: tuple[Any, Any]
    """On each database."""
    seen: list[tuple[int, int, int, bool]]
    """Each comment's number, version and attempts, and whether its author was on hold."""
    domain: str


@dataclass
class Twins:
    """The same house twice: on SQLite and on PostgreSQL. A comment has one number, and an id on each."""

    houses: tuple[House, House]
    ids: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for house in self.houses:
            silent = Policy(hold_first_comment=False, weights=dict.fromkeys(DEFAULT_WEIGHTS, 0.0))
            house.site_id = house.add_site(policy=silent)
            for role in STAFF:
                house.staff(role)

    def both(self, work: Callable[[House, Callable[[int], str]], Any]) -> Any:
        """Do something to each; what came of it on both, which is the same but for ids and times."""
        first, second = (self._plain(at, work(house, self._id_on(at))) for at, house in enumerate(self.houses))
        assert first == second
        return first

    def ask(self, verb: str, path: str, document: Any = None, who: str = "", **headers: str) -> tuple[int, Any]:
        """A request to each, in which `{3}` is the id of comment 3; status and answer, in which it is `#3`."""

        def send(house: House, id_of: Callable[[int], str]) -> Any:
            def named(text: str) -> str:
                return re.sub(r"\{(\d+)\}", lambda found: id_of(int(found[1])), text)

            answer = house.client.open(
                named(path), method=verb, json=json.loads(named(json.dumps(document))),
                headers=headers | (house.staff(who) if who else {}),
            )  # fmt: skip
            return answer.status_code, answer.get_json()

        status, answer = self.both(send)
        return status, answer

    def _id_on(self, at: int) -> Callable[[int], str]:
        return lambda number: self.ids[number][at] if number < len(self.ids) else NOBODY

    def _plain(self, at: int, found: Any) -> Any:
        if isinstance(found, dict):
            return {name: self._plain(at, value) for name, value in found.items() if name not in _OWN}
        if isinstance(found, list | tuple):
            return [self._plain(at, value) for value in found]
        if isinstance(found, str):
            numbers = {ids[at]: f"#{number}" for number, ids in enumerate(self.ids)}
            return _TIME.sub("a time", _UUID.sub(lambda each: numbers.get(each[0], "an id"), found))
        return found

    def new(self, ids: tuple[str, str]) -> int:
        """The number of a comment that is on both databases now."""
        self.ids.append(ids)
        return len(self.ids) - 1

    def standing(self, at: int) -> list[Any]:
        """The comments of one database, by number."""
        with self.houses[at].database.read() as connection:
            found = {row.id: row for row in connection.execute(select(Comment.__table__))}
        assert found.keys() == {ids[at] for ids in self.ids}
        return [found[ids[at]] for ids in self.ids]


def machine(made: Callable[[], Any]) -> type[RuleBasedStateMachine]:  # noqa: C901 - a class, whose steps are short
    class Life(RuleBasedStateMachine):
        comments = Bundle("comments")
        hands = Bundle("hands")
        bans = Bundle("bans")

        def __init__(self) -> None:
            super().__init__()
            self._open = made()
            self.twins: Twins = self._open.__enter__()
            self.article = "/v1/sites/journal/articles/life"
            self.people = [Person(f"author{at}@lecteurs.example.org") for at in range(4)]
            self.told: list[Told] = []
            self.sent: dict[str, tuple[int, Any]] = {}
            """Which comment used up a key, and what was asked then."""
            self.domain_ban, self.domain, self.mode = "", "", Mode.AUTO
            self.acts = 0

        def teardown(self) -> None:
            self._open.__exit__(None, None, None)

        # --- readers

        @initialize(target=comments, judged=st.booleans())
        def begin(self, judged: bool) -> Any:  # noqa: FBT001 - drawn by hypothesis
            """A life with nobody in it teaches nothing."""
            kinds = ("plain", "copy", "link", "plain", "copy", "held")
            made = [self._write(at % 4, kind, None, keyed=at % 2 == 0) for at, kind in enumerate(kinds)]
            if judged:
                self.judge()
            return multiple(*made)

        @rule(target=comments, at=st.integers(0, 3), kind=KINDS, under=st.one_of(st.none(), comments),
              keyed=st.booleans(), judged=st.booleans())  # fmt: skip
        def submit(self, at: int, kind: str, under: int | None, keyed: bool, judged: bool) -> Any:  # noqa: FBT001
            made = self._write(at, kind, under if under is None else self._shown(under, rather=True), keyed=keyed)
            if judged:
                self.judge()
            return made

        def _write(self, at: int, kind: str, under: int | None, *, keyed: bool) -> Any:
            number = next(_numbers)
            body = {
                "plain": f"Remarque numéro {number}.", "link": f"Remarque numéro {number}. {LINK}",
                "held": f"Remarque numéro {number}. {CANARY_STRING}", "copy": COPIED,
            }[kind]  # fmt: skip
            return self._send(self.people[at], body, under, f"clef-{number}" if keyed else "")

        def _send(self, person: Person, body: str, under: int | None, key: str) -> Any:
            parent = None if under is None else self.told[under]
            ids: list[str] = []

            def send(house: House, id_of: Callable[[int], str]) -> Any:
                document = {"name": "Zoé", "email": person.email, "body": body}
                answer = house.post(
                    document | ({} if under is None else {"parent": id_of(under)}), article=self.article,
                    headers={"Idempotency-Key": key} if key else {},
                )  # fmt: skip
                ids.append(answer.get_json().get("id", ""))
                return answer.status_code, answer.get_json()

            asked = (person.email, body, under)
            if key in self.sent:
                number, earlier = self.sent[key]
                status, answer = self.twins.both(send)
                assert status == (202 if earlier == asked else 422)
                assert status == 422 or answer == {"id": f"#{number}", "status": self.told[number].status}
                return multiple()
            can_be = parent is None or (parent.status is Status.PUBLISHED and parent.depth < 3)
            known = (person, body, under)
            again = any((each.by, each.body, each.parent) == known for each in self.told if each.status != "removed")
            status = self.twins.both(send)[0]
            assert status == (422 if not can_be else 409 if again else 202)
            if status != 202:
                return multiple()
            self.told.append(Told(person, body, under, 0 if parent is None else parent.depth + 1))
            number = self.twins.new((ids[0], ids[1]))
            if key:
                self.sent[key] = number, asked
            return number

        @rule(which=comments, otherwise=st.booleans())
        def send_again(self, which: int, otherwise: bool) -> None:  # noqa: FBT001 - drawn
            """A lost answer is asked for once more; or somebody uses the key for something else."""
            for key, (number, (email, body, under)) in list(self.sent.items()):
                if number == which:
                    person = next(each for each in self.people if each.email == email)
                    self._send(person, f"{body} Autrement." if otherwise else body, under, key)

        @rule(which=comments)
        def send_the_same(self, which: int) -> None:
            told = self.told[which]
            if told.by is not None and told.status is not Status.REMOVED:
                self._send(told.by, told.body, told.parent, "")

        @rule(which=comments, number=st.integers(0, 3))
        def edit(self, which: int, number: int) -> None:
            told, body = self.told[which], f"Une autre remarque, {number}."
            closed = told.status in {Status.REJECTED, Status.REMOVED} or self._replies(which) > 0
            status, _ = self._by_receipt("PATCH", which, {"body": body})
            assert status == (409 if closed else 200)
            if status == 200 and told.body != body:
                told.move(Status.PENDING)
                told.body, told.revision = body, told.revision + 1

        @rule(which=comments)
        def withdraw(self, which: int) -> None:
            assert self._by_receipt("DELETE", which, None)[0] == 200
            told = self.told[which]
            if told.status is not Status.REMOVED:
                told.move(Status.REMOVED)
                told.body, told.reports, told.open_reports = "", set(), 0

        def _by_receipt(self, verb: str, which: int, document: Any) -> Any:
            def send(house: House, id_of: Callable[[int], str]) -> Any:
                receipt = house.app.extensions["moderato"].keys.receipt(id_of(which))
                answer = house.client.open(f"/v1/receipts/{receipt}", method=verb, json=document)
                return answer.status_code, answer.get_json()

            return self.twins.both(send)

        def _shown(self, which: int, *, rather: bool) -> int:
            """The comment, or rather one that is published, if there is any: most steps would come to nothing."""
            published = [number for number, told in enumerate(self.told) if told.status is Status.PUBLISHED]
            return published[which % len(published)] if rather and published else which

        @rule(which=comments, device=st.integers(0, 3), rather=LIKELY)
        def report(self, which: int, device: int, rather: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
            which = self._shown(which, rather=rather)
            path, told = f"/v1/sites/journal/comments/{{{which}}}/reports", self.told[which]
            agent = {"User-Agent": str(device)}
            status, _ = self.twins.ask("POST", path, {"reason": "spam"}, **agent)
            assert status == (202 if told.status is Status.PUBLISHED else 404)
            if status == 202 and device not in told.reports:
                told.reports.add(device)
                told.open_reports += 1

        # --- the machine

        @rule(target=hands, at=st.integers(0, 3), kind=KINDS, comes_in=LIKELY)
        def a_worker_claims(self, at: int, kind: str, comes_in: bool) -> Any:  # noqa: FBT001 - drawn by hypothesis
            if comes_in:
                self._write(at, kind, None, keyed=False)
            free = [number for number in self._pending() if not self.told[number].leased][:20]
            fresh = [number for number in free if not self.told[number].attempts]
            expected = fresh if fresh[:1] == free[:1] else free[:1]
            rows: list[Any] = []

            def claim(house: House, _: Callable[[int], str]) -> Any:
                with house.database.write() as connection:
                    rows.append(queues.claim(connection, limit=20, lease_seconds=30))
                return [row.id for row in rows[-1]]

            assert self.twins.both(claim) == [f"#{number}" for number in expected]
            if not expected:
                return multiple()
            for number in expected:
                told = self.told[number]
                told.leased, told.attempts = True, told.attempts + 1
            seen = [(number, told.version, told.attempts, told.by is not None and told.by.on_hold)
                    for number in expected for told in [self.told[number]]]  # fmt: skip
            return Taken((rows[0], rows[1]), seen, self.domain)

        @rule(taken=hands)
        def a_worker_applies(self, taken: Taken) -> None:
            """At once, or long after its lease; twice, if it likes. Who never does has died on the way."""
            for house, rows in zip(self.twins.houses, taken.rows, strict=True):
                most = house.settings.max_attempts
                for part, work in (
                    ([row for row in rows if row.attempts > most], _park),
                    (
                        [row for row in rows if row.attempts <= most],
                        lambda here, some: tasks._judge(here, some, Lane.JUDGE),
                    ),
                ):
                    if part:
                        work(house.room, part)
            standing = self.twins.standing(0)
            for number, version, attempts, on_hold in taken.seen:
                told = self.told[number]
                if told.status is not Status.PENDING or told.version != version:
                    continue
                row = standing[number]
                if told.attempts != attempts:
                    continue  # somebody else has taken it since: it is theirs
                spent = attempts > self.twins.houses[0].settings.max_attempts
                outcomes = {Status.HELD} if spent else {
                    self._verdict(told, on_hold, domain) for domain in (taken.domain, self.domain)
                }  # fmt: skip
                assert row.status in outcomes
                told.move(Status(row.status))

        @rule(taken=consumes(hands))
        def a_worker_hands_back(self, taken: Taken) -> None:
            """What it could write down nothing on, for the database's sake: that was no try."""
            for house, rows in zip(self.twins.houses, taken.rows, strict=True):
                with house.database.write() as connection:
                    queues.hand_back(connection, rows, None)
            for number, version, attempts, _ in taken.seen:
                told = self.told[number]
                if (told.status, told.version, told.attempts) == (Status.PENDING, version, attempts):
                    told.leased, told.attempts = False, attempts - 1

        @rule(
            at=st.integers(0, 3), action=ACTIONS,
            meanwhile=st.sampled_from(["nothing", "judged", "claimed", "decided", "edited", "withdrawn"]),
        )  # fmt: skip
        def a_worker_oversleeps(self, at: int, action: str, meanwhile: str) -> None:
            """It has claimed a comment, and comes back when something else has become of it."""
            taken = self.a_worker_claims(at, "plain", comes_in=True)
            if not isinstance(taken, Taken):
                return
            number, other = taken.seen[0][0], None
            if meanwhile == "judged":
                self.time_goes_by()
                self.judge()
            elif meanwhile == "claimed":
                self.time_goes_by()
                other = self.a_worker_claims(at, "plain", comes_in=False)
            elif meanwhile == "decided":
                self.decide(number, action, 0)
            elif meanwhile == "edited":
                self.edit(number, at)
            elif meanwhile == "withdrawn":
                self.withdraw(number)
            self.a_worker_applies(taken)
            if isinstance(other, Taken):
                self.a_worker_applies(other)

        @rule(times=st.integers(1, 6))
        def workers_die_of_it(self, times: int) -> None:
            """Of the oldest that waits: at last it goes to a person."""
            for _ in range(times):
                self.a_worker_claims(0, "plain", comes_in=not self._pending())
                self.time_goes_by()

        @rule()
        def judge(self) -> None:
            """All that waits, and that no worker has."""
            for house in self.twins.houses:
                house.judge()
            for number in self._pending():
                told = self.told[number]
                if not told.leased:
                    spent = told.attempts >= self.twins.houses[0].settings.max_attempts
                    on_hold = told.by is not None and told.by.on_hold
                    told.move(Status.HELD if spent else self._verdict(told, on_hold, self.domain))

        def _verdict(self, told: Told, on_hold: bool, domain: str) -> Status:  # noqa: FBT001 - as the author stands
            if told.by is None:
                return Status.HELD  # the newsroom's badge: by a receipt anybody could write under it
            bans = {told.by.ban, domain if LINK in told.body else ""}
            if on_hold or CANARY_STRING in told.body:
                return Status.HELD
            if "reject" in bans:  # of several bans the hardest
                return Status.REJECTED
            if "hold" in bans:
                return Status.HELD
            return Status.PUBLISHED if self.mode is Mode.AUTO else Status.HELD

        @rule(mode=st.sampled_from([Mode.AUTO, Mode.PREMODERATE]))
        def change_the_policy(self, mode: Mode) -> None:
            for house in self.twins.houses:
                house.set_policy(mode=mode)
            self.mode = mode

        @rule()
        def time_goes_by(self) -> None:
            """All leases and claims are over."""
            ago = database_time(-1)
            for house in self.twins.houses:
                with house.database.write() as connection:
                    connection.execute(update(Comment).where(Comment.lease_until.is_not(None)).values(lease_until=ago))
                    connection.execute(update(Claim).values(until=ago))
            for told in self.told:
                told.leased, told.reader = False, ""

        @rule(action=ACTIONS, decided=LIKELY)
        def copies_are_judged_again(self, action: str, decided: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
            """Of what people decided on: such as are held, as nobody has decided, and nobody reads."""
            copies = [number for number, told in enumerate(self.told) if told.body == COPIED]
            if decided and copies:
                self.decide(copies[0], action, 0)
            self.twins.both(lambda house, _: follow(house.room))
            for told, row in zip(self.told, self.twins.standing(0), strict=True):
                if row.version != told.version:
                    assert (told.status, told.decided, told.reader) == (Status.HELD, False, "")
                    assert CANARY_STRING in told.body
                    told.move(Status.PENDING)
                    told.revision += 1

        # --- staff

        def _staff(self, verb: str, path: str, document: Any, who: str = "owner") -> Any:
            status, answer = self.twins.ask(verb, f"/v1/moderation/{path}", document, who)
            self.acts += status == 200
            return status, answer

        @rule(who=st.sampled_from(STAFF))
        def take_up_the_next(self, who: str) -> None:
            """What one reads already; or what nobody else does."""
            status, answer = self.twins.ask("POST", "/v1/moderation/queue/next", {}, who)
            assert status == 200
            waiting = {number for number, told in enumerate(self.told) if told.status is Status.HELD}
            mine = {number for number in waiting if self.told[number].reader == who}
            free = {number for number in waiting if not self.told[number].reader}
            if not (mine or free):
                assert answer["item"] is None
                return
            number = int(answer["item"]["id"].removeprefix("#"))
            assert number in (mine or free)
            self.told[number].reader = who

        @rule(which=comments, action=ACTIONS, late=st.integers(0, 1))
        def decide(self, which: int, action: str, late: int) -> None:
            told = self.told[which]
            version = max(1, told.version - late)
            decision = {"action": action, "version": version, "reason": "other"}
            status, answer = self._staff("POST", f"comments/{{{which}}}/decision", decision)
            fits = version == told.version and told.status is not Status.REMOVED
            assert status == (200 if fits else 409)
            if fits:
                self._decided(told, DONE[action])
            else:
                assert answer["current"] == {"id": f"#{which}", "status": told.status, "version": told.version}

        def _decided(self, told: Told, status: Status, still_open: int = 0) -> None:
            told.undo = (told.version + 1, told.status, told.open_reports, still_open)
            told.open_reports = still_open
            told.move(status, decided=True)

        @rule(which=comments, action=ACTIONS, device=st.integers(0, 3), at_once=LIKELY)
        def undo(self, which: int, action: str, device: int, at_once: bool) -> None:  # noqa: FBT001 - drawn
            """Whatever decision there was; or one just made on what somebody had just reported."""
            which = self._shown(which, rather=at_once)
            told = self.told[which]
            if at_once:
                self.report(which, device, rather=False)
                self.decide(which, action, 0)
            version, before, closed, reopened = told.undo
            status, _ = self._staff("POST", f"comments/{{{which}}}/undo", {"version": told.version})
            can_be = version == told.version and told.status is not Status.REMOVED
            assert status == (200 if can_be else 409)
            if can_be:
                still_open = closed + told.open_reports - reopened
                self._decided(told, Status.HELD if before is Status.PENDING else before, still_open)

        @rule(target=comments, which=comments, number=st.integers(0, 3), rather=LIKELY)
        def speak(self, which: int, number: int, rather: bool) -> Any:  # noqa: FBT001 - drawn by hypothesis
            which = self._shown(which, rather=rather)
            told, body = self.told[which], f"La rédaction, {number}."
            ids: list[str] = []

            def send(house: House, id_of: Callable[[int], str]) -> Any:
                path = f"/v1/moderation/comments/{id_of(which)}/replies"
                answer = house.client.post(path, json={"body": body}, headers=house.staff("owner"))
                ids.append(answer.get_json().get("id", ""))
                return answer.status_code, answer.get_json()

            status, _ = self.twins.both(send)
            known = (None, body, which)
            again = any((each.by, each.body, each.parent) == known for each in self.told if each.status != "removed")
            can_be = told.status is Status.PUBLISHED
            assert status == (409 if not can_be else 422 if told.depth >= 3 else 409 if again else 200)
            if status != 200:
                return multiple()
            self.acts += 1
            words = Told(None, body, which, told.depth + 1)
            self._decided(words, Status.PUBLISHED)
            self.told.append(words)
            return self.twins.new((ids[0], ids[1]))

        @rule(at=st.integers(0, 3), action=ACTIONS, statuses=st.sets(st.sampled_from(["pending", "held", "published"])))
        def decide_on_all_of_one(self, at: int, action: str, statuses: set[str]) -> None:
            """By author, as it was seen; one of them moves in between, and hinders no other."""
            authors = [self._author(house, at) for house in self.twins.houses]
            self._bulk(action, [{"author": author, "status": sorted(statuses)} for author in authors])

        @rule(action=ACTIONS)
        def decide_on_all_that_link_there(self, action: str) -> None:
            self._bulk(action, [{"domain": "reclame.example", "status": ["held", "published"]}] * 2)

        @rule(which=comments, action=ACTIONS)
        def decide_on_all_that_say_so(self, which: int, action: str) -> None:
            if self.told[which].status is not Status.REMOVED:
                self._bulk(action, [{"copies_of": each} for each in self.twins.ids[which]])

        def _bulk(self, action: str, queries: list[dict[str, Any]]) -> None:
            asked = iter(queries)

            def look(house: House, _: Callable[[int], str]) -> Any:
                path, query = "/v1/moderation/selection", next(asked)
                return house.client.get(path, query_string=query, headers=house.staff("owner")).get_json()["items"]

            seen = self.twins.both(look)
            numbers = [int(each["id"].removeprefix("#")) for each in seen]
            for each, number in zip(seen, numbers, strict=True):
                told = self.told[number]
                assert (each["version"], each["status"]) == (told.version, told.status)
            if not numbers:
                return
            self.decide(numbers[0], "hold", 0)
            decisions = [
                {"id": f"{{{number}}}", "version": each["version"], "action": action, "reason": "spam"}
                for each, number in zip(seen, numbers, strict=True)
            ]
            status, answer = self.twins.ask("POST", "/v1/moderation/decisions", {"decisions": decisions}, "owner")
            assert status == 200
            assert answer["results"][0]["problem"]["code"] == "moved_on"
            assert all("problem" not in each for each in answer["results"][1:])
            self.acts += len(numbers) - 1
            for number in numbers[1:]:
                self._decided(self.told[number], DONE[action])

        @rule(target=bans, at=st.integers(0, 3), action=st.sampled_from(["hold", "reject"]))
        def ban(self, at: int, action: str) -> Any:
            made: list[str] = []

            def send(house: House, _: Callable[[int], str]) -> Any:
                asked = {"kind": "author", "target": self._author(house, at), "action": action, "reason": "x"}
                answer = house.client.post("/v1/moderation/bans", json=asked, headers=house.staff("owner"))
                made.append(answer.get_json().get("id", ""))
                return answer.status_code

            known = self._author(self.twins.houses[0], at) != NOBODY
            assert self.twins.both(send) == (200 if known else 404)
            if not known:
                return multiple()
            self.acts += 1
            person = self.people[at]
            person.ban = "reject" if "reject" in {person.ban, action} else "hold"
            return person, made

        @rule(which=consumes(bans))
        def lift(self, which: tuple[Person, list[str]]) -> None:
            person, made = which
            ban = iter(made)

            def send(house: House, _: Callable[[int], str]) -> Any:
                path = f"/v1/moderation/bans/{next(ban)}/lift"
                status = house.client.post(path, json={"reason": "x"}, headers=house.staff("owner")).status_code
                with house.database.read() as connection:
                    good = select(BanRow.action).where(BanRow.author_id.is_not(None), BanRow.lifted_at.is_(None))
                    mine = good.where(BanRow.author_id == self._author(house, self.people.index(person)))
                    return status, sorted(connection.execute(mine).scalars())

            status, left = self.twins.both(send)
            assert status == 200
            self.acts += 1
            person.ban = "reject" if "reject" in left else "hold" if left else ""

        @rule(action=st.sampled_from(["hold", "reject"]))
        def ban_the_place(self, action: str) -> None:
            """One at a time: lifted before the next one is made."""
            if self.domain_ban:
                bans = iter(self.domain_ban.split())

                def send(house: House, _: Callable[[int], str]) -> Any:
                    path = f"/v1/moderation/bans/{next(bans)}/lift"
                    return house.client.post(path, json={"reason": "x"}, headers=house.staff("owner")).status_code

                assert self.twins.both(send) == 200
                self.domain_ban, self.domain = "", ""
            else:
                made: list[str] = []

                def ban(house: House, _: Callable[[int], str]) -> Any:
                    asked = {"kind": "domain", "target": "reclame.example", "action": action, "reason": "x"}
                    answer = house.client.post("/v1/moderation/bans", json=asked, headers=house.staff("owner"))
                    made.append(answer.get_json()["id"])
                    return answer.status_code

                assert self.twins.both(ban) == 200
                self.domain_ban, self.domain = " ".join(made), action
            self.acts += 1

        @rule(at=st.integers(0, 3), hold=st.booleans())
        def hold(self, at: int, hold: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
            def send(house: House, _: Callable[[int], str]) -> Any:
                path = f"/v1/moderation/authors/{self._author(house, at)}/hold"
                answer = house.client.put(path, json={"hold": hold, "reason": "x"}, headers=house.staff("owner"))
                return answer.status_code

            known, person = self._author(self.twins.houses[0], at) != NOBODY, self.people[at]
            assert self.twins.both(send) == (200 if known else 404)
            if known:
                self.acts += person.on_hold is not hold  # said twice, it is no act
                person.on_hold = hold

        # --- what is true after each step

        def _pending(self) -> list[int]:
            return [number for number, told in enumerate(self.told) if told.status is Status.PENDING]

        def _replies(self, which: int) -> int:
            return sum(told.parent == which and told.status is Status.PUBLISHED for told in self.told)

        def _author(self, house: House, at: int) -> str:
            """The author's id, as long as they are known: who has nothing here any more is forgotten."""
            keys = house.app.extensions["moderato"].keys
            with house.database.read() as connection:
                mine = select(Author.id).where(Author.author_key == keys.author(house.site_id, self.people[at].email))
                return connection.execute(mine).scalar() or NOBODY

        @invariant()
        def all_is_as_it_must_be(self) -> None:
            self._both_stand_as_the_model_does()
            self._readers_see_what_is_published_and_nothing_else()
            self._what_is_true_of_any_database_is_true()
            self._every_act_of_staff_is_in_the_log_once()

        def _both_stand_as_the_model_does(self) -> None:
            expected = [
                (told.status, told.version, told.revision, told.body, told.attempts, told.decided, len(told.reports),
                 told.open_reports, self._replies(number), told.status is Status.HELD)
                for number, told in enumerate(self.told)
            ]  # fmt: skip
            for at in range(2):
                found = [
                    (row.status, row.version, row.revision, row.body, row.attempts, row.decided, row.reports,
                     row.open_reports, row.published_replies, row.awaiting)
                    for row in self.twins.standing(at)
                ]  # fmt: skip
                assert found == expected

        def _readers_see_what_is_published_and_nothing_else(self) -> None:
            status, page = self.twins.ask("GET", f"{self.article}/comments?limit=100")
            shown = [f"#{at}" for at, told in enumerate(self.told) if told.status is Status.PUBLISHED]
            graves = [f"#{at}" for at, told in enumerate(self.told) if self._replies(at) and f"#{at}" not in shown]
            assert (status, page["count"]) == (200, len(shown))
            assert [each["id"] for each in page["comments"] if "html" in each] == shown
            assert [each["id"] for each in page["comments"] if "html" not in each] == graves

        def _what_is_true_of_any_database_is_true(self) -> None:
            for house in self.twins.houses:
                with house.database.read() as connection:
                    assert not faults(connection)

        def _every_act_of_staff_is_in_the_log_once(self) -> None:
            def written(house: House, _: Callable[[int], str]) -> Any:
                with house.database.read() as connection:
                    return connection.execute(select(func.count()).select_from(AuditRow)).scalar_one()

            assert self.twins.both(written) == self.acts

    return Life


_names = count(1)


@pytest.fixture
def twins(sqlite_template: Path, tmp_path: Path, postgresql: PostgreSQL, redis: Redis) -> Callable[[], Any]:
    """Makes two new databases for each life, and houses on them."""

    @contextmanager
    def made() -> Iterator[Twins]:
        name = f"life_{next(_names)}"
        file = shutil.copy(sqlite_template, tmp_path / f"{name}.db")
        urls = (f"sqlite:///{file}", postgresql.create_database(name, template=TEMPLATE))
        first, second = (House(Settings.from_env(environment(url, redis.url))) for url in urls)
        try:
            yield Twins((first, second))
        finally:
            first.close()
            second.close()
            postgresql.drop_database(name)

    return made


def live(made: Callable[[], Any], examples: int, steps: int) -> None:
    """A life that fails is told as it was lived: to look for shorter ones takes many lives, each with two databases."""
    run_state_machine_as_test(
        machine(made),
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )  # fmt: skip


@pytest.mark.timeout(240)
def test_whatever_happens_in_whatever_order(twins: Callable[[], Any]) -> None:
    live(twins, examples=6, steps=30)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_and_for_long(twins: Callable[[], Any]) -> None:
    live(twins, examples=100, steps=50)
