"""The stable machine words for why: signal reasons, decision reasons, public wordings and report reasons.

Sentences for each, by language, are in `service/words`. A reason is never renamed and never reused: verdicts and
decisions of years ago still name it.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

# What a check can find, and the group whose cap it counts under (ten link tricks must not outvote everything).
SIGNAL_REASONS: Final[dict[str, str]] = {
    "too_short": "form",
    "too_long": "form",
    "links": "links",
    "bare_link": "links",
    "link_in_name": "links",
    "blocked_domain": "links",
    "new_domain": "links",
    "refused_domain": "links",
    "link_campaign": "links",
    "deceptive_link": "links",
    "short_link": "links",
    "shouting": "style",
    "repeated_characters": "style",
    "obfuscation": "disguise",
    "emoji_flood": "style",
    "gibberish": "style",
    "other_language": "topic",
    "off_topic": "topic",
    "personal_data": "privacy",
    "blocked_word": "words",
    "blocked_name": "words",
    "insult": "abuse",
    "hate": "abuse",
    "threat": "abuse",
    "sexual": "abuse",
    "profanity": "abuse",
    "offensive_name": "abuse",
    "self_harm": "distress",
    "spam_phrase": "words",
    "invitation": "words",
    "flood": "flood",
    "address_flood": "flood",
    "repeated_text": "flood",
    "address_repeats": "flood",
    "many_articles": "flood",
    "near_copies": "flood",
    "near_repeats": "flood",
    "refused_copies": "flood",
    "honeypot": "bot",
    "haste": "bot",
    "first_comment": "author",
    "likely_spam": "model",
    "likely_toxic": "model",
    "learnt_spam": "model",
    "learnt_abuse": "model",
    "spam_bound": "bounds",
    "abuse_bound": "bounds",
    "spam_earned": "bounds",
    "abuse_earned": "bounds",
    "unknown_author": "author",
    "rejected_before": "author",
    "banned": "staff",
    "banned_outright": "staff",
    "author_held": "staff",
    "reserved_name": "staff",
    "badge_holder": "staff",
    "remote_spam": "remote",
    "remote_toxicity": "remote",
    "test_string": "plumbing",
    "check_failed": "plumbing",
    "gave_up": "plumbing",
    "scorer_away": "plumbing",
}

# Whatever the mode, weights and thresholds say, these go to a person, and are never refused by the machine either: it
# could not, or was told not to, judge; nobody in distress is turned away by a machine; or staff said so.
ALWAYS_HOLD: Final = frozenset(
    {"test_string", "check_failed", "gave_up", "scorer_away", "self_harm"}
    | {"banned", "author_held", "reserved_name", "badge_holder"}
)
# What a person has decided beforehand is refused, whatever the policy says, unless one of those above speaks as well.
REFUSED: Final = frozenset({"banned_outright"})


class DecisionReason(StrEnum):
    """Why a person decided as they did."""

    SPAM = "spam"
    ADVERTISING = "advertising"
    OFF_TOPIC = "off_topic"
    INSULT = "insult"
    HATE = "hate"
    THREAT = "threat"
    SEXUAL = "sexual"
    PERSONAL_DATA = "personal_data"
    ILLEGAL = "illegal"
    MISINFORMATION = "misinformation"
    LANGUAGE = "language"
    OTHER = "other"


class ReportReason(StrEnum):
    """Why a reader reports a comment, in the order in which they are asked.

    Each is a decision's reason too, so that what readers say and what moderators decide can be compared. Two of those
    are missing: no reader tells advertising from spam, and a comment's language is no harm to anybody.
    """

    INSULT = "insult"
    HATE = "hate"
    THREAT = "threat"
    PERSONAL_DATA = "personal_data"
    SEXUAL = "sexual"
    SPAM = "spam"
    OFF_TOPIC = "off_topic"
    MISINFORMATION = "misinformation"
    ILLEGAL = "illegal"
    OTHER = "other"


# What the author and the public are told. A refusal by the machine has one wording of its own; a person's refusal
# is told by its decision reason.
AUTOMATIC: Final = "automatic"
PUBLIC_REASONS: Final = frozenset({AUTOMATIC, *DecisionReason})

OWN_REASON: Final = "^[a-z][a-z0-9_]{1,39}$"
"""How a decision reason is written: also those that a site adds to the list."""
LONGEST_WORDING: Final = 500
"""What an author is told of a refusal, in characters."""


def may_be_own(word: str) -> bool:
    """Whether a site can add this word to the decision reasons: it is written as they are, and isn't one of them."""
    return re.fullmatch(OWN_REASON, word) is not None and word not in PUBLIC_REASONS


def own_wording(
    reason: str,
    language: str,
    wordings: Mapping[str, Mapping[str, str]],
    own: Iterable[Mapping[str, Any]],
) -> str | None:
    """A site's own sentence for a reason, in the language; for a reason of its own, in any that it has. None: ours."""
    for each in own:
        if each["word"] == reason:
            sentences: Mapping[str, str] = each["sentences"]
            return sentences.get(language) or next(iter(sentences.values()))
    return wordings.get(reason, {}).get(language)
