"""A head: what it sees, how it is fitted and set, that it comes back from its bytes as it was, or not at all."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.teaching import Why
from workers.learning.calibration import calibrated
from workers.learning.features import DENSE, WIDTH, Features, see
from workers.learning.fitting import fit
from workers.learning.head import BadHead, Head, pack, unpack
from workers.learning.trial import PARTS, Lesson, challenge, enough

GOOD = "Le tramway du {} passe enfin devant le marché de {}, c’est une bonne nouvelle pour {}."
BAD = "Le professeur {} rend l’être aimé, retour d’affection en {} jours, paiement après {}."


def rows(many: int, seed: int = 1) -> tuple[list[Features], list[bool]]:
    dice = Random(seed)
    labels = [dice.random() < 0.4 for _ in range(many)]
    texts = [
        (BAD if bad else GOOD).format(*("".join(dice.choices("abcdefghij", k=5)) for _ in range(3))) for bad in labels
    ]
    return [see(text, "", 0.05, 0.05).features for text in texts], labels


def taught(many: int = 60, seed: int = 1) -> Head:
    return fit(*rows(many, seed))


def lessons(many: int, seed: int, wrong: float = 0.0, *, new: bool = False) -> list[Lesson]:
    """So many decisions, of which people got a share wrong."""
    dice = Random(seed + 1000)
    return [
        Lesson(each, label != (dice.random() < wrong), at % PARTS, new=new)
        for at, (each, label) in enumerate(zip(*rows(many, seed), strict=True))
    ]


@given(st.text(), st.text(max_size=80), st.floats(0, 1), st.floats(0, 1))
def test_whatever_the_text_its_row_is_finite_bounded_and_the_same_again(
    body: str, website: str, spam: float, toxicity: float
) -> None:
    row = see(body, website, spam, toxicity, [("links", 1.0), ("banned", 1.0)]).features
    again = see(body, website, spam, toxicity, [("links", 1.0), ("banned", 1.0)]).features

    assert row.slots.size == np.unique(row.slots).size
    assert row.slots.min() >= 0
    assert row.slots.max() < WIDTH
    assert np.isfinite(row.values).all()
    assert len(row.dense) == len(DENSE)
    assert np.abs(row.dense).max() <= 2.0
    assert (row.slots == again.slots).all()
    assert (row.values == again.values).all()


def test_who_somebody_is_and_what_staff_ordered_teaches_nothing() -> None:
    plain = see("Bonjour à tous", "", 0.1, 0.1).features
    told = see("Bonjour à tous", "", 0.1, 0.1, [(each, 1.0) for each in ("banned", "rejected_before", "gave_up")])
    found = see("Bonjour à tous", "", 0.1, 0.1, [("links", 0.2), ("links", 0.8), ("no_such_reason", 1.0)]).features

    assert (told.features.slots == plain.slots).all()
    assert found.slots.size == plain.slots.size + 1
    assert found.values[-1] == pytest.approx(0.4), "the strongest counts"


def test_it_tells_apart_what_people_told_apart_also_what_it_has_not_seen() -> None:
    head = taught()
    unseen, labels = rows(200, seed=2)

    assert [head.chance(row) > 0.5 for row in unseen] == labels


def test_one_kind_that_is_rare_is_learnt_all_the_same() -> None:
    features, labels = rows(200)
    rare = [at for at, label in enumerate(labels) if label][:6]
    chosen = rare + [at for at, label in enumerate(labels) if not label]
    head = fit([features[at] for at in chosen], [labels[at] for at in chosen])
    unseen, truth = rows(100, seed=3)

    found = [head.chance(row) for row, bad in zip(unseen, truth, strict=True) if bad]
    assert sum(chance > 0.5 for chance in found) > 0.8 * len(found)


def test_the_same_decisions_make_the_same_head() -> None:
    assert pack(taught())[0] == pack(taught())[0]


def test_it_comes_back_from_its_bytes_and_answers_nearly_the_same() -> None:
    head = taught()
    content, manifest = pack(head)
    back = unpack(content, manifest)

    assert len(content) < 200_000
    for row in rows(50, seed=4)[0]:
        assert back.chance(row) == pytest.approx(head.chance(row), abs=0.02)


@given(st.data())
def test_damaged_anywhere_it_is_refused(data: st.DataObject) -> None:
    content, manifest = PACKED
    at = data.draw(st.integers(0, len(content) - 1))
    damaged = bytearray(content)
    damaged[at] ^= data.draw(st.integers(1, 255))
    cut = content[:at]
    for broken in (bytes(damaged), cut):
        with pytest.raises(BadHead):
            unpack(broken, manifest)


EVEN = np.full(WIDTH, 255, np.uint8)
PACKED = pack(taught())


@pytest.mark.parametrize(
    "changes",
    [
        {"sparse": np.zeros(7, np.int8)}, {"dense": np.full(len(DENSE), np.nan, np.float32)},
        {"scale": np.float32(np.inf)}, {"dense": np.zeros(3, np.float32)}, {"sparse": np.array([object()])},
        {"tells": np.zeros(WIDTH, np.float32)},
    ],
)  # fmt: skip
def test_bytes_that_are_whole_and_make_no_sense_are_refused(changes: dict[str, object]) -> None:
    import hashlib
    import io

    arrays = {"sparse": np.zeros(WIDTH, np.int8), "scale": np.float32(1), "dense": np.zeros(len(DENSE), np.float32),
              "tells": EVEN}  # fmt: skip
    stream = io.BytesIO()
    np.savez(stream, **(arrays | changes), allow_pickle=True)  # type: ignore[arg-type] # what an attacker would do
    content = stream.getvalue()

    with pytest.raises(BadHead):
        unpack(content, {"format": 1, "sha256": hashlib.sha256(content).hexdigest()})


def test_a_head_of_another_format_is_refused_by_name() -> None:
    content, manifest = PACKED
    with pytest.raises(BadHead, match="format 9"):
        unpack(content, manifest | {"format": 9})


def test_set_by_what_the_dice_picked_out_chances_are_true_of_all_that_comes_in() -> None:
    """Held are as many refusals as good ones; of all that comes in one in twenty is refused, and a sample knows it."""
    dice = Random(5)
    head = Head(np.zeros(WIDTH, np.float32), np.zeros(len(DENSE), np.float32), EVEN)
    head.dense[1] = 1.0

    def row(logit: float) -> Features:
        dense = np.zeros(len(DENSE), np.float32)
        dense[:2] = 1.0, logit
        return Features(np.zeros(0, np.int32), np.zeros(0, np.float32), dense)

    refused = [dice.random() < 0.5 for _ in range(200)] + [False] * 40
    known = [row(dice.gauss(2 if bad else -2, 1)) for bad in refused]
    set_ = calibrated(head, known, refused, [1.0] * 200 + [50.0] * 40)
    plain = calibrated(head, known, refused, [1.0] * 240)

    middle = row(0.0)
    assert set_.chance(middle) < 0.2 < plain.chance(middle)
    assert set_.chance(row(4.0)) > 0.5


def test_too_few_of_a_kind_set_nothing() -> None:
    head = taught()
    features, _ = rows(30)
    assert calibrated(head, features, [True] * 2 + [False] * 28, [1.0] * 30) is head


def test_twenty_decisions_of_both_kinds_are_enough_and_fewer_are_not() -> None:
    assert enough(lessons(40, 1))
    assert not enough(lessons(19, 1))
    assert not enough([each for each in lessons(200, 1) if not each.refused])


def test_the_first_serves_if_it_knows_something() -> None:
    outcome = challenge(lessons(60, 1), None)
    assert (outcome.serves, outcome.why) == (True, Why.FIRST)


@pytest.mark.parametrize("seed", range(8))
def test_what_was_decided_at_random_never_serves(seed: int) -> None:
    outcome = challenge(lessons(200, seed, wrong=0.5), None)
    assert (outcome.serves, outcome.why) == (False, Why.NO_BETTER_THAN_NOTHING)


@pytest.mark.parametrize("burst", [20, 60, 100])
def test_a_burst_of_wrong_labels_does_not_serve(burst: int) -> None:
    before = lessons(150, 1)
    champion = challenge(before, None).head

    outcome = challenge([*before, *lessons(burst, 7, wrong=1.0, new=True)], champion)

    unseen, labels = rows(100, seed=9)
    serving = outcome.head if outcome.serves else champion
    assert sum((serving.chance(row) > 0.5) == label for row, label in zip(unseen, labels, strict=True)) > 95


def test_a_second_campaign_is_learnt_beside_the_first() -> None:
    before = lessons(150, 1)
    champion = challenge(before, None).head
    dice = Random(3)
    texts = [f"Comprar zapatillas baratas {dice.randrange(999)} tienda oficial envío gratis" for _ in range(60)]
    campaign = [
        Lesson(see(text, "", 0.05, 0.05).features, refused=True, part=at % PARTS, new=True)
        for at, text in enumerate(texts)
    ]

    outcome = challenge([*before, *campaign], champion)

    assert (outcome.serves, outcome.why) == (True, Why.NO_WORSE)
    assert outcome.head.chance(see("Zapatillas baratas 7, envío gratis", "", 0.05, 0.05).features) > 0.5
