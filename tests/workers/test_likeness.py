"""How alike texts are told to be, and which places a text leads to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.likeness import alike
from workers.domains import MOST, domains
from workers.likeness import bands, numbers, sketch

SITE = "01900000-0000-7000-8000-000000000000"
TEXT = "Mon ami Marc a gagné 3 400 euros en une semaine grâce à ce site, essayez donc vous aussi : https://a.example"


def same(one: str, other: str) -> bool:
    left, right = numbers(one), numbers(other)
    assert left is not None
    assert right is not None
    return alike(sketch(left), sketch(right))


@pytest.mark.parametrize(
    "copy",
    [
        TEXT,
        TEXT.upper(),
        TEXT.replace("3 400", "12 750"),
        TEXT.replace("https://a.example", "www.b.example/xyz"),
        TEXT.replace("Marc", "Lucie"),
        TEXT.replace("gagné", "gagne").replace(", essayez", " ! Essayez"),
        TEXT.replace("semaine", "smaine"),
        f"Bonjour ! {TEXT}",
        TEXT.replace("semaine", "s e m a i n e").replace("grâce", "gr\u200bâce"),
    ],
)
def test_a_copy_with_small_changes_is_a_copy(copy: str) -> None:
    assert same(TEXT, copy)


@pytest.mark.parametrize(
    "other",
    [
        "Mon ami Marc a quitté la ville en une semaine, et je ne sais pas pourquoi ; essayez donc de le joindre.",
        "La ligne du tramway ferme demain pour des travaux, et la mairie ne prévient pas les habitants.",
    ],
)
def test_another_text_in_the_same_language_is_none(other: str) -> None:
    assert not same(TEXT, other)


@pytest.mark.parametrize(
    "short",
    [
        "",
        "Merci !",
        "Tout à fait d’accord.",
        "Je suis tout à fait d’accord avec vous !",
        "Merci beaucoup pour cet article très intéressant.",
        "Who is still watching this in 2026?",
        "Source : https://a.example",
    ],
)
def test_a_courtesy_is_never_compared(short: str) -> None:
    assert numbers(short) is None


def test_beside_a_link_fewer_words_are_enough() -> None:
    assert numbers("Bien moins cher et livré vite : https://a.example") is not None


@given(st.text(max_size=400))
def test_any_text_has_its_numbers_or_none_and_the_same_ones_again(text: str) -> None:
    of = numbers(text)
    assert of == numbers(text)
    if of is not None:
        assert len(sketch(of)) == 32
        assert all(-(2**31) <= band < 2**31 for band in bands(SITE, of))
        assert alike(sketch(of), sketch(of))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("Voir https://a.b.example.co.uk/x et www.example.co.uk", ("example.co.uk",)),
        ("https://moi.github.io et https://toi.github.io", ("moi.github.io", "toi.github.io")),
        ("https://xn--caf-dma.fr, café.fr", ("café.fr",)),
        ("Allez sur lemonde.fr ou bbc.com", ("lemonde.fr", "bbc.com")),
        ("https://bank.example@spam.example/", ("spam.example",)),
        ("https://a.example/page.html?to=https%3A%2F%2Fb.example", ("a.example", "b.example")),
        ("C’est fini.La suite demain.Dommage, il faut y.Aller", ()),
        ("Écrivez à jo@spam.example", ()),
        ("https://blogspot.com", ("blogspot.com",)),
    ],
)
def test_the_places_a_text_leads_to(body: str, found: tuple[str, ...]) -> None:
    assert domains(body, "") == found


def test_an_authors_website_is_a_place_too_and_no_comment_has_more_than_ten() -> None:
    body = " ".join(f"https://site-{number}.example" for number in range(50))
    assert domains(body, "https://www.moi.example")[0] == "moi.example"
    assert len(domains(body, "")) == MOST


@given(st.text(max_size=200), st.text(max_size=50))
def test_places_are_found_in_any_text(body: str, website: str) -> None:
    assert all(domain and len(domain) <= 253 for domain in domains(f"https://{body}", website))
