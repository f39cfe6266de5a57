"""Figures of quality, from chances and labels: what they mean is in `docs/quality.md`."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def f1(label: Array, said: Array) -> float:
    """Of the positives: harmonic mean of precision and recall. 0 where nothing was found."""
    hits = float((label & said).sum())
    return 2 * hits / max(1.0, float(label.sum() + said.sum()))


def macro_f1(label: Array, said: Array) -> float:
    """Mean of F1 of the positives and of the negatives: fair where one kind is rare."""
    return (f1(label, said) + f1(~label, ~said)) / 2


def auc(label: Array, chance: Array) -> float:
    """How often a positive is ranked above a negative, ties counting half."""
    order = np.argsort(chance, kind="stable")
    ranked = chance[order]
    ranks = np.empty(len(chance))
    starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    ends = np.append(starts[1:], len(ranked))
    for start, end in zip(starts, ends, strict=True):
        ranks[order[start:end]] = (start + end + 1) / 2
    positives, negatives = int(label.sum()), int((~label).sum())
    if not positives or not negatives:
        return float("nan")
    return float((ranks[label].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def false_alarms_at(label: Array, chance: Array, recall: float) -> float:
    """The share of negatives at or above the threshold that finds that share of the positives."""
    threshold = np.quantile(chance[label], 1 - recall)
    return float((chance[~label] >= threshold).mean())


def recall_at(positives: Array, negatives: Array, false_alarms: float) -> float:
    """The share of positives above the threshold that flags that share of the negatives at most."""
    threshold = np.quantile(negatives, 1 - false_alarms, method="higher")
    return float((positives > threshold).mean())


def reliability(
    label: Array, chance: Array, weight: Array | None = None, bins: int = 10
) -> tuple[float, list[tuple[float, float, int]]]:
    """The expected calibration error, and for each tenth of the scale: mean chance, share of positives, texts."""
    weight = np.ones(len(label)) if weight is None else weight
    rows, error = [], 0.0
    for low in np.arange(bins) / bins:
        inside = (chance >= low) & ((chance < low + 1 / bins) | (low + 1 / bins >= 1))
        if inside.any():
            share = weight[inside]
            mean, found = np.average(chance[inside], weights=share), np.average(label[inside], weights=share)
            rows.append((round(float(mean), 3), round(float(found), 3), int(inside.sum())))
            error += abs(mean - found) * share.sum()
    return float(error / weight.sum()), rows


def decided_alone(label: Array, chance: Array, share: float, error: float, seed: int = 0) -> float:
    """Of a stream with that share of positives: how much could be decided with that share of errors on each side."""
    dice = np.random.default_rng(seed)
    positives, negatives = chance[label], chance[~label]
    size = min(len(negatives), int(len(positives) * (1 - share) / share))
    good = dice.choice(negatives, size, replace=False)
    bad = dice.choice(positives, int(size * share / (1 - share)), replace=False)
    stream = np.concatenate([good, bad])
    truth = np.concatenate([np.zeros(len(good), bool), np.ones(len(bad), bool)])
    order = np.argsort(stream)
    below = _longest(truth[order], stream[order], error)
    above = _longest(~truth[order][::-1], stream[order][::-1], error)
    return min(1.0, (below + above) / len(stream))


def _longest(wrong: Array, ranked: Array, error: float) -> int:
    """How far one can go from one end with that share of errors; texts of one chance are decided alike."""
    rate = np.cumsum(wrong) / np.arange(1, len(wrong) + 1)
    ends = np.append(ranked[1:] != ranked[:-1], True)
    within = np.flatnonzero((rate <= error) & ends)
    return int(within[-1]) + 1 if len(within) else 0
