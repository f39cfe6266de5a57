"""Why a comment was refused, as its author is told: on the receipt's page, and by mail."""

from typing import Any

from sqlalchemy import Connection

from service.domain.reasons import AUTOMATIC, PUBLIC_REASONS, DecisionReason, own_wording
from service.store import moderation, wordings
from service.words import say


def refusal(connection: Connection, row: Any, language: str) -> tuple[str, str]:
    """The reason's word, and the sentence. `row` is the comment's: id, and its site's `wordings` and `reasons`.

    A person's reason where a person refused; else that the machine did. In the words that the person wrote; else in
    the site's own; else in ours. A reason that the site has taken back is told as `other`.
    """
    decision = moderation.latest_decision(connection, row.id)
    by_person = decision is not None and decision.action == "reject"
    reason = str(decision.reason) if by_person else AUTOMATIC
    written = wordings.wordings_of(connection, row.id).get(decision.version) if by_person else None
    sites_own = own_wording(reason, language, row.wordings, row.reasons)
    if sites_own is None and reason not in PUBLIC_REASONS:
        reason = str(DecisionReason.OTHER)
        sites_own = own_wording(reason, language, row.wordings, ())
    return reason, written or sites_own or say(f"public.{reason}", language)
