"""What moderators decide reaches the judge by itself: real worker, real beat, no restart; also when they are killed."""

from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

import httpx
import pytest

from tests.journeys.conftest import SECONDS, Production, Service, wait_until

pytestmark = pytest.mark.journey

_numbers = count(1)
PLACES = ("lycée", "mairie", "tramway", "marché", "stade", "piscine", "musée", "gare", "pont", "jardin", "école")
PEOPLE = ("voisins", "parents", "commerçants", "élèves", "touristes", "cyclistes", "retraités", "élus")


SAID = (
    "Le projet profite aux {people}, et c’est tant mieux.", "Où passera le bus qui menait les {people} au {place} ?",
    "J’habite près du {place} : personne ne nous a rien demandé.", "Merci pour ces chiffres, on y voit plus clair.",
    "Les {people} attendent depuis dix ans, alors un mois de plus…", "Et la piste cyclable promise devant le {place} ?",
)  # fmt: skip


def honest(dice: Random) -> str:
    return dice.choice(SAID).format(people=dice.choice(PEOPLE), place=dice.choice(PLACES))


def campaign(dice: Random) -> str:
    return (
        f"Le professeur Zambala rend l’être aimé aux {dice.choice(PEOPLE)}, près du {dice.choice(PLACES)}, "
        f"en {dice.randrange(2, 9)} jours."
    )


def teach(service: Service, many: int, seed: int) -> None:
    dice = Random(seed)
    for bad in [True, False] * many:
        number = next(_numbers)
        one = service.accepted(
            body=(campaign if bad else honest)(dice), email=f"reader.{number}@readers.example.org", name=f"R {number}"
        )
        decide(service, one["id"], {"action": "reject", "reason": "spam"} if bad else {"action": "publish"})


def decide(service: Service, identifier: str, said: dict[str, str]) -> None:
    """As a moderator does: who is told that it has moved on looks again. (What is decided on one copy, others hear.)"""
    where = f"{service.api}/v1/moderation/comments/{identifier}/decision"

    def decided() -> bool:
        seen = said | {"version": judged(service, identifier)["version"]}
        answer = httpx.post(where, json=seen, headers=service.staff, timeout=SECONDS)
        assert answer.status_code == 200 or answer.json()["code"] == "moved_on", answer.text
        return answer.status_code == 200

    wait_until(decided, SECONDS, "it moves on and on")


def judged(service: Service, identifier: str) -> dict[str, Any]:
    where = f"{service.api}/v1/moderation/comments/{identifier}"
    found: dict[str, Any] = {}

    def done() -> bool:
        answer = httpx.get(where, headers=service.staff, timeout=SECONDS)
        found.update(answer.json())
        return bool(found["verdict"] is not None)

    wait_until(done, SECONDS, "nobody judges it")
    return found


def versions(service: Service) -> list[dict[str, Any]]:
    answer = httpx.get(
        f"{service.api}/v1/moderation/sites/{service.site}/models", headers=service.staff, timeout=SECONDS
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["models"]
    return found


def is_recognised(service: Service, seed: int) -> Callable[[], bool]:
    dice = Random(seed)

    def recognised() -> bool:
        number = next(_numbers)
        one = service.accepted(body=campaign(dice), email=f"reader.{number}@readers.example.org")
        return "learnt_spam" in [each["reason"] for each in judged(service, one["id"])["verdict"]["signals"]]

    return recognised


def test_decisions_reach_the_judge_within_a_minute_and_without_a_restart(production: Production) -> None:
    service = production.start()
    worker = service.processes["worker"]
    teach(service, 15, seed=1)

    wait_until(is_recognised(service, 2), SECONDS, "nothing was learnt")

    assert [each["state"] for each in versions(service)][:1] == ["champion"]
    assert worker.running


def test_a_worker_killed_while_it_learns_costs_an_attempt_and_no_decision(production: Production) -> None:
    service = production.start()
    teach(service, 15, seed=3)
    service.processes["worker"].kill()
    service.processes["worker"] = production.worker()

    wait_until(is_recognised(service, 4), SECONDS, "nothing was learnt after the kill")

    (version, *_) = versions(service)
    assert version["decisions"] >= 20, "copies count as a few"
