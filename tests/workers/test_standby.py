"""A worker without a schema waits, says to whoever watches over it that it does, and begins once there is one."""

import socket
import threading
from pathlib import Path

import pytest

from service.settings import Settings
from service.signs import SIGN
from service.store import schema
from service.store.session import Database
from tests.factories import environment
from workers.standby import wait_for_the_schema


def test_who_waits_for_the_schema_gets_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.from_env(environment(f"sqlite:///{tmp_path}/empty.db", "redis://127.0.0.1:1"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as watcher:
        watcher.bind(f"{tmp_path}/watcher")
        watcher.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", f"{tmp_path}/watcher")
        waiting = threading.Thread(target=wait_for_the_schema, args=(settings,))
        waiting.start()

        assert [watcher.recv(64).decode() for _ in range(2)] == [SIGN, SIGN]

        database = Database(settings)
        schema.migrate(database)
        database.close()
        waiting.join(30)
        assert not waiting.is_alive()
