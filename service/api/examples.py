"""Examples for the OpenAPI document, as real ones read. A test holds each to its schema."""

from dataclasses import asdict
from typing import Any, Final

from service.domain.policy import Policy
from service.domain.site import SiteRules
from service.errors import CODES
from service.words import say

_ID: Final = "019b76da-a800-7000-8000-00000000002a"
_PARENT: Final = "019b76da-1c40-7000-8000-000000000007"
_AUTHOR: Final = "019b76d9-3f00-7000-8000-000000000011"
_CAMPAIGN: Final = "019b76da-a9f0-7000-8000-0000000000c1"
_SENT: Final = "2026-01-01T08:30:00.000000Z"
_JUDGED: Final = "2026-01-01T08:30:00.120000Z"
_DECIDED: Final = "2026-01-01T08:41:07.500000Z"
_CLAIMED: Final = "2026-01-01T08:45:00.000000Z"
_TEXT: Final = "The council voted against it **twice**: [the minutes](https://council.example/minutes) are public."
_HTML: Final = (
    '<p>The council voted against it <strong>twice</strong>: <a href="https://council.example/minutes" rel="nofollow '
    'ugc noopener">the minutes</a> are public.</p>'
)

_POLICY: Final = Policy().to_document()
_SITE: Final = {
    "name": "journal",
    "title": "Le Journal",
    "origins": ["https://www.journal.example"],
    "languages": ["fr", "en"],
    "reserved_names": ["La rédaction"],
    "wordings": {"off_topic": {"en": "We keep to the article here: write to us about the rest."}},
    "reasons": [{"word": "election_silence", "sentences": {"en": "No forecasts on the day of a vote."}}],
    "rules": asdict(SiteRules(depth=2)),
    "version": 7,
}

_MAILBOX: Final = {
    "id": "019b76ea-0c00-7000-8000-000000000071", "label": "Desk, mornings", "state": "asked", "language": "en",
    "digest_hour": 7, "alert_minutes": 60, "alert_waiting": 100, "asked_at": _DECIDED, "confirmed_at": None,
    "created_at": _DECIDED,
}  # fmt: skip
_WEBHOOK: Final = {
    "id": "019b76e8-1100-7000-8000-000000000071",
    "url": "https://www.journal.example/hooks/comments",
    "types": ["comment.published", "comment.rejected"],
    "description": "The archive",
    "active": True,
    "old_secret_until": None,
    "failures": 0,
    "rests_until": None,
    "created_at": _SENT,
}
_DELIVERY: Final = {
    "id": "019b76e8-2200-7000-8000-000000000081",
    "event": "019b76e8-2200-7000-8000-000000000080",
    "type": "comment.published",
    "comment": _ID,
    "state": "waiting",
    "attempts": 2,
    "status": 503,
    "why": "refused",
    "milliseconds": 41,
    "next_at": _DECIDED,
    "finished_at": None,
    "created_at": _JUDGED,
}

