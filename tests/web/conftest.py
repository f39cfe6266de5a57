"""The web tests' house."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.front import front
from tests.web.house import House, open_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = open_house(tmp_path)
    yield opened
    opened.database.close()
    with opened.app.app_context():
        front().database.close()
