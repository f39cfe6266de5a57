"""A draft policy on stored signals: what would change, both ways, and nothing that would not."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.comment import Action
from service.domain.policy import DEFAULT_WEIGHTS, Policy
from service.domain.trial import Case, try_out
from service.domain.verdict import Signal

LINKS = Signal("links", 0.7)  # weighs 0.42
SHOUTING = Signal("shouting", 1.0)  # weighs 0.3


def case(*signals: Signal, number: int = 0, body: str = "Un commentaire.", name: str = "Zoé") -> Case:
    return Case(f"c-{number}", signals, name, "", body)


def test_a_lower_threshold_holds_what_was_published_and_says_which() -> None:
    cases = [case(number=0), case(LINKS, number=1), case(LINKS, SHOUTING, number=2)]

    trial = try_out(cases, Policy(), Policy(hold=0.4))

    (change,) = trial.changes
    assert (change.before, change.after, change.count) == (Action.PUBLISH, Action.HOLD, 1)
    assert [example.id for example in change.examples] == ["c-1"]
    assert (trial.now.awaiting, trial.then.awaiting) == (1, 2)
    assert trial.then.actions == {Action.PUBLISH: 1, Action.HOLD: 2, Action.REJECT: 0}


def test_changes_go_both_ways_the_most_frequent_first() -> None:
    cases = [case(LINKS, SHOUTING, number=1), case(SHOUTING, number=2), case(SHOUTING, number=3)]
    draft = Policy(weights={"links": 0.0, "shouting": 0.6}, caps={"style": 1.0})

    trial = try_out([*cases, case(Signal("links", 1.0), number=4)], Policy(), draft)

    assert [(each.before, each.after, each.count) for each in trial.changes] == [
        (Action.PUBLISH, Action.HOLD, 2),
        (Action.HOLD, Action.PUBLISH, 1),
    ]


def test_words_and_domains_of_the_draft_are_looked_up_in_the_texts_and_those_it_drops_are_forgotten() -> None:
    named = case(number=1, body="Encore des salsifis", name="Zoé")
    linked = case(number=2, body="Voyez https://www.spam.example/promo")
    listed = case(Signal("blocked_word", 1.0), number=3, body="Le zorglub")

    trial = try_out(
        [named, linked, listed],
        Policy(blocked_words=("zorglub",)),
        Policy(blocked_words=("salsifis",), blocked_domains=("spam.example",)),
    )

    found = {(each.before, each.after): [example.id for example in each.examples] for each in trial.changes}
    assert found == {(Action.PUBLISH, Action.HOLD): ["c-1", "c-2"], (Action.HOLD, Action.PUBLISH): ["c-3"]}


def test_of_many_only_a_few_are_shown() -> None:
    trial = try_out([case(LINKS, number=number) for number in range(50)], Policy(), Policy(hold=0.4), examples=3)

    assert trial.changes[0].count == 50
    assert [example.id for example in trial.changes[0].examples] == ["c-0", "c-1", "c-2"]


@given(st.lists(st.lists(st.sampled_from(sorted(DEFAULT_WEIGHTS)), max_size=4), max_size=20), st.floats(0, 1))
def test_every_comment_is_counted_once_and_the_same_policy_changes_nothing(found: list[list[str]], hold: float) -> None:
    cases = [case(*map(Signal, reasons), number=number) for number, reasons in enumerate(found)]

    trial = try_out(cases, Policy(), Policy(hold=hold))
    same = try_out(cases, Policy(hold=hold), Policy(hold=hold))

    assert sum(trial.now.actions.values()) == sum(trial.then.actions.values()) == trial.looked_at == len(cases)
    moved = sum(change.count for change in trial.changes)
    stayed = sum(min(trial.now.actions[action], trial.then.actions[action]) for action in Action)
    assert moved >= len(cases) - stayed
    assert same.changes == ()
