"""The desk in a real browser: how long it takes from a decision's key to the next comment, through a hundred of them.

./dev bench desk
./dev bench desk --count 300 --database postgresql --json

The API is a process of its own. Keys are pressed as soon as the next comment is shown, faster than anybody reads: what
was fetched ahead is soon used up, which is the hard case. `unhurried` waits half a second before each key.
"""

import argparse
import json
from contextlib import ExitStack
from statistics import median
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from service.settings import Settings
from service.store import schema
from tests.benchmarks._tables import machine, percentile, table
from tests.factories import CANARY_STRING, House, environment
from tests.servers import PostgreSQL, Redis, api, browser, workplace
from tests.web.bureau import WATCH
from tests.web.newsstand import QUIET

KEYS: Final = (("a",), ("s",), ("r", "i"))
PAUSES: Final = {"as fast as it goes": 0, "unhurried": 500}
_NEXT: Final = """
before => {
  const now = document.querySelector(".run .comment .body")?.innerText;
  return now && now !== before;
}
"""
_TEXT: Final = "document.querySelector('.run .comment .body')?.innerText ?? ''"


def measure(chromium: Browser, address: str, token: str, count: int, pause: int) -> list[float]:
    """Milliseconds from the key to the next comment, painted; as the page itself takes them."""
    page = chromium.new_context(locale="fr-FR", viewport={"width": 1280, "height": 860}).new_page()
    page.add_init_script(WATCH)
    page.goto(f"{address}/desk/")
    page.locator("#token").fill(token)
    page.keyboard.press("Enter")
    page.locator(".run .comment").wait_for()
    page.wait_for_timeout(1000)
    page.evaluate("taken.length = 0")
    for turn in range(count):
        before = _shown(page)
        if pause:
            page.wait_for_timeout(pause)
        for key in KEYS[turn % len(KEYS)]:
            page.keyboard.press(key)
        page.wait_for_function(_NEXT, arg=before)
    found: list[float] = page.evaluate("taken")
    page.context.close()
    return found


def _shown(page: Page) -> str:
    text: str = page.evaluate(_TEXT)
    return text


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench desk", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    asked = parser.parse_args()
    with ExitStack() as stack:
        redis = stack.enter_context(Redis())
        url = f"sqlite:///{workplace()}/desk.db"
        if asked.database == "postgresql":
            url = stack.enter_context(PostgreSQL()).create_database("desk")
        env = environment(url, redis.url, MODERATO_LIMITS="off")
        house = House(Settings.from_env(env))
        stack.callback(house.close)
        schema.migrate(house.database)
        house.site_id = house.add_site()
        for number in range((asked.count + 10) * len(PAUSES)):
            house.accepted(body=f"Le point {number} du conseil. {CANARY_STRING}", address=f"192.0.2.{number % 250}")
        house.judge()
        process, address = api(env)
        stack.enter_context(process)
        playwright = stack.enter_context(sync_playwright())
        chromium = playwright.chromium.launch(executable_path=browser(), args=QUIET)
        found = {pace: measure(chromium, address, house.token(), asked.count, pause) for pace, pause in PAUSES.items()}
        chromium.close()
    if asked.json:
        print(json.dumps({"milliseconds": found, "machine": machine()}))
    else:
        print(f"{_text(found)}\n\n{machine()}")


def _text(found: dict[str, list[float]]) -> str:
    rows = [
        (pace, len(times), round(median(times)), round(percentile(times, 0.95)), round(max(times)))
        for pace, times in found.items()
    ]
    return table(("from the key to the next comment", "decisions", "p50 ms", "p95 ms", "longest ms"), rows)


if __name__ == "__main__":
    main()
