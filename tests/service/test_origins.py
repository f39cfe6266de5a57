"""Origins in the one spelling that is compared, and clients by what counts as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.limits import client_net
from service.web.origins import normal_origin, origin_of


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://www.example.fr", "https://www.example.fr"),
        (" HTTPS://WWW.Example.FR/ ", "https://www.example.fr"),
        ("https://www.example.fr:443", "https://www.example.fr"),
        ("http://www.example.fr:80", "http://www.example.fr"),
        ("https://www.example.fr:80", "https://www.example.fr:80"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[2001:DB8::1]:8080", "http://[2001:db8::1]:8080"),
    ],
)
def test_an_origin_has_one_spelling(text: str, origin: str) -> None:
    assert normal_origin(text) == origin
    assert origin_of(origin) == origin


@pytest.mark.parametrize(
    "text",
    ["", "*", "null", "www.example.fr", "//www.example.fr", "https://", "https://*.example.fr", "https://www.example.fr/x",
     "https://www.example.fr?x", "https://www.example.fr#x", "https://zoe@www.example.fr", "ftp://www.example.fr",
     "https://www.example.fr:x", "https://www.example.fr:99999", "https://[::1", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        normal_origin(text)


@given(st.text())
def test_whatever_is_asked_an_origin_comes_back_or_nothing(text: str) -> None:
    found = origin_of(text)

    assert found is None or origin_of(found) == found


@pytest.mark.parametrize(
    ("address", "net"),
    [
        ("192.0.2.1", "192.0.2.1"), (" 192.0.2.1 ", "192.0.2.1"), ("192.0.2.1:4711", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("[2001:db8::1]", "2001:db8::/64"),
        ("[2001:db8::1]:4711", "2001:db8::/64"), ("2001:DB8:0:0::1", "2001:db8::/64"), ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"), ("unix:", "unknown"), ("garbage", "unknown"), ("192.0.2", "unknown"), ("[", "unknown"),
        ("192.0.2.1:1:2", "unknown"), ("\u0661\u0669\u0662.0.2.1", "unknown"),
    ],
)  # fmt: skip
def test_one_client_is_an_address_or_a_household(address: str, net: str) -> None:
    assert client_net(address) == net


@given(st.text())
def test_any_text_is_some_client(address: str) -> None:
    assert client_net(address)
