"""What the folds say of a model: measured on texts that the network had not seen, kept in its manifest."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from service.domain.policy import Policy
from service.domain.verdict import Estimate, Signal
from workers.checks import CHECKS, OPINIONS
from workers.checks.context import Context
from workers.classifier.formulas import Formula
from workers.training import measure
from workers.training.corpora import Example

Array = npt.NDArray[Any]
POLICY = Policy(hold_first_comment=False)


def chances(names: list[str], rows: Array, formulas: Mapping[str, Any]) -> dict[str, Array]:
    """By head, the formula's chance for each row of what it may weigh."""
    out = {}
    for head, formula in formulas.items():
        apply = Formula(formula["bias"], formula["weights"])
        out[head] = np.array([apply(dict(zip(names, map(float, row), strict=True))) for row in rows])
    return out


def held(example: Example, spam: float, toxicity: float) -> bool:
    """Whether the shipped policy would hold the text, with these chances for the model's."""
    context = Context(body=example.text, name=example.name, website=example.website, estimate=Estimate(spam, toxicity))
    found: list[Signal] = [signal for check in (*CHECKS, *OPINIONS) for signal in check.look(context)]
    return POLICY.judge(found).action != "publish"


def of_spam(examples: list[Example], label: Array, spam: Array) -> dict[str, Any]:
    """Leave-one-video-out and what follows from it. `examples` are YouTube's, then benign news."""
    source = np.array([each.source for each in examples])
    youtube, news = source == "youtube_spam", source == "fox_news"
    truth, chance = label[youtube] > 0.5, spam[youtube]
    videos = np.array([each.group for each in examples])[youtube]
    by_video = {
        video: round(measure.f1(truth[videos == video], chance[videos == video] >= 0.5), 4)
        for video in sorted(set(videos))
    }
    everything = np.concatenate([truth, np.zeros(int(news.sum()), bool)]), np.concatenate([chance, spam[news]])
    return {
        "youtube_f1": round(measure.f1(truth, chance >= 0.5), 4),
        "youtube_by_video": by_video,
        "youtube_auc": round(measure.auc(truth, chance), 4),
        "youtube_fpr_at_95": round(measure.false_alarms_at(truth, chance, 0.95), 4),
        "youtube_recall_at_news_fpr_0.5": round(measure.recall_at(chance[truth], spam[news], 0.005), 4),
        "news_stream_decided_alone": round(measure.decided_alone(everything[0] & True, everything[1], 0.15, 0.01), 4),
        "spam_ece": round(measure.reliability(truth, chance)[0], 4),
        "spam_reliability": measure.reliability(truth, chance)[1],
    }


def of_tone(label: Array, toxicity: Array) -> dict[str, Any]:
    """On the French forum, with some four hundred of its labels learnt."""
    truth = label > 0.5
    return {
        "forum_fr_f1": round(measure.f1(truth, toxicity >= 0.5), 4),
        "forum_fr_auc": round(measure.auc(truth, toxicity), 4),
        "forum_fr_ece": round(measure.reliability(truth, toxicity)[0], 4),
        "forum_fr_reliability": measure.reliability(truth, toxicity)[1],
    }
