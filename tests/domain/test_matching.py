"""Word and domain lists: what they find, what they leave alone, and that no text makes them slow."""

import unicodedata
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.matching import DomainList, WordList, fold, hosts, words
from tests.clock import growth


def found_words(text: str, *terms: str) -> list[str]:
    """The stretches of the text that the list marks."""
    return [text[found.span.start : found.span.end] for found in WordList(terms).find(text)]


def found_hosts(text: str) -> list[str]:
    return [host for host, _ in hosts(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Œuvre", "oeuvre"),
        ("ÉLÈVE", "eleve"),
        ("STRAẞE", "strasse"),
        ("\uff26\uff55\uff4c\uff4c", "full"),
        ("con\u200bnard", "connard"),
    ],
)
def test_spellings_of_one_word_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_leaves_no_accent_and_no_invisible_character(text: str) -> None:
    assert not [mark for mark in fold(text) if unicodedata.combining(mark) or unicodedata.category(mark) == "Cf"]


def test_case_and_accents_hide_nothing() -> None:
    assert found_words("Espèce d'ENCULÉ, va.", "encule") == ["ENCULÉ"]
    assert found_words("encule", "Enculé") == ["encule"]


def test_accents_written_apart_from_their_letter_are_part_of_the_word() -> None:
    apart = unicodedata.normalize("NFD", "Bande d'enculés, conné")
    assert [unicodedata.normalize("NFC", word) for word in found_words(apart, "enculés")] == ["enculés"]
    assert found_words(apart, "conn") == []


def test_an_invisible_character_hides_nothing() -> None:
    assert found_words("quel con\u00adnard", "connard") == ["con\u00adnard"]


@pytest.mark.parametrize("text", ["conseil", "Le Conseil", "balcon", "second", "con1", "1con"])
def test_only_whole_words_match(text: str) -> None:
    assert found_words(text, "con") == []


@pytest.mark.parametrize("text", ["con", "Con !", "_con_", "(con)", "quel con, vraiment", "l'con"])
def test_what_stands_around_a_word_does_not_matter(text: str) -> None:
    assert [word.lower() for word in found_words(text, "con")] == ["con"]


def test_a_term_of_several_words_matches_over_line_breaks_and_punctuation() -> None:
    assert found_words("Va, te\nfaire  voir !", "va te faire voir") == ["Va, te\nfaire  voir"]
    assert found_words("va te faire", "va te faire voir") == []


def test_every_term_is_found_also_inside_another() -> None:
    assert found_words("fils de pute", "pute", "fils de pute") == ["fils de pute", "pute"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quel c\u043ennard", ["c\u043ennard"]),
        ("c\u200bo\u200bnnard, c\U000e0041onnard", ["c\u200bo\u200bnnard", "c\U000e0041onnard"]),
        ("c o n n a r d !", ["c o n n a r d"]),
        ("t u e s u n c o n n a r d", ["t u e s u n c o n n a r d"]),
        ("c0nn4rd, c0nnar7 et @sshole", ["c0nn4rd", "@sshole"]),
        ("conn*rd, c**nard, conn***", ["conn*rd", "c**nard", "conn***"]),
        ("con-nard, con.nard", ["con-nard", "con.nard"]),
        ("connnnard, coooonard, asssshole", ["connnnard", "coooonard", "asssshole"]),
        ("fils-de-p*te, fils de pu7e", ["fils-de-p*te", "fils de pu7e"]),
        ("f!ls d3 pu+e", ["f!ls d3 pu+e"]),
    ],
)
def test_a_disguised_term_is_found_where_it_stands(text: str, expected: list[str]) -> None:
    assert found_words(text, "connard", "asshole", "fils de pute") == expected


def test_what_can_be_read_in_two_ways_is_found_once() -> None:
    assert found_words("connard con\u200bnard c0nnard c\u043ennard", "connard") == [
        "connard",
        "con\u200bnard",
        "c0nnard",
        "c\u043ennard",
    ]


@pytest.mark.parametrize("text", ["une s a l o p e t t e", "co-n", "m3", "c*", "c.n.d.", "con*", "c-seil", "p. ex. te"])
def test_no_word_is_guessed_from_next_to_nothing(text: str) -> None:
    assert found_words(text, "lopette", "con", "me", "pute", "cond") == (["con"] if text == "con*" else [])


def test_marks_piled_on_one_letter_cost_no_more_than_a_long_text() -> None:
    """The library that decomposes a letter sorts the marks on it, by a method that takes their square."""
    assert fold("a" + "\u0301\u0316" * 100_000) == "a"


def test_an_empty_list_and_empty_terms_find_nothing() -> None:
    assert found_words("rien") == []
    assert found_words("rien", "", " ", "!") == []


