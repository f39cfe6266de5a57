"""Sentences for people, by language. One JSON file a language; another language is one more file.

A sentence is a string with `{facts}`, or an object of plural forms ("one", "other", …) chosen by its `{count}`.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_datetime
from werkzeug.datastructures import LanguageAccept

Fact = str | int | float | bool
FALLBACK: Final = "en"


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages that have a catalogue, French first."""
    found = {
        path.name.removesuffix(".json") for path in resources.files(__name__).iterdir() if path.name.endswith(".json")
    }
    return tuple(sorted(found, key=lambda language: (language != "fr", language)))


@lru_cache(maxsize=64)
def catalogue(language: str) -> Mapping[str, str | dict[str, str]]:
    """All sentences of one language, by key."""
    sentences: dict[str, str | dict[str, str]] = json.loads(
        resources.files(__name__).joinpath(f"{language}.json").read_text(encoding="utf-8")
    )
    return sentences


def say(key: str, language: str, **facts: Fact) -> str:
    """The sentence for `key`, in the language if it has one, else in English.

    Raises:
        KeyError: no language has the key: a mistake of ours, caught by the catalogue tests.

    """
    known = language if language in languages() else FALLBACK
    sentence = catalogue(known).get(key)
    if sentence is None:
        known, sentence = FALLBACK, catalogue(FALLBACK)[key]
    if isinstance(sentence, dict):
        form = _plural(known)(facts.get("count", 0))
        sentence = sentence.get(form, sentence["other"])
    return sentence.format_map(facts)


def moment(when: datetime, spoken: str) -> str:
    """A date and time as the language's newspapers write it. French readers are taken to be in France."""
    local = when.astimezone(zone(spoken))
    pattern = say("page.time_first" if local.day == 1 else "page.time", spoken)
    return format_datetime(local, pattern, tzinfo=local.tzinfo, locale=spoken)


def zone(spoken: str) -> tzinfo:
    """The time zone of a language's readers."""
    if spoken != "fr":
        return UTC
    try:
        return ZoneInfo("Europe/Paris")
    except ZoneInfoNotFoundError:  # a machine without time zones: an hour off is better than no page
        return UTC


def own_language() -> str:
    """The language of whoever sits at the terminal, if we speak it, else English."""
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "") or FALLBACK
    return locale[:2].lower() if locale[:2].lower() in languages() else FALLBACK


def negotiate(accepted: LanguageAccept, default: str) -> str:
    """The first language of the reader's that we speak, dialects included; the site's own when there is none.

    Werkzeug's own match would give English to a reader from Québec who also reads some (`fr-CA, en;q=0.5`).
    """
    for wanted, quality in sorted(accepted, key=lambda each: -each[1]):
        if wanted == "*" or not quality:
            break
        spoken = wanted.replace("_", "-").split("-")[0].lower()
        if spoken in languages():
            return spoken
    return default


@lru_cache(maxsize=64)
def _plural(language: str):  # type: ignore[no-untyped-def] # noqa: ANN202 - babel's rule object, called with a number
    return Locale.parse(language).plural_form
