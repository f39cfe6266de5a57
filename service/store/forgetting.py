"""How what is over is forgotten: a part in each transaction, that no amount of it is too much for one."""

from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, delete, select, tuple_

PART: Final = 2000
"""Rows in one transaction: it takes a moment, whatever has piled up, and keeps no writer waiting for longer."""


def forget_part(connection: Connection, rows: Table, over: ColumnElement[bool]) -> int:
    """Delete rows that are over, up to a `PART`. Returns how many: fewer than that when no more is left."""
    key = list(rows.primary_key.columns)
    return connection.execute(
        delete(rows).where(tuple_(*key).in_(select(*key).where(over).limit(PART)))
    ).rowcount  # fmt: skip
