"""What decisions teach, through the whole loop: comments and decisions by the API, the task, new verdicts.

./dev bench learning --corpora DIR                            all of it, on SQLite
./dev bench learning --corpora DIR --database postgresql --seeds 5 --only curves
"""

import argparse
import re
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
from sqlalchemy import event

from service import logs
from service.domain.bounds import WRONGED_GRID, Found, Judged, Kind, State, hold_at, reject_at
from service.settings import Settings
from service.store import schema
from tests.benchmarks._lessons import Loop, Mixture, long_stream, mixtures, stream
from tests.benchmarks._tables import machine, table
from tests.factories import House, environment
from tests.servers import PostgreSQL, Redis, workplace
from workers.training.measure import decided_alone, recall_at, reliability

DECISIONS: Final = (0, 25, 50, 100, 200, 500)
ASKED: Final = (250, 600)
"""Comments that come after the decisions: what people would refuse, and what they would publish."""
GOALS: Final = {50: 0.75, 100: 0.90, 200: 0.95}
STREAM: Final = (120, 680)

HALF: Final = (150, 850)
AUDITS: Final = 400
RESAMPLINGS: Final = 50
BOUND: Final = 0.01

Furnish = Callable[[], House]


def curves(furnish: Furnish, folder: Path, seeds: int) -> Iterator[str]:
    """Recall at 1 % false alarms by the number of decisions, half of them refusals; each point on a site of its own."""
    rows = []
    for mixture in mixtures(folder):
        found = {many: [_point(furnish(), mixture, many, seed) for seed in range(seeds)] for many in DECISIONS}
        rows.append((mixture.name, *(f"{median(each[0] for each in found[many]):.2f}" for many in DECISIONS)))
        rows.append(
            ("  caught, at its own threshold", *(_percent([each[1] for each in found[many]]) for many in DECISIONS))
        )
        rows.append(("  of the good, held", *(_percent([each[2] for each in found[many]]) for many in DECISIONS)))
    rows.append(("goal for an unseen campaign", *(f"{GOALS[many]:.2f}" if many in GOALS else "" for many in DECISIONS)))
    yield f"Recall at 1 % false alarms, after so many decisions (medians of {seeds} seeds)"
    yield table(("", *map(str, DECISIONS)), rows)