REQUESTS: Final[dict[str, dict[str, Any]]] = {
    "Submission": {
        "comment": {
            "summary": "The least that is needed",
            "value": {"name": "Zoé Martin", "email": "zoe.martin@readers.example.org", "body": _TEXT},
        },
        "whole": {
            "summary": "All that a form sends",
            "value": {
                "name": "Zoé Martin",
                "email": "zoe.martin@readers.example.org",
                "body": "I was there. It took three hours.",
                "website": "https://zoe.example.org",
                "parent": "",
                "article_url": "https://www.journal.example/city/council",
                "article_title": "The council and the bridge",
                "consent": "on",
                "contact": "",
            },
        },
    },
    "SessionIn": {
        "token": {"summary": "A token", "value": {"token": "mdr_5f0c1a2b3c4d.bm90LWEtdG9rZW4tYnV0LWFuLWV4YW1wbGU"}}
    },
    "TokenIn": {
        "moderator": {"summary": "A colleague", "value": {"name": "Inès", "role": "moderator"}},
        "program": {"summary": "A program, for a year", "value": {"name": "CMS", "role": "service", "days": 365}},
    },
    "Undo": {"undo": {"summary": "The version that the decision led to", "value": {"version": 3}}},
    "Edit": {"edit": {"summary": "The new text", "value": {"body": "I was there. It took *four* hours."}}},
    "Report": {
        "reason": {"summary": "A reason is enough", "value": {"reason": "insult"}},
        "note": {
            "summary": "In the reader's own words, too",
            "value": {"reason": "personal_data", "note": "The second line is where he lives."},
        },
    },
    "Decision": {
        "publish": {"summary": "Publish", "value": {"action": "publish", "version": 2}},
        "reject": {
            "summary": "Reject, and why",
            "value": {"action": "reject", "version": 2, "reason": "advertising", "note": "The third from this shop."},
        },
        "words": {
            "summary": "Reject, and tell the author in your own words",
            "value": {
                "action": "reject", "version": 2, "reason": "personal_data",
                "public_reason": "Please write it again without your neighbour’s name.",
            },
        },
    },
    "Decisions": {
        "two": {
            "summary": "Two at once",
            "value": {
                "decisions": [
                    {"id": _ID, "version": 2, "action": "publish"},
                    {"id": _PARENT, "version": 3, "action": "reject", "reason": "spam"},
                ]
            },
        },
        "selected": {
            "summary": "What an author sent, as it was selected",
            "value": {
                "decisions": [{"id": _ID, "version": 2, "action": "reject", "reason": "spam"}],
                "by": {"author": _AUTHOR, "status": ["published", "held"]},
            },
        },
    },
    "NewsroomComment": {
        "reply": {"summary": "Under the site's title", "value": {"body": "The minutes are out: see *our article*."}},
        "name": {
            "summary": "Under a name that is kept for the newsroom",
            "value": {"body": "We have asked the council.", "name": "La rédaction"},
        },
    },
    "WebhookIn": {
        "all": {"summary": "All events", "value": {"url": "https://www.journal.example/hooks/comments"}},
        "some": {
            "summary": "Some of them",
            "value": {
                "url": "https://www.journal.example/hooks/comments",
                "types": ["comment.published", "comment.rejected"],
                "description": "The archive",
            },
        },
    },
    "WebhookChange": {"stop": {"summary": "Send nothing for now", "value": {"active": False}}},
    "RotateIn": {
        "day": {"summary": "Change over within a day", "value": {"hours": 24}},
        "now": {"summary": "Others know the secret", "value": {"hours": 0}},
    },
    "ReplayIn": {"since": {"summary": "After an outage", "value": {"since": _SENT}}},
    "RevealIn": {
        "reason": {"summary": "Why", "value": {"reason": "A threat of violence; the police asked, file 2026/12."}},
    },
    "Next": {
        "next": {"summary": "The most urgent one", "value": {}},
        "reported": {
            "summary": "The oldest of those that readers reported, but not this one",
            "value": {"list": "reported", "order": "oldest", "skip": [_PARENT]},
        },
    },
    "NoteIn": {"note": {"summary": "A note", "value": {"text": "Quarrels with Paul under every article on cycling."}}},
    "HoldIn": {
        "hold": {"summary": "Hold all", "value": {"hold": True, "reason": "Second warning."}},
        "release": {"summary": "No longer", "value": {"hold": False, "reason": "Calm for a month."}},
    },
    "BadgeIn": {
        "give": {"summary": "A badge", "value": {"badge": "Rédaction"}},
        "take": {"summary": "None any more", "value": {"badge": None}},
    },
    "BanIn": {
        "author": {
            "summary": "An author, for a month",
            "value": {
                "kind": "author", "target": _AUTHOR, "action": "hold", "reason": "Third warning.",
                "expires_at": "2126-02-01T00:00:00Z",
            },
        },
        "domain": {
            "summary": "A domain, until it is lifted",
            "value": {"kind": "domain", "target": "spam.example", "action": "reject", "reason": "Pills."},
        },
    },
    "MailboxIn": {
        "desk": {
            "summary": "A digest at seven, and alerts",
            "value": {
                "label": "Desk, mornings", "email": "desk@journal.example.org", "language": "en", "digest_hour": 7,
                "alert_minutes": 60, "alert_waiting": 100,
            },
        },
    },
    "MailboxPut": {"quiet": {"summary": "No digest any more", "value": {"digest_hour": None}}},
    "BanListIn": {
        "words": {
            "summary": "Words, until they are lifted",
            "value": {
                "kind": "word", "targets": ["miracle pills", "casino"], "action": "hold", "reason": "The spam of May.",
            },
        },
    },
    "BanListTrial": {
        "words": {
            "summary": "Two words, over the last fortnight",
            "value": {"kind": "word", "targets": ["miracle pills", "casino"], "action": "reject", "days": 14},
        },
    },
    "LiftIn": {"lift": {"summary": "Why", "value": {"reason": "They wrote to us, and we talked."}}},
    "PolicyIn": {
        "strict": {
            "summary": "Links weigh more, the machine refuses what is certain",
            "value": {
                "mode": "auto",
                "hold_first_comment": True,
                "hold": 0.4,
                "reject": 0.95,
                "weights": {"links": 0.8},
                "caps": {"style": 0.3},
                "blocked_words": ["casino"],
                "blocked_domains": ["spam.example"],
            },
        },
        "bounds": {
            "summary": "At most 1 % of what is published is spam, of what is refused as spam at most 1 % good",
            "value": {"bounds": {"missed": {"spam": 0.01}, "wronged": {"spam": 0.01}}},
        },
        "default": {"summary": "All as by default", "value": {}},
    },
    "SiteIn": {
        "site": {
            "summary": "All that can be said of a site, and two of its rules",
            "value": {
                "title": "Le Journal",
                "origins": ["https://www.journal.example"],
                "languages": ["fr", "en"],
                "reserved_names": ["La rédaction"],
                "wordings": {"off_topic": {"en": "We keep to the article here: write to us about the rest."}},
                "reasons": [{"word": "election_silence", "sentences": {"en": "No forecasts on the day of a vote."}}],
                "rules": {"depth": 2, "consent": True},
            },
        },
        "rule": {"summary": "One rule", "value": {"rules": {"close_days": 14}}},
    },
    "Draft": {
        "stricter": {
            "summary": "Hold from 0.3 on, over the last fortnight",
            "value": {"policy": {"hold": 0.3}, "days": 14},
        },
    },
    "RollbackIn": {
        "back": {"summary": "To what served before", "value": {"category": "spam"}},
        "anew": {"summary": "To nothing: begin anew", "value": {"category": "abuse", "version": 0}},
    },
    "Earlier": {"back": {"summary": "Back to the third version", "value": {"version": 3}}},
    "ArticleIn": {
        "article": {
            "summary": "What the publisher says of it",
            "value": {
                "title": "The council and the bridge",
                "url": "https://www.journal.example/city/council",
                "published_at": "2026-01-01T06:00:00Z",
                "open": True,
            },
        },
        "policy": {
            "summary": "A delicate subject: people first", "value": {"policy": {"mode": "premoderate"}},
        },
    },
}  # fmt: skip
"""By the schema of the body."""

