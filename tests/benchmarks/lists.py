"""The moderators' lists on a big site: every list, order and filter, first pages and deep ones, and the counts.

./dev bench lists                           a million comments on PostgreSQL, a hundred thousand of them held
./dev bench lists --comments 100000
"""

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import select
from werkzeug.test import EnvironBuilder, run_wsgi_app

from service import logs
from service.api.cursors import cursor_at
from service.settings import Settings
from service.store import schema
from service.store.asked import URGENT, List, Order
from service.store.comments import Comment
from service.store.lists import WINDOW
from tests.benchmarks._tables import machine, milliseconds, table
from tests.factories import House, environment
from tests.growth import crowd
from tests.servers import PostgreSQL, Redis

ROUNDS: Final = 8
PATH: Final = "/v1/moderation/queue"
Query = dict[str, str]
TO_THE_END: Final[Mapping[str, Query]] = {
    "a word that nobody used": {"list": "awaiting", "q": "xylophone", "limit": "100"},
    "a rare reason": {"list": "awaiting", "reason": "threat", "limit": "100"},
    "that word, among the published": {"list": "published", "q": "xylophone", "limit": "100"},
}


class Desk:
    """A newsroom's site, and all that its moderators can ask of its lists."""

    def __init__(self, stack: ExitStack, redis: Redis, comments: int) -> None:
        url = stack.enter_context(PostgreSQL(durable=True)).create_database("lists")
        self.house = House(Settings.from_env(environment(url, redis.url, MODERATO_LIMITS="off")))
        stack.callback(self.house.close)
        schema.migrate(self.house.database)
        self.house.site_id = self.house.add_site()
        start = time.perf_counter()
        crowd(self.house.database, "journal", comments)
        self.grew = time.perf_counter() - start
        self.headers = list(self.house.staff().items())
        with self.house.database.read() as connection:
            middle = connection.execute(
                select(Comment.created_at, Comment.urgent_at, Comment.teaches, Comment.id, Comment.author_id)
                .where(Comment.awaiting)
                .order_by(Comment.created_at)
                .offset(comments // 20)
                .limit(1)
            ).one()
        self.filters: Mapping[str, Query] = {
            "no filter": {},
            "article, busy": {"article": "crowd-0"},
            "article, quiet": {"article": "crowd-60"},
            "reason, common": {"reason": "links"},
            "reason, rare": {"reason": "threat"},
            "check, common": {"check": "likely_toxic"},
            "check, none": {"check": "honeypot"},
            "language": {"language": "en"},
            "author": {"author": middle.author_id},
            "domain, common": {"domain": "site-0.example"},
            "domain, rare": {"domain": "site-250.example"},
            "words, common": {"q": "tram"},
            "words, nobody's": {"q": "xylophone"},
            "score": {"min_score": "0.9", "max_score": "0.95"},
            "age": {
                "since": _written(middle.created_at - timedelta(days=90)),
                "until": _written(middle.created_at + timedelta(days=1)),
            },
            "all at once": {
                "article": "crowd-0", "reason": "links", "check": "links", "language": "en", "q": "tram",
                "min_score": "0.3", "author": middle.author_id,
            },
        }  # fmt: skip
        self.deep = {
            order: cursor_at(getattr(middle, order.key), middle.id, "" if order.by_time else order) for order in Order
        }

    def lists(self) -> Iterator[tuple[str, Query]]:
        for kind in List:
            for order in Order:
                if order.by_time or kind in URGENT:
                    yield f"{kind}, {order}", {"list": kind, "order": order}
        for status in ("held", "pending", "rejected"):
            yield f"status {status}, newest", {"status": status, "order": "newest"}

    def to_the_end(self, query: Query) -> tuple[int, int, float]:
        """Pages, items found and seconds, going on by `next` until there is none."""
        pages, found, start = 0, 0, time.perf_counter()
        cursor: str | None = ""
        while cursor is not None:
            asked = query | {"cursor": cursor}
            answer = self.house.client.get(PATH, query_string=asked, headers=self.headers).get_json()
            pages, found, cursor = pages + 1, found + len(answer["items"]), answer["next"]
        return pages, found, time.perf_counter() - start

    def ask(self, query: Query) -> float:
        """Seconds from the request's environment to the last byte of the answer, in this process."""
        environ = EnvironBuilder(f"{PATH}?{urlencode(query)}", headers=self.headers).get_environ()
        start = time.perf_counter()
        body, status, _ = run_wsgi_app(self.house.app, environ)
        for _part in body:
            pass
        seconds = time.perf_counter() - start
        if not status.startswith("200"):
            raise AssertionError(f"{status} for {query}")
        return seconds


def _written(moment: Any) -> str:
    return str(moment.isoformat().replace("+00:00", "Z"))


def measure(desk: Desk) -> dict[tuple[str, str, str], list[float]]:
    """Seconds by list, filter and depth; rounds take turns, so that a busy moment meets them all."""
    asked = {
        (name, filter_, depth): which | what | ({"cursor": desk.deep[Order(which["order"])]} if depth == "deep" else {})
        for name, which in desk.lists()
        for filter_, what in desk.filters.items()
        for depth in ("first", "deep")
    }
    took: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for number in range(ROUNDS + 1):
        for name, query in asked.items():
            seconds = desk.ask(query)
            if number:
                took[name].append(seconds)
    return took


def _by(took: Mapping[tuple[str, str, str], list[float]], part: int) -> list[tuple[Any, ...]]:
    grouped: dict[str, list[float]] = defaultdict(list)
    for name, seconds in took.items():
        grouped[name[part]] += seconds
    return [(name, len(seconds), *milliseconds(seconds).values()) for name, seconds in grouped.items()]


def main() -> None:
    arguments = argparse.ArgumentParser(prog="./dev bench lists", description=__doc__)
    arguments.add_argument("--comments", type=int, default=1_000_000)
    asked = arguments.parse_args()
    with ExitStack() as stack, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        logs.configure("info", nowhere)
        desk = Desk(stack, stack.enter_context(Redis()), asked.comments)
        took = measure(desk)
        whole = [(name, desk.to_the_end(query)) for name, query in TO_THE_END.items()]
    print(f"{asked.comments:,} comments (grown in {desk.grew:.0f} s), milliseconds of server time, counts included")
    for title, part in (("list", 0), ("filter", 1), ("page", 2)):
        print(table((title, "requests", "p50", "p95", "p99"), _by(took, part)), end="\n\n")
    worst = sorted(took, key=lambda name: milliseconds(took[name])["p50"])[-12:][::-1]
    rows = [(", ".join(name), *milliseconds(took[name]).values()) for name in worst]
    print(table(("the slowest by median", "p50", "p95", "p99"), rows), end="\n\n")
    rows = [(name, pages, found, round(seconds * 1000)) for name, (pages, found, seconds) in whole]
    print(table(("to the last page", "pages", "found", "ms in all"), rows), end="\n\n")
    everything = [second for seconds in took.values() for second in seconds]
    combinations = sum(milliseconds(seconds)["p50"] < 50 for seconds in took.values())
    print(f"{len(took)} combinations, {combinations} with a median under 50 ms; all: {milliseconds(everything)}")
    print(f"a page looks at {WINDOW:,} comments at most; {machine()}")


if __name__ == "__main__":
    main()
