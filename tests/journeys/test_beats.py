"""Two beats, and two workers: what is due by the clock is sent twice, done at once, and does no harm."""

import re

import pytest
from celery import Celery
from redis import Redis as Client
from sqlalchemy import func, select

from service.handoff import EARN, FOLLOW, LANES, LEARN, REMIND, TIDY, UPKEEP_LANE, broker_url, producer_settings
from service.settings import Settings
from service.store.campaigns import Campaign
from service.store.session import Database
from tests.factories import a_submission
from tests.invariants import faults
from tests.journeys.conftest import SECONDS, Production, Service, wait_until
from tests.servers import moderato

pytestmark = pytest.mark.journey
PERIODIC = (FOLLOW, LEARN, EARN, REMIND, TIDY)
COPIES = 12


@pytest.fixture
def doubled(production: Production) -> Service:
    service = production.start()
    service.processes["second worker"] = production.worker()
    service.processes["second beat"] = moderato("beat", env=production.env).start()
    return service


def test_what_is_due_is_done_by_two_at_once_and_harms_nobody(doubled: Service) -> None:
    """Each beat sends by itself; and to be sure that they meet, all is sent ten times more at one moment."""
    assert doubled.redis is not None
    letter = "Gagnez de l'argent vite et sans effort en visitant notre page dès aujourd'hui, la place est rare."
    for number in range(COPIES):
        doubled.accepted(body=f"{letter} {number}", name=f"Ami {number}")
    for _ in range(10):
        doubled.accepted(body=a_submission()["body"])
    sender = Celery(broker=broker_url(Settings.from_env(doubled.env)))
    sender.conf.update(producer_settings())
    database = Database(Settings.from_env(doubled.env))

    for _ in range(10):
        for task in PERIODIC:
            sender.send_task(task, queue=UPKEEP_LANE)

    with Client.from_url(doubled.redis.url) as client:
        wait_until(lambda: not any(client.llen(lane) for lane in LANES), SECONDS, "not all was done")
    with database.read() as connection:

        def gathered() -> int:
            return int(connection.execute(select(func.coalesce(func.max(Campaign.members), 0))).scalar_one())

        wait_until(lambda: gathered() >= COPIES, SECONDS, "the copies were not gathered")
        assert gathered() == COPIES
        wait_until(lambda: not faults(connection), SECONDS, "an invariant doesn't hold")
    database.close()
    sender.close()
    for name, process in doubled.processes.items():
        assert not re.search(r'"level": "(error|critical)"|Traceback', process.output()), f"{name}: {process.output()}"
        assert process.running
