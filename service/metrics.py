"""Everything that is measured: its name, its kind, what it says, and by what it is told apart.

`docs/reference/metrics.md` is made from this list. Labels are told from closed lists only: whoever writes comments, or
asks for addresses that don't exist, can't make a new series. `service/meters.py` does the measuring.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from service.domain.bounds import Kind as BoundKind
from service.domain.comment import Action
from service.domain.delivery import Kind as DeliveryKind
from service.domain.reasons import SIGNAL_REASONS, ReportReason
from service.domain.teaching import Category, Why


class Kind(StrEnum):
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    GAUGE = "gauge"


class Place(StrEnum):
    """Where it is measured. What the database knows is the whole service's, whoever is asked."""

    API = "API"
    WORKER = "worker"
    BOTH = "API and worker"
    DATABASE = "database, asked by the API"


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One metric, equal to itself only.

    A label's values are listed, or said in a sentence when the code that knows them is elsewhere.
    """

    name: str
    kind: Kind
    place: Place
    about: str
    labels: Mapping[str, tuple[str, ...] | str] = field(default_factory=dict)
    buckets: tuple[float, ...] = ()

    @property
    def series(self) -> str:
        """The name by which a counter is registered, without the ending that every counter has."""
        return self.name.removesuffix("_total")


OUTCOME_BY_STATUS: Final = {
    202: "accepted", 303: "accepted", 403: "forbidden", 404: "unknown", 409: "duplicate", 429: "limited",
    500: "failed", 503: "unavailable",
}  # fmt: skip
"""What became of a submission; `refused` is every other answer: something in it was wrong. `busy` is told apart from
`limited` by who is too fast: the site's readers, or one of them."""

SCORER_OUTCOMES: Final = ("ok", "timeout", "unreachable", "refused", "garbage", "open", "busy")

REDIS_TROUBLES: Final = ("away", "slow", "full", "read_only", "disk", "loading", "refused")

DATABASE_TROUBLES: Final = ("away", "slow", "busy", "disk", "read_only")

METHODS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

