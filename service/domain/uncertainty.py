"""Uncertainty: which comments teach the machine most, should a person decide on them. Where it can't tell, it learns.

    teaches = min(odds, 1 / odds)        odds = chance / (1 - chance)

That is 1 where a comment may as well be refused as published, and falls alike to both sides on the logits' scale: from
even odds to 1 : 10 as far as from 1 : 10 to 1 : 100. Of both categories the one that is less sure counts.
"""

from collections.abc import Mapping
from typing import Final

from service.domain.teaching import Category

COPY: Final = 0.1
"""What a text teaches that says nearly what another said before, as a share: that one has been seen already."""


def teaches(chances: Mapping[Category, float], *, copied: bool = False) -> float:
    """From 0 to 1, by the best that is known of each category; `copied`: it repeats an earlier comment."""
    unsure = max((_unsure(chance) for chance in chances.values()), default=0.0)
    return unsure * COPY if copied else unsure


def _unsure(chance: float) -> float:
    less = min(chance, 1.0 - chance)
    return max(0.0, less / (1.0 - less))
