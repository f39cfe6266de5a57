"""The model card: what the shipped model is, what it was made from, how good it is and where it is not."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from workers.classifier.weights import load, shipped

_MADE: Final = (
    "<!-- Made by `python -m workers.reference` from the model's manifest: change the code, not this page. -->"
)
_ABOUT: Final = (
    (
        "One small network reads each comment in French or English and gives two chances: that it is advertising "
        "(`spam`), and that it insults, hates or threatens (`toxicity`). It is one voice among the checks: with "
        "the shipped policy `likely_spam` holds a comment alone from a chance of 0.9 on, `likely_toxic` from 0.95"
        " on, and neither ever refuses one. A person decides."
    ),
    (
        "**Not for**: judging people, languages other than these two (an unknown language gets low chances, and "
        "the other checks remain), long treatises (the first 384 and the last 128 words are read), sarcasm, and "
        "knowledge of the world. Whoever measures it on their own comments will find other figures than these."
    ),
    (
        "**How it works**: words (without case or accents, disguises undone) and their letter groups become "
        "vectors, two convolutions look at five to seven words at a time, and the strongest findings are weighed;"
        " flat sums over words, word pairs and letter groups, and eighteen counted figures (capitals, links, "
        "website…) stand beside it. A logistic formula over the logits and what the checks found gives the "
        "chance. It was fitted on texts that the network had not seen, with no signal allowed to speak for a "
        "comment."
    ),
    (
        "**Made anew** by `moderato train --corpora DIR --out FOLDER` (the extra `train`), which says which of "
        "the files below are missing; `moderato evaluate --corpora DIR` prints how good a model is. "
        "`MODERATO_MODEL_DIR` makes a worker use it. A damaged model is refused with a sentence, and the shipped "
        "one serves."
    ),
)
_LIMITS: Final = (
    (
        "No public corpus of French news comments exists: French rests on 499 forum comments, tweets, "
        "translations and our own sentences. Expect it to be weaker than English until a site has taught it."
    ),
    (
        "Corpora of hatred come from social networks and from people paid to write it; the groups named there are"
        " those of these corpora. Our own sentences name each group in friendship as often as in hatred, which "
        "lessens, and does not end, the suspicion against comments that merely name one."
    ),
    (
        "The chances are calibrated on a mixture of these texts with about as many good as bad ones; a site with "
        "one spam in fifty has fewer true ones among those called likely."
    ),
)


def model_page() -> str:
    """The page `docs/reference/model.md`."""
    manifest = load(shipped()).manifest
    return (
        "\n\n".join(["# Model card", _MADE, *_ABOUT, *_sources(manifest), *_figures(manifest["measured"]), *_limits()])
        + "\n"
    )


def _sources(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield "## What it was made from"
    yield f"Made {manifest['made']}, {manifest['draws']:,} draws, SHA-256 `{manifest['sha256']}`."
    rows = [f"| {each['name']} | {each['texts']:,} | {each['licence']} |" for each in manifest["sources"]]
    yield "\n".join(["| source | texts, with misspelt copies | licence |", "| --- | --- | --- |", *rows])
    yield (
        "The lexicons that speak beside it were written by hand; LDNOOBW (CC BY 4.0) and cuss (MIT) were read for them."
    )
    if manifest["vectors"]:
        yield f"Word vectors to begin with: {manifest['vectors']}."


def _figures(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## How good it is"
    yield (
        "On texts that the network had not seen: five networks each learnt from four fifths and were asked about the "
        "rest; a YouTube video's comments stayed together. Other sets and the goals: `./dev bench quality`."
    )
    plain = [(name, value) for name, value in measured.items() if isinstance(value, int | float)]
    yield "\n".join(
        ["| figure | value |", "| --- | --- |", *(f"| {name.replace('_', ' ')} | {value} |" for name, value in plain)]
    )
    for name in ("spam_reliability", "forum_fr_reliability"):
        if name in measured:
            rows = [f"| {mean:.2f} | {found:.2f} | {count} |" for mean, found, count in measured[name]]
            yield f"{name.replace('_', ' ').capitalize()}:"
            yield "\n".join(["| chance given | share that was so | texts |", "| --- | --- | --- |", *rows])


def _limits() -> Iterator[str]:
    yield "## Where it fails"
    yield "\n".join(f"- {each}" for each in _LIMITS)
