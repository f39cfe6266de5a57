"""Words written so that a list does not see them: set apart, with digits for letters, stretched, starred out."""

import itertools
import re
from functools import lru_cache
from typing import Final

from service.domain.edits import Draft, Edit, Trick

# Addresses and names of people: nobody's disguise, and a letter changed is another address.
_ADDRESS: Final = re.compile(
    r"(?<!\w)(?:https?://|www\.)[!-~]+"
    r"|(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+"
    r"|(?<![\w@])@\w++"
    r"|(?<![\w.-])(?:[\w-]{2,}+\.)+[a-z]{2,24}(?![\w-])(?:/[!-~]*)?",
    re.IGNORECASE,
)
_SHIELD: Final = "\0"

# Cheap looks, wrong on one side only: where they see nothing there is nothing, and most comments cost no more.
_MAYBE_APART: Final = re.compile(r"[-._*·•|/~ ][^\W_][-._*·•|/~ \t]{1,4}[\w@$€](?![^\W_])")
_MAYBE_LEET: Final = re.compile(r"[0134578@$€](?:[0134578@$€]?[^\W\d_]|[0357])")
_MAYBE_STRETCHED: Final = re.compile(r"([a-z\u00e0-\u052f])\1\1")

_LETTER: Final = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u052f"
_ALNUM: Final = r"[^\W_]"
_SIGN: Final = r"-._*·•|/~"
# Nothing after its loop can fail: it never goes back, and needs no `++`, which Python 3.11.2 gets wrong here.
_APART: Final = re.compile(
    rf"(?<!{_ALNUM})(?<!{_ALNUM}[{_SIGN}'’])[{_LETTER}]"
    rf"(?P<gap> ?[{_SIGN}]{{1,2}} ?| {{1,2}})(?:{_ALNUM}|[@$€])(?!{_ALNUM})"
    rf"(?:(?:(?P=gap)|[ \t]{{1,4}})(?:{_ALNUM}|[@$€])(?!{_ALNUM}))+(?=(?P<more>[{_SIGN}'’]{_ALNUM})?)"
)
_APART_LETTER: Final = re.compile(rf"(?P<gap>[^\w@$€]+?|[ ]?[{_SIGN}]{{1,2}}[ ]?)(?P<letter>{_ALNUM}|[@$€])")
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
_HEX: Final = frozenset("abcdefABCDEF")
_LONGEST_ABBREVIATION: Final = 5

_LEET: Final = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "€": "e"}
_TOKEN: Final = re.compile(r"[\w@$€]++")
_RUN: Final = re.compile(r"[0-9@$€]+")
_SHORT_LEET: Final = re.compile(r"[a-z]{1,2}(?:00|33|55|77)[a-z]?")
_LONGEST_LEET: Final = 24

_STRETCH: Final = re.compile(rf"([{_LETTER}])\1\1+", re.IGNORECASE)
_NUMERAL: Final = re.compile(r"[IXCM]{3}")

# `f*ck`, `p*te`, `f**k`, `conn**d`; neither `*word*` nor the plurals of `auteur*rice*s`.
_MASKED: Final = re.compile(
    rf"(?<![\w*#])(?:[{_LETTER}](?:[*#]{{2,4}}|[*#](?=[{_LETTER}]{{2}}))|[{_LETTER}]{{2,12}}\*{{2,4}})[a-z]{{1,12}}(?![\w*#])"
)


def joined(draft: Draft) -> list[Trick]:
    """Join letters that were set apart: `c o n n a r d`, `f.u.c.k`. `S.N.C.F.` joins too, but nothing was hidden."""
    if not _MAYBE_APART.search(draft.text):
        return []
    text = shielded(draft.text)
    edits: list[Edit] = []
    tricks: list[Trick] = []
    for match in _APART.finditer(text):
        if match["more"]:  # `y-a-t-il`: not all of it is single letters
            continue
        words = _words_apart(match)
        least = 4 if match["gap"].isspace() else 3
        if max(map(len, words)) < least:
            continue
        for places in words:
            letters = [text[at] for at in places]
            if sum(map(str.isalpha, letters)) * 3 < len(letters) * 2:
                continue
            edits += (Edit(one + 1, next_one, "") for one, next_one in itertools.pairwise(places))
            if _hides("".join(letters), match["gap"], text[places[-1] + 1 : places[-1] + 2]):
                tricks.append(draft.trick("joined", places[0], places[-1] + 1))
    draft.apply(edits)
    return tricks


