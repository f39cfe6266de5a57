"""Bans that people have made: of an author, a network, a domain or a name. Nothing here is the machine's own idea."""

from collections.abc import Iterator

from service.domain.ban import Ban, BanKind
from service.domain.comment import Action
from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context

_TEXT = "Le conseil a voté hier soir, et personne n'en parle."
_WHY = "Troisième avertissement"
_AUTHOR = Ban("b1", BanKind.AUTHOR, Action.HOLD, _WHY)
_NETWORK = Ban("b2", BanKind.NETWORK, Action.REJECT, _WHY)
_DOMAIN = Ban("b3", BanKind.DOMAIN, Action.REJECT, _WHY, "spam.example")
_NAME = Ban("b4", BanKind.NAME, Action.HOLD, _WHY, "super zorglub*")


@check(
    reasons=("banned", "banned_outright"),
    flags=(
        Context(body=_TEXT, bans=(_AUTHOR,)),
        Context(body=_TEXT, bans=(_AUTHOR, _NETWORK)),
        Context(body="Voyez https://www.spam.example/offre", bans=(_DOMAIN,)),
        Context(body=_TEXT, website="https://spam.example", bans=(_DOMAIN,)),
        Context(body=_TEXT, name="Sup3r Z\u043erglub 2000", bans=(_NAME,)),
    ),
    passes=(
        Context(body=_TEXT),
        Context(body="Voyez https://notspam.example/", bans=(_DOMAIN,)),
        Context(body=_TEXT, name="Un super Zorglub", bans=(_NAME,)),
    ),
)
def banned(comment: Context) -> Iterator[Signal]:
    """A ban that a person has made is meant for this comment: it is held, or refused, as that ban says."""
    met = [ban for ban in comment.bans if ban.meets(comment.name, comment.body, comment.website)]
    hardest = next((ban for ban in met if ban.action is Action.REJECT), met[0] if met else None)
    if hardest is not None:
        reason = "banned_outright" if hardest.action is Action.REJECT else "banned"
        yield Signal(reason, facts={"why": hardest.reason, "kind": str(hardest.kind), "ban": hardest.id})
