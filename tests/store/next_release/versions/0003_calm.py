"""The made-up release's backfill: whose mood nobody knows is calm.

Revises: 0002.
"""

from service.store.migrations import steps

revision = "0003"
down_revision = "0002"
phase = "migrate"


def upgrade() -> None:
    steps.backfill("comments", "mood = 'calm'", "mood IS NULL")
