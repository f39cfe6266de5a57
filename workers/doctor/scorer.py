"""A look at the scorer, if there is one: whether it answers in time, and with sense. It is sent a text of our own."""

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from workers.doctor.finding import Case, Finding, note
from workers.scorer.client import Scorer
from workers.scorer.question import Heard

SECONDS: Final = 2.5
"""Less than a look has."""


def scorer(case: Case) -> Iterator[Finding]:
    if not case.settings.scorer_url:
        return
    parts = urlsplit(case.settings.scorer_url)
    where = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    if parts.scheme == "http" and not _is_near(parts.hostname or ""):
        yield note(
            f"Comments, and the key, travel to the scorer unencrypted: {where}.",
            "Write https:// in MODERATO_SCORER_URL, unless the way there is your own.",
        )
    if case.settings.scorer_protocol == "openai-chat" and not case.settings.scorer_model:
        yield Finding("The protocol openai-chat wants a model.", "Name one in MODERATO_SCORER_MODEL.")
        return
    asking = Scorer(replace(case.settings, scorer_seconds=min(SECONDS, case.settings.scorer_seconds)))
    try:
        heard = asking.probe()
    finally:
        asking.close()
    if heard.answer is None:
        yield _away(where, heard)


def _is_near(host: str) -> bool:
    """Whether it is here, at a private address, or has a name without a dot, as containers do."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host


def _away(where: str, heard: Heard) -> Finding:
    if heard.outcome == "timeout":
        return Finding(
            f"The scorer did not answer in time: {where}. Comments it is to be asked about are held.",
            "Look at its own log and load, and at the network; or raise MODERATO_SCORER_SECONDS.",
        )
    if heard.outcome == "garbage":
        return Finding(
            f"The scorer's answer can't be read ({heard.facts.get('why', '')}): {where}.",
            "See that MODERATO_SCORER_URL is its whole address, and MODERATO_SCORER_PROTOCOL what it speaks.",
        )
    if heard.status in {401, 403}:
        return Finding(f"The scorer refuses us ({heard.status}): {where}.", "Correct MODERATO_SCORER_KEY.")
    if heard.outcome == "refused":
        return Finding(
            f"The scorer answers with status {heard.status} instead of 200: {where}.",
            "See that MODERATO_SCORER_URL is its whole address (redirects aren't followed), and what its own log says.",
        )
    return Finding(
        f"The scorer can't be reached ({heard.facts.get('why', '')}): {where}.",
        "Start it, or correct MODERATO_SCORER_URL; then see to firewalls, certificates and the way out.",
    )


LOOKS: Final = {"scorer": scorer}
