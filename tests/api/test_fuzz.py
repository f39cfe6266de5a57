"""The API against its own document: made-up requests by the hundred, and no answer that it doesn't foresee."""

from collections import Counter
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from flask import Flask
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.transport.wsgi import WSGITransport

from service.api.body import FORM
from service.api.openapi import document
from service.operations.edit_site import SiteChange, edit_site
from service.store import sites
from tests.factories import EASY, ORIGIN, House

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of a request, for nobody to read

SEED = 20260101
REFUSALS = ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429"]
PUT_SITE = "PUT /v1/moderation/sites/{site}"
OF_BROWSERS = {"GET /desk/session", "DELETE /desk/session"}
"""They want the cookie of a browser that has signed in."""
SUBMIT = "POST /v1/sites/{site}/articles/{article}/comments"


@pytest.fixture(autouse=True)
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls need nothing of what a network needs, and stumble over it; forms carry a token, as opened ones do."""
    send = WSGITransport.send

    def send_here(self: WSGITransport, case: Case[Any], **given: Any) -> Any:
        is_submission = case.media_type == FORM and case.operation.label == SUBMIT
        if is_submission and isinstance(case.body, dict) and not case.body.get("form_token"):
            case.body["form_token"] = form_token(given["app"], case)
        network = {"max_redirects", "verify", "cert", "proxies"}
        answer = send(self, case, **{name: value for name, value in given.items() if name not in network})
        if case.operation.label == PUT_SITE and answer.status_code == 200:
            _as_it_was(given["app"])
        return answer

    monkeypatch.setattr(WSGITransport, "send", send_here)


def _as_it_was(app: Flask) -> None:
    """Made-up rules may let in one comment a minute, of one byte: the other requests want to get further."""
    database = app.extensions["moderato"].database
    with database.read() as connection:
        site_id = sites.find_site(connection, "journal").id
    change = SiteChange({"origins": [ORIGIN], "languages": ["fr", "en"]}, asdict(EASY))
    edit_site(database, site_id, change, datetime.now(UTC), token=None)


def form_token(app: Flask, case: Case[Any]) -> str:
    place = {name: quote(str(value), safe="%") for name, value in case.path_parameters.items()}
    answer = app.test_client().get("/v1/sites/{site}/articles/{article}/form-token".format(**place))
    return str((answer.get_json() or {}).get("form_token", ""))


@dataclass
class Found:
    """What a run saw: how often each operation answered what, in which phases, and all that was wrong."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    phases: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def take(self, event: Any) -> None:
        if isinstance(event, events.FatalError):
            self.faults.append(repr(event.exception))
        elif isinstance(event, events.NonFatalError):
            self.faults.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.ScenarioFinished):
            self._take_scenario(event)

    def told(self) -> str:
        """What was wrong, each once, whole enough to be tried by hand."""
        return "\n\n".join([f"{len(self.faults)} faults", *dict.fromkeys(fault[:3000] for fault in self.faults[:50])])

    def _take_scenario(self, event: events.ScenarioFinished) -> None:
        for identifier, checks in event.recorder.checks.items():
            answer = getattr(event.recorder.interactions.get(identifier), "response", None)
            got = f"{answer.status_code} {answer.content[:300]!r}" if answer is not None else "no answer"
            for check in checks:
                if check.status is Status.FAILURE and check.failure_info is not None:
                    told = check.failure_info
                    self.faults.append(f"{event.label}, {check.name}: {told.failure}\n{got}\n{told.code_sample}")
        for identifier, interaction in event.recorder.interactions.items():
            if interaction.response is not None:
                operation = event.recorder.cases[identifier].value.operation.label
                self.answers[operation, interaction.response.status_code] += 1
                self.phases[str(event.phase.value)] += 1


def furnished(house: House) -> dict[str, Any]:
    """A house with something of everything; the words by which requests can mean it."""
    house.add_site("other")
    held, published = [house.held() for _ in range(8)], [house.published() for _ in range(4)]
    keys = house.app.extensions["moderato"].keys
    for parent in published[:2]:
        house.published(parent=parent)
    house.client.delete(f"/v1/receipts/{keys.receipt(published[0])}")
    house.decide(held[0], "reject", reason="spam")
    receipts = [keys.receipt(each) for each in (held[1], *published, *(house.accepted() for _ in range(4)))]
    words = {
        "site": ["journal", "other"],
        "article": ["a-1", "city/council", "é"],
        "comment_id": [*held, *published],
        "author_id": [house.row(each).author_id for each in held],
        "ban_id": [house.ban(each) for each in held[:2]],
        "webhook_id": [house.webhook()["id"] for _ in range(6)],
        "delivery_id": [house.ping() for _ in range(3)],
        "job_id": [house.job() for _ in range(3)],
        "receipt": receipts,
    }
    return {
        "dictionaries": {name: {"values": values} for name, values in words.items()},
        "parameters": {f"path.{name}": {"dictionary": name, "probability": 0.8} for name in words},
    }


def closed(openapi: dict[str, Any]) -> dict[str, Any]:
    """The document with answers that have no further members: we may add some one day, but not unawares."""
    openapi = deepcopy(openapi)
    for schema in openapi["components"]["schemas"].values():
        if schema.get("properties"):
            schema.setdefault("additionalProperties", False)
    return openapi


def run(house: House, *, examples: int, seed: int = SEED) -> Found:
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "continue-on-failure": True,
            "workers": 1,
            "cache": {"enabled": False},
            "auth": {"openapi": {"token": {"bearer": house.token("owner")}}},
            "generation": {"max-examples": examples, "database": "none", "no-shrink": True},
            "checks": {
                "negative_data_rejection": {"expected-statuses": REFUSALS},
                "positive_data_acceptance": {"enabled": False},  # no schema knows which texts are blank
            },
            "operations": [
                *(  # each of many decisions, or targets, is looked at by itself, and has its problem in a 200
                    {"include-operation-id": name, "checks": {"negative_data_rejection": {"enabled": False}}}
                    for name in ("post_decisions", "post_ban_list", "post_ban_list_preview")
                ),
                *(  # a receipt outlives its comment and says that it was removed; a job says that it was called off
                    {"include-operation-id": name, "checks": {"use_after_free": {"enabled": False}}}
                    for name in ("get_receipt", "get_job", "delete_job")
                ),
            ],
            **furnished(house),
        }
    )
    with house.app.app_context():
        schema = schemathesis.openapi.from_dict(closed(document(house.app)), config=config)
    schema.app = house.app

    found = Found()
    for event in from_schema(schema).execute():
        found.take(event)
    return found


def test_no_made_up_request_gets_an_answer_that_the_document_does_not_foresee(small_house: House) -> None:
    found = run(small_house, examples=40)

    assert not found.faults, found.told()
    assert set(found.phases) == {"examples", "coverage", "fuzzing", "stateful"}
    everything = {label for label, _ in found.answers} - OF_BROWSERS
    assert {label for label, status in found.answers if 200 <= status < 300} == everything
    assert {(SUBMIT, 202), (SUBMIT, 303), (SUBMIT, 422)} <= set(found.answers)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(2))
def test_nor_do_thousands_of_them(house: House, seed: int) -> None:
    found = run(house, examples=200, seed=seed)

    assert not found.faults, found.told()
