"""The shipped model at work: the weights are what was learnt, and no text confuses it."""

import json
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.normal import normalise
from service.domain.policy import Policy
from service.domain.verdict import Signal
from tests.clock import growth
from workers.checks.context import Context
from workers.classifier.network import Network
from workers.classifier.serving import serving
from workers.classifier.stack import SIGNALS, Classifier
from workers.classifier.tokens import HEAD, TAIL, tokens
from workers.classifier.weights import load, shipped
from workers.engine import moderate

ADVERT = "Check out my channel and subscribe! http://a.example"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return serving()


def test_numpy_finds_what_was_found_when_it_was_learnt() -> None:
    weights = load(shipped())
    network = Network(weights)
    for probe in weights.manifest["probes"]:
        normal = normalise(probe["text"])
        found = network.read(normal.text, probe["text"], "Camille", "", normal.obfuscation).logits
        assert np.allclose(found, probe["logits"], atol=0.25), "whole numbers for weights cost a little, no more"


def test_the_model_tells_what_it_is_made_of() -> None:
    manifest = load(shipped()).manifest
    assert {"name", "format", "sha256", "made", "heads", "sources", "formulas", "measured", "probes"} <= manifest.keys()
    assert all({"name", "texts", "licence"} == source.keys() for source in manifest["sources"])


def test_both_files_of_the_model_are_small() -> None:
    assert sum(len((shipped() / name).read_bytes()) for name in ("judge.npz", "judge.json")) < 8 * 1024 * 1024


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (ADVERT, "spam"),
        ("Gagnez 900 € par jour en travaillant à domicile, écrivez-moi sur WhatsApp !", "spam"),
        ("You are a disgusting piece of human garbage and everybody hates you", "toxicity"),
        ("Vous êtes vraiment un pauvre abruti, fermez votre gueule", "toxicity"),
        ("Muslims are vermin and should be wiped out", "toxicity"),
    ],
)
def test_plain_cases_are_likely_and_their_words_are_marked(classifier: Classifier, text: str, kind: str) -> None:
    estimate = moderate(Context(body=text), Policy(), model=classifier).estimate
    assert getattr(estimate, kind) > 0.5
    assert estimate.spam_spans if kind == "spam" else estimate.toxic_spans


@pytest.mark.parametrize(
    "text",
    [
        "Merci pour cet article, enfin des chiffres que l'on peut vérifier.",
        "The council voted without reading the report.",
        "La source : https://www.insee.fr/fr/statistiques/1234",
        "Les musulmans et les juifs de la ville ont marché ensemble dimanche.",
        "",
        "…",
        "Съешь же ещё этих мягких французских булок",
        "今日は天気がいいですね",
    ],
)
def test_ordinary_comments_in_any_language_are_unlikely_to_be_either(classifier: Classifier, text: str) -> None:
    estimate = moderate(Context(body=text), Policy(), model=classifier).estimate
    assert max(estimate.spam, estimate.toxicity) < 0.5


def test_what_the_checks_find_makes_nothing_less_likely(classifier: Classifier) -> None:
    for text in (ADVERT, "Bonjour à tous", "Vous êtes un abruti"):
        plain = classifier.estimate(Context(body=text), ())
        for reason in SIGNALS:
            found = classifier.estimate(Context(body=text), (Signal(reason),))
            assert found.spam >= plain.spam
            assert found.toxicity >= plain.toxicity


@settings(max_examples=150, deadline=None)
@given(body=st.text(max_size=400), name=st.text(max_size=40), website=st.text(max_size=40))
def test_any_text_gets_chances_and_the_same_ones_twice(body: str, name: str, website: str) -> None:
    comment = Context(body=body, name=name, website=website)
    estimate = serving().estimate(comment, ())
    assert estimate == serving().estimate(comment, ())
    assert 0 <= estimate.spam <= 1
    assert 0 <= estimate.toxicity <= 1
    assert all(span.end <= len(body) for span in (*estimate.spam_spans, *estimate.toxic_spans))


@given(st.text(alphabet=st.characters(), max_size=200))
def test_tokens_stand_where_they_say(text: str) -> None:
    found = tokens(text)
    assert all(0 <= token.start < token.end <= len(text) for token in found)
    assert len(found) <= HEAD + TAIL + 1


@pytest.mark.parametrize("seed", ["a.", "a", "http://", "www.a ", "@", "é ", "a.b.c.d.", "-.", "😂", "\u0301", "0"])
def test_a_text_four_times_as_long_is_no_more_than_four_times_the_work(classifier: Classifier, seed: str) -> None:
    """Within what is read of a text, and far beyond it."""
    fresh = count()  # texts that were read are remembered

    def estimate(text: str) -> None:
        classifier.estimate(Context(body=f"{text}{next(fresh)}"), ())

    for size in (1_000, 16_000):
        small, large = ((seed * length)[:length] for length in (size, 4 * size))
        assert growth(estimate, small, large) < 10, "squared it would be 16"


def test_a_manifest_is_json_without_surprises() -> None:
    text = (shipped() / "judge.json").read_text(encoding="utf-8")
    assert json.loads(text)["languages"] == ["en", "fr"]
    assert "/" + "work" not in text, "no path of whoever trained it"
