"""A head: the weights that a site's decisions taught, as bytes in the database and at work.

Not one word of a comment is in it: weights lie by number, and many words share one.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, isfinite
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from service.domain.verdict import Span
from workers.learning.features import DENSE, WIDTH, Features, Numbers, Seen, slots_of

FORMAT: Final = 1
MARKED: Final = 5
LEAST_PULL: Final = 0.4
MOST_BYTES: Final = 1 << 20


Tells = npt.NDArray[np.uint8]


class BadHead(Exception):
    """A head that cannot serve; the sentence is for the operator."""


@dataclass(frozen=True, slots=True)
class Head:
    """`sparse` by slot, `dense` by number. At work `sparse` is whole numbers times a scale: a quarter of the memory."""

    sparse: Numbers | npt.NDArray[np.int8]
    dense: Numbers
    tells: Tells
    """By slot, how much it tells the two kinds apart, from 1 to 255."""
    scale: float = 1.0

    def logit(self, features: Features) -> float:
        values = weighed(features, self.tells)
        return float(self.sparse[features.slots] @ values * self.scale + self.dense @ features.dense)

    def chance(self, features: Features) -> float:
        """How likely people here would refuse it for this, in [0, 1]."""
        return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, self.logit(features)))))

    def set(self, scale: float, shift: float) -> "Head":
        """The same head with its logits stretched and shifted; dense number 0 is the constant."""
        dense = self.dense * np.float32(scale)
        dense[0] += np.float32(shift)
        return Head(self.sparse, dense, self.tells, self.scale * scale)

    def marks(self, seen: Seen) -> tuple[Span, ...]:
        """The words that spoke for it most, where they stand in the raw text."""
        pulls = [self._pull(token.key) if any(map(str.isalpha, token.key)) else 0.0 for token in seen.tokens]
        strongest = max(pulls, default=0.0)
        if strongest <= 0:
            return ()
        best = sorted(range(len(pulls)), key=lambda at: -pulls[at])[:MARKED]
        told = [seen.tokens[at] for at in sorted(best) if pulls[at] > LEAST_PULL * strongest]
        return tuple(seen.normal.raw_span(token.start, token.end) for token in told)

    def _pull(self, key: str) -> float:
        letters, words = ((self.sparse[slots].astype(np.float32) * self.tells[slots]) for slots in slots_of([key]))
        return float(letters.sum() / max(1, len(letters)) + words.sum())


def weighed(features: Features, tells: Tells) -> Numbers:
    """A row's values, those that tell more made larger, and the row as long as it was."""
    values = features.values * tells[features.slots]
    length = float(np.linalg.norm(values))
    return values * np.float32(np.linalg.norm(features.values) / length) if length else values


def pack(head: Head) -> tuple[bytes, dict[str, Any]]:
    """A head's bytes (npz, no pickle; whole numbers times a scale) and what its manifest says of them."""
    step = float(np.abs(head.sparse).max(initial=0.0)) / 127 or 1.0
    stream = io.BytesIO()
    np.savez_compressed(stream, sparse=np.rint(head.sparse / step).astype(np.int8), scale=step * head.scale,
                        dense=head.dense, tells=head.tells)  # fmt: skip
    content = stream.getvalue()
    return content, {"format": FORMAT, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def unpack(content: bytes, manifest: Mapping[str, Any]) -> Head:
    """Read and check a head. Raises `BadHead` with a sentence that says what is wrong."""
    if manifest.get("format") != FORMAT:
        raise BadHead(f"it has format {manifest.get('format')!r}; this release reads {FORMAT}")
    if hashlib.sha256(content).hexdigest() != manifest.get("sha256") or len(content) > MOST_BYTES:
        raise BadHead("its bytes are not what its manifest describes")
    try:
        with np.errstate(all="ignore"), np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            sparse, scale = arrays["sparse"], float(arrays["scale"])
            dense, tells = arrays["dense"].astype(np.float32), arrays["tells"]
    except (KeyError, ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise BadHead(f"its bytes cannot be read ({type(error).__name__})") from None
    if (sparse.dtype, sparse.shape, tells.dtype, tells.shape) != (np.int8, (WIDTH,), np.uint8, (WIDTH,)) or (
        dense.shape != (len(DENSE),)
    ):
        raise BadHead("its arrays have other shapes than this release knows")
    if not (isfinite(scale) and np.isfinite(dense).all()):
        raise BadHead("a weight is no number")
    return Head(sparse, dense, tells, scale)
