"""How spammy and how toxic a comment looks, in [0, 1], by the rules alone.

Not calibrated yet: 0.6 doesn't mean that six such comments in ten are spam. Each figure is what the reasons of its kind
added to the score, cut at 1; a trained model takes this place and keeps the two names.
"""

from math import fsum
from typing import Final

from service.domain.verdict import Judgement

SPAM: Final = frozenset(
    {
        "address_flood", "address_repeats", "bare_link", "blocked_domain", "flood", "haste", "honeypot", "invitation",
        "link_campaign", "link_in_name", "links", "many_articles", "near_copies", "near_repeats", "new_domain",
        "deceptive_link", "emoji_flood", "gibberish", "off_topic", "refused_copies", "refused_domain", "remote_spam",
        "repeated_text", "short_link", "spam_phrase",
    }
)  # fmt: skip
TOXICITY: Final = frozenset(
    {
        "blocked_name", "blocked_word", "hate", "insult", "offensive_name", "profanity", "remote_toxicity", "sexual",
        "shouting", "threat",
    }
)  # fmt: skip


def spam(judgement: Judgement) -> float:
    """From 0 (nothing found) to 1: advertising, floods and machines."""
    return _added(judgement, SPAM)


def toxicity(judgement: Judgement) -> float:
    """From 0 (nothing found) to 1: insults, hate, threats, blocked words and shouting."""
    return _added(judgement, TOXICITY)


def _added(judgement: Judgement, reasons: frozenset[str]) -> float:
    return round(min(1.0, fsum(part for reason, part in judgement.weights.items() if reason in reasons)), 4)
