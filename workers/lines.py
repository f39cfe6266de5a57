"""The line protocol of `moderato check --jsonl`: an object in, one out, in order; one bad line spoils no other."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NoReturn

from service.domain.verdict import Verdict
from service.words import FALLBACK, languages, say
from workers.checks.context import Context
from workers.checks.tongue import guess

Judge = Callable[[Context], Verdict]
Id = str | int | None
_OPTIONAL: Final = ("name", "website", "language")


class MalformedLine(ValueError):
    """A line that cannot be judged. Its sentence is for whoever wrote the line."""

    def __init__(self, sentence: str, identity: Id = None) -> None:
        super().__init__(sentence)
        self.identity = identity


def answers(lines: Iterable[bytes], judge: Judge) -> Iterator[dict[str, object]]:
    """For each line its verdict, or `{"id", "error"}` if it is malformed. Blank lines are passed over."""
    for line in lines:
        if not line.strip():
            continue
        try:
            identity, context = _read(line)
        except MalformedLine as error:
            yield {"id": error.identity, "error": str(error)}
        else:
            yield {"id": identity, **_told(judge(context), context)}


def _read(line: bytes) -> tuple[Id, Context]:
    given = _object(line)
    identity = given.get("id")
    if not isinstance(identity, str | int) or isinstance(identity, bool):
        raise MalformedLine('"id" has to be a string or an integer')
    body = given.get("body")
    if not isinstance(body, str):
        raise MalformedLine('"body" has to be a string', identity)
    rest = {field: given[field] for field in _OPTIONAL if given.get(field) is not None}
    wrong = next((field for field, value in rest.items() if not isinstance(value, str)), None)
    if wrong:
        raise MalformedLine(f'"{wrong}" has to be a string', identity)
    name, website, language = (str(rest.get(field, "")) for field in _OPTIONAL)
    return identity, Context(body=body, name=name, website=website, language=language)


def _object(line: bytes) -> dict[str, object]:
    try:
        given = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise MalformedLine("not UTF-8") from None
    except (ValueError, RecursionError):
        raise MalformedLine("not JSON") from None
    if not isinstance(given, dict):
        raise MalformedLine("not a JSON object")
    return given


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _told(verdict: Verdict, comment: Context) -> dict[str, object]:
    language = comment.language or guess(comment.body)
    spoken = language if language is not None and language in languages() else FALLBACK
    return {
        "action": verdict.action,
        "score": verdict.score,
        "spam": verdict.estimate.spam,
        "toxicity": verdict.estimate.toxicity,
        "language": language,
        "signals": [
            {
                "reason": signal.reason,
                "score": round(signal.score, 4),
                "detail": say(f"signal.{signal.reason}", spoken, **signal.facts),
            }
            for signal in verdict.signals
        ],
    }
