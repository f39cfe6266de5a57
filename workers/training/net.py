"""The network while it learns, in torch; `workers.classifier.network` is the same thing in numpy, for judging."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from service.domain.normal import normalise
from workers.classifier.figures import NAMES, figures
from workers.classifier.tokens import phrases, pieces, tokens
from workers.training.corpora import HEADS, Example

WIDTH: Final = 96
CHANNELS: Final = 128
HIDDEN: Final = 96
WORDS: Final = 26_000
BUCKETS: Final = 1 << 15
SLOTS: Final = 1 << 17
MOST: Final = 128  # tokens of one example while learning
RATES: Final = (4e-4, 2e-3, 2e-3, 2e-3)  # words, letter groups, phrases, spelling


@dataclass(frozen=True, slots=True)
class Read:
    """One example as numbers."""

    keys: tuple[str, ...]
    slots: np.ndarray[Any, Any]
    figures: tuple[float, ...]


def read(example: Example) -> Read:
    normal = normalise(example.text)
    keys = tuple(token.key for token in tokens(normal.text))[:MOST]
    slots = np.array(phrases(list(keys), SLOTS), np.int32)
    return Read(keys, slots, tuple(figures(normal.raw, example.name, example.website, normal.obfuscation)))


class Lexicon:
    """The words the network knows, and every other word by its letter groups."""

    def __init__(self, known: list[str]) -> None:
        self.known = known
        self.number = {key: at + 1 for at, key in enumerate(known)}  # 0: any other word
        self._pieces: dict[str, np.ndarray[Any, Any]] = {}

    def pieces(self, key: str) -> np.ndarray[Any, Any]:
        found = self._pieces.get(key)
        if found is None:
            found = self._pieces[key] = np.array(pieces(key, BUCKETS), np.int64)
        return found


class Network(nn.Module):  # type: ignore[misc] # torch is not there where types are checked
    """Word vectors (its own, plus those of its letter groups) → two convolutions → greatest and mean → heads.

    Beside it flat sums over words, pairs and triples, and over letter groups, and the figures: plain advertising shows
    there.
    """

    def __init__(self, words: int) -> None:
        super().__init__()
        self.words = nn.Embedding(words + 1, WIDTH, sparse=True)
        self.buckets = nn.EmbeddingBag(BUCKETS, WIDTH, mode="mean", sparse=True)
        self.first = nn.Conv1d(WIDTH, CHANNELS, 3, padding=1)
        self.second = nn.Conv1d(CHANNELS, CHANNELS, 3, padding=2, dilation=2)
        self.hidden = nn.Linear(2 * CHANNELS + len(NAMES), HIDDEN)
        self.heads = nn.Linear(HIDDEN, len(HEADS))
        self.flat = nn.EmbeddingBag(SLOTS, len(HEADS), mode="sum", sparse=True)
        self.letters = nn.EmbeddingBag(BUCKETS, len(HEADS), mode="mean", sparse=True)
        self.drop = nn.Dropout(0.3)
        self.word_drop = 0.08
        with torch.no_grad():
            self.words.weight.mul_(0.1)
            self.words.weight[0] = 0
            self.buckets.weight.mul_(0.1)
            self.flat.weight.zero_()
            self.letters.weight.zero_()

    def forward(self, batch: "Batch") -> Tensor:
        numbers = batch.numbers
        if self.training:
            numbers = numbers.masked_fill(torch.rand(numbers.shape) < 0.15, 0)
        vectors = self.words(numbers) + self.buckets(batch.pieces, batch.piece_starts)
        x = vectors[batch.places]  # texts × tokens × width; place 0 is the empty one
        x = x * batch.mask.unsqueeze(-1)
        if self.training:
            x = x * (torch.rand(x.shape[:2]) > self.word_drop).unsqueeze(-1)
        x = functional.dropout(x, 0.1, self.training).transpose(1, 2)
        mask = batch.mask.unsqueeze(1)
        y = functional.relu(self.first(x)) * mask
        z = functional.relu(self.second(y) + y) * mask
        greatest = z.amax(2)
        mean = z.sum(2) / mask.sum(2).clamp(min=1)
        h = functional.relu(self.hidden(self.drop(torch.cat([greatest, mean, batch.figures], 1))))
        flat = self.flat(batch.slots, batch.slot_starts) / batch.slot_counts.unsqueeze(1).clamp(min=1).sqrt()
        letters = self.letters(batch.pieces, batch.piece_starts)[batch.places] * batch.mask.unsqueeze(-1)
        spelt = letters.sum(1) / mask.sum(2).clamp(min=1).sqrt()
        out: Tensor = self.heads(self.drop(h)) + flat + spelt
        return out


@dataclass(slots=True)
class Batch:
    numbers: Tensor
    pieces: Tensor
    piece_starts: Tensor
    places: Tensor
    mask: Tensor
    slots: Tensor
    slot_starts: Tensor
    slot_counts: Tensor
    figures: Tensor


def batch(reads: Sequence[Read], lexicon: Lexicon) -> Batch:
    """Examples as one batch: every word's vector is made once, and laid out by text and place."""
    types: dict[str, int] = {"": 0}
    longest = max(1, *(len(one.keys) for one in reads))
    places = np.zeros((len(reads), longest), np.int64)
    mask = np.zeros((len(reads), longest), np.float32)
    for at, one in enumerate(reads):
        places[at, : len(one.keys)] = [types.setdefault(key, len(types)) for key in one.keys]
        mask[at, : len(one.keys)] = 1
    groups = [lexicon.pieces(key) for key in types]
    slots = [one.slots for one in reads]
    return Batch(
        torch.tensor([lexicon.number.get(key, 0) for key in types]),
        torch.from_numpy(np.concatenate(groups)), torch.from_numpy(_starts(groups)),
        torch.from_numpy(places), torch.from_numpy(mask),
        torch.from_numpy(np.concatenate(slots).astype(np.int64)), torch.from_numpy(_starts(slots)),
        torch.tensor([len(each) for each in slots], dtype=torch.float32),
        torch.tensor([one.figures for one in reads], dtype=torch.float32),
    )  # fmt: skip


