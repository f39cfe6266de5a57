"""How often one client may comment on one site, and who one client is."""

import time
from dataclasses import replace
from typing import Any

import pytest

from service.domain.site import SiteRules
from service.words import say
from tests.api.told import told
from tests.factories import ARTICLE, House, a_submission

BURST = 3


@pytest.fixture
def strict(small_house: House) -> House:
    """A site that lets three through at once, and the next after half a minute."""
    small_house.set_rules(burst=BURST, per_minute=2)
    return small_house


def until_limited(house: House, most: int = 30, **how: Any) -> int:
    """How many comments pass before one doesn't."""
    for passed in range(most):
        if house.post(**how).status_code == 429:
            return passed
    return most


def test_a_burst_of_twenty_then_one_in_three_seconds_is_what_a_new_site_allows(small_house: House) -> None:
    small_house.add_site("other", rules=SiteRules())
    article = "/v1/sites/other/articles/a-1"

    begun = time.monotonic()
    assert 20 <= until_limited(small_house, article=article) <= 20 + (time.monotonic() - begun) // 3
    answer = small_house.post(article=article, headers={"Accept-Language": "en"})

    document = told(answer, 429, "too_many")
    seconds = int(answer.headers["Retry-After"])
    assert 1 <= seconds <= 3
    assert document["title"] == say("problem.too_many", "en", count=seconds)


def test_whoever_waits_as_long_as_told_may_send_again_but_not_a_whole_burst(strict: House) -> None:
    strict.set_rules(per_minute=60)
    until_limited(strict)

    refused = strict.post()
    while refused.status_code != 429:  # the machine is so slow that it has waited
        refused = strict.post()
    time.sleep(int(refused.headers["Retry-After"]) + 0.05)

    assert strict.post().status_code == 202
    assert until_limited(strict) < 30


def test_what_is_refused_counts_as_well(strict: House) -> None:
    for _ in range(BURST):
        assert strict.post({}).status_code == 422
    assert strict.post().status_code == 429


def test_a_limit_is_one_clients_on_one_site(strict: House) -> None:
    strict.add_site("other", rules=SiteRules(burst=1, per_minute=1))
    assert until_limited(strict) == BURST

    assert strict.post(article="/v1/sites/journal/articles/a-2").status_code == 429, "other article, same site"
    assert strict.post(article="/v1/sites/other/articles/a-1").status_code == 202, "other site"
    assert strict.post(address="192.0.2.2").status_code == 202, "other client"


