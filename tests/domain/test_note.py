"""A reader's note is kept without the addresses in it, and otherwise as it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.note import MASK, without_addresses


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("C’est Zoé, zoe.martin+x@lecteurs.example.org.", f"C’est Zoé, {MASK}."),
        ("(o'brien@x.example)", f"({MASK})"),
        ("<a{b}|c@x.example>", f"<{MASK}>"),
        ("mailto:zoé@exämple.fr?", f"mailto:{MASK}?"),
        ("«zoe@localhost»", f"«{MASK}»"),
        ("ZOE@EXAMPLE.FR,paul@b.example", f"{MASK},{MASK}"),
        ("zoe\uff20example.fr", MASK),
        ("@zoe le dit aussi à 20 h @ Lyon", "@zoe le dit aussi à 20 h @ Lyon"),
        ("Deux lignes\n\net https://a.example/x?y=1", "Deux lignes\n\net https://a.example/x?y=1"),
        ("", ""),
    ],
)
def test_addresses_are_masked_and_nothing_else(written: str, kept: str) -> None:
    assert without_addresses(written) == kept


@given(st.from_regex(r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]{1,20}(\.[a-z]{2,9}){1,3}", fullmatch=True))
def test_of_no_address_that_a_comment_may_have_anything_is_left(address: str) -> None:
    assert without_addresses(f"C’est {address} !") == f"C’est {MASK} !"


@given(st.text(max_size=1000))
def test_what_is_masked_once_is_masked(text: str) -> None:
    once = without_addresses(text)

    assert without_addresses(once) == once
