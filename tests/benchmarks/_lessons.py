"""What the learning benchmark teaches: labelled texts in three mixtures, and a site's own loop to send them through."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import select

from service.domain.reasons import DecisionReason
from service.domain.teaching import Category
from service.domain.verdict import Estimate
from service.store.comments import Comment
from service.store.moderation import VerdictRow
from service.store.samples import SampleRow
from tests.factories import House, a_submission
from workers.campaigns import follow
from workers.learnt import Learnt
from workers.teaching import learn

REASON: Final = {Category.SPAM: DecisionReason.SPAM, Category.ABUSE: DecisionReason.INSULT}
_AT_ONCE: Final = 400
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Mixture:
    """What people refuse and what they publish, each once; `blind` if the shipped model has learnt from these."""

    name: str
    category: Category
    refused: tuple[str, ...]
    published: tuple[str, ...]
    blind: bool


class Blind:
    """The shipped model as it would be before a campaign that it has never seen: it has no opinion."""

    version = "blind"

    def estimate(self, *_asked: Any) -> Estimate:
        return Estimate(spam=0.05, toxicity=0.05)


def mixtures(folder: Path) -> list[Mixture]:
    """An unseen campaign in two kinds, and French abuse."""
    youtube, sms = _read(folder, "youtube_spam"), _read(folder, "sms_spam")
    news = _texts(_read(folder, "fox_news"), "hate", 0)
    forum = _texts(_read(folder, "forum_fr"), "toxic", 0)
    french = [row for row in sms if row["language"] == "fr"]
    abuse = _read(folder, "hatecheck_fr_half")
    return [
        Mixture("YouTube's spam, among its other comments and news", Category.SPAM, _texts(youtube, "spam", 1),
                _texts(youtube, "spam", 0) + news, blind=True),
        Mixture("French text-message spam, among news and forum", Category.SPAM, _texts(french, "spam", 1),
                news + forum, blind=True),
        Mixture("HateCheck-FR, among news and forum", Category.ABUSE, _texts(abuse, "hateful", 1), news + forum,
                blind=False),
    ]  # fmt: skip


def stream(folder: Path, *, blind: bool) -> Mixture:
    """YouTube's spam among news: what a news site would get."""
    spam, news = _texts(_read(folder, "youtube_spam"), "spam", 1), _texts(_read(folder, "fox_news"), "hate", 0)
    return Mixture("news with YouTube's spam", Category.SPAM, spam, news, blind=blind)


def long_stream(folder: Path) -> Mixture:
    """The same with talk beside the news, for there are too few news comments to prove a bound with."""
    short = stream(folder, blind=True)
    talk = _texts(_read(folder, "wikipedia_talk")[:4000], "toxic", 0)
    return replace(short, published=short.published + talk)


def _texts(rows: Sequence[dict[str, Any]], label: str, value: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row["text"] for row in rows if int(row[label]) == value))


def _read(folder: Path, corpus: str) -> list[dict[str, Any]]:
    with gzip.open(folder / f"{corpus}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Loop:
    """One site from submission to verdict, decision, lesson and verdict again: the API and the tasks' own functions."""

    def __init__(self, house: House, mixture: Mixture, seed: int) -> None:
        dice = Random(seed)
        room = replace(house.room, dice=dice.random)
        if mixture.blind:
            room = replace(room, classifier=Blind(), learnt=Learnt(Blind()))
        house.__dict__["room"] = room
        self.house, self.mixture = house, mixture
        self.name = f"site-{next(_numbers)}"
        self.site_id = house.add_site(self.name)
        self._refused, self._published = list(mixture.refused), list(mixture.published)
        dice.shuffle(self._refused)
        dice.shuffle(self._published)

    def draw(self, refused: int, published: int) -> tuple[list[str], list[str]]:
        """So many of each, which are not drawn again."""
        bad, self._refused = self._refused[:refused], self._refused[refused:]
        good, self._published = self._published[:published], self._published[published:]
        return bad, good

    def send(self, texts: Sequence[str]) -> list[str]:
        """Ids of comments that were sent in and judged: each by an author of their own, from an address of its own."""
        ids = []
        for at, text in enumerate(texts, 1):
            number = next(_numbers)
            author = {"name": f"Reader {number}", "email": f"reader.{number}@readers.example.org", "body": text}
            answer = self.house.post(
                a_submission(**author), article=f"/v1/sites/{self.name}/articles/a-{number % 20}",
                address=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
            )  # fmt: skip
            assert answer.status_code == 202, answer.get_data(as_text=True)
            ids.append(str(answer.get_json()["id"]))
            if at % _AT_ONCE == 0:
                self.house.judge()
        self.house.judge()
        while follow(self.house.room):
            self.house.judge()
        return ids

    def decide(self, bad: Sequence[str], good: Sequence[str]) -> None:
        """People refuse these comments and publish those, by the API, a hundred at once."""
        seen = self._versions([*bad, *good])
        refused = {"action": "reject", "reason": REASON[self.mixture.category]}
        said: list[dict[str, Any]] = [{"id": each, "version": seen[each], **refused} for each in bad]
        said += [{"id": each, "version": seen[each], "action": "publish"} for each in good]
        Random(len(said)).shuffle(said)
        headers = self.house.staff(site=self.name)
        for start in range(0, len(said), 100):
            answer = self.house.client.post(
                "/v1/moderation/decisions", json={"decisions": said[start : start + 100]}, headers=headers
            )
            assert all("status" in each for each in answer.get_json()["results"]), answer.get_json()

    def _versions(self, ids: Sequence[str]) -> dict[str, int]:
        with self.house.database.read() as connection:
            rows = connection.execute(select(Comment.id, Comment.version).where(Comment.site_id == self.site_id))
            known = {row.id: row.version for row in rows}
        return {each: known[each] for each in ids}

    def audited(self, ids: Sequence[str]) -> set[str]:
        """Those of them that the dice picked out."""
        with self.house.database.read() as connection:
            drawn = connection.execute(select(SampleRow.comment_id).where(SampleRow.site_id == self.site_id))
            return {row.comment_id for row in drawn} & set(ids)

    def learn(self) -> int:
        """The task's work, as the beat has it done; then workers look again. How many versions came of it."""
        made = learn(self.house.room, datetime.now(UTC))
        self.house.__dict__["room"] = replace(self.house.room, learnt=Learnt(self.house.room.classifier))
        return made

    def verdicts(self, ids: Sequence[str]) -> list[tuple[float, bool]]:
        """The chance of each comment, and whether the machine held or refused it."""
        known: dict[str, tuple[float, bool]] = {}
        with self.house.database.read() as connection:
            for start in range(0, len(ids), _AT_ONCE):
                rows = connection.execute(
                    select(VerdictRow.comment_id, VerdictRow.estimate, VerdictRow.action).where(
                        VerdictRow.comment_id.in_(ids[start : start + _AT_ONCE])
                    )
                )
                known |= {row.comment_id: (self._chance(row.estimate), row.action != "publish") for row in rows}
        return [known[each] for each in ids]

    def _chance(self, estimate: dict[str, float]) -> float:
        known = Estimate(
            estimate["spam"], estimate["toxicity"], learnt_spam=estimate["learnt_spam"],
            learnt_abuse=estimate["learnt_abuse"],
        )  # fmt: skip
        return known.chances[self.mixture.category]
