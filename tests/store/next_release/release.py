"""The next release, made up: this one's code, with more migrations. As a program it is its `moderato`.

python -m tests.store.next_release.release migrate
"""

from pathlib import Path
from typing import Any

from alembic.config import Config

from service.store import schema
from service.store.migrations import versions

FOLDER = Path(__file__).parent / "versions"
_config = schema.config


def config(*arguments: Any, **more: Any) -> Config:
    """As `schema.config`, with the next release's migrations."""
    made = _config(*arguments, **more)
    made.set_main_option("path_separator", "newline")
    made.set_main_option("version_locations", "\n".join(map(str, [*versions.__path__, FOLDER])))
    return made


if __name__ == "__main__":
    from workers.cli import main

    schema.config = config
    main()
