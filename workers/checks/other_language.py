"""A comment in a language that isn't the site's: its readers, and its moderators, may not be able to read it."""

from collections.abc import Iterator
from typing import Final

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.tongue import guess

LEAST_LETTERS: Final = 60
_DENSE: Final = 2
"""letters that an ideograph or a syllable sign counts for"""
_GERMAN = "Das ist wirklich eine schlechte Nachricht für die Stadt, und niemand hat uns gefragt, ob wir das wollen."


@check(
    reasons=("other_language",),
    flags=(
        Context(body=_GERMAN, languages=("fr", "en")),
        Context(
            body="Я читаю вашу газету каждый день, и эта статья мне совсем не понравилась, правда.", languages=("fr",)
        ),
    ),
    passes=(
        Context(body=_GERMAN),
        Context(body=_GERMAN, languages=("de",)),
        Context(body="Carpe diem, alea jacta est.", languages=("fr",)),
        Context(body="mdr ptdrrr jpp trop fort lui", languages=("fr",)),
        Context(
            body="Franchement, je ne vois pas ce que cette mesure va changer pour nous, et vous ?", languages=("fr",)
        ),
        Context(body="Vor dem Gesetz steht ein Türhüter : relisez Kafka.", languages=("fr",)),
    ),
)
def other_language(comment: Context) -> Iterator[Signal]:
    """A text of sixty letters or more in a language that the site doesn't name. What can't be told raises nothing."""
    if not comment.languages:
        return
    letters = sum(_DENSE if mark > "\u3000" else 1 for mark in comment.body if mark.isalpha())
    language = guess(comment.body) if letters >= LEAST_LETTERS else None
    if language and language not in comment.languages:
        yield Signal("other_language", 1.0, {"code": language})
