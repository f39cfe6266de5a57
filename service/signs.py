"""Signs that a process gets on, by systemd's own protocol: to whoever listens where NOTIFY_SOCKET says.

That a process lives proves little, and a thread that goes round proves itself alone. A worker gives a sign each time
its sweep has come round; the API each time that it has answered itself over the network, as it would answer a reader.
"""

import contextlib
import http.client
import os
import socket
import threading
import time
from typing import Final

SIGN: Final = "WATCHDOG=1"
"""What systemd calls it (sd_notify)."""
EVERY: Final = 5.0
"""Seconds between two questions of the API to itself."""
PATIENCE: Final = 30.0
"""Seconds that an answer may take: a busy API is no dead one."""
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where to ask who listens everywhere


def show_progress() -> None:
    """Say that we get on, if somebody wants to know. It waits for nobody."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place:
        return
    address = f"\0{place[1:]}" if place.startswith("@") else place
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        client.sendto(SIGN.encode(), address)


def show_answers(host: str, port: int) -> None:
    """From now on say of the API that it gets on, whenever it answers there; if somebody wants to know."""
    if os.environ.get("NOTIFY_SOCKET"):
        threading.Thread(target=_keep_asking, args=(_ANY.get(host, host), port), name="signs", daemon=True).start()


def _keep_asking(host: str, port: int) -> None:
    while True:
        if answers(host, port):
            show_progress()
        time.sleep(EVERY)


def answers(host: str, port: int, path: str = "/healthz", seconds: float = PATIENCE) -> bool:
    """Whether an API there answers, by 200, within so many seconds. `/healthz` asks nothing of anyone."""
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
