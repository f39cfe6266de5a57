"""What can be counted in a comment without understanding it: a row of numbers around 0 to 1 for the classifier."""

import re
from typing import Final

_LINK: Final = re.compile(r"https?://|www\.", re.IGNORECASE)
_MONEY: Final = re.compile(r"[$€£]|\b(?:usd|eur|btc)\b", re.IGNORECASE)
_KEYWORDS: Final = re.compile(r"https?|www\.|\.(?:com|net|org|info|shop)\b|\d{3}", re.IGNORECASE)

NAMES: Final = (
    "length", "short", "capitals", "shouted", "links", "one_link", "exclaimed", "asked", "digits", "signs", "pictures",
    "variety", "money", "disguised", "website", "name_sells", "long_name", "lines",
)  # fmt: skip


def figures(body: str, name: str, website: str, obfuscation: float) -> list[float]:
    """One number for each of `NAMES`. `obfuscation` is the normaliser's."""
    body = body[:8192]
    size = max(1, len(body))
    words = body.split()
    letters = sum(map(str.isalpha, body))
    capitals = sum(map(str.isupper, body))
    links = len(_LINK.findall(body))
    spaces = sum(map(str.isspace, body))
    digits = sum(map(str.isdigit, body))
    shouted = sum(len(word) > 3 and word.isupper() for word in words)
    return [
        min(len(body), 2000) / 1000,
        float(len(words) < 4),
        capitals / max(1, letters),
        min(shouted, 6) / 3,
        min(links, 4) / 2,
        float(links > 0),
        min(body.count("!"), 6) / 3,
        min(body.count("?"), 6) / 3,
        5 * digits / size,
        3 * (size - letters - spaces - digits) / size,
        min(sum(mark > "\u2600" for mark in body), 6) / 3,
        len(set(words)) / max(1, len(words)),
        min(len(_MONEY.findall(body)), 3) / 2,
        obfuscation,
        float(bool(website)),
        float(bool(_KEYWORDS.search(name))),
        float(len(name.split()) > 3),
        min(body.count("\n"), 5) / 3,
    ]
