"""A text spelled out for a grammar that has its own vocabulary."""

import pytest

from service.domain.spelling import Vocabulary, spelled

WORDS = Vocabulary(["connard", "pute", "fuck", "fils"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("un conn*rd, fils de p*te", "un connard, fils de pute"),
        ("what the f*ck, fuuuuck, fu-ck, f\u200b*ck", "what the fuck, fuck, fuck, fuck"),
        ("une p*lle et une put*in, 4x4, 20-25, t-shirt", "une p*lle et une put*in, 4x4, 20-25, t-shirt"),
        ("bonnes pommes", "bonnes pommes"),
    ],
)
def test_a_starred_word_is_spelled_out_where_the_vocabulary_has_it(text: str, expected: str) -> None:
    assert spelled(text, WORDS).text == expected


def test_what_was_spelled_out_leads_back_to_what_was_written() -> None:
    text = "Quel c\u200bonn*rd !"
    normal = spelled(text, WORDS)
    at = normal.text.index("connard")
    span = normal.raw_span(at, at + len("connard"))
    assert text[span.start : span.end] == "c\u200bonn*rd"
