"""Policies and articles by command: printed, changed, put back, and refused with the API's own sentences."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.factories import ORIGIN, SECRETS, House
from workers.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`moderato …` on the house's database."""
    return _on(house, monkeypatch)


@pytest.fixture
def small_run(small_house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same for what has nothing to do with the database."""
    return _on(small_house, monkeypatch)


def _on(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith(("MODERATO_", "LC_", "LANG"))]:
        monkeypatch.delenv(name)
    env = SECRETS | {
        "MODERATO_DATABASE_URL": house.settings.database_url,
        "MODERATO_REDIS_URL": house.settings.redis_url,
        "LANG": "en_GB.UTF-8",
    }

    def call(*arguments: str, stdin: str | bytes | None = None, **more: str) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin, env=env | more)

    return call


def printed(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_policy_in_force_is_printed_with_its_version(house: House, run: Run) -> None:
    api = house.client.get("/v1/moderation/sites/journal/policy", headers=house.staff()).get_json()

    assert printed(run("site", "policy", "journal")) == api


def test_a_policy_from_a_file_is_a_new_version_and_what_it_does_not_say_is_the_default(
    house: House, run: Run, tmp_path: Any
) -> None:
    before = printed(run("site", "policy", "journal"))
    (tmp_path / "policy.json").write_text('{"mode": "premoderate", "blocked_words": ["salsifis"]}')

    after = printed(run("site", "policy", "journal", "--file", str(tmp_path / "policy.json")))

    assert after["version"] == before["version"] + 1
    assert (after["policy"]["mode"], after["policy"]["hold_first_comment"]) == ("premoderate", True)
    assert house.client.get("/v1/moderation/sites/journal/policy", headers=house.staff()).get_json() == after


def test_what_is_printed_can_be_changed_and_put_back(run: Run) -> None:
    before = printed(run("site", "policy", "journal"))
    changed = before | {"policy": before["policy"] | {"hold": 0.3}}

    after = printed(run("site", "policy", "journal", "--file", "-", stdin=json.dumps(changed)))

    assert after == {"version": before["version"] + 1, "policy": changed["policy"]}


def test_what_was_printed_before_another_version_came_is_refused(run: Run) -> None:
    before = run("site", "policy", "journal").stdout
    run("site", "set", "journal", "--mode", "premoderate")

    result = run("site", "policy", "journal", "--file", "-", stdin=before)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: This is made from version 1, and version 2 is in force: print it again, or leave the version out.\n"
    )
    assert printed(run("site", "policy", "journal"))["policy"]["mode"] == "premoderate"


def test_without_its_version_what_was_printed_is_put_anywhere(run: Run) -> None:
    policy = printed(run("site", "policy", "journal"))["policy"] | {"hold": 0.3}

    own = run("site", "policy", "journal", "--article", "a-1", "--file", "-", stdin=json.dumps({"policy": policy}))

    assert printed(own) == {"version": 1, "policy": policy}


def test_an_articles_own_policy_counts_for_it_alone(house: House, run: Run) -> None:
    assert run("site", "policy", "journal", "--article", "a-1").exit_code == 1, "nobody knows the article"
    house.accepted()
    site = printed(run("site", "policy", "journal"))
    assert printed(run("site", "policy", "journal", "--article", "a-1")) == site | {"version": None}

    own = run("site", "policy", "journal", "--article", "a-1", "--file", "-", stdin='{"mode": "premoderate"}')

    assert printed(own)["version"] == 1
    assert printed(run("site", "policy", "journal", "--article", "a-1")) == printed(own)
    assert printed(run("site", "policy", "journal")) == site


def test_an_article_that_nobody_knows_is_made_with_its_policy(run: Run) -> None:
    run("site", "policy", "journal", "--article", "new", "--file", "-", stdin="{}")

    assert printed(run("article", "show", "journal", "new"))["policy_version"] == 1


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ('{"hold": 1.5}', "hold: A number from 0 to 1.\n"),
        ('{"mode": "open"}', "mode: Choose one of: auto, premoderate, postmoderate, closed.\n"),
        ('{"thresholds": {}, "hold": -1}', "hold: A number from 0 to 1.\nthresholds: This field is not known.\n"),
        ('{"reject": 0.2}', "reject: The threshold to reject cannot be below the one to hold.\n"),
        ('{"version": 1, "policy": 3}', "_schema: A JSON object is expected here.\n"),
        ("[]", "Error: A JSON object is expected here.\n"),
        ("{broken", "Error: This is not JSON.\n"),
        ('{"hold": 0, "hold": 1}', "Error: A field is given twice.\n"),
        (b"\xff", "Error: This is not JSON.\n"),
    ],
)
def test_a_malformed_policy_is_refused_with_the_fields_and_the_reasons(
    small_run: Run, document: str | bytes, said: str
) -> None:
    result = small_run("site", "policy", "journal", "--file", "-", stdin=document)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(said)
    assert printed(small_run("site", "policy", "journal"))["version"] == 1


def test_the_sentences_are_in_the_terminals_language(small_run: Run) -> None:
    result = small_run("site", "policy", "journal", "--file", "-", stdin='{"hold": 2}', LANG="fr_FR.UTF-8")

    assert result.stderr == "hold: Un nombre de 0 à 1.\n"


def test_a_file_that_is_not_there_and_a_site_that_is_not_there_are_one_sentence(small_run: Run) -> None:
    lost, unknown = small_run("site", "policy", "journal", "--file", "/nowhere"), small_run("site", "policy", "gazette")

    assert lost.exit_code == 2
    assert "'/nowhere': No such file" in lost.stderr
    assert (unknown.exit_code, unknown.stderr) == (
        1, "Error: There is no site gazette: `moderato site add gazette` makes it.\n",
    )  # fmt: skip


def test_what_is_said_of_an_article_is_what_the_api_tells(house: House, run: Run) -> None:
    result = run(
        "article", "set", "journal", "city/council", "--title", "Le pont", "--url", f"{ORIGIN}/pont",
        "--published-at", "2026-11-24T08:00:00+01:00", "--closed",
    )  # fmt: skip

    told = house.client.get("/v1/moderation/sites/journal/articles/city%2Fcouncil", headers=house.staff()).get_json()
    assert printed(result) == told == printed(run("article", "show", "journal", "city/council"))
    assert (told["title"], told["title_confirmed"], told["open"]) == ("Le pont", True, False)
    assert told["published_at"] == "2026-11-24T07:00:00.000000Z"


def test_of_an_article_only_what_is_given_changes(run: Run) -> None:
    run("article", "set", "journal", "a-1", "--title", "Le pont", "--published-at", "2026-11-24T08:00:00Z")
    before = printed(run("article", "set", "journal", "a-1", "--closed"))

    after = printed(run("article", "set", "journal", "a-1", "--open", "--published-at", ""))

    assert (before["title"], before["open"]) == ("Le pont", False)
    assert after == before | {"open": True, "published_at": None}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a-1", "--url", "https://elsewhere.example/a"], "url: This address is not on an allowed site.\n"),
        (["a-1", "--url", "javascript:alert(1)"], "url: This is not a valid web address"),
        (["a-1", "--title", "t" * 301], "title: This is too long: 300 characters at most.\n"),
        (["a-1", "--published-at", "hier"], "published_at: A date and time with its zone"),
        (["a" * 256, "--open"], "article: An article’s id has at most 255 visible characters.\n"),
    ],
)
def test_a_malformed_article_is_refused_with_the_field_and_the_reason(
    small_run: Run, arguments: list[str], said: str
) -> None:
    result = small_run("article", "set", "journal", *arguments)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(said)
    assert small_run("article", "show", "journal", "a-1").exit_code == 1, "and it isn't made"