@given(st.text(), st.lists(st.text(max_size=8), max_size=5))
def test_marked_words_fold_to_their_term(text: str, terms: list[str]) -> None:
    for found in WordList(terms).find(text):
        marked = [word for word, _ in words(text[found.span.start : found.span.end])]
        assert marked == [word for word, _ in words(found.term)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://spam.example/path?x=1", ["spam.example"]),
        ("HTTP://WWW.Spam.Example", ["www.spam.example"]),
        ("voir spam.example.", ["spam.example"]),
        ("voir...spam.example...", ["spam.example"]),
        ("http://spam.example:8080/x", ["spam.example"]),
        ("https://spam.example./x", ["spam.example"]),
        ("(spam.example)", ["spam.example"]),
        ("_spam.example_", ["spam.example"]),
        ("Site:spam.example,autre.example", ["spam.example", "autre.example"]),
        ("https://bank.example@spam.example/", ["spam.example"]),
        ("https://user:pass@spam.example:80", ["spam.example"]),
        ("//a@b@spam.example", ["spam.example"]),
        ("https://go.example/?to=https%3A%2F%2Fspam.example", ["go.example", "spam.example"]),
        ("https://go.example/https://spam.example", ["go.example", "spam.example"]),
        ("https://café.example", ["café.example"]),
        ("https://cafe\u0301.example", ["café.example"]),
        ("https://xn--caf-dma.example", ["café.example"]),
        ("пример.рф", ["пример.рф"]),
        ("xn--e1afmkfd.xn--p1ai", ["пример.рф"]),
        ("spam\u200b.example", ["spam.example"]),
        ("\uff53\uff50\uff41\uff4d.example", ["spam.example"]),
    ],
)
def test_a_host_is_found_however_it_is_written(text: str, expected: list[str]) -> None:
    assert found_hosts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "jo@spam.example",
        "mailto:jo@spam.example",
        "jo.martin@sub.spam.example",
        "Il a dit 3.14, puis 1.2.3.4",
        "localhost",
        "xn--999999999.example",
        "http://localhost:8080/",
        "xn--\udc80.example",
        f"{'a' * 64}.example",
        f"{'a.' * 127}example",
        "fin...",
    ],
)
def test_what_is_no_host_is_passed_over(text: str) -> None:
    assert found_hosts(text) == []


def test_a_domain_is_listed_with_its_subdomains_and_with_nothing_that_only_looks_like_it() -> None:
    listed = DomainList(["spam.example"])
    text = "www.spam.example spam.example notspam.example spam.example.org example jo@spam.example"
    assert [text[found.span.start : found.span.end] for found in listed.find(text)] == [
        "www.spam.example",
        "spam.example",
    ]
    assert {found.term for found in listed.find(text)} == {"spam.example"}


@pytest.mark.parametrize(
    "entry", ["spam.example", " Spam.Example. ", "*.spam.example", ".spam.example", "https://www.spam.example/promo"]
)
def test_a_domain_may_be_listed_as_people_paste_it(entry: str) -> None:
    assert [found.term for found in DomainList([entry]).find("http://www.spam.example")] == ["spam.example"]


def test_a_domain_in_letters_is_found_in_punycode_and_the_other_way_round() -> None:
    assert list(DomainList(["café.example"]).find("https://xn--caf-dma.example"))
    assert list(DomainList(["xn--caf-dma.example"]).find("https://CAFÉ.example"))


@given(st.text(alphabet=st.sampled_from("aé.@/:-_%2F\u0301\u200b \n#xn")))
def test_hosts_are_marked_inside_the_text_and_read_the_same_alone(text: str) -> None:
    for host, span in hosts(text):
        assert 0 <= span.start < span.end <= len(text)
        assert found_hosts(text[span.start : span.end]) == [host]


# Each of these made some pattern take time that grows with the square of the text, at 65 KB a denial of service.
HOSTILE = [
    *("a.", "a@", "//", "//a", "//a@", "a.a@", "http://", "//@", "-.", "._", "é.", "\u0301", "a\u0301.", "xn--a.fr "),
    *("va ", "va te faire ", "a.b:", "www.", "%2F"),
]


@pytest.mark.parametrize("seed", HOSTILE)
def test_a_hostile_text_four_times_as_long_is_matched_in_about_four_times_the_work(seed: str) -> None:
    fresh = count()  # texts that were read are remembered

    def match(text: str) -> None:
        text = f"{text}{next(fresh)}"
        list(DomainList(["spam.example"]).find(text))
        list(WordList(["va te faire voir", "va va va va va a", "a a a b"]).find(text))

    small, large = ((seed * size)[:size] for size in (50_000, 200_000))
    assert growth(match, small, large) < 10, "squared it would be 16"
