"""What a webhook is sent: ids, words and numbers. Whoever wants a text asks the API, and gets it as it is now."""

import json
from datetime import UTC, datetime
from typing import Any

from service.domain.event import TOLD


def payload(delivery: Any) -> bytes:
    """The body for one event (event_id, type, data, event_at, site, comment_id, article): the same at every attempt."""
    of = {} if delivery.comment_id is None else {"comment": delivery.comment_id, "article": delivery.article}
    data: dict[str, Any] = of | {name: delivery.data[name] for name in TOLD if delivery.data.get(name) is not None}
    told = {
        "id": delivery.event_id,
        "type": delivery.type,
        "created_at": _rfc3339(delivery.event_at),
        "site": delivery.site,
        "data": data,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
