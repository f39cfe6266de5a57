"""Bans that people have made: of authors, networks, domains, names, words. Nothing here is the machine's own idea."""

from collections.abc import Iterator
from typing import Final

from service.domain.ban import Ban, BanKind, BanList, Met
from service.domain.comment import Action
from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context

MOST_TOLD: Final = 5
"""Bans that a moderator is told of one by one: to tell of all that a page of links meets would tell nothing."""
_TEXT = "Le conseil a voté hier soir, et personne n'en parle."
_WHY = "Troisième avertissement"
_AUTHOR = Ban("b1", BanKind.AUTHOR, Action.HOLD, _WHY)
_NETWORK = Ban("b2", BanKind.NETWORK, Action.REJECT, _WHY)
_DOMAIN = BanList([Ban("b3", BanKind.DOMAIN, Action.REJECT, _WHY, "spam.example")])
_NAME = BanList([Ban("b4", BanKind.NAME, Action.HOLD, _WHY, "super zorglub*")])
_WORD = BanList([Ban("b5", BanKind.WORD, Action.HOLD, _WHY, "Pilules miracle")])


@check(
    reasons=("banned", "banned_outright"),
    flags=(
        Context(body=_TEXT, bans=(_AUTHOR,)),
        Context(body=_TEXT, bans=(_AUTHOR, _NETWORK)),
        Context(body="Voyez https://www.spam.example/offre", listed=_DOMAIN),
        Context(body=_TEXT, website="https://spam.example", listed=_DOMAIN),
        Context(body=_TEXT, name="Sup3r Z\u043erglub 2000", listed=_NAME),
        Context(body="Des p i l u l e s mir@cle, des p\u0456lules miracle", listed=_WORD),
        Context(body=_TEXT, name="Pilules miracle", listed=_WORD),
    ),
    passes=(
        Context(body=_TEXT),
        Context(body="Voyez https://notspam.example/", listed=_DOMAIN),
        Context(body=_TEXT, name="Un super Zorglub", listed=_NAME),
        Context(body="Les pilules font des miracles.", listed=_WORD),
    ),
)
def banned(comment: Context) -> Iterator[Signal]:
    """A ban that a person has made is meant for this comment: it is held, or refused, as that ban says."""
    met = [*map(Met, comment.bans), *comment.listed.met(comment.name, comment.body, comment.website, comment.now)]
    hardest = Action.REJECT if any(one.ban.action is Action.REJECT for one in met) else Action.HOLD
    reason = "banned_outright" if hardest is Action.REJECT else "banned"
    for ban, spans in [(one.ban, one.spans) for one in met if one.ban.action is hardest][:MOST_TOLD]:
        facts = {"why": ban.reason, "kind": str(ban.kind), "ban": ban.id}
        yield Signal(reason, facts=facts | ({"pattern": ban.pattern} if ban.pattern else {}), spans=spans)
