"""Which model serves: the operator's own, if it is sound, else the one that came with the program."""

from functools import lru_cache
from pathlib import Path

import structlog

from workers.classifier.stack import Classifier
from workers.classifier.weights import BadModel, load, shipped

_log = structlog.get_logger(__name__)


@lru_cache(maxsize=2)
def serving(folder: str = "") -> Classifier:
    """The classifier of this process. A bad model of the operator's is told and passed over; raises `BadModel` only if
    the program's own is damaged: without one nothing is judged.
    """  # fmt: skip
    if folder:
        try:
            return Classifier(load(Path(folder)))
        except BadModel as problem:
            _log.error("the model cannot serve; the one that came with the program does", reason=str(problem))
    return Classifier(load(shipped()))
