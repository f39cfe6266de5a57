"""What earlier comments say about a batch: near copies of its texts, and what came of links to the same places."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from sqlalchemy import Connection

from service.domain.likeness import alike
from service.store.campaigns import Opinion, opinions
from service.store.traces import Fate, Trace, fates, find_alike, find_links
from workers.checks.context import Copies, Place
from workers.domains import domains
from workers.likeness import bands, numbers, sketch

ALIKE_WINDOW: Final = timedelta(days=7)
"""One window, and a long one: honest texts have no near copies in a week either, campaigns come back after days, and
what moderators rejected before the weekend must still count after it."""
LINKED_WINDOW: Final = timedelta(hours=24)


def trace_of(row: Any) -> Trace:
    """What a claimed comment will leave for later ones."""
    of, places = numbers(row.body), domains(row.body, row.website)
    return Trace(None, "", places) if of is None else Trace(bands(row.site_id, of), sketch(of), places)


class Past:
    """The earlier comments around one batch: two lookups, and two more for what became of what they found."""

    def __init__(self, connection: Connection, claimed: Sequence[Any], traces: Sequence[Trace], now: datetime) -> None:
        self._now = now
        batch = list(zip(claimed, traces, strict=True))
        self._copies = _stored_copies(connection, batch, now)
        self._links = _stored_links(connection, batch)
        found = {each for ids in (*self._copies.values(), *(ids for _, ids in self._links.values())) for each in ids}
        self._fates: Mapping[str, Fate] = fates(connection, found) if found else {}
        alike_ids = {each for ids in self._copies.values() for each in ids}
        self._campaigns, self._opinions = opinions(connection, alike_ids) if alike_ids else ({}, {})
        self._batch = batch

    def copies(self, row: Any, trace: Trace) -> Copies:
        """Near copies of a comment's text; those in its own batch count if they came before it."""
        found = [*self._known(self._copies.get(row.id, ()), row), *self._beside(row, trace)]
        others = [fate for fate in found if fate.author_id != row.author_id]
        said = list(self._said(row, trace))
        return Copies(
            by_others=len(others),
            authors=len({fate.author_id for fate in others}),
            own=len(found) - len(others),
            refused=max([_refused(found), *(each.refused for each in said)]),
            accepted=max([_accepted(found), *(each.accepted for each in said)]),
            hours=max((ceil((self._now - fate.created_at) / timedelta(hours=1)) for fate in found), default=0),
        )

    def _said(self, row: Any, trace: Trace) -> Iterable[Opinion]:
        """What people decided on its campaign: among ten thousand copies the few decided ones would not be found."""
        campaigns = {self._campaigns[each] for each in self._copies.get(row.id, ()) if each in self._campaigns}
        return (found for each in sorted(campaigns) if alike((found := self._opinions[each]).sketch, trace.sketch))

    def places(self, row: Any, trace: Trace) -> tuple[Place, ...]:
        return tuple(self._place(row, domain) for domain in trace.domains)

    def _place(self, row: Any, domain: str) -> Place:
        first, ids = self._links.get((row.site_id, domain), (self._now, ()))
        found = list(self._known(ids, row))
        since = row.created_at - LINKED_WINDOW
        return Place(
            domain,
            published=sum(fate.status == "published" for fate in found),
            refused=_refused(found),
            accepted=_accepted(found),
            authors=len({fate.author_id for fate in found if fate.created_at > since} - {row.author_id}),
            days=max(0, (self._now - first).days),
        )

    def _known(self, ids: Iterable[str], row: Any) -> Iterable[Fate]:
        return (self._fates[each] for each in ids if each in self._fates and each != row.id)

    def _beside(self, row: Any, trace: Trace) -> Iterable[Fate]:
        if trace.bands is None:
            return
        for other, its in self._batch:
            if other is row:
                return
            if its.bands is not None and other.site_id == row.site_id and alike(its.sketch, trace.sketch):
                yield Fate(other.id, other.author_id, "pending", None, other.created_at)


def _refused(found: Iterable[Fate]) -> int:
    return sum(fate.decided == "reject" and fate.status == "rejected" for fate in found)


def _accepted(found: Iterable[Fate]) -> int:
    return sum(fate.decided == "publish" and fate.status == "published" for fate in found)


def _stored_copies(connection: Connection, batch: Sequence[tuple[Any, Trace]], now: datetime) -> dict[str, list[str]]:
    """By comment: the ids of stored comments whose text is nearly the same."""
    asked = {at: trace.bands for at, (_, trace) in enumerate(batch) if trace.bands is not None}
    if not asked:
        return {}
    return {
        batch[at][0].id: [id_ for id_, other in sketches.items() if alike(other, batch[at][1].sketch)]
        for at, sketches in find_alike(connection, asked, now - ALIKE_WINDOW)
    }


def _stored_links(
    connection: Connection, batch: Sequence[tuple[Any, Trace]]
) -> dict[tuple[str, str], tuple[datetime, list[str]]]:
    """By site and domain: when the first stored comment linked there, and the ids of the newest that do."""
    asked = sorted({(row.site_id, domain) for row, trace in batch for domain in trace.domains})
    return {place: (first, ids) for place, first, ids in find_links(connection, asked)} if asked else {}
