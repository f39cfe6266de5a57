"""The sentences: the same keys and blanks in every language, and French set as French is set."""

import re
from collections.abc import Iterator
from itertools import product

import pytest

from service.domain.reasons import PUBLIC_REASONS, SIGNAL_REASONS, DecisionReason, ReportReason
from service.words import FALLBACK, catalogue, languages, say

EVERY_KEY = sorted({key for language in languages() for key in catalogue(language)})


def forms(language: str, key: str) -> tuple[str, ...]:
    """The sentence, or all its plural forms."""
    sentence = catalogue(language)[key]
    return tuple(sentence.values()) if isinstance(sentence, dict) else (sentence,)


def blanks(language: str, key: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", " ".join(forms(language, key))))


def sentences(language: str) -> Iterator[tuple[str, str]]:
    for key in catalogue(language):
        for sentence in forms(language, key):
            yield key, sentence


@pytest.mark.parametrize(("language", "key"), list(product(languages(), EVERY_KEY)))
def test_every_sentence_exists_in_every_language_with_the_same_blanks(language: str, key: str) -> None:
    assert key in catalogue(language)
    assert all(form.strip() for form in forms(language, key))
    assert blanks(language, key) == blanks(FALLBACK, key)


@pytest.mark.parametrize("language", languages())
def test_plural_sentences_have_a_form_for_every_count_and_count_something(language: str) -> None:
    for key, sentence in catalogue(language).items():
        if isinstance(sentence, dict):
            assert "other" in sentence, key
            assert "count" in blanks(language, key), key


def test_every_reason_has_its_words() -> None:
    keys = {f"signal.{reason}" for reason in SIGNAL_REASONS}
    keys |= {f"decision.{reason}" for reason in DecisionReason}
    keys |= {f"public.{reason}" for reason in PUBLIC_REASONS}
    keys |= {f"report.{reason}" for reason in ReportReason}
    assert keys <= set(EVERY_KEY)


def test_no_words_are_left_of_a_reason_that_is_gone() -> None:
    known = {f"signal.{reason}" for reason in SIGNAL_REASONS} | {f"report.{reason}" for reason in ReportReason}
    assert {key for key in EVERY_KEY if key.startswith(("signal.", "report."))} == known


def test_what_a_reader_reports_a_moderator_can_decide() -> None:
    assert set(ReportReason) <= set(DecisionReason)


def test_french_signs_are_kept_on_the_line_of_their_word() -> None:
    """No plain space before ; : ! ? » or after «, and a space that doesn't break instead."""
    loose = [(key, text) for key, text in sentences("fr") if re.search(r" [;:!?»%]|« |«(?![\u00a0\u202f])", text)]
    bare = [(key, text) for key, text in sentences("fr") if re.search(r"[^\W\d_}][;!?»](?:\s|$)|\w:\s", text)]
    assert not loose + bare


@pytest.mark.parametrize("language", languages())
def test_apostrophes_are_typographic(language: str) -> None:
    """Except in patterns of dates, where they quote: `d'er' MMMM`."""
    found = [(key, text) for key, text in sentences(language) if re.search(r"\w'\w", text)]
    assert not [(key, text) for key, text in found if not re.search(r"\.(?:date|time)", key)]


@pytest.mark.parametrize("language", languages())
def test_one_link_is_singular_and_two_are_plural(language: str) -> None:
    one, two = (say("signal.links", language, count=count) for count in (1, 2))
    assert one.replace("1", "2") != two


def test_nothing_counts_as_singular_in_french_and_as_plural_in_english() -> None:
    assert "0 lien dans" in say("signal.links", "fr", count=0)
    assert "0 links in" in say("signal.links", "en", count=0)


def test_a_language_that_we_do_not_speak_is_answered_in_english() -> None:
    assert say("decision.spam", "de") == say("decision.spam", "en")
