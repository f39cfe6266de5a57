"""What proves that a worker gets on."""

from workers.progress import Pool

PATIENCE = 60.0


class Watched:
    """A pool whose clock and count a test turns."""

    def __init__(self) -> None:
        self.now = 0.0
        self.begun = 0
        self.pool = Pool(lambda: self.begun, PATIENCE, lambda: self.now)

    def after(self, seconds: float, *, begun: int = 0) -> bool:
        """Called in vain so much later: whether it is deaf."""
        self.now += seconds
        self.begun += begun
        return self.pool.is_deaf()


def test_a_pool_that_begins_nothing_for_a_minute_while_it_is_called_is_deaf() -> None:
    watched = Watched()

    assert [watched.after(20) for _ in range(5)] == [False, False, False, False, True]


def test_a_pool_that_begins_a_task_now_and_then_is_only_busy() -> None:
    watched = Watched()

    assert not any(watched.after(20, begun=number % 2) for number in range(50))


def test_a_pool_with_its_hands_full_has_begun_something_since_the_last_look() -> None:
    watched = Watched()
    watched.pool.has_begun()
    watched.begun += 1

    assert watched.pool.has_begun()
    assert not watched.pool.has_begun()


def test_a_pool_that_was_rarely_called_is_not_deaf_for_the_time_between() -> None:
    watched = Watched()

    assert not any(watched.after(3600) for _ in range(10))
