"""`moderato check`: a verdict explained to a person, and to a program line by line."""

import json
import subprocess
import sys
from collections.abc import Iterable

import pytest
from click.testing import CliRunner, Result

from workers.checks.canary import TEST_STRING
from workers.explain import check

ADVERT = "Check out my channel: http://a.example http://b.example http://c.example"


def run(*arguments: str, lines: bytes | None = None, lang: str = "en_GB.UTF-8") -> Result:
    return CliRunner().invoke(
        check, arguments, input=lines, env={"LANG": lang, "LC_ALL": "", "LC_MESSAGES": ""}, catch_exceptions=False
    )


def answers(lines: Iterable[object], status: int = 0) -> list[dict[str, object]]:
    """What the command answers to these lines; objects are written as JSON, bytes as they are."""
    written = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    result = run("--jsonl", lines=written)
    assert result.exit_code == status
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_calm_text_is_published_and_nothing_is_said_against_it() -> None:
    assert run("Merci pour cet article.").stdout == "Publish (score 0.00)\n  No signals.\n"


def test_every_signal_is_a_sentence_with_what_it_added_and_the_words_that_caused_it() -> None:
    said = run("Quel Connard !").stdout.splitlines()
    assert said[0].startswith("Hold for a person (score ")
    assert said[1:3] == ["  +0.90  Insult: “connard”", "         Marked: Connard"]


def test_the_sentences_are_in_the_language_of_the_terminal_or_the_one_asked_for() -> None:
    french = run("Bonjour à tous", lang="fr_FR.UTF-8").stdout
    assert french == "Publier (score 0,00)\n  Aucun signal.\n"
    assert run("Bonjour à tous", "--language", "fr").stdout == french
    assert run("Bonjour à tous", lang="de_DE.UTF-8").stdout == run("Bonjour à tous", lang="").stdout


def test_a_new_author_is_not_held_here() -> None:
    assert json.loads(run("Bonjour.", "--json").stdout)["action"] == "publish"


def test_the_test_string_is_held() -> None:
    assert json.loads(run(TEST_STRING, "--json").stdout)["action"] == "hold"


def test_the_same_as_one_object_for_programs() -> None:
    told = json.loads(run("Quel connard !", "--json").stdout)
    assert told.keys() == {"action", "score", "spam", "toxicity", "engine", "signals"}
    signal = told["signals"][0]
    assert (signal["reason"], signal["added"], signal["spans"]) == ("insult", 0.9, [[5, 12]])


def test_a_text_cannot_command_the_terminal() -> None:
    assert "\x1b" not in run("www.a.example/\x1b[2J www.b.example/\x1b[2J www.c.example/\x1b[2J").stdout


@pytest.mark.parametrize("arguments", [(), ("un texte", "--jsonl")])
def test_either_a_text_or_lines_are_judged(arguments: tuple[str, ...]) -> None:
    result = run(*arguments, lines=b"")
    assert result.exit_code == 2
    assert "either TEXT or --jsonl" in result.stderr


def test_each_line_is_answered_in_order_with_the_fields_of_the_contract() -> None:
    told = answers([{"id": 1, "body": "Bonjour.", "language": "fr"}, {"id": "b", "body": ADVERT}])
    assert [line["id"] for line in told] == [1, "b"]
    assert [line["action"] for line in told] == ["publish", "hold"]
    assert [line["language"] for line in told] == ["fr", None]
    assert all(line.keys() == {"id", "action", "score", "spam", "toxicity", "language", "signals"} for line in told)
    signals = told[1]["signals"]
    assert isinstance(signals, list)
    assert all(signal.keys() == {"reason", "score", "detail"} for signal in signals)


def test_the_detail_is_in_the_language_of_the_line_and_else_in_english() -> None:
    told = answers(
        {"id": at, "body": "Quel connard !", "language": language} for at, language in enumerate(("fr", "xx"))
    )
    details = [str(line["signals"]) for line in told]
    assert "Insulte" in details[0]
    assert "Insult:" in details[1]


def test_an_advertisement_looks_like_spam_and_an_insult_is_toxic() -> None:
    advert, insult = answers([{"id": 1, "body": ADVERT}, {"id": 2, "body": "Quel connard !"}])
    assert float(str(advert["spam"])) > 0.9 > float(str(insult["spam"]))
    assert float(str(insult["toxicity"])) > 0.7 > float(str(advert["toxicity"]))


def test_the_name_and_the_website_are_looked_at_too() -> None:
    (told,) = answers([{"id": 1, "body": "Bel article.", "name": "www.casino.example", "website": None}])
    assert told["action"] == "hold"


@pytest.mark.parametrize(
    ("line", "identity"),
    [
        (b"nonsense", None),
        (b"[1]", None),
        (b'{"id": 1', None),
        (b"\xff\xfe", None),
        (b"[" * 100_000, None),
        (b'{"id": NaN, "body": "x"}', None),
        ({"body": "no id"}, None),
        ({"id": True, "body": "x"}, None),
        ({"id": 7}, 7),
        ({"id": "x", "body": 3}, "x"),
        ({"id": "x", "body": "x", "language": 3}, "x"),
        ({"id": "x", "body": "x", "name": ["y"]}, "x"),
    ],
)
def test_a_malformed_line_is_told_so_and_the_rest_go_on(line: object, identity: object) -> None:
    wrong, right = answers([line, {"id": 2, "body": "Bonjour."}], status=1)
    assert wrong.keys() == {"id", "error"}
    assert wrong["id"] == identity
    assert (right["id"], right["action"]) == (2, "publish")


def test_blank_lines_are_passed_over() -> None:
    assert answers([b"", b"  ", b"\r"]) == []


def test_a_lone_surrogate_is_judged_and_not_stumbled_over() -> None:
    (told,) = answers([b'{"id": "\\ud800", "body": "Quel connard \\ud800"}'])
    assert (told["id"], told["action"]) == ("\ud800", "hold")


def test_through_real_pipes_each_line_is_answered_before_the_next_is_sent() -> None:
    program = "from workers.explain import check; check()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "--jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        for at, body in enumerate(["Bonjour à tous.", "Quel connard !", "😂"]):
            process.stdin.write(json.dumps({"id": at, "body": body}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == at
        process.stdin.write(b"nonsense\n")
        process.stdin.close()
        assert json.loads(process.stdout.readline()) == {"id": None, "error": "not JSON"}
        assert process.stdout.read() == b""
        assert process.wait(timeout=60) == 1
