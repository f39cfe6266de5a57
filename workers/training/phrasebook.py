"""Sentences written for training: what no public corpus has, above all in French, and what corpora teach wrongly.

Each kind of sentence comes with its opposites: a group named in hatred and in friendship, hatred quoted to condemn it,
hatred of Mondays. Filled in at random from a fixed seed. Our own words throughout; the sentences of functional tests
(HateCheck) are not among them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from workers.training.english import ENGLISH
from workers.training.french import FRENCH

_SLOT: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    kind: str
    labels: Mapping[str, float]
    website: str = ""
    name: str = field(default="Camille")


CLEAN: Final = {"spam": 0.0, "toxicity": 0.0, "insult": 0.0, "hate": 0.0, "threat": 0.0}
_HATE: Final = CLEAN | {"toxicity": 1.0, "hate": 1.0}
_INSULT: Final = CLEAN | {"toxicity": 1.0, "insult": 1.0}
_THREAT: Final = CLEAN | {"toxicity": 1.0, "threat": 1.0}
_SPAM: Final = CLEAN | {"spam": 1.0}


def sentences(each: int, seed: int = 20260101) -> Iterator[Sentence]:
    """`each` different sentences (or as many as there are) of every kind and language."""
    for language, slots in (("en", ENGLISH), ("fr", FRENCH)):
        for kind, labels, share, templates in KINDS:
            dice = Random(f"{seed}-{language}-{kind}")
            seen: set[str] = set()
            for _ in range(3 * int(each * share)):
                if len(seen) >= int(each * share):
                    break
                text = _filled(dice.choice(templates[language]), slots, dice)
                if text not in seen:
                    seen.add(text)
                    yield _dressed(text, f"{kind}-{language}", labels, slots, dice)


def _dressed(
    text: str, kind: str, labels: Mapping[str, float], slots: Mapping[str, list[str]], dice: Random
) -> Sentence:
    """As people type it; advertising also under the names and with the addresses that it comes with."""
    roll = dice.random()
    if roll < 0.12:
        text = text.upper() if roll < 0.04 else text.lower()
    elif roll < 0.3:
        text = text.rstrip(".") + dice.choice(["", "!", "!!!", "...", " !", " lol", " mdr", " 😡", " 🙂"])
    website, name = "", "Camille"
    if kind.startswith("flattery_link"):
        if dice.random() < 0.6:
            website = f"https://{_filled('{host}', slots, dice).lower()}/"
            if dice.random() < 0.5:
                name = dice.choice(slots["trade"])
        else:
            host = _filled("{host}", slots, dice).lower()
            text = f"{text} {dice.choice(['', 'http://', 'https://', 'www.'])}{host}"
    elif kind.startswith("advert"):
        website = f"https://{_filled('{host}', slots, dice).lower()}/" if dice.random() < 0.2 else ""
    elif kind.startswith("thanks") and dice.random() < 0.15:
        website = f"https://{dice.choice(slots['home'])}/"
    return Sentence(text, kind, labels, website, name)


def _filled(template: str, slots: Mapping[str, list[str]], dice: Random) -> str:
    for _ in range(4):
        template, found = _SLOT.subn(lambda slot: dice.choice(slots[slot[1]]), template)
        if not found:
            break
    for apart, together in (("de les ", "des "), ("à les ", "aux "), ("?.", "?"), ("!.", "!")):
        template = template.replace(apart, together)
    return template[:1].upper() + template[1:]


# A kind: its labels, its share of `each`, its templates by language.
KINDS: Final[tuple[tuple[str, Mapping[str, float], float, dict[str, list[str]]], ...]] = (
    ("hate", _HATE, 3.0, {"en": ["{hate}.", "{hate}", "{lead} {hate}.", "{about}. {they_hate}.", "{hate}, {tail}."],
                          "fr": ["{hate}.", "{hate}", "{lead} {hate}.", "{about}. {they_hate}.", "{hate}, {tail}."]}),
    ("slur", _HATE | {"insult": 1.0}, 1.0, {"en": ["{slur_use}.", "{slur_use}!"], "fr": ["{slur_use}.", "{slur_use} !"]}),
    ("quoted", CLEAN, 1.6, {"en": ["{counter}."], "fr": ["{counter}."]}),
    ("negated", CLEAN, 1.4, {"en": ["{negated}."], "fr": ["{negated}."]}),
    ("group", CLEAN, 1.6, {"en": ["{neutral}.", "{neutral}. {chat}.", "{lead} {neutral}."],
                           "fr": ["{neutral}.", "{neutral}. {chat}.", "{lead} {neutral}."]}),
    ("thing", CLEAN, 1.2, {"en": ["{grumble}.", "{grumble}!", "{lead} {grumble}."],
                           "fr": ["{grumble}.", "{grumble} !", "{lead} {grumble}."]}),
    ("oath", CLEAN, 0.8, {"en": ["{oath}.", "{oath}!"], "fr": ["{oath}.", "{oath} !"]}),
    ("insult", _INSULT, 2.0, {"en": ["{insult}.", "{insult}", "{chat}, {insult}.", "{insult}, {chat}."],
                              "fr": ["{insult}.", "{insult}", "{chat}, {insult}.", "{insult}, {chat}."]}),
    ("reproach", CLEAN, 1.4, {"en": ["{reproach}.", "{chat}. {reproach}."], "fr": ["{reproach}.", "{chat}. {reproach}."]}),
    ("threat", _THREAT, 1.0, {"en": ["{threat}.", "{threat}!", "{insult}, {threat}."],
                              "fr": ["{threat}.", "{threat} !", "{insult}, {threat}."]}),
    ("harmless", CLEAN, 0.6, {"en": ["{harmless}."], "fr": ["{harmless}."]}),
    ("news", CLEAN, 2.0, {"en": ["{chat}.", "{chat}. {chat}.", "{chat}, {tail}."],
                          "fr": ["{chat}.", "{chat}. {chat}.", "{chat}, {tail}."]}),
    ("source", CLEAN, 1.2, {"en": ["{chat}: https://{paper}/{path}", "{refer} https://{paper}/{path}", "{chat}. {refer} {paper}"],
                            "fr": ["{chat} : https://{paper}/{path}", "{refer} https://{paper}/{path}", "{chat}. {refer} {paper}"]}),
    ("thanks", CLEAN, 1.4, {"en": ["{thanks}", "{thanks} {chat}."], "fr": ["{thanks}", "{thanks} {chat}."]}),
    ("flattery_link", _SPAM, 1.6, {"en": ["{flattery}", "{flattery} {flattery}", "{flattery} {my_site}"],
                                   "fr": ["{flattery}", "{flattery} {flattery}", "{flattery} {my_site}"]}),
    ("advert", _SPAM, 3.0, {"en": ["{advert}", "{advert} {call}", "{story} {call}", "{flattery} {advert} {call}"],
                            "fr": ["{advert}", "{advert} {call}", "{story} {call}", "{flattery} {advert} {call}"]}),
    ("beg", _SPAM, 0.8, {"en": ["{beg}", "{chat}. {beg}"], "fr": ["{beg}", "{chat}. {beg}"]}),
)  # fmt: skip
