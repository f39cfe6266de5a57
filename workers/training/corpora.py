"""Labelled texts, read from a folder of gzipped JSON lines, and what each set's labels say of which categories.

What a set doesn't label stays unsaid: a text that is not hateful may still be rude, one from a forum is hardly spam.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from workers.training.phrasebook import sentences

HEADS: Final = ("spam", "toxicity", "insult", "hate", "threat")
FOLDS: Final = 5


@dataclass(frozen=True, slots=True)
class Example:
    """A text, what is known of it (0 or 1 by category; what is missing is unknown), and how much that counts."""

    text: str
    source: str
    labels: Mapping[str, float]
    weight: float = 1.0
    group: str = ""
    """Texts of one group stay in one fold: the video they stand under, the campaign they belong to."""
    website: str = ""
    name: str = "Camille"

    @property
    def fold(self) -> int:
        return crc32((self.group or self.text).encode("utf-8", "surrogatepass")) % FOLDS


def rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows of one file. Raises FileNotFoundError."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _yes(value: Any) -> float:
    return float(str(value).strip().lower() in {"1", "1.0", "true", "yes"})


def _youtube(row: dict[str, Any]) -> Example:
    spam = _yes(row["spam"])
    return Example(row["text"], "youtube_spam", {"spam": spam}, 6.0, group=row["video"])


def _sms(row: dict[str, Any]) -> Example:
    return Example(row["text"], "sms_spam", {"spam": _yes(row["spam"])}, 0.15)


def _fox(row: dict[str, Any]) -> Example | None:
    """Its labels of hostility are kept for measuring; that none of it is spam is not a label of that set."""
    return Example(row["text"], "fox_news", {"spam": 0.0}, 1.5)


def _davidson(row: dict[str, Any]) -> Example:
    bad, hate = float(row["class"] != "neither"), float(row["class"] == "hate")
    return Example(
        row["text"], "davidson", {"spam": 0.0, "toxicity": bad} | ({"hate": hate} if hate or not bad else {}), 0.15
    )


def _hate(source: str, weight: float) -> Any:
    def read(row: dict[str, Any]) -> Example | None:
        if row.get("split") == "test":
            return None
        hate = _yes(row["hate"])
        return Example(row["text"], source, {"spam": 0.0, "toxicity": hate, "hate": hate}, weight)

    return read


def _civil(row: dict[str, Any]) -> Example:
    return Example(row["text"], "civil_toxic", {"spam": 0.0, "toxicity": 1.0}, 0.5)


def _wikipedia(row: dict[str, Any]) -> Example:
    toxic = _yes(row["toxic"])
    return Example(
        row["text"],
        "wikipedia_talk",
        {"spam": 0.0, "toxicity": toxic} | ({} if toxic else {"hate": 0.0, "threat": 0.0, "insult": 0.0}),
        3.0 if toxic else 0.3,
    )


def _jigsaw(language: str) -> Any:
    def read(row: dict[str, Any]) -> Example:
        labels = {
            "spam": 0.0, "toxicity": _yes(row["toxic"]), "insult": _yes(row["insult"]),
            "hate": _yes(row["identity_hate"]), "threat": _yes(row["threat"]),
        }  # fmt: skip
        return Example(row[f"text_{language}"], "jigsaw_en_fr", labels, 2.0, group=row["text_en"])

    return read


def _forum(row: dict[str, Any]) -> Example:
    return Example(row["text"], "forum_fr", {"spam": 0.0, "toxicity": _yes(row["toxic"])}, 6.0)


def _mlma(row: dict[str, Any]) -> Example:
    bad = float("normal" not in row["sentiment"])
    hate = float("hateful" in row["sentiment"])
    return Example(
        row["tweet"], "mlma_fr", {"spam": 0.0, "toxicity": bad} | ({"hate": hate} if hate or not bad else {}), 0.4
    )


def _ftr(row: dict[str, Any]) -> Example:
    bad = _yes(row["label"])
    return Example(row["text"], "ftr_fr", {"spam": 0.0, "toxicity": bad, "hate": bad}, 0.5)


def _positive(source: str, weight: float, *, negatives: bool = False) -> Any:
    def read(row: dict[str, Any]) -> Example | None:
        bad = _yes(row["toxic"])
        if not (bad or negatives):
            return None
        return Example(row["text"], source, {"spam": 0.0, "toxicity": bad} | ({} if bad else {"hate": 0.0}), weight)

    return read


_WARM: Final = frozenset(
    {
        "admiration", "gratitude", "approval", "love", "joy", "curiosity", "caring", "optimism", "excitement", "relief",
        "amusement", "pride", "neutral", "surprise", "realization",
    }
)  # fmt: skip


def _emotions(row: dict[str, Any]) -> Example | None:
    """Casual remarks with warm feelings only: enthusiasm that is no advertising, and no insult."""
    felt = row["emotions"] if isinstance(row["emotions"], list) else str(row["emotions"]).split(",")
    if not set(felt) <= _WARM or crc32(row["text"].encode()) % 4:
        return None
    return Example(row["text"], "goemotions", {"spam": 0.0, "toxicity": 0.0, "hate": 0.0, "threat": 0.0}, 0.7)


def _plain(source: str, share: int) -> Any:
    def read(row: dict[str, Any]) -> Example | None:
        if crc32(row["text"].encode()) % share or "framabook" in str(row.get("source", "")):
            return None
        return Example(
            row["text"],
            source,
            {"spam": 0.0, "toxicity": 0.0, "hate": 0.0, "threat": 0.0, "insult": 0.0},
            0.5,
        )

    return read


READERS: Final[dict[str, tuple[Any, ...]]] = {
    "youtube_spam": (_youtube,),
    "sms_spam": (_sms,),
    "fox_news": (_fox,),
    "davidson": (_davidson,),
    "dynabench_hate": (_hate("dynabench_hate", 1.4),),
    "civil_toxic": (_civil,),
    "wikipedia_talk": (_wikipedia,),
    "jigsaw_en_fr": (_jigsaw("en"), _jigsaw("fr")),
    "forum_fr": (_forum,),
    "mlma_fr": (_mlma,),
    "ftr_fr": (_ftr,),
    # found in the open, not in every folder
    "measuring_hate_speech": (_hate("measuring_hate_speech", 0.5),),
    "hatemoji_build": (_hate("hatemoji_build", 0.7),),
    "implicit_hate": (_hate("implicit_hate", 0.1),),
    "hatexplain_val_test": (_positive("hatexplain_val_test", 0.4, negatives=True),),
    "edos": (_positive("edos", 0.5),),
    "convabuse": (_positive("convabuse", 0.6, negatives=True),),
    "reddit_misogyny": (_positive("reddit_misogyny", 0.5),),
    "goemotions": (_emotions,),
    "commonvoice_fr": (_plain("commonvoice_fr", 5),),
    "frwikidisc": (_plain("frwikidisc", 1),),
    "tatoeba_fr": (_plain("tatoeba_fr", 4),),
    "tatoeba_en": (_plain("tatoeba_en", 4),),
}


def examples(folders: list[Path], written: int = 900) -> tuple[list[Example], list[str]]:
    """All examples to learn from, each text once by source, and the names of the files that were not there."""
    found: dict[tuple[str, str], Example] = {}
    missing = []
    for name, readers in READERS.items():
        home = next((folder for folder in folders if (folder / f"{name}.jsonl.gz").exists()), None)
        if home is None:
            missing.append(name)
            continue
        for row in rows(home, name):
            for read in readers:
                made = read(row)
                if made is not None and made.text.strip():
                    found.setdefault((made.source, made.text), made)
    for one in sentences(written):
        found[one.kind, f"{one.text} {one.website}"] = Example(
            one.text, f"written:{one.kind}", one.labels, 0.6, website=one.website, name=one.name
        )
    return list(found.values()), missing


LICENCES: Final = {
    "youtube_spam": "YouTube Spam Collection, Alberto et al. 2015, UCI (CC BY 4.0)",
    "sms_spam": "SMS Spam Collection, UCI (CC BY 4.0); translations MIT",
    "fox_news": "Gao and Huang 2017 (MIT); only that it is no spam is learnt",
    "davidson": "Davidson et al. 2017 (MIT)",
    "dynabench_hate": "Vidgen et al. 2021, Dynamically Generated Hate Dataset (CC BY 4.0)",
    "civil_toxic": "Toxic spans over Civil Comments (CC0)",
    "wikipedia_talk": "Context toxicity, Pavlopoulos et al. 2020 (Apache-2.0, text CC0)",
    "jigsaw_en_fr": "Jigsaw (CC0), translations ToxiFrench (MIT)",
    "forum_fr": "ToxiFrench agreement set (MIT)",
    "mlma_fr": "MLMA, Ousidhoum et al. 2019 (MIT)",
    "ftr_fr": "FTR racism (MIT)",
    "measuring_hate_speech": "Kennedy et al. 2020 (CC BY 4.0)",
    "hatemoji_build": "Kirk et al. 2022, HatemojiBuild (CC BY 4.0)",
    "implicit_hate": "ElSherief et al. 2021 (MIT)",
    "hatexplain_val_test": "Mathew et al. 2021, HateXplain (MIT)",
    "edos": "Kirk et al. 2023, EDOS (CC0)",
    "convabuse": "Cercas Curry et al. 2021, ConvAbuse (CC BY 4.0)",
    "reddit_misogyny": "Guest et al. 2021 (MIT)",
    "goemotions": "Demszky et al. 2020, GoEmotions (Apache-2.0, data CC BY 4.0)",
    "commonvoice_fr": "Common Voice French sentences (CC0)",
    "frwikidisc": "French Wikipedia talk pages (CC BY-SA 3.0), selection Talismane",
    "tatoeba_fr": "Tatoeba (CC BY 2.0 FR)",
    "tatoeba_en": "Tatoeba (CC BY 2.0 FR)",
    "written": "our own sentences (MIT)",
}
