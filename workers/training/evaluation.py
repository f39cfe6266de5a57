"""The tables of `moderato evaluate` and `./dev bench quality`: each set that is there, beside baseline and goal."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from service.domain.policy import Policy
from service.domain.verdict import Verdict
from workers.checks.context import Context
from workers.classifier.stack import Classifier
from workers.classifier.weights import Weights
from workers.engine import moderate
from workers.training import measure
from workers.training.corpora import rows
from workers.training.disguise import DISGUISES
from workers.training.flattery import FLATTERY

_POLICY: Final = Policy(hold_first_comment=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of goals."""

    what: str
    figure: str
    baseline: str
    goal: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """One text of a set, what people said of it, and the machine."""

    text: str
    bad: bool
    verdict: Verdict
    kind: str = ""


class Judge:
    """A model with the shipped checks and policy, as `moderato check --jsonl` judges."""

    def __init__(self, weights: Weights) -> None:
        self.classifier = Classifier(weights)

    def __call__(self, text: str, website: str = "", name: str = "Camille") -> Verdict:
        return moderate(Context(body=text, website=website, name=name), _POLICY, model=self.classifier)

    def judge_set(self, folder: Path, name: str, text: str, label: Callable[[dict[str, Any]], bool]) -> list[Judged]:
        found: dict[str, dict[str, Any]] = {}
        for row in rows(folder, name):
            found.setdefault(row[text], row)
        return [Judged(each, label(row), self(each), str(row.get("functionality", ""))) for each, row in found.items()]


def _yes(field: str) -> Callable[[dict[str, Any]], bool]:
    return lambda row: str(row[field]).strip() in {"1", "1.0", "True", "true"}


_SETS: Final[dict[str, tuple[str, str]]] = {
    "youtube_spam": ("text", "spam"),
    "fox_news": ("text", "hate"),
    "forum_fr": ("text", "toxic"),
    "surge": ("text", "toxic"),
    "hatecheck_en_half": ("text", "hateful"),
    "hatecheck_fr_half": ("text", "hateful"),
}


def report(folders: list[Path], weights: Weights, worst: int = 0) -> Iterator[str]:
    """The report, line by line. A set that isn't there is named, and its lines are left out."""
    judge = Judge(weights)
    sets: dict[str, list[Judged]] = {}
    for name, (text, field) in _SETS.items():
        home = next((folder for folder in folders if (folder / f"{name}.jsonl.gz").exists()), None)
        if home is None:
            yield f"{name} is not there"
        else:
            sets[name] = judge.judge_set(home, name, text, _yes(field))
    found = list(_goals(sets, weights.manifest.get("measured", {}), judge))
    yield from _table(
        ("what", "figure", "baseline", "goal", ""),
        [(each.what, each.figure, each.baseline, each.goal, each.note) for each in found],
    )
    yield ""
    yield from _functions(sets)
    if worst:
        for name, judged in sets.items():
            yield from _worst(name, judged, worst)
    yield f"engine {judge.classifier.version}"


def _goals(sets: dict[str, list[Judged]], unseen: dict[str, Any], judge: Judge) -> Iterator[Row]:
    if "youtube_f1" in unseen:
        videos = unseen["youtube_by_video"]
        yield Row("YouTube, leave one video out: F1", _n(unseen["youtube_f1"]), ".955", ">= .970", "folds")
        yield Row("  its worst video: F1", _n(min(videos.values())), ".942", ">= .955", "folds")
        yield Row("  false alarms at 95 % recall", _p(unseen["youtube_fpr_at_95"]), "2.6 %", "<= 1.5 %", "folds")
        yield Row(
            "  recall at 0.5 % false alarms on news",
            _n(unseen["youtube_recall_at_news_fpr_0.5"]),
            ".92",
            ">= .96",
            "folds",
        )
        yield Row(
            "news stream with 15 % spam: decided alone at 1 % error",
            _p(unseen["news_stream_decided_alone"]),
            "89.9 %",
            ">= 97 %",
            "folds",
        )
        yield Row("spam: calibration error", _n(unseen["spam_ece"]), ".008", "<= .02", "folds")
    if "forum_fr_f1" in unseen:
        yield Row("French forum, some 400 local labels: F1", _n(unseen["forum_fr_f1"]), ".670", ">= .75", "folds")
        yield Row("  AUC", _n(unseen["forum_fr_auc"]), ".737", "", "folds")
        yield Row("  false alarms at the shipped threshold", _p(unseen["forum_fr_held"]), "0.14 %", "<= .1 %", "folds")
    if "fox_news" in sets:
        fox = sets["fox_news"]
        benign = [each for each in fox if not each.bad]
        yield Row(
            "benign news: held",
            _p(np.mean([each.verdict.action != "publish" for each in benign])),
            "0.66 %",
            "<= .2 %",
            "that it is no spam was learnt",
        )
        yield Row("  held as spam", _p(np.mean([each.verdict.estimate.spam >= 0.9 for each in benign])), "", "", "")
        yield Row("English news, hostile: AUC", _n(_auc(fox)), ".763", ">= .82", "no label of hostility learnt")
    if "surge" in sets:
        yield Row("Surge: AUC", _n(_auc(sets["surge"])), ".904", ">= .92", "")
    if "hatecheck_en_half" in sets:
        label, chance = _arrays(sets["hatecheck_en_half"])
        yield Row("HateCheck EN (half): accuracy", _n(np.mean(label == (chance >= 0.5))), ".775", ">= .82", "")
        yield Row("  macro-F1", _n(measure.macro_f1(label, chance >= 0.5)), ".723", ">= .78", "")
    if "hatecheck_fr_half" in sets:
        label, chance = _arrays(sets["hatecheck_fr_half"])
        yield Row("HateCheck FR (half): macro-F1", _n(measure.macro_f1(label, chance >= 0.5)), ".59", ">= .68", "")
    if "fox_news" in sets:
        yield _flattery(sets["fox_news"], judge)
        if "youtube_spam" in sets:
            yield from _disguised(sets, judge)


