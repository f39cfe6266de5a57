"""What judging one comment costs: time by part, memory, and how long the first one takes in a new process.

./dev bench engine [--corpora DIR] [--count 2000]
"""

import argparse
import gzip
import json
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from service.domain.policy import Policy
from tests.benchmarks._tables import machine, table
from workers.checks.context import Context
from workers.classifier.serving import serving
from workers.engine import moderate

_OWN = (
    "Merci pour cet article, enfin des chiffres que l'on peut vérifier. La ligne 3 est pleine dès six heures.",
    "I paid for this twice: once with my taxes and once at the gate. Who voted for it, and when will it stop?",
    "Vous êtes vraiment un imbécile, et votre maire aussi !!!",
    "Check out my channel http://a.example and subscribe please",
)
_COLD = """
import time; began = time.perf_counter()
from workers.explain import POLICY
from workers.engine import moderate
from workers.checks.context import Context
from workers.classifier.serving import serving
moderate(Context(body="Merci pour cet article."), POLICY, model=serving())
import resource
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench engine", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--corpora", type=Path, help="a folder with fox_news and forum_fr; default four texts of our own"
    )
    parser.add_argument("--count", type=int, default=2000, help="comments to judge; default 2000")
    asked = parser.parse_args()
    texts = _texts(asked.corpora, asked.count)
    model, policy = serving(), Policy(hold_first_comment=False)
    for text in texts[:50]:
        moderate(Context(body=text), policy, model=model)
    whole: list[float] = []
    parts: dict[str, float] = defaultdict(float)
    for number, text in enumerate(texts):
        began = time.perf_counter()
        verdict = moderate(Context(body=f"{text} ({number})"), policy, model=model)
        whole.append((time.perf_counter() - began) * 1000)
        for outcome in verdict.outcomes:
            parts[outcome.check] += outcome.milliseconds
    cuts = statistics.quantiles(whole, n=100)
    cold = [_cold() for _ in range(5)]
    seconds, kilobytes = statistics.median(one for one, _ in cold), max(two for _, two in cold)
    rows = [
        ("per comment, p50", f"{cuts[49]:.2f} ms", "1 ms"),
        ("per comment, p95", f"{cuts[94]:.2f} ms", "3 ms"),
        ("per comment, p99", f"{cuts[98]:.2f} ms", "10 ms"),
        ("longest body (64 KiB)", f"{_longest(policy):.0f} ms", ""),
        ("memory of a fresh process that judged", f"{kilobytes / 1024:.0f} MB", "150 MB"),
        ("cold start to the first verdict", f"{seconds:.2f} s", "1.5 s"),
    ]
    print(table(("engine", "measured", "goal"), rows))
    print()
    share = sum(parts.values())
    dearest = sorted(parts.items(), key=lambda each: -each[1])[:12]
    costly = [(name, f"{spent / len(texts):.3f}", f"{100 * spent / share:.0f} %") for name, spent in dearest]
    print(table(("part", "ms a comment", "share"), costly))
    print(f"\n{len(texts)} comments of {statistics.median(map(len, texts)):.0f} characters; {machine()}")


def _texts(folder: Path | None, count: int) -> list[str]:
    texts = list(_OWN)
    if folder is not None:
        texts = []
        for name in ("fox_news", "forum_fr"):
            with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
                texts += [json.loads(line)["text"] for line in lines]
    return [texts[number * 7919 % len(texts)] for number in range(count)]


def _longest(policy: Policy) -> float:
    body = (" ".join(_OWN) + " ") * 200
    began = time.perf_counter()
    moderate(Context(body=body[:65_000]), policy, model=serving())
    return (time.perf_counter() - began) * 1000


def _cold() -> tuple[float, int]:
    said = subprocess.run([sys.executable, "-c", _COLD], capture_output=True, text=True, check=True).stdout.split()
    return float(said[0]), int(said[1])


if __name__ == "__main__":
    main()
