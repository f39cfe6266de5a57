"""Names and badges that the newsroom keeps for its own: nobody speaks for it whom it hasn't let."""

from collections.abc import Iterator

from service.domain.ban import reads_as, taken
from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context

_TEXT = "Merci à toutes et à tous pour vos remarques."
_RESERVED = ("La rédaction", "Claire Dupont")


@check(
    reasons=("reserved_name", "badge_holder"),
    flags=(
        Context(body=_TEXT, name="la Redaction", reserved_names=_RESERVED),
        Context(body=_TEXT, name="L\u0430 r\u00e9d\u0430cti\u043en", reserved_names=_RESERVED),
        Context(body=_TEXT, name="L a   r é d a c t i o n", reserved_names=_RESERVED),
        Context(body=_TEXT, name="CIaire Dupont", reserved_names=_RESERVED),
        Context(body=_TEXT, name="Claire Dupont (modératrice)", reserved_names=_RESERVED),
        Context(body=_TEXT, name="Claire Dupont", badge="Rédaction", reserved_names=_RESERVED),
        Context(body=_TEXT, name="MARlANNE", site_title="Marianne"),
    ),
    passes=(
        Context(body=_TEXT, name="Claire Dubois", reserved_names=_RESERVED),
        Context(body=_TEXT, name="Un ancien rédacteur", reserved_names=_RESERVED),
        Context(body="La rédaction a bien travaillé.", name="Paul", reserved_names=_RESERVED),
        Context(body=_TEXT, name="Marianne Dubois", site_title="Marianne"),
    ),
)
def reserved_name(comment: Context) -> Iterator[Signal]:
    """A name that the site keeps for its own people, or its title; or an address that has a badge: anyone can type
    any address.
    """
    if comment.badge:
        yield Signal("badge_holder", facts={"badge": comment.badge})
        return
    for name in taken(comment.name, comment.reserved_names):
        yield Signal("reserved_name", facts={"name": name})
        return
    if reads_as(comment.name, comment.site_title):
        yield Signal("reserved_name", facts={"name": comment.site_title})
