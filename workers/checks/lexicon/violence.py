"""Violence that somebody announces or wishes: `je vais te tuer`, `he should be shot`, `je vais me tuer`."""

from dataclasses import dataclass
from typing import Final

from workers.checks.lexicon.sentences import NOT, SELF, SHOULD, WILL, YOU, YOUR, Match, Sentences

_FAR: Final = 6
_REACH: Final = 5
_ON_ONESELF: Final = frozenset({"tuer", "pendre", "buter", "kill", "hang", "shoot"})


@dataclass(frozen=True, slots=True)
class Announced:
    """Violence against the reader, the writer, or a group."""

    category: str
    start: int
    end: int
    term: str
    sureness: float
    directed: bool = False


def announced(text: Sentences, verb: Match) -> Announced | None:
    first = text.first(verb.start, _FAR)
    if verb.entry.sureness == 1 and verb.start > first and text.words[verb.start - 1] in {"be", "etre"}:
        return _wished(text, verb, first)
    will = _last(text, verb.start, first, WILL)
    speaker = None if will is None else _last(text, will, max(first, will - 3), SELF)
    if speaker is None or text.any(speaker, verb.start, NOT):
        return None
    return _by_the_speaker(text, verb, speaker)


def _by_the_speaker(text: Sentences, verb: Match, speaker: int) -> Announced | None:
    sureness = 0.3 + 0.65 * verb.entry.sureness
    follows_you = text.together(verb.start, verb.end) and text.has(verb.end, YOU | YOUR)
    if follows_you or text.any(speaker + 1, verb.start, YOU):
        return Announced("threat", speaker, verb.end, verb.entry.term, sureness, directed=True)
    myself = text.words[verb.start - 1] in {"me", "m"} or text.words[verb.end : verb.end + 1] == ["myself"]
    if myself and text.words[verb.start] in _ON_ONESELF:
        return Announced("self_harm", speaker, verb.end, verb.entry.term, 0.8)
    for at in range(verb.end, verb.end + _REACH):
        for target in text.at(at):
            if target.entry.category in {"group", "people"} and text.together(verb.start, at):
                whole = sureness * (0.5 + 0.5 * target.entry.sureness)
                return Announced("threat", speaker, target.end, f"{verb.entry.term} … {target.entry.term}", whole)
    return None


def _wished(text: Sentences, verb: Match, first: int) -> Announced | None:
    """`… devrait être pendu`, `… should be shot`, whoever it is."""
    should = _last(text, verb.start - 2, first, SHOULD)
    if should is None or text.any(first, verb.start, NOT):
        return None
    aimed = text.any(first, should, YOU)
    return Announced("threat", should, verb.end, verb.entry.term, 0.9 if aimed else 0.5, directed=aimed)


def _last(text: Sentences, at: int, first: int, role: int) -> int | None:
    return next((place for place in range(at, first - 1, -1) if text.roles[place] & role), None)
