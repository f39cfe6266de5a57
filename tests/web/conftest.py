"""The web tests' houses: SQLite is enough, for pages ask nothing of a database that the list of comments doesn't."""

from collections.abc import Iterator

import pytest

from service.front import front
from tests.web.house import House, open_house


@pytest.fixture
def house(sqlite_url: str) -> Iterator[House]:
    """A house with the demo site."""
    yield from _lived_in(open_house(sqlite_url))


@pytest.fixture
def bare_house(sqlite_url: str) -> Iterator[House]:
    """A house as a publisher sets it up: without the demo."""
    yield from _lived_in(open_house(sqlite_url, demo_site=False))


@pytest.fixture
def gazette(bare_house: House) -> House:
    """A house with a publisher's site, `gazette`."""
    bare_house.site("gazette")
    return bare_house


def _lived_in(house: House) -> Iterator[House]:
    yield house
    house.database.close()
    with house.app.app_context():
        front().database.close()
