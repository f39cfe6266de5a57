"""The steps that migrations after the first are made of: services go on reading and writing beside each of them.

On PostgreSQL each is a transaction of its own, so that no lock is kept while another is waited for, and each may be
done again: what an interrupted attempt has left is used, or made anew. SQLite has one writer, who does all at once.
"""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

LOCK_MILLISECONDS: Final = 400
"""How long a step waits for a lock, and with it everybody who comes later. Then it lets them pass, and tries again."""
BATCH: Final = 2000
"""Rows that a backfill changes at once."""
_FIRST: Final = "00000000-0000-0000-0000-000000000000"
_LAST: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"


def add_column(table: str, column: sa.Column[Any]) -> None:
    """Add a column that may be null or has a constant default: older releases don't write it."""
    if not _on_postgresql():
        op.add_column(table, column)
        return
    with op.get_context().autocommit_block():
        op.add_column(table, column, if_not_exists=True)


def add_index(name: str, table: str, columns: list[str], **more: Any) -> None:
    """Add an index while the table is written. `more` is what `op.create_index` takes besides."""
    if not _on_postgresql():
        op.create_index(name, table, columns, **more)
        return
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # it waits for transactions that are older than it; nobody waits for it
        if _is_broken(name):
            op.drop_index(name, postgresql_concurrently=True, if_exists=True)
        op.create_index(name, table, columns, postgresql_concurrently=True, if_not_exists=True, **more)
        op.execute(f"SET lock_timeout = {LOCK_MILLISECONDS}")


def add_check(name: str, table: str, condition: str) -> None:
    """Add a check that old and new releases both keep; on SQLite, which can't add one to a table, by triggers.

    There `condition` names its columns as `NEW.column`, which PostgreSQL reads without the `NEW.`.
    """
    if not _on_postgresql():
        for verb in ("INSERT", "UPDATE"):
            op.execute(
                f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {table} WHEN NOT ({condition}) "
                f"BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: {name}'); END"
            )
        return
    plain = condition.replace("NEW.", "")
    with op.get_context().autocommit_block():
        if not _is_there(name, table):
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({plain}) NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def backfill(table: str, values: str, where: str) -> None:
    """Change the rows that are `where`, in the order of their ids; `values` is what SET takes. What is done is kept."""
    change = f"UPDATE {table} SET {values} WHERE ({where})"  # noqa: S608 - a migration's own words
    if not _on_postgresql():
        op.execute(change)
        return
    if op.get_context().as_sql:
        op.execute(f"{change} AND id > '{_FIRST}' AND id <= '{_LAST}'")  # the batches, as one
        return
    nth = sa.text(f"SELECT id FROM {table} WHERE id > :after ORDER BY id OFFSET :many LIMIT 1")  # noqa: S608 - a name of our own
    with op.get_context().autocommit_block():
        writer, after = op.get_bind(), _FIRST
        while last := writer.scalar(nth, {"after": after, "many": BATCH - 1}):
            writer.execute(sa.text(f"{change} AND id > :after AND id <= :last"), {"after": after, "last": last})
            after = last
        writer.execute(sa.text(f"{change} AND id > :after"), {"after": after})


def _on_postgresql() -> bool:
    return bool(op.get_context().dialect.name == "postgresql")


def _is_broken(name: str) -> bool:
    """Whether an attempt that was interrupted has left an index that isn't used."""
    if op.get_context().as_sql:
        return False
    asked = sa.text("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
    return bool(op.get_bind().scalar(asked, {"name": name}))


def _is_there(constraint: str, table: str) -> bool:
    if op.get_context().as_sql:
        return False
    asked = sa.text("SELECT count(*) FROM pg_constraint WHERE conname = :name AND conrelid = to_regclass(:table)")
    return bool(op.get_bind().scalar(asked, {"name": constraint, "table": table}))
