"""No migration keeps anybody waiting for a second, on a big site: the benchmark `migrate`, in small."""

from contextlib import ExitStack

import pytest

from tests.benchmarks.migrate import LIMIT, grown, measure
from tests.servers import Redis


@pytest.mark.long
def test_nobody_waits_a_second_for_a_migration(redis: Redis) -> None:
    with ExitStack() as stack:
        measured = measure(grown(stack, redis, 100_000))

    assert measured.failures == 0
    assert all(len(took) > 10 for took in measured.took.values())
    assert measured.locked < LIMIT
    assert measured.waited < LIMIT
