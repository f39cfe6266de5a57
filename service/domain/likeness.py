"""Whether two texts are copies of one another: what is kept of them, their sketches, is compared."""

from typing import Final

ALIKE: Final = 8
"""Of sixteen numbers, how many must be equal: texts that share half of their pairs of words."""


def alike(one: str, other: str) -> bool:
    """Whether two sketches are of texts that are copies of one another, small changes aside."""
    pairs = zip(bytes.fromhex(one), bytes.fromhex(other), strict=True)
    return sum(left == right for left, right in pairs) >= ALIKE
