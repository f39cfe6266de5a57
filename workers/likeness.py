"""How alike two texts are: sixteen numbers stand for a text, and equal ones for equal pairs of words (MinHash).

Compared are the words as they read, folded, without links, numbers and punctuation: those change from copy to copy.
"""

import hashlib
import re
import struct
from itertools import pairwise
from typing import Final
from uuid import UUID

from service.domain.matching import fold
from service.domain.normal import normalise
from workers.checks.links import LINK

ENOUGH_WORDS: Final = 10
"""Shorter texts are alike by chance or courtesy: of six to nine words, one honest comment in a hundred has a double."""
ENOUGH_BESIDE_A_LINK: Final = 5
"""A courtesy comes without a link."""
_MOST_CHARACTERS: Final = 3000
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_NUMBERS: Final = struct.Struct("<16I")
_BAND: Final = struct.Struct("<16s B 3I")

Numbers = tuple[int, ...]
Bands = tuple[int, int, int, int]


def numbers(text: str) -> Numbers | None:
    """The sixteen numbers of a text; None where it is too short to be told from others by its words.

    Each pair of words in a row draws sixteen lots; of each, the text keeps the smallest. So two texts agree on a number
    as often as they share a pair. A long text is known by its beginning.
    """
    begun = normalise(text).text[:_MOST_CHARACTERS]
    said = LINK.sub(" ", begun)
    words = _WORD.findall(fold(said))
    if len(words) < (ENOUGH_WORDS if said == begun else ENOUGH_BESIDE_A_LINK):
        return None
    pairs = {f"{one} {next_}" for one, next_ in pairwise(words)}
    lots = (_NUMBERS.unpack(hashlib.blake2b(pair.encode("utf-8", "replace")).digest()) for pair in pairs)
    return tuple(min(lot) for lot in zip(*lots, strict=True))


def bands(site_id: str, of: Numbers) -> Bands:
    """Four keys, each made of three numbers: texts that share half their pairs have one in common, others hardly ever.

    Keys of one site are never those of another.
    """
    site = UUID(site_id).bytes
    made = (_BAND.pack(site, at, *of[3 * at : 3 * at + 3]) for at in range(4))
    one, two, three, four = (int.from_bytes(hashlib.blake2b(raw, digest_size=4).digest(), signed=True) for raw in made)
    return one, two, three, four


def sketch(of: Numbers) -> str:
    """The numbers as they are kept: the lowest byte of each."""
    return bytes(number & 0xFF for number in of).hex()
