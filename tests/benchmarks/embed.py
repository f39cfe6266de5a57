"""The widget in a real browser: from asking for its script to the first comment shown, on slower and slower processors.

./dev bench embed                           full speed, and four and six times slower
./dev bench embed --rounds 30 --json
"""

import argparse
import json
from contextlib import ExitStack
from statistics import median
from typing import Any, Final

import httpx
from playwright.sync_api import Browser, sync_playwright

from service.settings import Settings
from service.store import schema, sites
from tests.benchmarks._tables import machine, percentile, table
from tests.factories import House, environment
from tests.growth import grow
from tests.servers import Redis, api, browser, workplace
from tests.web.newsstand import QUIET
from tests.web.publisher import Publisher, article, publishing

SLOWER: Final = (1, 4, 6)
"""How many times slower the processor is made: 4 is a middling phone, 6 a cheap one."""
COMMENTS: Final = 500
_SEEN: Final = """
new Promise((resolve) => {
  const look = () => {
    const root = document.querySelector("moderato-comments")?.shadowRoot;
    if (!root?.querySelector(".comment")) return requestAnimationFrame(look);
    requestAnimationFrame(() => {
      const [script] = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/embed.js"));
      resolve({ shown: performance.now() - script.startTime, bytes: script.encodedBodySize });
    });
  };
  look();
})
"""


def measure(chromium: Browser, address: str, rounds: int) -> list[dict[str, Any]]:
    """Medians and p95 in milliseconds. The speeds take turns, so that a busy moment meets them all."""
    times: dict[tuple[int, str], list[float]] = {(slower, way): [] for slower in SLOWER for way in ("cold", "warm")}
    for _ in range(rounds + 1):
        for slower in SLOWER:
            context = chromium.new_context(locale="fr-FR")
            for way in ("cold", "warm"):
                page = context.new_page()
                page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
                page.goto(address, wait_until="commit")
                times[slower, way].append(page.evaluate(_SEEN)["shown"])
                page.close()
            context.close()
    return [
        {"slower": slower, "cache": way, "p50": round(median(found[1:])), "p95": round(percentile(found[1:], 0.95))}
        for (slower, way), found in times.items()
    ]


def weights(address: str) -> dict[str, int]:
    """Bytes as they are sent, by path."""
    paths = ("embed.js", "count.js", "embed/words/en.json")
    return {path: int(httpx.head(f"{address}/{path}").headers["Content-Length"]) for path in paths}


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench embed", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    asked = parser.parse_args()
    with ExitStack() as stack:
        redis = stack.enter_context(Redis())
        env = environment(f"sqlite:///{workplace()}/embed.db", redis.url, MODERATO_LIMITS="off")
        house = House(Settings.from_env(env))
        stack.callback(house.close)
        schema.migrate(house.database)
        house.site_id = house.add_site()
        grow(house.database, "journal", "big", COMMENTS)
        process, address = api(env)
        stack.enter_context(process)
        publisher = stack.enter_context(publishing(address))
        _admit(house, publisher)
        playwright = stack.enter_context(sync_playwright())
        chromium = playwright.chromium.launch(executable_path=browser(), args=QUIET)
        page = publisher.put("/", article(address, "journal", "big"))
        found = {"shown": measure(chromium, page, asked.rounds), "bytes": weights(address)}
        chromium.close()
    print(json.dumps(found | {"machine": machine()}) if asked.json else _text(found))


def _admit(house: House, publisher: Publisher) -> None:
    with house.database.write() as connection:
        sites.change_site(connection, house.site_id, {"origins": [publisher.origin]}, None)


def _text(found: dict[str, Any]) -> str:
    shown = table(
        ("script asked for to first comment shown", "cache", "p50 ms", "p95 ms"),
        [(f"processor {row['slower']}x slower", row["cache"], row["p50"], row["p95"]) for row in found["shown"]],
    )
    sizes = table(("as sent, gzip", "bytes"), list(found["bytes"].items()))
    return f"{shown}\n\n{sizes}\n\n{machine()}"


if __name__ == "__main__":
    main()
