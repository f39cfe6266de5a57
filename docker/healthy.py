"""Whether the part in this container does its work: `healthy.py api`, `healthy.py worker`. Exit 0, or 1 and a sentence.

A worker's sweep renews a key in Redis whenever it comes round, and the key lapses when that stops; a worker whose pool
begins nothing while comments wait ends itself. Without Redis nobody can tell, and ending it then would take away
the one that judges by itself.
"""

import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable

HEARTBEAT = "moderato:worker:"


def api() -> str | None:
    """What stands in the way of taking comments; None when nothing does. Without Redis they are taken."""
    try:
        with urllib.request.urlopen("http://127.0.0.1:8080/readyz", timeout=5):
            return None
    except urllib.error.HTTPError as answer:
        return answer.read(1000).decode(errors="replace")
    except OSError as problem:
        return f"the API doesn't answer: {problem}"


def worker() -> str | None:
    """What is wrong with the worker; None when it goes on."""
    from redis import Redis, RedisError

    mine = f"{HEARTBEAT}{socket.gethostname()}:*"
    try:
        with Redis.from_url(os.environ["MODERATO_REDIS_URL"], socket_timeout=3, socket_connect_timeout=3) as client:
            alive = any(True for _ in client.scan_iter(mine, count=1000))
    except RedisError as problem:
        print(f"Redis is away, so the worker's heartbeat can't be seen: {problem}")
        return None
    return None if alive else "the worker has stopped saying that it lives"


PARTS: dict[str, Callable[[], str | None]] = {"api": api, "worker": worker}

if __name__ == "__main__":
    sys.exit(PARTS[sys.argv[1]]())
