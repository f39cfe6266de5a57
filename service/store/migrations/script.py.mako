"""${message}.

Revises: ${down_revision | comma,n}
"""

import sqlalchemy as sa

from service.store.migrations import steps
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
phase = "expand"  # or "migrate", or "contract": docs/decisions/0034


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
