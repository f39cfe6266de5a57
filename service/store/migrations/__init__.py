"""The schema's history, by Alembic, and the triggers that hold what a CHECK can't."""
