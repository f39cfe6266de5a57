"""What is said of a group of people: called vermin, wished dead, told to leave, cursed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from workers.checks.lexicon.sentences import (
    ALL,
    ANY,
    ARE,
    BE,
    FREE,
    NOT,
    SELF,
    SHOULD,
    WHY,
    WIDE,
    WILL,
    Match,
    Sentences,
)

_PLURAL: Final = ("s", "x", "men", "people")
_ASKED: Final = 0.6
"""`Are they really …?` often answers somebody; `Why are they so …?` doesn't ask."""
_ONLY: Final = frozenset({"only", "just", "que", "seulement"})


@dataclass(frozen=True, slots=True)
class Said:
    """Something said of a group, from word `start` up to word `end`, by that term, and how bad it is."""

    start: int
    end: int
    term: str
    badness: float


def said_of(text: Sentences, group: Match) -> Iterator[Said]:
    """Everything that this mention of a group is part of."""
    for look in (_cursed, _wished, _beside, _predicate):
        said = look(text, group)
        if said:
            yield said


def said_of_them(text: Sentences, they: Match) -> Iterator[Said]:
    """What follows a `they` that means a group named before."""
    said = _predicate(text, they)
    if said:
        yield said


def _cursed(text: Sentences, group: Match) -> Said | None:
    """`Mort aux …`, `I hate …`, `sale …`: a curse, at most two small words, then the group."""
    for at in range(text.first(group.start, 6), group.start):
        for curse in text.at(at):
            category = curse.entry.category
            if category not in {"curse", "hatred"} or not 0 <= group.start - curse.end <= 2:
                continue
            between = text.roles[curse.end : group.start]
            if not all(role & (ALL | FREE) for role in between) or text.any(text.first(at, 5), at, NOT):
                continue
            # `I hate Indian food` is about food.
            if category == "hatred" and not group.entry.words[-1].endswith(_PLURAL):
                continue
            # `Democrats hate Christians` tells of others; `I hate …`, or a sentence that begins so, does not.
            if category == "curse" or at == text.first(at, 1) or text.any(text.first(at, 3), at, SELF):
                return Said(at, group.end, curse.entry.term, curse.entry.sureness)
    return None


def _wished(text: Sentences, group: Match) -> Said | None:
    """`Il faut tuer les …`, `we should deport all …`, `let's hang the …`: harm, small words, the group."""
    for at in range(text.first(group.start, 5), group.start):
        for harm in text.at(at):
            between = text.roles[harm.end : group.start]
            if harm.entry.category not in {"violence", "exclusion"} or not all(role & (ALL | FREE) for role in between):
                continue
            first = text.first(at, 4)
            if harm.end <= group.start and text.any(first, at, SHOULD | WILL) and not text.any(first, at, NOT):
                return Said(at, group.end, harm.entry.term, _harm(harm))
    return None


def _beside(text: Sentences, group: Match) -> Said | None:
    """`Muslim scum`, `vermine …`, `ces rats de …`, `… de merde`: a vile word right beside the group."""
    if text.words[group.end : group.end + 2] == ["de", "merde"]:
        return Said(group.start, group.end + 2, "de merde", 0.9)
    for after in text.at(group.end):
        if after.entry.category == "vile" and text.together(group.start, group.end):
            return Said(group.start, after.end, after.entry.term, 0.8)
    joint = group.start - 1 if group.start and text.words[group.start - 1] in {"de", "d"} else group.start
    for at in range(text.first(group.start, 4), joint):
        for vile in text.at(at):
            if vile.entry.category == "vile" and vile.end == joint:
                return Said(at, group.end, vile.entry.term, 0.75)
    return None


def _predicate(text: Sentences, group: Match) -> Said | None:
    """`Les … sont de la vermine`, `… should be shot`, `… don't deserve to live`, `… dehors`."""
    near = text.first(group.start, 2)
    single = text.any(near, group.start, ANY)
    denied = text.any(near, group.start, NOT)
    why = linked = text.any(text.first(group.start, 4), group.start, WHY)
    should = text.any(text.first(group.start, 4), group.start, SHOULD)
    for at in range(group.end, group.end + WIDE):
        if not text.together(group.start, at):
            return None
        here = [(_badness(found, at == group.end, linked, denied, should), found) for found in text.at(at)]
        if text.asks(group.start) and not why:
            here = [(badness * _ASKED, found) for badness, found in here]
        badness, worst = max(here, key=lambda one: one[0], default=(0.0, group))
        if badness:
            return Said(group.start, worst.end, worst.entry.term, badness)
        if denied and any(found.entry.category in _CALLED for found in text.at(at)):
            return None
        role = text.roles[at]
        denied = denied or bool(role & NOT and not _ONLY.intersection(text.words[at + 1 : at + 2]))
        linked = linked or bool(role & ARE or (role & BE and single))
        should = should or bool(role & SHOULD)
    return None


def _badness(found: Match, beside: bool, linked: bool, denied: bool, should: bool) -> float:  # noqa: FBT001 - the sentence's five facts
    """How bad it is to say this term of a group, given what stands between them."""
    category, sureness = found.entry.category, found.entry.sureness
    if category == "denied":
        return 0.85 if denied and (should or linked) else 0.0
    if denied:
        return 0.0
    if category == "verb":
        return sureness
    if category == "exclusion" and beside:
        return 0.6
    if should and category in _WISHED:
        return _harm(found)
    if linked and category in _CALLED:
        least, more = _CALLED[category]
        return least + more * sureness if sureness > 0.2 else 0.0
    return 0.0


def _harm(found: Match) -> float:
    return _WISHED[found.entry.category] + (0.35 * found.entry.sureness if found.entry.category == "violence" else 0.0)


_WISHED: Final = {"violence": 0.6, "dying": 0.9, "exclusion": 0.7}
_CALLED: Final = {"vile": (0.0, 0.9), "base": (0.3, 0.4), "insult": (0.4, 0.5), "hate": (0.4, 0.5)}