def _point(house: House, mixture: Mixture, many: int, seed: int) -> tuple[float, float, float]:
    with closing(house):
        loop = Loop(house, mixture, seed)
        bad, good = loop.draw(many // 2, many - many // 2)
        loop.decide(loop.send(bad), loop.send(good))
        loop.learn()
        bad, good = loop.draw(*ASKED)
        caught, spared = loop.verdicts(loop.send(bad)), loop.verdicts(loop.send(good))
        recall = recall_at(np.array([chance for chance, _ in caught]), np.array([chance for chance, _ in spared]), 0.01)
        return recall, _share(caught), _share(spared)


def _share(verdicts: list[tuple[float, bool]]) -> float:
    return sum(stopped for _, stopped in verdicts) / len(verdicts)


def _percent(shares: list[float]) -> str:
    return f"{100 * median(shares):.1f} %"


def alone(furnish: Furnish, folder: Path, seeds: int) -> Iterator[str]:
    """The share of a news stream that needs nobody, if rejection were earned."""
    rows = []
    for blind in (True, False):
        found = []
        for seed in range(seeds):
            with closing(furnish()) as house:
                loop = Loop(house, stream(folder, blind=blind), seed)
                bad, good = loop.draw(250, 250)
                loop.decide(loop.send(bad), loop.send(good))
                loop.learn()
                bad, good = loop.draw(*STREAM)
                chances = [chance for chance, _ in loop.verdicts(loop.send(bad) + loop.send(good))]
                label = np.array([True] * len(bad) + [False] * len(good))
                found.append(decided_alone(label, np.array(chances), 0.15, 0.01))
        rows.append(("a shipped model that has never seen it" if blind else "the shipped model", _percent(found)))
    yield "News with 15 % spam after 500 decisions, 1 % of errors on either side (goal 97 %)"
    yield table(("", "decided without a person"), rows)


def batch(furnish: Furnish, folder: Path, _seeds: int) -> Iterator[str]:
    """What one look of the task costs when a site's lessons are as many as are ever kept."""
    with closing(furnish()) as house:
        loop = Loop(house, mixtures(folder)[0], 0)
        bad, good = loop.draw(700, 900)
        loop.decide(loop.send(bad), loop.send(good))
        took = []
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        loop.learn()
        for one in loop.send(loop.draw(0, 5)[1]):
            loop.decide([], [one])
            start = time.perf_counter()
            loop.learn()
            took.append(time.perf_counter() - start)
        more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    yield "One learning batch of a site with as many lessons as are kept (goals: 2 s, 100 MB)"
    yield table(("", ""), [("median", f"{median(took):.2f} s"), ("longest", f"{max(took):.2f} s"),
                           ("memory on top of a worker's", f"{more / 1024:.0f} MB")])  # fmt: skip


def proven(furnish: Furnish, folder: Path, seeds: int) -> Iterator[str]:
    """After some 300 audits: whether chances are true, and whether a bound of 1 % is kept when it is claimed to be."""
    errors, kept = [], dict.fromkeys(Kind, 0)
    claimed, audits = dict.fromkeys(Kind, 0), []
    for seed in range(seeds):
        with closing(furnish()) as house:
            seen, label, audited = _audited(Loop(house, long_stream(folder), seed))
        audits.append(audited)
        later = len(seen) // 2
        errors.append(reliability(label[later:], seen[later:])[0])
        dice = np.random.default_rng(seed)
        for _ in range(RESAMPLINGS):
            for kind, found, share in _claims(seen, label, dice):
                claimed[kind] += found.at is not None and found.state is State.KEPT
                kept[kind] += found.state is not State.KEPT or share <= found.bound
    of = seeds * RESAMPLINGS
    yield f"After {median(audits):.0f} audits (medians and sums of {seeds} seeds)"
    yield table(
        ("", "found", "goal"),
        [
            ("calibration error of later chances", f"{median(errors):.3f}", "<= 0.02"),
            *(
                (
                    f"at most 1 % {kind}: kept in",
                    f"{100 * kept[kind] / of:.1f} % of {of}, claimed in {claimed[kind]}",
                    ">= 95 %",
                )
                for kind in Kind
            ),
        ],
    )


def _audited(loop: Loop) -> tuple[Any, Any, int]:
    """Chances and labels of a stream with 15 % spam, and how many of its first half were audits."""
    bad, good = loop.draw(100, 100)
    loop.decide(loop.send(bad), loop.send(good))
    loop.learn()
    chances: list[float] = []
    labels: list[bool] = []
    audits = 0
    for share in (0.3, 0.0):
        loop.house.site_id = loop.site_id
        loop.house.set_policy(audit_share=share)
        bad, good = loop.draw(*HALF)
        bad_ids, good_ids = loop.send(bad), loop.send(good)
        verdicts = loop.verdicts([*bad_ids, *good_ids])
        chances += [chance for chance, _ in verdicts]
        labels += [True] * len(bad_ids) + [False] * len(good_ids)
        asked = loop.audited([*bad_ids, *good_ids])
        audits += len(asked)
        asked |= {each for each, (_, stopped) in zip([*bad_ids, *good_ids], verdicts, strict=True) if stopped}
        loop.decide([each for each in bad_ids if each in asked], [each for each in good_ids if each in asked])
        loop.learn()
    return np.array(chances), np.array(labels), audits


def _claims(chances: Any, label: Any, dice: np.random.Generator) -> Iterator[tuple[Kind, Found, float]]:
    """What 400 decisions, drawn anew, prove of a bound of 1 %, and what is true of all of them."""
    of = dice.integers(0, len(label), AUDITS)
    found = hold_at([Judged(float(chances[at]), bool(label[at])) for at in of], BOUND)
    below = chances < (1.0 if found.at is None else found.at)
    yield Kind.MISSED, found, float(label[below].mean())
    doubted = np.flatnonzero(chances >= WRONGED_GRID[-1])
    of = dice.choice(doubted, AUDITS)
    found = reject_at([Judged(float(chances[at]), not label[at]) for at in of], BOUND)
    above = chances >= (2.0 if found.at is None else found.at)
    yield Kind.WRONGED, found, float((~label[above]).mean()) if above.any() else 0.0


def apart(furnish: Furnish, folder: Path, _seeds: int) -> Iterator[str]:
    """What one site has learnt, and what another's verdicts on like texts make of it: nothing."""
    with closing(furnish()) as house:
        mixture = mixtures(folder)[1]
        teacher, other = Loop(house, mixture, 0), Loop(house, mixture, 1)
        texts = mixture.refused[-60:]
        before = other.verdicts(other.send(texts[:30]))
        bad, good = teacher.draw(100, 100)
        teacher.decide(teacher.send(bad), teacher.send(good))
        teacher.learn()
        after = other.verdicts(other.send(texts[30:]))
        taught = teacher.verdicts(teacher.send(texts[30:]))
    rows = [
        ("the other site, before", f"{median(chance for chance, _ in before):.2f}"),
        ("the other site, after", f"{median(chance for chance, _ in after):.2f}"),
        ("the site that taught", f"{median(chance for chance, _ in taught):.2f}"),
    ]
    yield "Chance of a campaign's comments, after 200 decisions on one of two sites (medians)"
    yield table(("", "chance"), rows)


def price(furnish: Furnish, folder: Path, _seeds: int) -> Iterator[str]:
    """What learning adds to a decision's own request: its statements, if there are any, and their time."""
    with closing(furnish()) as house:
        loop = Loop(house, mixtures(folder)[2], 0)
        bad, good = loop.draw(150, 150)
        ids = [*loop.send(bad), *loop.send(good)]
        (every, spent), took = _watch(house), []
        headers = house.staff(site=loop.name)
        for one in ids:
            said = {"action": "reject", "reason": "insult", "version": 2}
            start = time.perf_counter()
            answer = house.client.post(f"/v1/moderation/comments/{one}/decision", json=said, headers=headers)
            took.append(time.perf_counter() - start)
            assert answer.status_code == 200, answer.get_data(as_text=True)
    rows = [("a decision, median", f"{1000 * median(took):.1f} ms"),
            ("its statements in all", f"{len(every) / len(ids):.2f}"),
        ("statements about what is learnt, by decision", f"{len(spent) / len(ids):.2f}"),
            ("their time, by decision", f"{1000 * sum(spent) / len(ids):.2f} ms")]  # fmt: skip
    yield "What learning costs a decision's own request (goal: under 1 ms)"
    yield table(("", ""), rows)


def _watch(house: House) -> tuple[list[float], list[float]]:
    """The seconds of each of the web process's statements from now on, and of those that name a table of learning."""
    every: list[float] = []
    spent: list[float] = []
    engine = house.app.extensions["moderato"].database.engine

    def before(connection: Any, *_rest: Any) -> None:
        connection.info["began"] = time.perf_counter()

    def after(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        every.append(time.perf_counter() - connection.info["began"])
        if re.search(r"\b(campaigns|lessons|marks|models|samples|thresholds)\b", statement):
            spent.append(every[-1])

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    return every, spent


PARTS: Final = {"curves": curves, "alone": alone, "proven": proven, "batch": batch, "apart": apart, "price": price}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="./dev bench learning", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--corpora", type=Path, required=True, help="a folder of labelled texts")
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="sqlite")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=[*PARTS], action="append")
    asked = parser.parse_args()
    logs.configure("ERROR")
    with ExitStack() as stack:
        redis = stack.enter_context(Redis())
        furnish = _furnisher(stack, redis, asked.database)
        for name in asked.only or PARTS:
            for line in PARTS[name](furnish, asked.corpora, asked.seeds):
                print(line, flush=True)
            print()
    print(machine())


def _furnisher(stack: ExitStack, redis: Redis, database: str) -> Furnish:
    """Makes houses, each with an empty database of its own."""
    server = stack.enter_context(PostgreSQL()) if database == "postgresql" else None
    made = iter(range(10_000))

    def furnish() -> House:
        name = f"learning_{next(made)}"
        url = server.create_database(name) if server is not None else f"sqlite:///{workplace()}/{name}.db"
        house = House(Settings.from_env(environment(url, redis.url, MODERATO_LIMITS="off")))
        schema.migrate(house.database)
        return house

    return furnish


if __name__ == "__main__":
    main()
