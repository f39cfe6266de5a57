"""Mutants that no test can notice, or need not, and why: by target, and how `./dev bench mutants` begins to tell it."""

from typing import Final

_LOCKED: Final = {
    'statement: `raise AssertionError("a comment moved although its row was locked")` -> `pass`':
        "It says what can't be: whoever has the row's lock loses no race for it.",
}  # fmt: skip

_PENDING_GONE: Final = """without Comment.status == literal_column(f"'{Status.PENDING}'")"""
_NO_HOLDER: Final = "Whatever has moved has no holder. It says so for the index."

EXPLAINED: Final[dict[str, dict[str, str]]] = {
    "queues": {
        "constant: `1.0` -> `2.0`": "A lease that is over is over by any time.",
        "without .order_by(): `select(Comment.id, Comment.attempts, Comment.lease": (
            "The index that it walks goes by time."
        ),
        "without .order_by(): `select(Comment.id, Comment.article_id": "Likewise.",
        "comparison: `longer > lease_seconds`": "Either is the same where they are equal.",
        **dict.fromkeys(
            (
                f"{_PENDING_GONE}: `select(Comment.id, Comment.attempt",
                f"{_PENDING_GONE}: `update(Comment) .where(",
                f"{_PENDING_GONE}: `select(Comment.holder",
                "without Comment.version == row.version: `update(Comment) .where( Comment.id",
            ),
            _NO_HOLDER,
        ),
        "constant: `0x6D6F7363` -> `1836020580`": "A lock's number: any will do that nobody else takes.",
    },
    "moving": {
        "without .order_by(): `select( Comment.id, Comment.status": "The primary key's index goes by id.",
        "left out: `row.id in standing and is_still_held(standing[row.id], row)` -> `((is_still_held(": (
            "No comment's row is ever deleted."
        ),
        "not set decided: `update(_comments)": "Whatever is pending has been undecided since it became that.",
    },
    "decide": {
        **_LOCKED,
        "left out: `goal is Status.PUBLISHED and row.html is None` -> `((goal is Status.PUBLISHED))`": (
            "It is rendered once more to the same."
        ),
    },
    "moves": {
        "filter: `each.same_text` -> `True`": "Of the others the links are forgotten with all that is compared.",
        "and/or: `shown and moved.parent_id is not None`": "What is added to nobody's replies is added nowhere.",
        "left out: `shown and moved.parent_id is not None` -> `((shown))`": "Likewise.",
        "left out: `shown and moved.parent_id is not None` -> `((moved.parent_id": "Nothing is added, or taken away.",
        "operator: `published.keys() | rejected.keys()`": "Both have the same keys: each author's.",
        "filter: `by` -> `True`": "Nothing is added, or taken away.",
        "filter: `published[author] or rejected[author]` -> `True`": "Nothing is added, or taken away.",
    },
    "policy": {"constant: `4` -> `5`": "A fifth digit of a score: nobody is shown it, and thresholds have fewer."},
    "revise": _LOCKED,
    "withdraw": {
        **_LOCKED,
        "left out: `row is None or authors.has_comments(connection, author_id)` -> `((authors.has_comments(connection, "
        "author_id)))`": "Only who takes back two comments at the same instant finds their author forgotten meanwhile.",
    },
    "undo": {
        'statement: `raise NotFound("comment_unknown")` -> `pass`': (
            "Without decisions there is nothing to undo, and what decides looks for the comment itself."
        ),
    },
}
