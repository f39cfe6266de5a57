"""Alembic's entry: it is always given an open connection by `service.store.schema`."""

from typing import Any

from alembic import context

from service.store.schema import METADATA, compare_type

_tell = context.config.attributes.get("tell")


def _step_done(ctx: Any, step: Any, heads: Any, run_args: Any) -> None:  # noqa: ARG001 - alembic's names
    if _tell is not None:
        _tell(f"Migrating: {step.up_revision_id} is done")


if context.is_offline_mode():  # what a migration would say to PostgreSQL: tests read it
    context.configure(dialect_name="postgresql", target_metadata=METADATA, literal_binds=True)
else:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        compare_type=compare_type,
        on_version_apply=_step_done,
        render_as_batch=False,
        transaction_per_migration=True,
    )

# A transaction that has begun is the caller's: all pending migrations are applied, or none. Else each has its own.
with context.begin_transaction():
    context.run_migrations()
