"""The lexicon and its grammar: who is called what, and who isn't."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.site import BODY_BYTES
from service.domain.verdict import Span
from tests.clock import growth
from workers.checks.lexicon import CATEGORIES, Hit, lexicon_hits
from workers.checks.lexicon.entries import ENTRIES, ROLES, expand

SOME = [entry.term for found in list(ENTRIES.values())[::15] for entry in found[:1]] + list(ROLES)[::5]
texts = st.lists(st.sampled_from([*SOME, *".,!?;«»\"'-·()\n", "vous êtes", "les arabes", "I will"]), max_size=25).map(
    " ".join
)


def surest(text: str, category: str) -> float:
    return max((hit.sureness for hit in lexicon_hits(text) if hit.category == category), default=0.0)


@pytest.mark.parametrize(
    ("milder", "worse"),
    [
        ("Cet abruti parle.", "Vous êtes un abruti."),
        ("Je suis un idiot.", "Tu es un idiot."),
        ("Vous n'êtes pas un idiot.", "Vous êtes un idiot."),
        ("« Vous êtes un abruti », a-t-il dit.", "Vous êtes un abruti, a-t-il dit."),
        ("He is an idiot.", "You are such an idiot."),
        ("I'm an idiot.", "He is an idiot."),
        ("They called him a moron.", "He is a moron."),
        ("The idiot forgot it.", "You people are idiots."),
    ],
)
def test_an_insult_weighs_by_whom_it_is_aimed_at(milder: str, worse: str) -> None:
    assert surest(milder, "insult") < surest(worse, "insult")


@pytest.mark.parametrize(
    ("milder", "worse"),
    [
        ("Les Roms vivent ici.", "Les Roms sont des voleurs."),
        ("Les Roms ne sont pas des voleurs.", "Les Roms sont des voleurs."),
        ("Ils prétendent que les Roms sont des voleurs.", "Les Roms sont des voleurs."),
        ("Les chats sont de la vermine.", "Les Roms sont de la vermine."),
        ("Are Muslims really criminals?", "Muslims are criminals."),
        ("Nobody should kill the Jews.", "We should kill the Jews."),
        ("Women were killed.", "Women should be killed."),
        ("I don't hate gays.", "I hate gays."),
        ("I hate Indian food.", "I hate Indians."),
    ],
)
def test_a_group_is_attacked_by_what_is_said_of_it_and_never_by_its_name(milder: str, worse: str) -> None:
    assert surest(milder, "hate") < 0.5 <= surest(worse, "hate")


@pytest.mark.parametrize(
    "text", ["Les journalistes sont des parasites.", "Cops are scum.", "Les fonctionnaires sont des fainéants."]
)
def test_a_profession_is_insulted_not_hated(text: str) -> None:
    assert surest(text, "hate") == 0.0
    assert surest(text, "insult") > 0.0


@pytest.mark.parametrize(
    "text", ["Bande d'abruti·e·s", "Bande d'abruti-e-s", "Bande d'abruti(e)s", "Bande d'abruti.e.s", "Bande d'ABRUTIS"]
)
def test_inclusive_writing_hides_no_insult(text: str) -> None:
    assert surest(text, "insult") >= 0.5


@pytest.mark.parametrize(
    ("text", "marked"),
    [("quel c o n n a r d !", "c o n n a r d"), ("c0nn4rd", "c0nn4rd"), ("un conn\u0430rd", "conn\u0430rd")],
)
def test_a_disguised_insult_is_read_and_marked_where_it_stands(text: str, marked: str) -> None:
    (hit,) = [hit for hit in lexicon_hits(text) if hit.term == "connard"]
    assert text[hit.span.start : hit.span.end] == marked


@pytest.mark.parametrize(
    "text",
    [
        "Encore du retard sur la ligne C.",
        "The bride and groom were late.",
        "Pros and cons of the reform.",
        "Il faut des tapettes à souris.",
        "Un nègre littéraire.",
        "Le PD italien et le FDP allemand.",
        "@connard_officiel a raison.",
    ],
)
def test_a_homonym_is_innocent(text: str) -> None:
    assert all(hit.sureness < 0.4 for hit in lexicon_hits(text))


def test_a_hit_tells_all_a_classifier_may_ask() -> None:
    assert lexicon_hits("Vous êtes un abruti.") == (
        Hit("insult", 0.8, Span(13, 19), directed=True, term="abruti", quoted=False, group=0.0),
    )


def test_letters_in_brackets_may_be_there_or_not() -> None:
    assert sorted(expand("con(ne)(s)")) == ["con", "conne", "connes", "cons"]


@given(text=texts)
def test_whatever_is_written_hits_lie_in_the_text_and_say_how_sure_they_are(text: str) -> None:
    for hit in lexicon_hits(text):
        assert hit.category in CATEGORIES
        assert 0.0 < hit.sureness <= 1.0
        assert hit.span.end <= len(text)
    assert lexicon_hits(text) == lexicon_hits.__wrapped__(text)


@pytest.mark.parametrize(
    "seed",
    [
        "vous êtes un con ",
        "les arabes sont ",
        "i will kill you ",
        "dire « ",
        "con·e",
        "they ",
        "espèce de ",
        "you ",
        '" ',
    ],
)
def test_a_text_four_times_as_long_is_about_four_times_the_work(seed: str) -> None:
    fresh = count()  # texts that were read are remembered

    def look(text: str) -> None:
        lexicon_hits(f"{text}{next(fresh)}")

    small, large = ((seed * size)[:size] for size in (BODY_BYTES // 4, BODY_BYTES))
    assert growth(look, small, large) < 10, "squared it would be 16"
