"""Reads and writes on a site of 1,000, 10,000 and 100,000 comments: what a request costs, and whether size matters.

./dev bench read                            both databases
./dev bench read --database sqlite --json
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select
from werkzeug.test import EnvironBuilder, run_wsgi_app

from service import logs
from service.api.cursors import cursor_after
from service.domain.comment import Status
from service.settings import Settings
from service.store import schema
from service.store.comments import Comment
from tests.benchmarks._tables import machine, table
from tests.benchmarks._wire import Wire
from tests.factories import House, environment
from tests.growth import grow
from tests.servers import PostgreSQL, Process, Redis, api, workplace

SIZES = (1_000, 10_000, 100_000)
ROUNDS, WARM = 60, 6
LIST = "/v1/sites/journal/articles/big/comments"
Request = Callable[[], tuple[str, str, Any, dict[str, str]]]  # method, path, document, headers

_numbers = count(1)


class Grown:
    """A site of one size: in this process, and behind the real server."""

    def __init__(self, stack: ExitStack, url: str, redis: Redis, size: int) -> None:
        env = environment(url, redis.url, MODERATO_LIMITS="off", MODERATO_API_PROCESSES="1")
        self.house = House(Settings.from_env(env))
        stack.callback(self.house.close)
        schema.migrate(self.house.database)
        self.house.site_id = self.house.add_site()
        grow(self.house.database, "journal", "big", size)
        self.application = self.house.app.wsgi_app
        process, address = api(env)
        stack.callback(Process.kill, process)
        self.wire = Wire(int(address.rpartition(":")[2]))
        stack.callback(self.wire.close)
        self.requests = self._requests()

    def _requests(self) -> dict[str, Request]:
        with self.house.database.read() as connection:
            rows = select(Comment.id, Comment.created_at).order_by(Comment.created_at)
            published = connection.execute(rows.where(Comment.status == Status.PUBLISHED)).all()
            held = connection.execute(rows.where(Comment.status == Status.HELD)).all()
        deep = cursor_after(published[len(published) // 2])
        etag = self.house.client.get(LIST).headers["ETag"]
        counts = urlencode([("article", "big"), *(("article", f"other-{number}") for number in range(19))])
        staff, queue = self.house.staff(), "/v1/moderation/queue"

        def get(path: str, headers: dict[str, str] | None = None, **query: str) -> Request:
            whole = f"{path}?{urlencode(query)}" if query else path
            return lambda: ("GET", whole, None, headers or {})

        return {
            "list, 50": get(LIST),
            "list, 50, newest first": get(LIST, order="newest"),
            "list, 50, half way in": get(LIST, cursor=deep),
            "list, nothing new (304)": get(LIST, {"If-None-Match": etag}),
            "counts of 20 articles": get(f"/v1/sites/journal/counts?{counts}"),
            "queue: awaiting": get(queue, staff),
            "queue: published, newest": get(queue, staff, status="published", order="newest"),
            "queue: by reason": get(queue, staff, reason="links"),
            "queue: by word": get(queue, staff, q="tram"),
            "queue: by a word nobody used": get(queue, staff, q="xylophone"),
            "comment in detail": get(f"/v1/moderation/comments/{held[len(held) // 2].id}", staff),
            "submit": _submission,
        }

    def inside(self, name: str) -> float:
        """Seconds from the request's environment to the last byte of the answer, in this process."""
        method, path, document, headers = self.requests[name]()
        environ = EnvironBuilder(path, method=method, json=document, headers=list(headers.items())).get_environ()
        start = time.perf_counter()
        body, status, _ = run_wsgi_app(self.application, environ)
        for _part in body:
            pass
        seconds = time.perf_counter() - start
        _expect(int(status[:3]), path)
        return seconds

    def outside(self, name: str) -> float:
        """Seconds at the other end of a kept connection to the real server."""
        method, path, document, headers = self.requests[name]()
        start = time.perf_counter()
        answer = self.wire.get(path, headers) if method == "GET" else self.wire.post(path, document, headers)
        seconds = time.perf_counter() - start
        _expect(answer.status, path)
        return seconds


def _submission() -> tuple[str, str, Any, dict[str, str]]:
    number = next(_numbers)
    document = {
        "name": f"Reader {number}",
        "email": f"reader.{number}@example.org",
        "body": f"A remark of good sense, {number}.",
    }
    return "POST", LIST, document, {}


def _expect(status: int, path: str) -> None:
    if status not in {200, 202, 304}:
        raise AssertionError(f"{status} for {path}")


def measure(urls: list[str], redis: Redis) -> list[dict[str, Any]]:
    """Medians of all requests in milliseconds. The sizes take turns, so that a busy moment meets them all."""
    with ExitStack() as stack:
        grown = [Grown(stack, url, redis, size) for url, size in zip(urls, SIZES, strict=True)]
        found = []
        for name in grown[0].requests:
            times: dict[str, list[list[float]]] = {"inside": [[] for _ in SIZES], "outside": [[] for _ in SIZES]}
            for number in range(WARM + ROUNDS):
                for place, site in enumerate(grown):
                    seconds = {"inside": site.inside(name), "outside": site.outside(name)}
                    if number >= WARM:
                        for way, spent in seconds.items():
                            times[way][place].append(spent)
            inside, outside = ([round(median(each) * 1000, 2) for each in times[way]] for way in ("inside", "outside"))
            found.append(
                {"request": name, "inside": inside, "outside": outside, "ratio": round(inside[-1] / inside[0], 2)}
            )
        return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench read", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append", help="default: both")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    asked = parser.parse_args()
    found = {}
    with Redis() as redis, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        logs.configure("info", nowhere)
        for database in asked.database or ("postgresql", "sqlite"):
            with ExitStack() as stack:
                if database == "sqlite":
                    urls = [f"sqlite:///{workplace()}/read-{size}.db" for size in SIZES]
                else:
                    server = stack.enter_context(PostgreSQL(durable=True))
                    urls = [server.create_database(f"read_{size}") for size in SIZES]
                found[database] = measure(urls, redis)
    print(json.dumps(found | {"machine": machine()}) if asked.json else _text(found))


def _text(found: dict[str, list[dict[str, Any]]]) -> str:
    sizes = [f"{size:,}" for size in SIZES]
    tables = [
        table(
            (f"{database}, median ms", *sizes, "ratio", *(f"granian {size}" for size in sizes)),
            [(row["request"], *row["inside"], row["ratio"], *row["outside"]) for row in rows],
        )
        for database, rows in found.items()
    ]
    return "\n\n".join([*tables, machine()])


if __name__ == "__main__":
    main()
