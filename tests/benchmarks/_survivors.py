"""Mutants that no test can notice, or need not, and why: by target, and as `./dev bench mutants` tells them."""

from typing import Final

EXPLAINED: Final[dict[str, dict[str, str]]] = {
    "policy": {"constant: `4` -> `5`": "A fifth digit of a score: nobody is shown it, and thresholds have fewer."},
}