_VERDICT: Final = {
    "action": "hold",
    "score": 0.6,
    "signals": [
        {
            "reason": "links",
            "score": 1.0,
            "weight": 0.6,
            "detail": "3 links in one comment",
            "facts": {"count": 3},
            "spans": [{"start": 40, "end": 88}],
        }
    ],
    "policy_version": 1,
    "engine": "rules-0c1f5a2e",
    "revision": 1,
    "created_at": _JUDGED,
}
_ITEM: Final = {
    "id": _ID,
    "site": "journal",
    "article": {
        "id": "a-1",
        "title": "The council and the bridge",
        "title_confirmed": True,
        "url": "https://www.journal.example/city/council",
    },
    "parent": _PARENT,
    "status": "held",
    "version": 2,
    "name": "Zoé Martin",
    "website": "",
    "body": _TEXT,
    "score": 0.6,
    "reasons": ["links"],
    "verdict": _VERDICT,
    "reports": {"count": 2, "open": 2},
    "claimed_by": "Camille",
    "claimed_until": _CLAIMED,
    "created_at": _SENT,
    "edited_at": None,
}

_BAN: Final = {
    "id": "019b76e7-5500-7000-8000-000000000061",
    "kind": "author",
    "author": _AUTHOR,
    "pattern": None,
    "action": "hold",
    "reason": "Third warning.",
    "good": True,
    "expires_at": "2126-02-01T00:00:00.000000Z",
    "created_at": _DECIDED,
    "who": "Camille",
    "lifted_at": None,
    "lifted_by": None,
}
_REHEARSAL: Final = {
    "looked_at": 1840,
    "days": 14.0,
    "met": 9,
    "changes": [
        {
            "before": "published", "after": "hold", "count": 9, "by_people": 2,
            "examples": [
                {
                    "id": _ID, "status": "published", "name": "Zoé Martin", "body": "There is no casino in our town.",
                    "created_at": _SENT,
                }
            ],
        }
    ],
    "bans": [{"target": "miracle pills", "count": 0}, {"target": "casino", "count": 9}],
    "articles": [{"article": "a-1", "title": "The council and the bridge", "count": 8}],
    "more_a_day": 0.5,
    "less_a_day": 0.0,
    "daily": [{"day": "2026-01-01", "more": 7, "less": 0}],
}  # fmt: skip
_BRIEF: Final = {"id": _ID, "status": "held", "name": "Zoé Martin", "created_at": _SENT}

