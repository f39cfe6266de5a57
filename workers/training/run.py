"""A whole training run: folds, formulas, figures, the final network, the files."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch

from workers.training import figures, files, fitting, net
from workers.training.corpora import FOLDS, HEADS
from workers.training.material import Material, gather, taught
from workers.training.spelt import spelt

Say = Callable[[str], None]
_EVERYTHING = -1


def run(folders: list[Path], out: Path, *, draws: int, jobs: int, say: Say) -> None:
    """Train and write. Figures are of texts unseen by the network that was asked."""
    material = gather(folders, say)
    tasks = [*range(FOLDS), _EVERYTHING]
    if jobs > 1:
        with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
            made = list(pool.map(partial(_one, material, draws, say=_aloud), tasks))
    else:
        made = [_one(material, draws, task, say) for task in tasks]
    answers = np.full((len(material.examples), len(HEADS) + 1), np.nan, np.float32)
    for asked, logits, _ in made[:-1]:
        answers[asked] = logits
    found = fitting.fitted(material, answers, say)
    _, spelling, network = made[-1]
    files.write(out, material, network, spelling, found, measured(material, answers, found), draws)


def _aloud(line: str) -> None:
    """As whoever asked would say it; a function of theirs cannot follow into another process."""
    click.echo(line, err=True)


def _one(material: Material, draws: int, fold: int, say: Say) -> tuple[Any, Any, Any]:
    """One fold's answers, or the network that learnt from everything."""
    torch.set_num_threads(1)
    label = "everything" if fold == _EVERYTHING else f"fold {fold + 1} of {FOLDS}"
    fold_of = np.array([each.fold for each in material.examples])
    say(label)
    chosen = np.flatnonzero(fold_of != fold)
    network = taught(material, chosen, draws, fold + 1, lambda line: say(f"{label}: {line}"))
    spelling = spelt(material, chosen)
    if fold == _EVERYTHING:
        return None, spelling, network
    asked = np.flatnonzero(fold_of == fold)
    reads = [material.reads[at] for at in asked]
    logits = net.logits(network, reads, material.lexicon)
    return asked, np.column_stack([logits, spelling.logits(reads)]), None


def measured(material: Material, answers: Any, found: dict[str, Any]) -> dict[str, Any]:
    """The figures for the manifest. Misspelt copies are not asked about."""

    def rows(*sources: str) -> list[int]:
        seen: set[str] = set()
        out = []
        for at, each in enumerate(material.examples):
            if each.source in sources and each.text not in seen:
                seen.add(each.text)
                out.append(at)
        return out

    out: dict[str, Any] = {}
    spam = rows("youtube_spam", "fox_news")
    if spam:
        chosen = [material.examples[at] for at in spam]
        chance = figures.chances(*_rows(material, spam, answers), found)
        out |= figures.of_spam(chosen, material.targets[spam, HEADS.index("spam")], chance["spam"])
    forum = rows("forum_fr")
    if forum:
        chosen = [material.examples[at] for at in forum]
        chance = figures.chances(*_rows(material, forum, answers), found)
        truth = material.targets[forum, HEADS.index("toxicity")]
        out |= figures.of_tone(truth, chance["toxicity"])
        benign = [
            (each, s, t)
            for each, s, t, bad in zip(chosen, chance["spam"], chance["toxicity"], truth, strict=True)
            if not bad
        ]
        out["forum_fr_held"] = round(float(np.mean([figures.held(*one) for one in benign])), 4)
    return out


def _rows(material: Material, chosen: list[int], answers: Any) -> tuple[list[str], Any]:
    signals = fitting.signal_rows([material.examples[at] for at in chosen])
    return fitting.formula_rows([material.reads[at] for at in chosen], answers[chosen], signals)
