"""How questions are spelled and answers read, in each of the protocols."""

import json
from typing import Any

import pytest

from service.settings import PROTOCOLS as NAMES
from workers.scorer.protocols import PROTOCOLS
from workers.scorer.question import Nonsense, Question

QUESTION = Question("Bonjour.", "fr", "Pas d'insultes.", "Le tramway")


def test_every_protocol_that_can_be_set_is_spoken() -> None:
    assert tuple(PROTOCOLS) == NAMES


def test_a_moderation_endpoint_gets_the_text_and_nothing_else() -> None:
    protocol = PROTOCOLS["openai-moderation"]

    assert protocol.spell(QUESTION, "") == {"input": "Bonjour."}
    assert protocol.spell(QUESTION, "m-1") == {"input": "Bonjour.", "model": "m-1"}
    answer = protocol.read({"model": "m-1", "results": [{"flagged": False, "category_scores": {"hate": 0.3}}]})
    assert (dict(answer.scores), answer.model) == ({"hate": 0.3}, "m-1")


def test_a_chat_gets_the_rules_as_instructions_and_the_comment_as_data() -> None:
    protocol = PROTOCOLS["openai-chat"]
    spelled = protocol.spell(QUESTION, "m-2")
    system, user = spelled["messages"]

    assert spelled["model"] == "m-2"
    assert "Pas d'insultes." in system["content"]
    assert "Bonjour." not in system["content"]
    assert json.loads(user["content"]) == {"text": "Bonjour.", "language": "fr", "article_title": "Le tramway"}
    said = json.dumps({"scores": {"spam": 0.9}, "explanation": "Publicité."})
    answer = protocol.read({"model": "m-2", "choices": [{"message": {"role": "assistant", "content": said}}]})
    assert (dict(answer.scores), answer.explanation, answer.model) == ({"spam": 0.9}, "Publicité.", "m-2")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "document",
    [
        None, 3, "x", [], {}, {"results": []}, {"results": [{"category_scores": []}]}, {"choices": []},
        {"choices": [{"message": None}]}, {"choices": [{"message": {"content": "Sorry, I can't."}}]},
        {"choices": [{"message": {"content": "[1]"}}]}, {"choices": [{"message": {"content": None}}]},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_nonsense_in_every_protocol(name: str, document: Any) -> None:
    with pytest.raises(Nonsense):
        PROTOCOLS[name].read(document)


def test_of_two_scores_whose_names_read_alike_the_worse_counts() -> None:
    long = "x" * 60
    answer = PROTOCOLS["moderato"].read({"scores": {f"{long}a": 0.9, f"{long}b": 0.1, "spam\n": 0.7, "spam": 0.2}})
    assert sorted(answer.scores.values()) == [0.7, 0.9]
    assert answer.scores["spam"] == 0.7
