"""The normalised view: what it sees through, what it leaves alone, and that no text breaks it or makes it slow."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from service.domain.normal import normalise

# Pieces that disguises are made of, glued at random: they reach further than random characters do.
PIECES = (
    *("a", "o", "c", "con", "x", "0", "3", "$", "@", "!", "*", "#", ".", "-", "_", " ", "  ", "\n", "//", "www."),
    *("\u00a0", "aaa", "III", "\u0130", "\u017f", "\u212a", "\ufdfa", "é", "É"),
    *("\u0441", "\u043e", "\u0436", "\u03b1", "\u03c9", "\u0301", "\u0316", "\u0336", "\u200b", "\u00ad", "\u202e"),
    *("\U0001d41c", "\uff41", "\u1d00", "\ufb01", "\u00b2", "\u0e33", "\u05d0", "\u3042", "\u30fc", "\ufe0f"),
    *("\U000e0041", "\ud800", "\u1100", "\u1161", "\U0001f468\u200d"),
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.characters(exclude_categories=()), max_size=20).map("".join)


@given(texts)
def test_what_was_normalised_stays_as_it_is(text: str) -> None:
    once = normalise(text).text
    assert normalise(once).text == once


@given(texts)
def test_every_character_of_the_view_stands_somewhere_in_the_raw_text_in_order(text: str) -> None:
    normal = normalise(text)
    spans = [normal.raw_span(at, at + 1) for at in range(len(normal.text))]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.start <= other.start and one.end <= other.end for one, other in itertools.pairwise(spans))
    assert 0.0 <= normal.obfuscation <= 1.0
    assert all(0 <= span.start < span.end <= len(text) for span in normal.disguised)
