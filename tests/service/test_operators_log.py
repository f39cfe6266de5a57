"""What operators do at the command line is in the audit log of the site, as theirs."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.factories import SECRETS, House
from workers.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`moderato …` on the house's database."""
    for name in [name for name in os.environ if name.startswith("MODERATO_")]:
        monkeypatch.delenv(name)
    env = SECRETS | {
        "MODERATO_DATABASE_URL": house.settings.database_url,
        "MODERATO_REDIS_URL": house.settings.redis_url,
    }

    def call(*arguments: str, stdin: str | None = None) -> Result:
        done = CliRunner().invoke(main, arguments, input=stdin, env=env)
        assert done.exit_code == 0, done.output
        return done

    return call


def log(house: House) -> list[dict[str, Any]]:
    path = "/v1/moderation/audit?order=oldest"
    found: list[dict[str, Any]] = house.client.get(path, headers=house.staff("auditor")).get_json()["entries"]
    return found


def test_tokens_are_made_and_revoked_in_the_log_by_their_prefix(house: House, run: Run) -> None:
    shown = run("token", "create", "--site", "journal", "--role", "editor", "--days", "30", "--quiet").stdout.strip()
    run("token", "revoke", shown)

    made, revoked = log(house)
    prefix, secret = shown.removeprefix("mdr_").split(".")

    assert (made["act"], made["object"], made["data"]) == (
        "token.create", {"kind": "token", "id": prefix}, {"role": "editor", "days": 30},
    )  # fmt: skip
    assert (revoked["act"], revoked["object"]["id"], revoked["data"]) == ("token.revoke", prefix, {"role": "editor"})
    assert {each["role"] for each in (made, revoked)} == {"operator"}
    assert secret not in str(log(house))


def test_policies_sites_and_articles_that_operators_change_are_in_the_log(house: House, run: Run) -> None:
    run("site", "set", "journal", "--title", "Le Soir", "--mode", "premoderate")
    run("site", "policy", "journal", "--file", "-", stdin='{"hold": 0.4}')
    run("site", "policy", "journal", "--article", "b-2", "--file", "-", stdin='{"hold": 0.3}')
    run("article", "set", "journal", "b-2", "--closed")

    told = [(each["role"], each["act"], each["object"]["id"]) for each in log(house)]

    assert told == [
        ("operator", "site.put", "journal"),
        ("operator", "policy.put", "journal"),
        ("operator", "policy.put", "journal"),
        ("operator", "policy.put", "b-2"),
        ("operator", "article.put", "b-2"),
    ]


def test_the_token_of_moderato_run_is_an_owners_and_replaces_an_earlier_releases(
    house: House, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "moderator-token"
    run("prepare", "--token-file", str(file))
    owners = file.read_text()
    run("prepare", "--token-file", str(file))
    assert file.read_text() == owners, "a good one stays"
    file.write_text(house.token("moderator", "demo"))

    run("prepare", "--token-file", str(file))

    headers = {"Authorization": f"Bearer {file.read_text().strip()}"}
    assert house.client.put("/v1/moderation/sites/demo", json={"title": "Le Soir"}, headers=headers).status_code == 200
    assert house.client.get("/v1/moderation/queue", headers=headers).status_code == 200
    assert house.client.get("/v1/moderation/audit", headers=headers).status_code == 200
