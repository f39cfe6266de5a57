"""What happens to comments, by stable words: receivers go by them, so that none is ever renamed or used again."""

from typing import Final

PING: Final = "ping"
"""Told when an owner tries a webhook; of no comment."""

THRESHOLD_CHANGED: Final = "threshold.changed"

EVENTS: Final[dict[str, str]] = {
    "comment.submitted": "A comment was sent in; it waits for its verdict.",
    "comment.published": "A comment is shown to readers, by the machine's verdict or a person's decision.",
    "comment.held": "A comment waits for a person.",
    "comment.rejected": "A comment is not shown, by verdict or decision; one that was shown has been taken down.",
    "comment.edited": "An author has changed a comment's text: it is not shown until it has been judged again.",
    "comment.rechecked": "A held comment is judged again; nobody has changed it.",
    "comment.reported": "A reader has reported a published comment.",
    "comment.removed": "A comment was taken back by its author: text, name and address are gone.",
    THRESHOLD_CHANGED: "From another chance on, or from none any more, comments are held or refused: what people "
    "decided proves more than before, or no longer enough.",
}
"""Each type that an event of a site can have, and what it says; for the guide to webhooks."""

TOLD: Final = (
    "by", "revision", "version", "score", "reason", "reasons",
    "kind", "category", "before", "at", "state", "asked", "errors", "upper", "bound",
)  # fmt: skip
"""What leaves the house of an event's data: words and numbers. Whatever else is in it stays here."""