def _words_apart(match: re.Match[str]) -> list[list[int]]:
    """Where the letters of a stretch stand, word by word: the gap between words is wider, or of another kind."""
    gap, start = match["gap"], match.start()
    words: list[list[int]] = [[start]]
    for letter in _APART_LETTER.finditer(match[0], 1):
        at = start + letter.start("letter")
        if letter["gap"] == gap:
            words[-1].append(at)
        else:
            words.append([at])
    return words


def _hides(word: str, gap: str, after: str) -> bool:
    """Whether letters were set apart to hide a word. Capitals are stressed or stand for a name; `r.s.v.p.` is short
    for something; `a b c d` is a list.
    """
    low = word.lower()
    abbreviation = gap == "." == after and len(word) <= _LONGEST_ABBREVIATION
    return len(word) >= 4 and not word.isupper() and not abbreviation and low not in _ALPHABET


def leet(draft: Draft) -> list[Trick]:
    """Read digits and signs as the letters they stand for, in words that can't be anything else."""
    if not _MAYBE_LEET.search(draft.text):
        return []
    text = shielded(draft.text)
    edits: list[Edit] = []
    tricks: list[Trick] = []
    for token in _TOKEN.finditer(text):
        if not _is_leet(token[0]):
            continue
        for run in _RUN.finditer(text, *token.span()):
            edits += (Edit(at, at + 1, _LEET[text[at]]) for at in range(*run.span()))
            if run.start() > token.start():  # `$user` and `€uro` are code and wit
                tricks.append(draft.trick("leet", *run.span()))
    draft.apply(edits)
    return tricks


@lru_cache(maxsize=4096)
def _is_leet(token: str) -> bool:
    """Guarded: not `4x4`, `H1N1`, `CO2`, `2e`, `G20`, `mp3`, `log_4j`, `aB3dE`, `fe80c0de`."""
    if token.isalpha() or token.isdecimal() or len(token) > _LONGEST_LEET:
        return False
    letters = [letter for letter in token if letter.isalpha()]
    if any(sign not in _LEET for sign in token if not sign.isalpha()) or set(letters) <= _HEX:
        return False
    if len(letters) == 2:
        return bool(_SHORT_LEET.fullmatch(token))
    word = "".join(letters)
    one_case = word[1:].islower() or (word.isupper() and len(word) >= 5)
    shape = token[-1].isalpha() and not token[0].isdecimal() and all(len(run) <= 2 for run in _RUN.findall(token))
    return len(word) >= 3 and one_case and shape and len(word) > len(token) // 2


def unstretched(draft: Draft) -> None:
    """No letter more than twice in a row: `connnnard` and `connard` read alike, and `Louis XIII` stays king."""
    if not _MAYBE_STRETCHED.search(draft.text.lower()):
        return
    text = shielded(draft.text)
    draft.apply(
        Edit(match.start() + 1, match.end(), text[match.end() - 1])
        for match in _STRETCH.finditer(text)
        if not _NUMERAL.fullmatch(match[0])
    )


def masked(draft: Draft) -> list[Trick]:
    """Words with letters starred out. They stay as they are: which letter was meant, only a list can tell."""
    if "*" not in draft.text and "#" not in draft.text:
        return []
    text = shielded(draft.text)
    return [draft.trick("masked", *match.span()) for match in _MASKED.finditer(text)]


@lru_cache(maxsize=4)
def shielded(text: str) -> str:
    """The text with addresses and @mentions blotted out, each character in its place."""
    if "@" not in text and "." not in text:
        return text
    return _ADDRESS.sub(_blot, text)


def _blot(match: re.Match[str]) -> str:
    return _SHIELD * len(match[0])
