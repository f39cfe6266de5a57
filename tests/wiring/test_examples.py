"""Every shell example in the README and the guides is run, as it is written, against a service that runs."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.conftest import Embedded, Service

pytestmark = pytest.mark.journey

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs/guides").glob("*.md"))]
SET_UP = re.compile(r"^\./dev (run|test|check|bench\b.*)$")
"""What starts or tests the service itself: `./dev run` is how this one was started, and this is `./dev test`."""


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Embedded, Service]]:
    embedded = Embedded()
    yield embedded, embedded.start()
    embedded.stop()


def examples(page: str) -> list[str]:
    """The page's shell blocks, without the lines that set up what is running already."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return ["".join(line for line in block.splitlines(keepends=True) if not SET_UP.match(line)) for block in blocks]


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_work_as_they_are_written(page: str, running: tuple[Embedded, Service]) -> None:
    embedded, service = running
    script = "".join(examples(page))
    assert script.strip(), "a page of ours has examples"
    told = {
        "http://127.0.0.1:8080": service.api,
        ".data/": f"{embedded.data}/",
        "./dev moderato": f"{ROOT}/.venv/bin/moderato --data {embedded.data}",
    }
    for written, here in told.items():
        script = script.replace(written, here)

    done = subprocess.run(
        ["/bin/bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin", "HOME": str(embedded.data)}, capture_output=True,
        text=True, check=False, timeout=240,
    )  # fmt: skip

    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
