"""The labelled texts as readers would send them: each by an author of its own, spread over several articles."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

ARTICLES = 20
_LABELS = {"youtube_spam": "spam", "fox_news": "hate"}


@dataclass(frozen=True, slots=True)
class Remark:
    """One comment to send: `number` makes its author, address and idempotency key."""

    number: int
    corpus: str
    text: str
    bad: bool
    """What the people who labelled it said: spam, or hate."""

    @property
    def article(self) -> str:
        return f"{self.corpus}-{self.number % ARTICLES}"

    @property
    def submission(self) -> dict[str, Any]:
        number = self.number
        return {"name": f"Reader {number}", "email": f"reader.{number}@readers.example.org", "body": self.text}

    @property
    def address(self) -> str:
        """One of 16 million private addresses."""
        return f"10.{self.number >> 16 & 255}.{self.number >> 8 & 255}.{self.number & 255}"


def remarks(folder: Path, number: int | None) -> list[Remark]:
    """`number` remarks, both corpora in turn; all of them once without a number, from the start again if it is more."""
    texts = [(corpus, *pair) for corpus in _LABELS for pair in _read(folder, corpus)]
    total = len(texts) if number is None else number
    mixed = [texts[place * 7919 % len(texts)] for place in range(len(texts))]  # 7919 is prime: each once
    return [Remark(place, *mixed[place % len(mixed)]) for place in islice(count(), total)]


def _read(folder: Path, corpus: str) -> Iterator[tuple[str, bool]]:
    with gzip.open(folder / f"{corpus}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield row["text"], bool(row[_LABELS[corpus]])
