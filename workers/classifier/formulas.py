"""What turns logits and signals into chances: one logistic formula a category, readable in the model's manifest."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, isfinite
from typing import Any

STEEPEST = 30.0  # beyond it a chance is 0 or 1 to any digit


@dataclass(frozen=True, slots=True)
class Formula:
    """`bias` plus each thing times its weight is the logit."""

    bias: float
    weights: Mapping[str, float]

    def __call__(self, inputs: Mapping[str, float]) -> float:
        total = self.bias + sum(weight * inputs.get(name, 0.0) for name, weight in self.weights.items())
        return round(1.0 / (1.0 + exp(-max(-STEEPEST, min(STEEPEST, total)))), 4)


def formulas(heads: Any, document: Any) -> dict[str, Formula]:
    """The formulas of a manifest, one for each head.

    Raises:
        ValueError: one is missing, or is none; `spam` and `toxicity` have to be among the heads.
    """
    if not isinstance(heads, list) or not {"spam", "toxicity"} <= set(map(str, heads)):
        raise ValueError("its heads are not spam, toxicity and what else it tells apart")
    try:
        found = {
            head: Formula(
                float(document[head]["bias"]),
                {str(name): float(weight) for name, weight in document[head]["weights"].items()},
            )
            for head in heads
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"its formulas lack something ({error})") from None
    if not all(isfinite(each) for formula in found.values() for each in (formula.bias, *formula.weights.values())):
        raise ValueError("a formula holds what is no number")
    return found