REQUESTS: Final = Metric(
    "moderato_requests_total",
    Kind.COUNTER,
    Place.API,
    "Requests answered.",
    {
        "method": (*METHODS, "other"),
        "route": "the routes' patterns, as in the OpenAPI document; `none` for all other addresses",
        "status": "the HTTP status",
    },
)
REQUEST_SECONDS: Final = Metric(
    "moderato_request_seconds",
    Kind.HISTOGRAM,
    Place.API,
    "Seconds from a request's arrival in the application to its answer.",
    {"route": "as above"},
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
SUBMISSIONS: Final = Metric(
    "moderato_submissions_total",
    Kind.COUNTER,
    Place.API,
    "Comments sent in, by what was answered.",
    {"outcome": ("replayed", "refused", "busy", *dict.fromkeys(OUTCOME_BY_STATUS.values()))},
)
REPORTS: Final = Metric(
    "moderato_reports_total",
    Kind.COUNTER,
    Place.API,
    "Readers' reports of comments, by reason. A device's second report of a comment isn't counted.",
    {"reason": tuple(ReportReason)},
)
WAKEUPS: Final = Metric(
    "moderato_wakeups_total",
    Kind.COUNTER,
    Place.BOTH,
    "Times that somebody was to be woken: sent, merged with one sent within the last second, or failed (no Redis).",
    {"outcome": ("sent", "merged", "failed")},
)
REDIS_FAILURES: Final = Metric(
    "moderato_redis_failures_total",
    Kind.COUNTER,
    Place.BOTH,
    "Times that Redis didn't do what was asked, by what is wrong with it: its memory is full, it is a replica, it "
    "can't write to its disk, …",
    {"why": REDIS_TROUBLES},
)
REDIS_OPEN: Final = Metric(
    "moderato_redis_open",
    Kind.GAUGE,
    Place.BOTH,
    "Living processes that ask nothing of Redis for now: it failed a moment ago.",
)
VERDICTS: Final = Metric(
    "moderato_verdicts_total",
    Kind.COUNTER,
    Place.WORKER,
    "The machine's verdicts, by action.",
    {"action": tuple(Action)},
)
REASONS: Final = Metric(
    "moderato_verdict_reasons_total",
    Kind.COUNTER,
    Place.WORKER,
    "Verdicts in which a reason was given. One verdict may have several.",
    {"reason": tuple(SIGNAL_REASONS)},
)
VERDICT_SECONDS: Final = Metric(
    "moderato_verdict_seconds",
    Kind.HISTOGRAM,
    Place.WORKER,
    "Seconds from a comment's 202 to its verdict. Edits aren't counted: the clock would start at the first text.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
BATCHES: Final = Metric(
    "moderato_batches_total", Kind.COUNTER, Place.WORKER, "Batches claimed; with the next, how full they are."
)
CLAIMED: Final = Metric("moderato_claimed_total", Kind.COUNTER, Place.WORKER, "Comments claimed to be judged.")
RETRIES: Final = Metric(
    "moderato_retries_total", Kind.COUNTER, Place.WORKER, "Comments claimed that had been claimed before in vain."
)
PARKED: Final = Metric(
    "moderato_parked_total", Kind.COUNTER, Place.WORKER, "Comments given up after all tries, and held for a person."
)
SWEEPS: Final = Metric(
    "moderato_sweeps_total",
    Kind.COUNTER,
    Place.WORKER,
    "Looks of the sweep: nothing waited, it woke the lane, it judged by itself, or it failed.",
    {"outcome": ("idle", "woke", "judged", "failed")},
)
CHECK_SECONDS: Final = Metric(
    "moderato_check_seconds",
    Kind.HISTOGRAM,
    Place.WORKER,
    "Seconds that one check took for one comment.",
    {"check": "the names in checks.md; `scorer`; `all` for a comment that was given up"},
    (0.0001, 0.001, 0.01, 0.1, 1, 10),
)
CHECK_FAILURES: Final = Metric(
    "moderato_check_failures_total",
    Kind.COUNTER,
    Place.WORKER,
    "Checks that failed; their comments are held.",
    {"check": "as above"},
)
SCORER_REQUESTS: Final = Metric(
    "moderato_scorer_requests_total",
    Kind.COUNTER,
    Place.WORKER,
    "Questions to the scorer, by what came of them. `open`: not sent, for it had failed lately; `busy`: nor, for too "
    "many of the site wait. All but `ok` hold the comment.",
    {"outcome": SCORER_OUTCOMES},
)
SCORER_SECONDS: Final = Metric(
    "moderato_scorer_seconds",
    Kind.HISTOGRAM,
    Place.WORKER,
    "Seconds that an exchange with the scorer took, whatever came of it.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10),
)
SCORER_OPEN: Final = Metric(
    "moderato_scorer_open", Kind.GAUGE, Place.WORKER, "Living processes that ask nothing for now: the scorer is away."
)
DELIVERIES: Final = Metric(
    "moderato_deliveries_total",
    Kind.COUNTER,
    Place.WORKER,
    "Attempts to tell somebody of an event, by what came of them. A failed one is made again.",
    {"kind": tuple(DeliveryKind), "outcome": ("delivered", "failed")},
)
DELIVERY_SECONDS: Final = Metric(
    "moderato_delivery_seconds",
    Kind.HISTOGRAM,
    Place.WORKER,
    "Seconds that one attempt took, whatever came of it.",
    {"kind": tuple(DeliveryKind)},
    (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
LEARNT: Final = Metric(
    "moderato_learnt_versions_total",
    Kind.COUNTER,
    Place.WORKER,
    "Versions made of what sites' decisions taught, by why they serve (`first`, `no_worse`) or don't.",
    {"category": tuple(Category), "why": tuple(Why)},
)
LEARNING_SECONDS: Final = Metric(
    "moderato_learning_seconds",
    Kind.HISTOGRAM,
    Place.WORKER,
    "Seconds that learning on one site took, once somebody had decided there.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10),
)
THRESHOLDS: Final = Metric(
    "moderato_threshold_changes_total",
    Kind.COUNTER,
    Place.WORKER,
    "Times that a threshold which follows from a site's bounds became another one (`on`), or none any more (`off`).",
    {"kind": tuple(BoundKind), "to": ("on", "off")},
)
CONNECTIONS: Final = Metric(
    "moderato_database_connections", Kind.GAUGE, Place.BOTH, "Database connections in use by living processes."
)
POOL: Final = Metric(
    "moderato_database_pool", Kind.GAUGE, Place.BOTH, "Database connections that living processes may use at most."
)
POOL_TIMEOUTS: Final = Metric(
    "moderato_database_pool_timeouts_total",
    Kind.COUNTER,
    Place.BOTH,
    "Times that no connection became free in time; a reader was told 503.",
)
DATABASE_FAILURES: Final = Metric(
    "moderato_database_failures_total",
    Kind.COUNTER,
    Place.BOTH,
    "Times that the database didn't serve, by what is wrong: it can't be reached, takes too long, has no connection or "
    "lock to give, has no room on its disk, takes no writing.",
    {"why": DATABASE_TROUBLES},
)
DATABASE_UP: Final = Metric(
    "moderato_database_up", Kind.GAUGE, Place.DATABASE, "1 if the database answered; else the following are missing."
)
CLOCK: Final = Metric(
    "moderato_clock_ahead_seconds",
    Kind.GAUGE,
    Place.DATABASE,
    "By how much the clock of whoever is asked is ahead of the database's; below 0: behind; 0 within two seconds.",
)
PENDING: Final = Metric(
    "moderato_pending_comments",
    Kind.GAUGE,
    Place.DATABASE,
    "Comments that wait for their verdict. Counting stops at 10,000.",
)
PENDING_AGE: Final = Metric(
    "moderato_pending_oldest_seconds", Kind.GAUGE, Place.DATABASE, "How long the oldest of them has waited; 0: none."
)
RETRYING: Final = Metric(
    "moderato_retrying_comments", Kind.GAUGE, Place.DATABASE, "Those of them that were claimed more than once."
)
AWAITING: Final = Metric(
    "moderato_awaiting_comments",
    Kind.GAUGE,
    Place.DATABASE,
    "Comments that wait for a moderator. Counting stops at 10,000.",
)
AWAITING_AGE: Final = Metric(
    "moderato_awaiting_oldest_seconds", Kind.GAUGE, Place.DATABASE, "How old the oldest of them is; 0: none."
)
PARKED_NOW: Final = Metric(
    "moderato_parked_comments", Kind.GAUGE, Place.DATABASE, "Those of them that the machine gave up."
)
UNSCORED: Final = Metric(
    "moderato_unscored_comments",
    Kind.GAUGE,
    Place.DATABASE,
    "Those of them that are held because the scorer was away, and will be judged again. Counting stops at 10,000.",
)
CROWDED_SITES: Final = Metric(
    "moderato_backlog_sites",
    Kind.GAUGE,
    Place.DATABASE,
    "Sites of which more wait for their verdict than `MODERATO_BACKLOG_OPTIONAL`: the scorer isn't asked; or than "
    "`MODERATO_BACKLOG_LIMIT`: no comment is taken.",
    {"stage": ("optional_skipped", "refusing")},
)
UNTOLD: Final = Metric(
    "moderato_untold_events",
    Kind.GAUGE,
    Place.DATABASE,
    "Events that nobody has looked at to see whom they are to be told. Counting stops at 10,000.",
)
WAITING_DELIVERIES: Final = Metric(
    "moderato_waiting_deliveries", Kind.GAUGE, Place.DATABASE, "Deliveries that wait. Counting stops at 10,000."
)
WAITING_DELIVERIES_AGE: Final = Metric(
    "moderato_waiting_deliveries_oldest_seconds",
    Kind.GAUGE,
    Place.DATABASE,
    "For how long the oldest of them has been tried; 0: none.",
)
FAILED_DELIVERIES: Final = Metric(
    "moderato_failed_deliveries",
    Kind.GAUGE,
    Place.DATABASE,
    "Deliveries that were given up within the last day. Counting stops at 10,000.",
)
RECENT_VERDICTS: Final = Metric(
    "moderato_recent_verdicts",
    Kind.GAUGE,
    Place.DATABASE,
    "Verdicts of the last five minutes, by action, whichever worker gave them. Counting stops at 10,000.",
    {"action": tuple(Action)},
)
_OF_LATE: Final = (
    "Over all sites, of the last thirty days and the latest 5,000 decisions and audits at most; looked at every five "
    "minutes, and missing where it isn't known."
)
PRECISION: Final = Metric(
    "moderato_machine_precision",
    Kind.GAUGE,
    Place.DATABASE,
    f"Of what the machine refuses or wants a person to see, people refuse so much. {_OF_LATE}",
)
RECALL: Final = Metric(
    "moderato_machine_recall",
    Kind.GAUGE,
    Place.DATABASE,
    "Of what people refuse, the machine refuses or wants a person to see so much, as far as audits tell. Looked at as "
    "above.",
)
CHECK_PRECISION: Final = Metric(
    "moderato_check_precision",
    Kind.GAUGE,
    Place.DATABASE,
    "Of what a check found something in, people refuse so much. Looked at as above.",
    {"check": "the names in checks.md, and `scorer`; only of those that found something"},
)
CHECK_RECALL: Final = Metric(
    "moderato_check_recall",
    Kind.GAUGE,
    Place.DATABASE,
    "Of what people refuse, a check found something in so much, as far as audits tell. Looked at as above.",
    {"check": "as above"},
)

METRICS: Final = (
    REQUESTS, REQUEST_SECONDS, SUBMISSIONS, REPORTS, WAKEUPS, REDIS_FAILURES, REDIS_OPEN, VERDICTS,
    REASONS, VERDICT_SECONDS, BATCHES, CLAIMED,
    RETRIES, PARKED, SWEEPS, CHECK_SECONDS, CHECK_FAILURES, SCORER_REQUESTS, SCORER_SECONDS, SCORER_OPEN, DELIVERIES,
    DELIVERY_SECONDS, LEARNT, LEARNING_SECONDS, THRESHOLDS, CONNECTIONS, POOL, POOL_TIMEOUTS,
    DATABASE_FAILURES,
    DATABASE_UP, CLOCK, PENDING, PENDING_AGE, RETRYING, AWAITING,
    AWAITING_AGE, PARKED_NOW, UNSCORED, CROWDED_SITES, UNTOLD, WAITING_DELIVERIES, WAITING_DELIVERIES_AGE,
    FAILED_DELIVERIES, RECENT_VERDICTS, PRECISION, RECALL, CHECK_PRECISION, CHECK_RECALL,
)  # fmt: skip
