"""Readers, authors and moderators of a service that is being broken: each notes down every answer that they get."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from typing import Any, Final

from tests.benchmarks._wire import Answer, NoAnswer, NotReached, Wire
from tests.factories import CANARY_STRING
from tests.poison import POISONS

INSISTS: Final = 0.5
"""How many of the readers send again what was not answered, or refused for now: with the same key, as the form does."""
PATIENCE: Final = 60.0
PAUSE: Final = 1.0
ARTICLES: Final = 40
_EDITS, _WITHDRAWS, _HELD = 0.02, 0.02, 0.05
_TOLD = 0.2
"""How many comments go to the last site: whose webhook is told of everything, by as many requests as events."""

_WORDS: Final = [
    *("merci", "article", "clair", "pourtant", "conseil", "quartier", "tram", "école", "budget", "maire", "cantine"),
    *("marché", "rivière", "pont", "travaux", "voisins", "loyer", "bus", "vélo", "arbres", "place", "concert"),
    *("musée", "hôpital", "commerce", "terrasse", "bruit", "éclairage", "jardin", "propre", "rapide", "cher", "utile"),
    *("nouveau", "ancien", "calme", "public", "gratuit", "difficile", "semaine", "matin", "soir", "dimanche"),
]


@dataclass(frozen=True, slots=True)
class Remark:
    """What one reader wants to say. `poison`: what it does to whoever judges it, or nothing."""

    number: int
    site: str
    article: str
    body: str
    poison: str = ""

    @property
    def key(self) -> str:
        return f"chaos-{self.number}"

    def submission(self) -> dict[str, Any]:
        return {"name": "Zoé Martin", "email": f"reader.{self.number}@lecteurs.example.org", "body": self.body}


def remarks(count: int, sites: tuple[str, ...], dice: random.Random, poison: int) -> list[Remark]:
    """So many, each unlike the others; a few that go to a person; the poisonous among the first half."""
    bad = dict(zip(dice.sample(range(count // 2), poison), cycle(POISONS), strict=False))
    return [_remark(number, sites, dice, bad.get(number, "")) for number in range(count)]


def _remark(number: int, sites: tuple[str, ...], dice: random.Random, poison: str) -> Remark:
    told = " ".join(dice.sample(_WORDS, 9))
    held = f" {CANARY_STRING}" if dice.random() < _HELD else ""
    body = f"{told.capitalize()}, remarque {number:05d} de {dice.getrandbits(40):010x}.{held} {poison}".strip()
    site = sites[-1] if dice.random() < _TOLD else dice.choice(sites[:-1])
    return Remark(number, site, f"a-{dice.randrange(ARTICLES)}", body, poison)


@dataclass
class Ledger:
    """What everybody was told. Written by all at once."""

    answers: Counter[str] = field(default_factory=Counter)
    """Of all requests that send something: `202`, `503`, …, `nobody there` or `unknown`."""
    accepted: dict[int, str] = field(default_factory=dict)
    """The comment of each remark that got a 202."""
    twice: list[str] = field(default_factory=list)
    """Keys under which two comments were acknowledged."""
    refused: set[int] = field(default_factory=set)
    unknown: set[int] = field(default_factory=set)
    edited: dict[str, str] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    decided: dict[str, set[int]] = field(default_factory=dict)
    """The versions that people's acknowledged decisions were on, by comment."""
    seen: set[str] = field(default_factory=set)
    """Comments that readers were shown, at any time."""
    waits: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def accept(self, remark: Remark, identifier: str) -> None:
        with self.lock:
            if self.accepted.setdefault(remark.number, identifier) != identifier:
                self.twice.append(remark.key)

    def note(self, what: str, seconds: float) -> None:
        with self.lock:
            self.answers[what] += 1
            self.waits.append(seconds)


