"""Our own sentences: the same ones every time, of every kind in both languages, each with a label."""

from collections import Counter

from workers.training.corpora import HEADS
from workers.training.phrasebook import CLEAN, KINDS, sentences


def test_the_same_sentences_come_every_time() -> None:
    assert list(sentences(20)) == list(sentences(20))


def test_every_kind_is_there_in_both_languages_and_every_blank_is_filled() -> None:
    made = list(sentences(30))
    counts = Counter(one.kind for one in made)
    assert set(counts) == {f"{kind}-{language}" for kind, *_ in KINDS for language in ("en", "fr")}
    assert not [one.text for one in made if "{" in one.text or "}" in one.text]


def test_labels_are_those_that_are_learnt() -> None:
    assert set(CLEAN) == set(HEADS)
    assert all(labels.keys() == CLEAN.keys() for _, labels, _, _ in KINDS)
