"""`moderato backup` of a service that runs and is busy; then all is lost, and `moderato restore`."""

import threading
from pathlib import Path

import httpx
import pytest

from tests.factories import a_submission
from tests.journeys.conftest import SECONDS, Embedded, Service, wait_until

pytestmark = pytest.mark.journey

READERS = 4
BACKUPS = 3


class Readers:
    """They send as fast as they get answers, until they are told to end; their receipts by comment."""

    def __init__(self, service: Service) -> None:
        self.accepted: dict[str, str] = {}
        self._service = service
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(READERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        with httpx.Client(timeout=SECONDS) as client:
            while not self._over.is_set():
                answer = client.post(self._service.comments, json=a_submission())
                assert answer.status_code == 202, answer.text
                document = answer.json()
                self.accepted[document["id"]] = document["receipt"]


def test_what_was_accepted_before_a_backup_is_there_after_all_else_is_lost(embedded: Embedded, tmp_path: Path) -> None:
    service = embedded.start()
    readers = Readers(service)
    readers.start()
    wait_until(lambda: len(readers.accepted) > 20, SECONDS, "nobody sends")
    before: list[dict[str, str]] = []
    for number in range(BACKUPS):
        before.append(dict(readers.accepted))
        service.run("backup", str(tmp_path / f"backup-{number}"), "--data", str(embedded.data))
    while_backups = len(readers.accepted) - len(before[0])
    readers.end()
    for process in service.processes.values():
        process.kill()

    service.run("restore", str(tmp_path / f"backup-{BACKUPS - 1}"), "--data", str(tmp_path / "data"))
    again = Embedded(tmp_path / "data")
    try:
        restored = again.start()

        assert restored.token == service.token
        wait_until(lambda: "pending" not in restored.statuses().values(), SECONDS, "some are still pending")
        found = restored.statuses()
        assert while_backups > 0, "nobody was kept from sending meanwhile"
        assert before[-1].keys() <= found.keys(), "accepted before the backup, and lost"
        assert {found[each] for each in before[-1]} <= {"published", "held"}
        for comment, receipt in list(before[-1].items())[:5]:
            assert restored.state(receipt)["id"] == comment
        page = httpx.get(restored.comments, timeout=SECONDS).json()
        ours = [each for each in readers.accepted if found.get(each) == "published"]
        assert page["count"] >= len(ours)
    finally:
        again.stop()
