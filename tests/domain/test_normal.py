"""The normalised view: what it sees through, what it leaves alone, and that no text breaks it or makes it slow."""

# ruff: noqa: RUF001 - Greek, Russian, Arabic and Hebrew here are what they are

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.normal import normalise
from tests.clock import growth

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


def disguised(text: str) -> list[str]:
    """The words that count as hidden, as they were written."""
    return [text[span.start : span.end] for span in normalise(text).disguised]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("c\u043enn\u0430rd", "connard", id="Cyrillic in a Latin word"),
        pytest.param("\u03bf\u03bd\u03b5r", "over", id="Greek in a Latin word"),
        pytest.param("\u0440\u0430\u0443 me", "pay me", id="a whole word of Cyrillic in a Latin text"),
        pytest.param("s\u200bh\u2060i\ufefft", "shit", id="zero-width"),
        pytest.param("c\u00ado\u00adn\u00adn\u00ada\u00adr\u00add", "connard", id="soft hyphens"),
        pytest.param("s\U000e0061h\U000e0062it", "shit", id="tag characters"),
        pytest.param("\uff46\uff52\uff45\uff45", "free", id="fullwidth"),
        pytest.param("\U0001d41f\U0001d42b\U0001d41e\U0001d41e", "free", id="mathematical bold"),
        pytest.param("\u24d5\u24e1\u24d4\u24d4", "free", id="circled"),
        pytest.param("\U0001f175\U0001f181\U0001f174\U0001f174", "FREE", id="squared"),
        pytest.param("\ua730\u0280\u1d07\u1d07", "free", id="small capitals"),
        pytest.param("f\u0337\u0322\u031br\u0335\u0358e\u0334\u0328e\u0335", "free", id="floods of marks"),
        pytest.param("c o n n a r d", "connard", id="spaced"),
        pytest.param("f.u.c.k off", "fuck off", id="dotted"),
        pytest.param("s-u-b-s-c-r-i-b-e", "subscribe", id="hyphens"),
        pytest.param("c h e c k   o u t   m y   s i t e", "check   out   my   site", id="wider gaps are spaces"),
        pytest.param("c0nn4rd", "connard", id="leet"),
        pytest.param("fr33 m0n3y", "free money", id="leet at the end"),
        pytest.param("$ubscribe, a$$hole", "subscribe, asshole", id="signs for letters"),
        pytest.param("connnnnard", "connard", id="stretched"),
        pytest.param("S.N.C.F. et U.S.A", "SNCF. et USA", id="abbreviations"),
    ],
)
def test_a_disguised_word_reads_as_it_was_meant(written: str, read: str) -> None:
    assert normalise(written).text == read


@pytest.mark.parametrize(
    "text",
    [
        "4x4, H1N1, B2B, 2e, 1er, P2P, CO2, 3G, G20, COVID-19, mp3, A380, 20h30, 1080p, C6H12O6",
        "voir https://a.example/c0nnard?x=m0n3y&y=f.u.c.k ou www.m0n3y.example/aaaa",
        "jo.m4rtin@c0nnard.example et @m0n3y, @sshole",
        "Il y a à boire, y a-t-il, a-t-elle, P.-S., Jean-Paul, c'est-à-dire, l'été",
        "Louis XIII et Charles III",
        "f*ck, p*te, s#it, f**k",
        "Déjà vu : « cœur naïf » — l’élève",
        "Это настоящий русский текст, где есть слова сосо и река",
        "Ένα ελληνικό κείμενο",
        "x_1 = a*b + c[0]; log4j_2 = 0xdeadbeef",
        "日本語のコメント ーーーー",
    ],
)
def test_what_is_no_disguise_stays_as_it_is(text: str) -> None:
    normal = normalise(text)
    assert normal.text == text


@pytest.mark.parametrize(
    "text",
    [
        "«\u00a0L’été\u00a0!\u00a0» 12\u202f000\u00a0€ — 1ᵉʳ, CO₂, m², n°\u00a05, ½, ™",
        unicodedata.normalize("NFD", "Élève déjà naïf, Tiếng Việt, Ångström"),
        "L'anti\u00adconsti\u00adtution\u00adnelle cé\u00adré\u00admo\u00adnie",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f 1\ufe0f\u20e3 \U0001f44d\U0001f3fd",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "nooooon, pffff, looool, BRAVO, B R A V O, S.N.C.F., r.s.v.p., a.k.a., a b c d",
        "Это русский, про iPhone", "TNFα et Δt", "می\u200cخواهم HTML", "ＡＢＣテレビ", "क्\u200dया",
        "$user = $this->get(); €uro; @jo; https://a.example/p0rn",
        "fin du texte\ufeff", "\u200fעברית\u200f ASCII",
    ],
)  # fmt: skip
def test_what_is_innocent_scores_nothing(text: str) -> None:
    assert (normalise(text).obfuscation, disguised(text)) == (0.0, [])


def test_the_more_words_are_hidden_the_higher_the_score() -> None:
    word = "c\u043ennard "
    scores = [normalise(word * times).obfuscation for times in (0, 1, 2, 4, 8)]
    assert scores == sorted(set(scores))
    assert scores[0] == 0.0
    assert 0.99 < scores[-1] <= 1.0


def test_one_polite_star_counts_for_little() -> None:
    assert 0.0 < normalise("What the f*ck").obfuscation < 0.2


def test_the_very_words_are_marked_without_the_punctuation_around_them() -> None:
    assert disguised("Ah, (c\u043ennard) ! f.u.c.k, fr33.") == ["c\u043ennard", "f.u.c.k", "fr33"]


def test_a_word_of_the_view_leads_back_to_all_that_was_written_for_it() -> None:
    raw = "Quel c o n n a r d, e\u0301cole"
    normal = normalise(raw)
    at = normal.text.index("connard")
    span = normal.raw_span(at, at + len("connard"))
    assert raw[span.start : span.end] == "c o n n a r d"
    at = normal.text.index("école")
    span = normal.raw_span(at, at + 1)
    assert raw[span.start : span.end] == "e\u0301"


HOSTILE = (
    *("a", "a.", "a. ", "a b ", "a@", "a@b.c", "//", "www.", "aa.", "@a", "a_", "|a", " ", " a", "c0n "),
    *("l33t ", "aaa.", "f*", "f*ck ", "\u0301", "a\u0301\u0316", "\u200b", "a\u200b", "a\u00ad"),
    *("\u202ea", "\U000e0041", "\u0441o ", "\u0441 ", "\U0001d41c", "\U0001f602\ufe0f", "\ufdfa", "é", "\u1100"),
)  # fmt: skip


@pytest.mark.parametrize("seed", HOSTILE, ids=ascii)
def test_a_hostile_text_four_times_as_long_is_read_in_about_four_times_the_work(seed: str) -> None:
    fresh = itertools.count()  # texts that were read are remembered

    def read(text: str) -> None:
        normalise(f"{text}{next(fresh)}")

    small, large = ((seed * size)[:size] for size in (50_000, 200_000))
    assert growth(read, small, large) < 10, "squared it would be 16"
