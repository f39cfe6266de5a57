"""A made-up next release: each comment may have a mood. What it needs is added beside services that run.

Revises: 0001.
"""

import sqlalchemy as sa

from service.store.migrations import steps

revision = "0002"
down_revision = "0001"
phase = "expand"


def upgrade() -> None:
    steps.add_column("comments", sa.Column("mood", sa.String(20)))
    steps.add_column("comments", sa.Column("smiles", sa.BigInteger, server_default="0", nullable=False))
    steps.add_index("ix_comments_mood", "comments", ["mood", "id"])
    steps.add_check("ck_comments_mood", "comments", "NEW.mood IS NULL OR NEW.mood <> ''")
