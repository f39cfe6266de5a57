"""The measure of growth itself: what is squared is told from what isn't, at sizes that take no time."""

from tests.clock import growth


def test_what_is_squared_is_seen_and_what_is_linear_is_let_be() -> None:
    def squared(text: str) -> int:
        return sum(one == other for one in text for other in text)

    def linear(text: str) -> int:
        return sum(letter == "a" for letter in text * 100)

    assert growth(squared, "a" * 300, "a" * 1200) > 10
    assert growth(linear, "a" * 300, "a" * 1200) < 10
