"""The sites' bans by domain, name and word, compiled, and kept until one is made or lifted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from service.domain.ban import BanList
from service.operations.ban import as_ban
from service.store import bans

_MOST_SITES: Final = 200
_kept: Final[dict[str, tuple[int, BanList]]] = {}
"""This process's, by site: for which version of its bans, and what they are."""


def listed(connection: Connection, claimed: Sequence[Any], now: datetime) -> dict[str, BanList]:
    """The lists of the sites of claimed rows (with site_id and bans_version), by site.

    The version was read first: what is kept under it is never older.
    """
    return {row.site_id: _listed(connection, row.site_id, row.bans_version or 0, now) for row in claimed}


def _listed(connection: Connection, site_id: str, version: int, now: datetime) -> BanList:
    known = _kept.get(site_id)
    if known is not None and known[0] == version:
        return known[1]
    while len(_kept) >= _MOST_SITES:
        _kept.pop(next(iter(_kept)), None)
    made = BanList(map(as_ban, bans.listed_bans(connection, site_id, now)))
    _kept[site_id] = version, made
    return made
