"""`moderato worker`, that says of each task how it ended."""

import sys
from typing import Any

from celery.signals import task_postrun

from workers.cli import main


@task_postrun.connect
def _say(task_id: str, task: Any, state: str, **_: Any) -> None:
    sys.stderr.write(f"{task.name} {task_id} {state}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
