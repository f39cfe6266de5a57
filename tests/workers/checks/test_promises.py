"""Every check keeps its promises: what it flags, what it passes, and how it explains itself."""

from datetime import UTC
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.person import Record
from service.domain.policy import DEFAULT_WEIGHTS
from service.domain.reasons import SIGNAL_REASONS
from service.domain.site import BODY_BYTES
from service.domain.verdict import Signal
from service.words import languages, say
from tests.clock import growth
from workers.checks import CHECKS as RULES
from workers.checks import OPINIONS
from workers.checks.canary import TEST_STRING
from workers.checks.check import Check, check
from workers.checks.context import Context, Copies, Place, Recent
from workers.checks.lexicon.entries import ENTRIES
from workers.checks.phrases import INVITATIONS, SPAM_PHRASES

CHECKS = (*RULES, *OPINIONS)

every_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
every_flagged = pytest.mark.parametrize(
    ("check", "comment"),
    [
        pytest.param(check, comment, id=f"{check.name}-{at}")
        for check in CHECKS
        for at, comment in enumerate(check.flags)
    ],
)
every_passed = pytest.mark.parametrize(
    ("check", "comment"),
    [
        pytest.param(check, comment, id=f"{check.name}-{at}")
        for check in CHECKS
        for at, comment in enumerate(check.passes)
    ],
)

# Pieces of real comments, glued together at random: they reach further into a check than random characters do.
PIECES = (
    *(f"{entry.term} " for found in list(ENTRIES.values())[::25] for entry in found[:1]),
    *SPAM_PHRASES[::9], *INVITATIONS[::5], TEST_STRING,
    "https://", "http://a.example", "www.", "spam.example", "jo@spam.example", "xn--caf-dma.example", "café.example",
    "SCANDALE", "SNCF", "06 12 34 56 78", "4111 1111 1111 1111", "FR76 3000 6000 0112 3456 7890 189",
    "[a.fr](https://b.fr)", "https://bit.ly/a", "sdfghjkl ", "vous êtes ", "les arabes ", "« ", "p\u0430ypal.com",
    "12 rue de la Paix, 75002 ", "ich bin nicht ",
    "!!!!!!!!!!", "😂", "é", "e\u0301", "\u200b", "\x00", "\ud800", "\n", " ", ".", "@", "//",
    "{count}",
)  # fmt: skip
bodies = st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=30).map("".join)
counts = st.integers(0, 50)
recents = st.builds(Recent, comments=st.integers(1, 50), same_text=st.integers(1, 50), articles=counts, authors=counts)
copies = st.builds(Copies, counts, counts, counts, counts, counts, counts)
places = st.builds(Place, st.sampled_from(["spam.example", "a.example"]), counts, counts, counts, counts, counts)
records = st.builds(
    Record, published=st.integers(0, 9), rejected=st.integers(0, 9), lately=st.integers(9, 20),
    lately_rejected=st.integers(0, 9), throwaway=st.booleans(),
)  # fmt: skip
comments = st.builds(
    Context,
    body=bodies,
    name=bodies,
    website=bodies,
    language=st.sampled_from(["", "fr", "en", "xx"]),
    languages=st.sampled_from([(), ("fr",), ("fr", "en")]),
    title=bodies,
    now=st.datetimes(timezones=st.just(UTC)),
    honeypot_filled=st.booleans(),
    seconds_to_fill=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    author=records,
    by_author=recents,
    by_address=recents,
    copies=copies,
    places=st.lists(places, max_size=3).map(tuple),
    blocked_words=st.lists(bodies, max_size=3).map(tuple),
    blocked_domains=st.lists(bodies, max_size=3).map(tuple),
)


BY_THE_MACHINERY = (
    "abuse_bound", "abuse_earned", "check_failed", "gave_up", "remote_spam", "remote_toxicity", "scorer_away",
    "spam_bound", "spam_earned",
)  # fmt: skip


def assert_explained(signal: Signal) -> None:
    """Every language has the sentence, and the facts fill all its blanks (a blank without a fact is a KeyError)."""
    assert all(say(f"signal.{signal.reason}", language, **signal.facts).strip() for language in languages())


@every_flagged
def test_a_check_flags_what_it_promises_to_flag(check: Check, comment: Context) -> None:
    assert list(check.look(comment))


@every_passed
def test_a_check_passes_what_it_promises_to_pass(check: Check, comment: Context) -> None:
    assert list(check.look(comment)) == []


@every_check
def test_a_check_shows_an_example_of_every_reason_it_declares(check: Check) -> None:
    shown = {signal.reason for comment in check.flags for signal in check.look(comment)}
    assert shown == set(check.reasons)


