"""What a migration after the first may do, and when (docs/decisions/0034): read from what it says to PostgreSQL.

Squawk knows which statements lock whom out. Ours are the phases: what is added, filled and dropped in which release.
"""

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

SQUAWK: Final = Path(sys.executable).parent / "squawk"
EXCLUDED: Final = (
    "require-lock-timeout", "require-statement-timeout",  # `moderato migrate` sets both
    "prefer-robust-stmts",  # asked for below, but of constraints, for which PostgreSQL has no IF NOT EXISTS: steps look
    "prefer-text-field", "prefer-identity", "prefer-bigint-over-int", "prefer-timestamptz",  # models say their types
)  # fmt: skip
DROPS: Final = ("ban-drop-column", "ban-drop-table", "ban-drop-constraint")
_BOOKS: Final = (r"BEGIN", r"COMMIT", r"SET lock_timeout = \d+", r"UPDATE alembic_version SET .*")
_EXPAND: Final = (
    *_BOOKS,
    r"CREATE TABLE .*",
    r"ALTER TABLE \w+ ADD COLUMN IF NOT EXISTS .*",
    r"ALTER TABLE \w+ ADD CONSTRAINT .* NOT VALID",
    r"ALTER TABLE \w+ VALIDATE CONSTRAINT \w+",
    r"CREATE (UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS .*",
)
_MIGRATE: Final = (*_BOOKS, r"UPDATE \w+ SET .* AND id > '[0-9a-f-]+' AND id <= '[0-9a-f-]+'")
_CONTRACT: Final = (
    *_BOOKS,
    r"ALTER TABLE \w+ DROP (COLUMN|CONSTRAINT) IF EXISTS \w+",
    r"ALTER TABLE \w+ ALTER COLUMN \w+ DROP NOT NULL",
    r"DROP INDEX CONCURRENTLY IF EXISTS \w+",
    r"DROP TABLE IF EXISTS \w+",
)
ALLOWED: Final = {"expand": _EXPAND, "migrate": _MIGRATE, "contract": _CONTRACT}


def later_migrations(config: Config) -> list[Any]:
    """All but the first, the oldest first."""
    found = [each for each in ScriptDirectory.from_config(config).walk_revisions() if each.down_revision is not None]
    return found[::-1]


def said_to_postgresql(config: Config, migration: Any) -> str:
    config.output_buffer = io.StringIO()
    command.upgrade(config, f"{migration.down_revision}:{migration.revision}", sql=True)
    return str(config.output_buffer.getvalue())


def faults(config: Config, migration: Any) -> list[str]:
    """What it may not do, in sentences; empty when services can run beside it."""
    phase = getattr(migration.module, "phase", None)
    if phase not in ALLOWED:
        return [f"it names no phase of {', '.join(ALLOWED)}"]
    sql = said_to_postgresql(config, migration)
    return [*_out_of_phase(sql, phase), *_locking(sql, phase)]


def _out_of_phase(sql: str, phase: str) -> list[str]:
    statements = [
        " ".join(statement.split()) for statement in re.sub(r"^--.*$", "", sql, flags=re.MULTILINE).split(";\n")
    ]
    return [
        f"not in a migration that is `{phase}`: {statement}"
        for statement in filter(None, statements)
        if not any(re.fullmatch(pattern, statement) for pattern in ALLOWED[phase])
    ]


def _locking(sql: str, phase: str) -> list[str]:
    excluded = EXCLUDED + (DROPS if phase == "contract" else ())
    done = subprocess.run(
        [SQUAWK, "--reporter", "gcc", "--exclude", ",".join(excluded)],
        input=sql, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = [line for line in done.stdout.splitlines() if ": warning: " in line or ": error: " in line]
    if done.returncode and not found:
        raise ChildProcessError(f"squawk failed: {done.stdout}{done.stderr}")
    return found