ANSWERS: Final[dict[str, Any]] = {
    "Accepted": {"id": _ID, "status": "pending", "receipt": "k1.AZt22qgAcACAAAAAAAAAKg.xkJmWv0mVb3PpO4Zc6WbLw"},
    "CommentPage": {
        "comments": [
            {"id": _PARENT, "parent": None, "status": "removed", "created_at": "2026-01-01T07:55:12.000000Z"},
            {
                "id": _ID,
                "parent": _PARENT,
                "name": "Zoé Martin",
                "website": "",
                "html": _HTML,
                "created_at": _SENT,
                "edited_at": None,
                "badge": None,
            },
        ],
        "next": None,
        "count": 1,
        "form": {
            "open": True,
            "closed_reason": None,
            "fields": {
                "name": {"required": True, "max_length": 245},
                "email": {"required": True, "max_length": 100},
                "body": {"required": True, "max_bytes": 65_525},
                "website": {"required": False, "max_length": 200},
            },
            "depth": 3,
            "consent": False,
            "notices": True,
            "languages": ["fr", "en"],
        },
    },
    "Preview": {"html": "<p>It took <em>four</em> hours.</p>"},
    "FormTokenOut": {"form_token": "k1.AZt22qgAcACAAAAA.pS0q9TzFQv1mZ7o4dW2sXg", "issued_at": _SENT},
    "Counts": {"counts": {"a-1": 3, "city/council": 12}},
    "Received": {"status": "received", "message": say("page.report_thanks", "en")},
    "ReceiptView": {
        "id": _ID,
        "status": "held",
        "message": "Your comment is waiting for a moderator.",
        "reason": None,
        "name": "Zoé Martin",
        "website": "",
        "body": _TEXT,
        "html": None,
        "parent": _PARENT,
        "site": "journal",
        "article": "a-1",
        "article_title": "The council and the bridge",
        "created_at": _SENT,
        "edited_at": None,
        "editable": True,
    },
    "Queue": {
        "items": [_ITEM],
        "next": None,
        "counts": {
            "awaiting": 1, "reported": 0, "published": 3, "rejected_by_machine": 0, "rejected_by_people": 2,
            "overdue": 0, "pending": 0, "held": 1, "rejected": 2,
        },
    },
    "Campaigns": {
        "campaigns": [
            {
                "id": _CAMPAIGN, "comment": _ID, "name": "Zoé Martin", "excerpt": _TEXT[:120], "members": 212,
                "authors": 198, "articles": 9, "waiting": 40, "counts": {"held": 40, "published": 2, "rejected": 170},
                "refused": 170, "accepted": 0, "first_at": _SENT, "latest_at": _DECIDED, "counted_at": _CLAIMED,
            }
        ]
    },
    "Selection": {
        "items": [
            {
                "id": _ID, "version": 2, "status": "held", "name": "Zoé Martin", "excerpt": _TEXT[:120],
                "article": _ITEM["article"], "created_at": _SENT,
            }
        ],
        "counts": {"held": 1},
        "authors": 1,
        "more": False,
    },
    "CommentDetail": _ITEM
    | {
        "revision": 1,
        "html": None,
        "parent_comment": {"id": _PARENT, "name": "Paul", "body": "Who voted for this?", "status": "published"},
        "reports": {
            "count": 2,
            "open": 2,
            "reasons": {"insult": 1, "misinformation": 1},
            "latest": [
                {"reason": "misinformation", "note": "It was once.", "revision": 1, "created_at": _DECIDED},
                {"reason": "insult", "note": "", "revision": 1, "created_at": _JUDGED},
            ],
        },
        "author": {"id": _AUTHOR, "published": 4, "rejected": 0},
        "revisions": [],
        "copies": [
            {
                "id": _PARENT, "status": "rejected", "name": "Paul", "body": "Who voted for this?",
                "created_at": _SENT,
            }
        ],
        "campaign": {"id": _CAMPAIGN, "members": 212, "waiting": 40},
        "history": [
            {"type": "submitted", "at": _SENT, "revision": 1},
            {
                "type": "verdict", "at": _JUDGED, "action": "hold", "score": 0.6, "revision": 1,
                "who": _VERDICT["engine"],
            },
            {
                "type": "decision", "at": _DECIDED, "action": "hold", "reason": None, "note": "Asked the city desk.",
                "public_reason": "", "version": 1, "who": "Camille",
            },
        ],
    },
    "Standing": {"id": _ID, "status": "published", "version": 3, "claimed_by": "Camille"},
    "NextItem": {"item": _ITEM},
    "ClaimOut": {"id": _ID, "claimed_by": "Camille", "claimed_until": _CLAIMED},
    "SiteState": _SITE,
    "Sites": {"sites": [_SITE]},
    "TrialOut": {
        "looked_at": 1840,
        "days": 14.0,
        "now": {"publish": 1790, "hold": 50, "reject": 0, "awaiting": 50, "awaiting_a_day": 3.57},
        "then": {"publish": 1721, "hold": 119, "reject": 0, "awaiting": 119, "awaiting_a_day": 8.5},
        "changes": [
            {
                "before": "publish",
                "after": "hold",
                "count": 69,
                "examples": [
                    {
                        "id": _ID, "name": "Zoé Martin", "body": "Two links in one comment: https://…",
                        "score_now": 0.42, "score_then": 0.42,
                    }
                ],
            }
        ],
    },
    "NumbersOut": {
        "days": 30,
        "queue": {
            "counts": {"awaiting": 12, "reported": 3, "overdue": 0, "held": 12, "pending": 1},
            "oldest_seconds": 5400.0,
        },
        "people": {
            "decided": 412, "publish": 301, "hold": 4, "reject": 107, "released": 290, "taken_down": 15,
            "seconds_p50": 840.0, "seconds_p95": 14200.0,
        },
        "machine": {
            "judged": 5210, "publish": 4816, "hold": 390, "reject": 4, "overturned": 15, "alone": 4803,
            "share_alone": 0.9219,
        },
        "series": [
            {"day": "2026-01-01", "published": 171, "held": 1, "rejected": 6, "pending": 0},
            {"day": "2026-01-02", "published": 203, "held": 11, "rejected": 4, "pending": 1},
        ],
        "reasons": [{"reason": "links", "decided": 96, "refused": 61, "precision": 0.6354}],
        "articles": [{"article": "a-1", "decided": 58}],
    },
    "ModelsOut": {
        "models": [
            {
                "category": "spam", "version": 2, "state": "champion", "why": "no_worse", "decisions": 312,
                "refused": 74, "created_at": _JUDGED,
                "answers": {"questions": 62, "refused": 15, "log_loss": 0.091, "recall": 0.9333},
                "answers_before": {"questions": 62, "refused": 15, "log_loss": 0.174, "recall": 0.8},
            }
        ],
        "lessons": {"good": 238, "spam": 74, "abuse": 0},
    },
    "Audits": {
        "audits": [
            {
                "comment": _ID, "at": _JUDGED, "agreed": False,
                "verdict": {"action": "publish", "score": 0.12, "chances": {"spam": 0.31, "abuse": 0.01}},
                "decision": {"action": "reject", "reason": "advertising", "who": "Camille", "at": _JUDGED},
            }
        ],
        "summary": {"days": 180, "open": 4, "done": 212, "agreed": 209, "disagreed": 3},
        "next": None,
    },
    "ThresholdsOut": {
        "thresholds": [
            {
                "category": "spam", "kind": "missed", "bound": 0.01, "state": "kept", "at": 0.23, "asked": 640,
                "errors": 1, "upper": 0.007392, "since": _JUDGED, "computed_at": _JUDGED,
            },
            {
                "category": "spam", "kind": "wronged", "bound": 0.01, "state": "unknown", "at": None, "asked": 120,
                "errors": 0, "upper": 0.024655, "since": _JUDGED, "computed_at": _JUDGED,
            },
        ]
    },
    "TruthOut": {
        "days": 30,
        "since": "2026-01-01T00:00:00.000000Z",
        "audits": {"done": 96, "open": 5},
        "machine": {
            "flagged": 450, "decided": 401, "refused": 310, "released": 0, "taken_down": 15,
            "precision": {"value": 0.7731, "low": 0.7289, "high": 0.8133, "why": None},
            "recall": {"value": 0.7561, "low": 0.5573, "high": 0.9243, "why": None},
        },
        "checks": [
            {"check": "links", "flagged": 100, "decided": 96, "refused": 61,
             "precision": {"value": 0.6354, "low": 0.5309, "high": 0.7313, "why": None},
             "recall": {"value": 0.1488, "low": 0.0985, "high": 0.2054, "why": None}},
        ],
        "reasons": [
            {"reason": "bare_link", "flagged": None, "decided": 0, "refused": 0,
             "precision": {"value": None, "low": None, "high": None, "why": "nothing_decided"},
             "recall": {"value": None, "low": None, "high": None, "why": "no_audits"}},
        ],
        "shadow": {
            "since_version": 4,
            "judged": 1200,
            "now": {
                "publish": 1100, "hold": 100, "reject": 0, "awaiting": 100, "share_awaiting": 0.0833,
                "precision": {"value": 0.77, "low": 0.67, "high": 0.85, "why": None},
                "recall": {"value": 0.75, "low": 0.51, "high": 0.94, "why": None},
            },
            "shadow": {
                "publish": 1118, "hold": 82, "reject": 0, "awaiting": 82, "share_awaiting": 0.0683,
                "precision": {"value": 0.88, "low": 0.78, "high": 0.94, "why": None},
                "recall": {"value": 0.73, "low": 0.49, "high": 0.93, "why": None},
            },
            "disagreements": [
                {"before": "hold", "after": "publish", "count": 18, "decided": 17, "refused": 1, "examples": [_ID]}
            ],
        },
    },
    "VersionsOut": {"versions": [{"version": 4, "created_at": _JUDGED, "by": "Marie"}]},
    "PolicyOut": {"version": 4, "policy": _POLICY},
    "ArticleState": {
        "id": "a-1",
        "title": "The council and the bridge",
        "title_confirmed": True,
        "url": "https://www.journal.example/city/council",
        "published_at": "2026-01-01T06:00:00.000000Z",
        "open": True,
        "count": 3,
        "policy_version": None,
        "policy": _POLICY,
    },
    "AuthorRecord": {
        "id": _AUTHOR,
        "since": _SENT,
        "published": 4,
        "rejected": 0,
        "on_hold": False,
        "badge": None,
        "names": ["Zoé Martin"],
        "latest": [_BRIEF],
        "notes": [{"id": _PARENT, "text": "Quarrels with Paul.", "who": "Camille", "created_at": _DECIDED}],
        "bans": [_BAN],
    },
    "BanPast": {"count": 12, "authors": 1, "statuses": {"published": 11, "held": 1}, "examples": [_BRIEF]},
    "BanOut": _BAN,
    "MailboxOut": _MAILBOX,
    "Mailboxes": {"mailboxes": [_MAILBOX]},
    "RehearsalOut": _REHEARSAL,
    "JobOut": {
        "id": "019b76e9-0c00-7000-8000-000000000071", "kind": "bans_preview", "status": "done", "looked_at": 1840,
        "total": 1840, "who": "Camille", "created_at": _SENT, "started_at": _JUDGED, "ended_at": _DECIDED,
        "result": _REHEARSAL,
    },
    "Bans": {"bans": [_BAN], "next": None},
    "Webhooks": {"webhooks": [_WEBHOOK]},
    "WebhookOut": _WEBHOOK,
    "WebhookMade": _WEBHOOK | {"secret": "whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ=="},
    "WebhookGone": {"id": _WEBHOOK["id"]},
    "DeliveryOut": _DELIVERY,
    "Deliveries": {"deliveries": [_DELIVERY], "next": None},
    "Replayed": {"count": 12},
    "Revealed": {"email": "zoe.martin@readers.example.org"},
    "AuditPage": {
        "entries": [
            {
                "id": "019b76e4-0a1c-7000-8000-000000000051", "at": _DECIDED, "act": "comment.decide",
                "role": "moderator", "who": "Camille", "token": "4f1c09ab77de",
                "object": {"kind": "comment", "id": _ID},
                "data": {"action": "hold", "before": "held", "version": 1, "reason": None},
            }
        ],
        "next": None,
    },
    "Alive": {"status": "ok"},
    "Ready": {
        "status": "ready", "database": "ok", "redis": "ok", "scorer": "ok", "backlog": "ok", "disk": "ok",
        "clock": "ok", "migrations": "ok",
    },
}  # fmt: skip
"""By the answer's schema."""

