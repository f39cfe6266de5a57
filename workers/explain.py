"""`moderato check`: explains what the machine makes of a text, without a database or a past.

The default policy, mode `auto`, without the hold of first-time authors; no history, so nothing floods or repeats.
"""

import json
import os
import sys
from typing import Final

import click
from babel.numbers import format_decimal

from service.domain.policy import Policy
from service.domain.verdict import Span, Verdict
from service.words import languages, own_language, say
from workers.checks.context import Context
from workers.classifier.serving import serving
from workers.engine import moderate
from workers.lines import answers

POLICY: Final = Policy(hold_first_comment=False)


@click.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of sentences.")
@click.option("--jsonl", "as_lines", is_flag=True, help="Judge lines of JSON from standard input instead of TEXT.")
@click.option(
    "--language",
    type=click.Choice(languages()),
    default=own_language,
    show_default="that of the terminal, else English",
    help="The language of the sentences; with --jsonl each line says its own.",
)
def check(text: str | None, language: str, *, as_json: bool, as_lines: bool) -> None:
    """Explain what would become of TEXT, or of each line of standard input.

    A line is {"id", "body", "name"?, "website"?, "language"?}. A malformed one is answered with {"id", "error"}, the
    rest go on, and the exit status is 1.
    """
    if as_lines == (text is not None):
        raise click.UsageError("Give either TEXT or --jsonl.")
    if text is None:
        _explain_lines()
        return
    verdict = _judge(Context(body=text))
    click.echo(json.dumps(_as_object(verdict, language)) if as_json else _as_sentences(text, verdict, language))


def _judge(context: Context) -> Verdict:
    return moderate(context, POLICY, model=serving(os.environ.get("MODERATO_MODEL_DIR", "")))


def _explain_lines() -> None:
    """Answer line by line, each at once: whoever feeds the pipe may wait for an answer before the next line."""
    malformed = False
    for answer in answers(sys.stdin.buffer, _judge):
        malformed = malformed or "error" in answer
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    if malformed:
        raise SystemExit(1)


def _as_object(verdict: Verdict, language: str) -> dict[str, object]:
    return {
        "action": verdict.action,
        "score": verdict.score,
        "spam": verdict.estimate.spam,
        "toxicity": verdict.estimate.toxicity,
        "engine": verdict.engine,
        "signals": [
            {
                "reason": signal.reason,
                "score": round(signal.score, 4),
                "added": verdict.judgement.weights[signal.reason],
                "detail": say(f"signal.{signal.reason}", language, **signal.facts),
                "facts": dict(signal.facts),
                "spans": [[span.start, span.end] for span in signal.spans],
            }
            for signal in verdict.signals
        ],
    }


def _as_sentences(text: str, verdict: Verdict, language: str) -> str:
    score = say("explain.score", language, score=_number(verdict.score, language))
    lines = [f"{say(f'explain.action.{verdict.action}', language)} ({score})"]
    for signal in verdict.signals:
        added = _number(verdict.judgement.weights[signal.reason], language)
        lines.append(f"  +{added}  {say(f'signal.{signal.reason}', language, **signal.facts)}")
        if signal.spans:
            lines.append(f"         {say('explain.marked', language, words=_marked(text, signal.spans))}")
    if not verdict.signals:
        lines.append(f"  {say('explain.nothing', language)}")
    return "\n".join(lines)


def _number(value: float, language: str) -> str:
    return str(format_decimal(value, "0.00", locale=language))


def _marked(text: str, spans: tuple[Span, ...], most: int = 5) -> str:
    """The words that were marked, without what could command a terminal."""
    words = [text[span.start : span.end] for span in spans[:most]]
    shown = ("".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in word) for word in words)
    return " · ".join(shown) + (" …" if len(spans) > most else "")
