"""A reader is spoken to in the first of their languages that we have."""

import pytest
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from service.words import negotiate


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("fr", "fr"),
        ("fr-CA,en;q=0.5", "fr"),
        ("fr_BE", "fr"),
        ("en-GB,fr;q=0.9", "en"),
        ("de,en;q=0.7,fr;q=0.3", "en"),
        ("de", "own"),
        ("*", "own"),
        ("de,*;q=0.1,fr;q=0.05", "own"),
        ("", "own"),
        ("en;q=0", "own"),
    ],
)
def test_the_first_of_the_readers_languages_that_we_have(accepted: str, spoken: str) -> None:
    assert negotiate(parse_accept_header(accepted, LanguageAccept), "own") == spoken
