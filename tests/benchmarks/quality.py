"""How good the judge is: every row of the table of goals that the corpora allow, and the worst cases for reading.

./dev bench quality --corpora DIR [--worst 10] [--model DIR]
"""

import argparse
from pathlib import Path

from workers.classifier.weights import load, shipped
from workers.training.evaluation import report


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench quality", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--corpora", type=Path, action="append", required=True, help="a folder of labelled texts")
    parser.add_argument("--model", type=Path, help="a model's folder; default the shipped one")
    parser.add_argument("--worst", type=int, default=10, help="worst false alarms and misses to print; default 10")
    asked = parser.parse_args()
    for line in report(asked.corpora, load(asked.model or shipped()), asked.worst):
        print(line)


if __name__ == "__main__":
    main()