def _flattery(fox: list[Judged], judge: Judge) -> Row:
    benign = np.array([each.verdict.estimate.spam for each in fox if not each.bad])
    chance = np.array([judge(text, website, name).estimate.spam for text, website, name in FLATTERY])
    return Row(
        "flattery with a link: recall at 0.5 % false alarms on news",
        _n(measure.recall_at(chance, benign, 0.005)),
        ".15",
        ">= .90",
        f"{len(FLATTERY)} of our own, not learnt",
    )


def _disguised(sets: dict[str, list[Judged]], judge: Judge) -> Iterator[Row]:
    """How much recall each disguise costs, on spam and on what is toxic."""
    chosen = [(each.text, "spam") for each in sets["youtube_spam"] if each.bad][:200]
    chosen += [(each.text, "toxicity") for each in sets.get("surge", []) if each.bad][:200]
    before = np.mean([_found(judge(text), head) for text, head in chosen])
    drops = {
        name: float(before - np.mean([_found(judge(disguise(text)), head) for text, head in chosen]))
        for name, disguise in DISGUISES.items()
    }
    name = max(drops, key=lambda one: drops[one])
    yield Row(
        "ten disguises: worst drop of recall",
        f"{100 * drops[name]:.1f} points",
        "4.9",
        "<= 1.5",
        f"{name}; half are spam that was learnt",
    )
    for one, drop in drops.items():
        yield Row(f"  {one}", f"{100 * drop:.1f}", "", "")


def _found(verdict: Verdict, head: str) -> bool:
    return float(getattr(verdict.estimate, head)) >= 0.5


def _functions(sets: dict[str, list[Judged]]) -> Iterator[str]:
    """The functional tests, kind by kind: what is understood and what is not."""
    for name in ("hatecheck_en_half", "hatecheck_fr_half"):
        kinds: dict[str, list[bool]] = {}
        for each in sets.get(name, []):
            kinds.setdefault(each.kind, []).append((each.verdict.estimate.toxicity >= 0.5) == each.bad)
        if kinds:
            lines = [
                (kind, f"{np.mean(right):.2f}", str(len(right)))
                for kind, right in sorted(kinds.items(), key=lambda item: np.mean(item[1]))
            ]
            yield from _table((name, "right", "of"), lines)
            yield ""


def _worst(name: str, judged: list[Judged], many: int) -> Iterator[str]:
    head = "spam" if name == "youtube_spam" else "toxicity"
    ranked = sorted(judged, key=lambda each: getattr(each.verdict.estimate, head))
    yield f"{name}: worst false alarms ({head})"
    for each in [each for each in reversed(ranked) if not each.bad][:many]:
        yield f"  {getattr(each.verdict.estimate, head):.2f}  {_line(each.text)}"
    yield f"{name}: worst misses"
    for each in [each for each in ranked if each.bad][:many]:
        yield f"  {getattr(each.verdict.estimate, head):.2f}  {_line(each.text)}"
    yield ""


def _arrays(judged: list[Judged]) -> tuple[Any, Any]:
    return np.array([each.bad for each in judged]), np.array([each.verdict.estimate.toxicity for each in judged])


def _auc(judged: list[Judged]) -> float:
    return measure.auc(*_arrays(judged))


def _line(text: str) -> str:
    return "".join(mark if mark.isprintable() else " " for mark in text)[:160]


def _n(value: Any) -> str:
    return f"{float(value):.3f}".lstrip("0") or "0"


def _p(value: Any) -> str:
    return f"{100 * float(value):.2f} %"


def _table(head: tuple[str, ...], lines: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[at]) for row in (head, *lines)) for at in range(len(head))]
    for row in (head, tuple("-" * width for width in widths), *lines):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
