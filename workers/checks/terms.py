"""How checks of word lists name what they found."""

from collections.abc import Iterable

from service.domain.matching import Found

MOST = 5


def named(found: Iterable[Found]) -> dict[str, str | int]:
    """The facts `count` and `words`: each term once, the first five by name, none that stands inside a longer one.

    `check out my channel` is told as one phrase, although `my channel` is listed too.
    """
    terms: dict[str, None] = {}
    reach = 0
    for one in sorted(found, key=lambda one: (one.span.start, -one.span.end)):
        if one.span.end > reach:
            terms[one.term] = None
            reach = one.span.end
    return {"count": len(terms), "words": ", ".join(list(terms)[:MOST])}