def test_reading_is_not_limited(strict: House) -> None:
    assert until_limited(strict) == BURST

    assert strict.client.get(f"{ARTICLE}/comments", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200


def test_a_household_has_one_limit_however_many_addresses_it_has(strict: House) -> None:
    for last in range(BURST):
        assert strict.post(address=f"2001:db8:1:2:{last:x}::1").status_code == 202

    assert strict.post(address="2001:db8:1:2:ffff:ffff:ffff:ffff").status_code == 429
    assert strict.post(address="2001:db8:1:3::1").status_code == 202


def test_an_ipv4_address_is_the_same_in_the_clothes_of_ipv6(strict: House) -> None:
    assert until_limited(strict, address="192.0.2.9") == BURST
    assert strict.post(address="::ffff:192.0.2.9").status_code == 429
    assert strict.post(address="::ffff:192.0.2.8").status_code == 202


def test_limits_can_be_switched_off(strict: House) -> None:
    strict.settings = replace(strict.settings, limits=False)

    assert until_limited(strict) == 30


def test_without_redis_each_process_counts_for_itself_and_readers_notice_nothing(strict: House) -> None:
    strict.settings = replace(strict.settings, redis_url="unix:///nowhere/redis.sock")

    assert until_limited(strict) == BURST
    assert 1 <= int(strict.post().headers["Retry-After"]) <= 30
    assert strict.post(address="192.0.2.2").status_code == 202


# Behind proxies: only as many entries of X-Forwarded-For are believed as there are proxies, counted from the last.


def behind(house: House, proxies: int) -> House:
    house.settings = replace(house.settings, trusted_proxies=proxies)
    return house


def seen_as_one(house: House, *headers: list[tuple[str, str]]) -> bool:
    """Whether requests with each of these headers, in turn, are one client's."""
    each = [
        house.client.post(
            f"{ARTICLE}/comments", json=a_submission(), headers=these, environ_base={"REMOTE_ADDR": "10.0.0.1"}
        ).status_code
        for these in headers
        for _ in range(BURST)
    ]
    assert set(each[:BURST]) == {202}
    return set(each[BURST:]) == {429}


def forwarded(*values: str) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", value) for value in values]


SPOOFS = (
    forwarded("198.51.100.1"), forwarded("198.51.100.2, 198.51.100.3"), forwarded("127.0.0.1"), forwarded("garbage"),
    forwarded("198.51.100.4", "198.51.100.5"), forwarded(""), [("Forwarded", "for=198.51.100.6")],
    [("X-Real-IP", "198.51.100.7")], [("CF-Connecting-IP", "198.51.100.8")], [("True-Client-IP", "198.51.100.9")],
)  # fmt: skip


def test_without_proxies_nothing_a_client_says_of_itself_is_believed(strict: House) -> None:
    assert seen_as_one(strict, [], *SPOOFS)


@pytest.mark.parametrize("proxies", [1, 2])
def test_what_a_client_puts_before_our_proxies_entries_is_not_believed(strict: House, proxies: int) -> None:
    """The client is 203.0.113.1; with two proxies the outer one is 10.0.0.2."""
    ours = ["203.0.113.1", "10.0.0.2"][:proxies]
    told_by_client = ("", "198.51.100.1, ", "198.51.100.2, 198.51.100.3, ", "garbage, ", "::1, ", ",,, ")

    assert seen_as_one(behind(strict, proxies), *(forwarded(f"{spoof}{', '.join(ours)}") for spoof in told_by_client))


def test_headers_that_come_twice_are_one_list(strict: House) -> None:
    assert seen_as_one(
        behind(strict, 1), forwarded("203.0.113.1"), forwarded("198.51.100.1", "203.0.113.1"),
        forwarded("198.51.100.1, 198.51.100.2", "203.0.113.1"),
    )  # fmt: skip


def test_different_clients_behind_a_proxy_are_different(strict: House) -> None:
    behind(strict, 1)

    for one, other in (
        ("203.0.113.1", "203.0.113.2"),
        ("2001:db8::1", "2001:db8:0:1::1"),
        ("203.0.113.3", "2001:db9::"),
    ):
        assert not seen_as_one(strict, forwarded(one), forwarded(other))


def test_a_proxy_may_write_the_port_too(strict: House) -> None:
    behind(strict, 1)

    assert seen_as_one(strict, forwarded("203.0.113.1"), forwarded("203.0.113.1:4711"), forwarded("203.0.113.1:4712"))
    assert seen_as_one(strict, forwarded("2001:db8::1"), forwarded("[2001:db8::1]:4711"), forwarded("[2001:db8::2]"))
    assert strict.post(headers={"X-Forwarded-For": "203.0.113.2:4711"}).status_code == 202


def test_an_address_that_is_none_is_somebody_all_the_same(strict: House) -> None:
    for nobody in ("garbage", "999.1.1.1", "203.0.113", "[::", "x" * 1000, "1.2.3.4:x:y"):
        assert strict.post(address=nobody).status_code in {202, 429}
    assert strict.post(address="garbage").status_code == 429


def test_fewer_entries_than_proxies_fall_back_on_who_is_there(strict: House) -> None:
    assert seen_as_one(behind(strict, 2), [], forwarded("198.51.100.1"), forwarded(""))


def test_the_address_itself_is_not_stored(small_house: House) -> None:
    row = small_house.row(small_house.accepted(address="203.0.113.77"))

    assert "203.0.113" not in repr(row)
