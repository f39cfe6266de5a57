"""The language of a text, where it can be told."""

import pytest

from workers.checks.tongue import guess


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Je ne vois pas ce que cette mesure va changer pour nous.", "fr"),
        ("L'été n'est jamais qu'un printemps qui s'en va.", "fr"),
        ("I don't see what this measure is going to change for us.", "en"),
        ("Das ist ein deutscher Satz über die Politik.", "de"),
        ("No me gusta nada lo que dice este señor del gobierno.", "es"),
        ("Questo è un commento italiano sulla politica.", "it"),
        ("Я читаю вашу газету каждый день.", "ru"),
        ("これは日本語のコメントです。", "ja"),
        ("لا أرى ما الذي سيغيره هذا الإجراء", "ar"),
    ],
)
def test_a_language_is_told_by_its_small_words_or_its_script(text: str, language: str) -> None:
    assert guess(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mdr ptdr",
        "OK",
        "Merci !",
        "Zidane, Mbappé, Platini, Kopa, Griezmann",
        "12 345 678",
        "https://a.example/le-la-les-des",
    ],
)
def test_what_cannot_be_told_is_not(text: str) -> None:
    assert guess(text) is None