@every_check
def test_every_reason_of_a_check_has_a_group_and_a_weight(check: Check) -> None:
    assert set(check.reasons) <= SIGNAL_REASONS.keys()
    assert set(check.reasons) <= DEFAULT_WEIGHTS.keys()


@every_flagged
def test_every_finding_is_explained_in_every_language(check: Check, comment: Context) -> None:
    for signal in check.look(comment):
        assert_explained(signal)


@every_check
@given(comment=comments)
def test_a_check_never_fails_says_the_same_twice_marks_what_is_there_and_explains_itself(
    check: Check, comment: Context
) -> None:
    found = list(check.look(comment))
    assert found == list(check.look(comment))
    for signal in found:
        assert signal.reason in check.reasons
        assert all(span.end <= len(comment.body) for span in signal.spans)
        assert_explained(signal)


HOSTILE = (
    *(
        "a",
        "A",
        "é",
        "!",
        "a.",
        "a@",
        "//",
        "http://",
        "http://,",
        "www.",
        "www.a ",
        "\u0301",
        "\u200b",
        "😂",
        " ",
        ".",
    ),
    *(
        "connard ",
        "my channel ",
        "check out my channel ",
        "va te faire ",
        "vous êtes un con ",
        "les arabes sont ",
        "i will kill you ",
        "dire « ",
        "con·e",
        "06 ",
        "0612345678 ",
        "4111 ",
        "FR76 ",
        "a@a.",
        "12 rue a ",
        "42 Elm ",
        "[a.fr](https://b.fr",
        "[",
        "sdfghj",
        "mdrhaha",
        "xn--",
        "a b ",
        "AAAAAA ",
        "aaaaaaab",
        TEST_STRING[:-1],
    ),
)


@every_check
@pytest.mark.parametrize("seed", HOSTILE)
def test_a_hostile_comment_four_times_as_long_costs_a_check_about_four_times_the_work(check: Check, seed: str) -> None:
    """Up to the longest body there is."""
    fresh = count()  # texts that were read are remembered

    def look(body: str) -> None:
        body = f"{body}{next(fresh)}"
        list(
            check.look(
                Context(
                    body=body, name=body, website=body, blocked_words=("va te faire voir",), blocked_domains=("b.fr",)
                )
            )
        )

    small, large = ((seed * size)[:size] for size in (BODY_BYTES // 4, BODY_BYTES))
    assert growth(look, small, large) < 10, "squared it would be 16"


def test_every_reason_is_given_by_one_check_or_by_the_machinery_around_them() -> None:
    given_by_checks = [reason for one in CHECKS for reason in one.reasons]
    assert sorted([*given_by_checks, *BY_THE_MACHINERY]) == sorted(SIGNAL_REASONS)


def test_no_two_checks_share_a_name() -> None:
    assert len({one.name for one in CHECKS}) == len(CHECKS)


def test_a_check_without_examples_of_what_it_passes_is_refused() -> None:
    with pytest.raises(TypeError, match="needs a docstring, reasons, and examples"):
        check(reasons=("links",), flags=(Context(body="x"),), passes=())(lambda _: iter(()))


@pytest.mark.parametrize(
    "text",
    [
        "La SNCF annonce encore des retards et des grèves ; les usagers en ont ras le bol.",
        "Le FDP quitte la coalition allemande, et NTM remonte sur scène à Paris.",
        "Il faut des tapettes à souris au palais Bourbon !",
        "Quel bazar ! On va crever de chaud cet été si personne ne plante d'arbres.",
        "Le Monténégro et le Rio Negro n'ont rien à voir avec cet article.",
        "La police judiciaire enquête sur l'assassinat du préfet.",
        "Vous me faites rire avec vos 3,5 % de croissance... On verra en 2027 !",
        "Merci à Mme Dupont-Aignan pour cette analyse, même si je ne la partage pas.",
        "Kike Hernández hit a home run in Scunthorpe's twin town.",
        "The Dickens novel about cockerels is set in Essex; Mr Hancock reads it well.",
        "I am working from home and my mortgage broker tells me rates will rise.",
        "NATO, the EU and the IMF: who voted for them? Not me, not my neighbours.",
        "Check the figures on ons.gov.uk before you claim that.",
        "I subscribe to this newspaper and I expect better from its editors.",
    ],
)
def test_an_ordinary_news_comment_raises_no_signal_at_all(text: str) -> None:
    assert [signal for one in CHECKS for signal in one.look(Context(body=text))] == []