def _starts(parts: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    """Where each part begins once they are laid end to end."""
    lengths = np.array([len(part) for part in parts], np.int64)
    return np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)


def misspelt(text: str, dice: Random) -> str:
    """The text as a hurried or a cunning hand writes it: letters lost, swapped or doubled, words run together."""
    words = text.split()
    for _ in range(max(1, len(words) // 8)):
        at = dice.randrange(len(words)) if words else 0
        word = words[at] if words else ""
        if len(word) < 3:
            continue
        cut = dice.randrange(1, len(word) - 1)
        words[at] = dice.choice(
            (
                word[:cut] + word[cut + 1 :],
                word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :],
                word[:cut] + word[cut] * dice.choice((1, 3)) + word[cut:],
                word[:cut] + " " + word[cut:],
                word[:cut] + dice.choice("aeiou*.-0") + word[cut + 1 :],
            )
        )
    if len(words) > 2 and dice.random() < 0.3:
        at = dice.randrange(len(words) - 1)
        words[at : at + 2] = [words[at] + words[at + 1]]
    return " ".join(words)


def learn(
    reads: Sequence[Read],
    targets: np.ndarray[Any, Any],
    weights: np.ndarray[Any, Any],
    lexicon: Lexicon,
    vectors: np.ndarray[Any, Any] | None,
    *,
    draws: int,
    seed: int,
    size: int = 64,
) -> Iterator[tuple[int, float, Network]]:
    """Learn from examples drawn by weight. `targets` is examples × heads, NaN where unknown. Yields as it goes."""
    torch.manual_seed(seed)
    dice = np.random.default_rng(seed)
    net = Network(len(lexicon.known))
    if vectors is not None:
        with torch.no_grad():
            net.words.weight[1:] = torch.from_numpy(vectors)
    steps = draws // size
    tables = [net.words.weight, net.buckets.weight, net.flat.weight, net.letters.weight]
    dense = [
        each for name, each in net.named_parameters() if not name.startswith(("words", "buckets", "flat", "letters"))
    ]
    # The vectors came aligned over both languages: they move slowly, that French profits from what English teaches.
    optimisers = (
        torch.optim.SparseAdam([{"params": [each], "lr": rate} for each, rate in zip(tables, RATES, strict=True)]),
        torch.optim.AdamW([{"params": dense, "lr": 2e-3}], weight_decay=1e-3),
    )
    peaks = [[group["lr"] for group in each.param_groups] for each in optimisers]
    chance = weights / weights.sum()
    net.train()
    drawn = dice.choice(len(reads), size=steps * size, p=chance)
    # texts of like length together, in shuffled order: less padding
    for block in range(0, len(drawn), size * 50):
        part = drawn[block : block + size * 50]
        drawn[block : block + size * 50] = part[np.argsort([len(reads[at].keys) for at in part], kind="stable")]
    order = np.arange(steps)
    for block in range(0, steps, 50):
        dice.shuffle(order[block : block + 50])
    loss_sum = 0.0
    for step, which in enumerate(order):
        chosen = drawn[which * size : (which + 1) * size]
        logits = net(batch([reads[at] for at in chosen], lexicon))
        target = torch.from_numpy(targets[chosen])
        known = ~torch.isnan(target)
        smooth = torch.where(known, target * 0.96 + 0.02, torch.zeros_like(target))
        loss = functional.binary_cross_entropy_with_logits(logits, smooth, reduction="none")
        loss = (loss * known).sum() / known.sum()
        pace = min(1.0, (step + 1) / (0.1 * steps)) * (1 - step / steps)
        for optimiser, highest in zip(optimisers, peaks, strict=True):
            for group, peak in zip(optimiser.param_groups, highest, strict=True):
                group["lr"] = peak * pace + 1e-6
            optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(dense, 1.0)
        for optimiser in optimisers:
            optimiser.step()
        loss_sum += float(loss.detach())
        if (step + 1) % 100 == 0:
            yield step + 1, loss_sum / 100, net
            loss_sum = 0.0
    net.eval()
    yield steps, 0.0, net


@torch.no_grad()  # type: ignore[untyped-decorator]
def logits(net: Network, reads: Sequence[Read], lexicon: Lexicon, size: int = 128) -> np.ndarray[Any, Any]:
    """Logits, examples × heads."""
    net.eval()
    order = np.argsort([len(one.keys) for one in reads], kind="stable")
    out = np.zeros((len(reads), len(HEADS)), np.float32)
    for at in range(0, len(reads), size):
        part = order[at : at + size]
        out[part] = net(batch([reads[one] for one in part], lexicon)).numpy()
    return out