class Crowd:
    """Everybody at once, each in a thread of their own, until all remarks are sent."""

    def __init__(
        self, port: int, staff: dict[str, str], sent: list[Remark], rate: float, seed: int, *, threads: int = 48
    ) -> None:
        self.ledger = Ledger()
        self.over = threading.Event()
        self._port, self._staff, self._rate, self._seed = port, staff, rate, seed
        self._turns = self._in_time(sent)
        self._turn = threading.Lock()
        self._readers = [self._thread(self._write, number) for number in range(threads)]
        self._others = [self._thread(self._decide, site) for site in staff] + [self._thread(self._read, 0)]

    def start(self) -> None:
        for each in (*self._readers, *self._others):
            each.start()

    @property
    def writing(self) -> bool:
        return any(each.is_alive() for each in self._readers)

    def stop(self) -> None:
        """Readers end by themselves when all is sent; those who go on looking are asked to."""
        for each in self._readers:
            each.join(PATIENCE * 2)
        self.over.set()
        for each in self._others:
            each.join(PATIENCE)

    @staticmethod
    def _thread(what: Callable[[Any], None], about: Any) -> threading.Thread:
        return threading.Thread(target=what, args=(about,), daemon=True)

    def _in_time(self, sent: list[Remark]) -> Iterator[Remark]:
        started = time.monotonic()
        for place, remark in enumerate(sent):
            time.sleep(max(0.0, started + place / self._rate - time.monotonic()))
            yield remark

    def _next(self) -> Remark | None:
        with self._turn:
            return next(self._turns, None)

    def _write(self, number: int) -> None:
        dice, wire = random.Random(f"{self._seed}:{number}"), Wire(self._port)
        while (remark := self._next()) is not None:
            receipt = self._send(wire, remark, insist=dice.random() < INSISTS)
            if receipt is None or remark.poison:
                continue
            act = dice.random()
            if act < _EDITS:
                self._edit(wire, remark, receipt)
            elif act < _EDITS + _WITHDRAWS:
                self._withdraw(wire, remark, receipt)
        wire.close()

    def _ask(self, work: Callable[[], Answer]) -> Answer | None:
        """The answer; None: nobody knows what became of it. Nobody at home is an answer too: 503."""
        started, answer = time.monotonic(), None
        try:
            answer = work()
            what = str(answer.status)
        except NotReached:
            answer, what = Answer(503, b""), "nobody there"
        except NoAnswer:
            what = "unknown"
        self.ledger.note(what, time.monotonic() - started)
        return answer

    def _send(self, wire: Wire, remark: Remark, *, insist: bool) -> str | None:
        """Send a remark, and again if one insists; the receipt, if it was accepted."""
        path = f"/v1/sites/{remark.site}/articles/{remark.article}/comments"
        headers = {"Idempotency-Key": remark.key, "X-Forwarded-For": _address(remark.number)}
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._ask(lambda: wire.post(path, remark.submission(), headers))
            if answer is not None and answer.status == 202:
                document = answer.json()
                self.ledger.accept(remark, document["id"])
                return str(document["receipt"])
            if not insist or time.monotonic() > deadline or (answer is not None and answer.status < 500):
                kept = self.ledger.unknown if answer is None else self.ledger.refused
                with self.ledger.lock:
                    kept.add(remark.number)
                return None
            time.sleep(PAUSE)

    def _edit(self, wire: Wire, remark: Remark, receipt: str) -> None:
        new = f"{remark.body} (corrigé)"
        answer = self._ask(lambda: wire.send("PATCH", f"/v1/receipts/{receipt}", {"body": new}))
        if answer is not None and answer.status == 200:
            with self.ledger.lock:
                self.ledger.edited[self.ledger.accepted[remark.number]] = new

    def _withdraw(self, wire: Wire, remark: Remark, receipt: str) -> None:
        answer = self._ask(lambda: wire.send("DELETE", f"/v1/receipts/{receipt}"))
        if answer is not None and answer.status == 200:
            with self.ledger.lock:
                self.ledger.withdrawn.add(self.ledger.accepted[remark.number])

    def _decide(self, site: str) -> None:
        """A moderator: takes up what waits, and decides on it, now so, now so."""
        dice, wire = random.Random(f"{self._seed}:{site}"), Wire(self._port)
        headers = {"Authorization": f"Bearer {self._staff[site]}"}
        while not self.over.is_set():
            taken = self._ask(lambda: wire.post("/v1/moderation/queue/next", {}, headers))
            item = taken.json()["item"] if taken is not None and taken.status == 200 else None
            if item is None:
                self.over.wait(PAUSE)
                continue
            decision = {"action": dice.choice(["publish", "reject"]), "version": item["version"], "reason": "other"}
            path = f"/v1/moderation/comments/{item['id']}/decision"
            answer = self._ask(partial(wire.post, path, decision, headers))
            if answer is not None and answer.status == 200:
                with self.ledger.lock:
                    self.ledger.decided.setdefault(item["id"], set()).add(item["version"])
            self.over.wait(0.2)
        wire.close()

    def _read(self, _number: int) -> None:
        """Somebody who reads all pages, again and again: what is shown once was shown."""
        wire, sites = Wire(self._port), tuple(self._staff)
        number = 0
        while not self.over.wait(0.1):
            site, number = sites[number % len(sites)], number + 1
            path = f"/v1/sites/{site}/articles/a-{number // len(sites) % ARTICLES}/comments?limit=100&order=newest"
            with suppress(NoAnswer):
                answer = wire.get(path)
                if answer.status == 200:
                    self.ledger.seen.update(
                        each["id"] for each in answer.json()["comments"] if each.get("status") is None
                    )
        wire.close()


def _address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
