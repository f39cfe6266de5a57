"""The family of errors that are sentences to someone.

    Problem                     whatever a client is told, as RFC 9457 problem+json or as a page
    ├── Malformed        400    not JSON, or JSON that hides things (duplicate keys, bottomless nesting)
    ├── Unauthorized     401    no token, or one that isn't valid
    ├── Forbidden        403    the origin, the role, or a closed discussion
    ├── NotFound         404    also for what belongs to another site
    ├── NotAllowed       405
    ├── Conflict         409    a duplicate, or a version that has moved on
    ├── Gone             410    a mail's link that was used, or is too old
    ├── TooLarge         413
    ├── WrongType        415
    ├── Invalid          422    fields, each with its sentences
    ├── TooMany          429    with Retry-After
    └── Unavailable      503    with Retry-After

Each has a stable `code`; its words are in `service/words` under `problem.<code>`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

CODES: Final[Mapping[str, int]] = {
    "malformed": 400, "not_an_object": 400, "duplicate_key": 400, "too_deep": 400,
    "unauthorized": 401,
    "forbidden": 403, "origin": 403, "role": 403, "closed": 403, "csrf": 403,
    "not_found": 404, "site_unknown": 404, "article_unknown": 404, "comment_unknown": 404, "receipt_unknown": 404,
    "author_unknown": 404, "ban_unknown": 404, "job_unknown": 404, "model_unknown": 404, "token_unknown": 404,
    "webhook_unknown": 404, "delivery_unknown": 404, "link_unknown": 404, "mailbox_unknown": 404,
    "method_not_allowed": 405,
    "conflict": 409, "duplicate": 409, "claimed": 409, "moved_on": 409, "not_editable": 409, "edit_over": 409,
    "undo_over": 409, "policy_changed": 409, "own_token": 409, "not_published": 409, "ban_known": 409,
    "too_many_jobs": 409, "webhook_inactive": 409,
    "link_over": 410,
    "too_large": 413,
    "wrong_type": 415,
    "invalid": 422, "form_stale": 422, "key_used": 422,
    "too_many": 429, "site_busy": 429, "too_many_reports": 429, "too_many_sign_ins": 429,
    "internal": 500,
    "unavailable": 503,
}  # fmt: skip
"""Every code and the status it goes with."""

Fact = str | int | float | bool


class Problem(Exception):
    """Something a client is told. `extra` are further members of the problem document."""

    status: int = 500
    code: str = "internal"

    def __init__(
        self,
        code: str | None = None,
        *,
        facts: Mapping[str, Fact] | None = None,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.code = code or self.code
        self.facts = dict(facts or {})
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})
        super().__init__(self.code)


class Malformed(Problem):
    status, code = 400, "malformed"


class Unauthorized(Problem):
    status, code = 401, "unauthorized"


class Forbidden(Problem):
    status, code = 403, "forbidden"


class NotFound(Problem):
    status, code = 404, "not_found"


class NotAllowed(Problem):
    status, code = 405, "method_not_allowed"


class Conflict(Problem):
    status, code = 409, "conflict"


class Gone(Problem):
    status, code = 410, "link_over"


class TooLarge(Problem):
    status, code = 413, "too_large"


class WrongType(Problem):
    status, code = 415, "wrong_type"


class Sentence(tuple[str, Mapping[str, Fact]]):
    """A sentence not yet in any language: its key in the catalogue, and its facts."""

    __slots__ = ()

    def __new__(cls, key: str, **facts: Fact) -> Self:
        return super().__new__(cls, (key, facts))


class Invalid(Problem):
    """Fields that can't be accepted, each with its sentences."""

    status, code = 422, "invalid"

    def __init__(self, fields: Mapping[str, Sequence[Sentence]], code: str | None = None) -> None:
        super().__init__(code)
        self.fields = {name: list(sentences) for name, sentences in fields.items()}


class TooMany(Problem):
    status, code = 429, "too_many"


class Unavailable(Problem):
    status, code = 503, "unavailable"
