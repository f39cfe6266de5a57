"""Alembic's entry: it is always given an open connection by `service.store.schema`."""

from alembic import context

from service.store.schema import METADATA, compare_type

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    compare_type=compare_type,
    render_as_batch=False,
)

# The transaction is the caller's: all pending migrations are applied, or none.
context.run_migrations()
