"""A crowd of pictures: three laugh, fifteen shout."""

import unicodedata
from collections.abc import Iterator
from typing import Final

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context

MANY: Final = 10
MOSTLY: Final = 0.3
_SKIN: Final = range(0x1F3FB, 0x1F400)
_FLAGS: Final = range(0x1F1E6, 0x1F200)


@check(
    reasons=("emoji_flood",),
    flags=(
        Context(body="🔥💰🔥💰🔥💰🔥💰🔥💰🔥 Gagnez gros"),
        Context(body="😂🤣😂🤣😂🤣😂🤣😂🤣😂🤣"),
    ),
    passes=(
        Context(body="Bravo 👏👏👏"),
        Context(body="Merci pour ce bel article ❤️🙏"),
        Context(body="Allez les Bleus 🇫🇷🇫🇷🇫🇷🇫🇷🇫🇷"),
        Context(body="Une famille : 👨‍👩‍👧‍👦, une autre : 👩‍👩‍👦"),
        Context(body="☐ pain ☐ lait ☑ œufs"),
        Context(
            body="Un long récit de vacances, avec ses soleils ☀️☀️☀️ et ses vagues 🌊🌊🌊, ses glaces 🍦🍦 et ses amis, "
            "raconté comme on raconte en rentrant, sans rien oublier ni des trains en retard ni du sable partout."
        ),
    ),
)
def emoji_flood(comment: Context) -> Iterator[Signal]:
    """Ten emoji or more that make up a third of all there is to read."""
    pictures = sum(1 for mark in comment.body if _picture(mark))
    rest = sum(1 for mark in comment.body if mark.isalnum())
    if pictures >= MANY and pictures >= MOSTLY * (pictures + rest):
        yield Signal("emoji_flood", min(1.0, pictures / (2 * MANY)), {"count": pictures})


def _picture(mark: str) -> bool:
    """An emoji: not a tone of skin, and of a flag's two letters neither."""
    return (
        mark > "\u2600"
        and unicodedata.category(mark) == "So"
        and ord(mark) not in _FLAGS
        and ord(mark) not in _SKIN
        and not "\u2600" < mark < "\u2639"
    )