_FACTS: Final = {"count": 15, "kilobytes": 256}
_MORE: Final[dict[str, dict[str, Any]]] = {
    "invalid": {"errors": {"email": [say("field.email", "en")]}},
    "form_stale": {"errors": {"form_token": [say("field.form_token", "en")]}},
    "key_used": {"errors": {"idempotency_key": [say("field.key_used", "en")]}},
    "duplicate": {"comment_status": "published"},
    "not_editable": {"comment_status": "rejected"},
    "not_published": {"comment_status": "rejected"},
    "moved_on": {"current": {"id": _ID, "status": "published", "version": 3}},
    "ban_known": {"ban": _BAN["id"]},
    "claimed": {"claimed_by": "Camille", "claimed_until": _CLAIMED},
}
PROBLEMS: Final[dict[str, dict[str, Any]]] = {
    code: {
        "type": f"urn:moderato:problem:{code}",
        "title": say(f"problem.{code}", "en", **_FACTS),
        "status": status,
        "code": code,
        "request_id": "7f3c2b9a41d84e0f9a6d5c1b2e3f4a5b",
        **_MORE.get(code, {}),
    }
    for code, status in CODES.items()
}
"""By the problem's code, as they read in English."""

ANSWERS["DecisionResults"] = {
    "results": [
        {"id": _ID, "status": "published", "version": 3},
        {"id": _PARENT, "problem": PROBLEMS["moved_on"]},
    ]
}
ANSWERS["BanListResults"] = {
    "results": [{"target": "miracle pills", "id": _BAN["id"]}, {"target": "casino", "problem": PROBLEMS["ban_known"]}]
}
_TOKEN: Final = {
    "prefix": "5f0c1a2b3c4d", "name": "Inès", "role": "moderator", "good": True, "own": False, "created_at": _SENT,
    "expires_at": None, "revoked_at": None,
}  # fmt: skip
ANSWERS["TokenOut"] = _TOKEN | {"good": False, "revoked_at": _DECIDED}
ANSWERS["TokensOut"] = {"tokens": [_TOKEN]}
ANSWERS["NewTokenOut"] = _TOKEN | {"token": "mdr_5f0c1a2b3c4d.bm90LWEtdG9rZW4tYnV0LWFuLWV4YW1wbGU"}
ANSWERS["SessionOut"] = {
    "site": "journal", "title": "Le Journal", "languages": ["fr", "en"], "name": "Inès", "role": "moderator",
    "csrf_token": "5b3c1f0e9d2a48c6b7a1d0e3f4c5968778695a4b3c2d1e0f9a8b7c6d5e4f3a2b",
    "expires_at": "2026-01-01T16:30:00.000000Z",
}  # fmt: skip
ANSWERS["Surroundings"] = {
    "comments": [
        {"id": _PARENT, "parent": None, "depth": 0, "status": "published", "name": "Yann", "body": "Who voted for it?",
         "created_at": "2026-01-01T07:55:12.000000Z"},
        {"id": _ID, "parent": _PARENT, "depth": 1, "status": "held", "name": "Zoé Martin", "body": _TEXT,
         "created_at": _SENT},
    ]
}  # fmt: skip
