"""What holds the house together, and would come apart unnoticed: names, lanes, routes, documents, rules."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from werkzeug.routing import Rule

from service import handoff
from service.api.describe import description_of
from service.settings import PREFIX, Settings
from service.store import schema
from tests.factories import SECRETS, House, environment

ROOT = Path(__file__).parents[2]


def routes(house: House) -> Iterator[tuple[str, Rule, Any]]:
    for rule in house.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield f"{method} {rule.rule}", rule, house.app.view_functions[rule.endpoint]


def test_every_api_route_is_described(small_house: House) -> None:
    undescribed = [
        name
        for name, rule, view in routes(small_house)
        if rule.rule.startswith("/v1/") and description_of(view) is None
    ]

    assert undescribed == []


def test_the_openapi_document_that_is_served_is_the_one_in_the_docs(small_house: House) -> None:
    import json

    served = small_house.client.get("/openapi.json").get_json()

    assert served == json.loads((ROOT / "docs/reference/openapi.json").read_text(encoding="utf-8"))
    assert served["openapi"] == "3.1.0"


def test_no_answer_but_that_of_a_reveal_has_a_field_for_an_e_mail(small_house: House) -> None:
    document = small_house.client.get("/openapi.json").get_json()
    schemas = document["components"]["schemas"]

    with_email = {name for name, each in schemas.items() if "email" in each.get("properties", {})}

    assert with_email == {"Submission", "MailboxIn", "Revealed"}
    answers = {
        f"{verb} {path}": str(told["responses"])
        for path, verbs in document["paths"].items()
        for verb, told in verbs.items()
    }
    assert [name for name, told in answers.items() if "Submission" in told] == []
    assert [name for name, told in answers.items() if "MailboxIn" in told] == []
    assert [name for name, told in answers.items() if "Revealed" in told] == [
        "post /v1/moderation/comments/{comment_id}/reveal"
    ]


def workers_app() -> Any:
    """The Celery application, in a process of its own: it reads the environment when it is imported."""
    code = (
        "import json; from workers.app import app; app.loader.import_default_modules();"
        "print(json.dumps({'tasks': sorted(name for name in app.tasks if name.startswith('moderato')),"
        "'queues': sorted(app.amqp.queues), 'beat': [entry['task'] for entry in app.conf.beat_schedule.values()],"
        "'routes': {name: app.amqp.router.route({}, name)['queue'].name for name in app.tasks if 'moderato' in name},"
        "'steps': sorted(step.__name__ for step in app.steps['worker'])}))"
    )
    import json

    done = subprocess.run(
        [sys.executable, "-c", code], env=environment("sqlite:////nowhere.db", "redis://127.0.0.1:1"),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_every_task_has_its_name_and_every_lane_its_consumer() -> None:
    app = workers_app()

    of_lanes = [handoff.JUDGE_PENDING, handoff.RUN_JOBS, handoff.SCORE_PENDING, handoff.TELL_WAITING]
    by_the_clock = [handoff.TIDY, handoff.REMIND, handoff.LEARN, handoff.EARN, handoff.FOLLOW]
    assert app["tasks"] == sorted([*of_lanes, *by_the_clock])
    assert app["queues"] == sorted(handoff.LANES)
    assert app["routes"] == {
        handoff.JUDGE_PENDING: "judge", handoff.SCORE_PENDING: "score", handoff.TELL_WAITING: "tell",
        **dict.fromkeys((handoff.RUN_JOBS, *by_the_clock), handoff.UPKEEP_LANE),
    }  # fmt: skip
    assert set(app["beat"]) <= set(app["tasks"])


def test_every_worker_sweeps() -> None:
    assert workers_app()["steps"] == ["SweepStep"]


def test_the_web_process_starts_without_celery() -> None:
    code = "import sys; import service.app; print('celery' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_models_and_migrations_agree_on_both_databases(house: House) -> None:
    with house.database.read() as connection:
        assert schema.differences(connection) == []
        assert schema.revision(connection) == schema.head()


def test_a_model_without_its_migration_is_noticed(house: House) -> None:
    from sqlalchemy import text

    with house.database.write() as connection:
        connection.execute(text("DROP INDEX ix_comments_author"))

    with house.database.read() as connection:
        assert schema.differences(connection) != []


def test_every_setting_is_in_the_docs() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")

    for each in fields(Settings):
        assert f"`{PREFIX}{each.name.upper()}`" in page


def test_no_file_names_a_registry_a_private_path_or_a_secret() -> None:
    """Whoever clones this finds nothing of the machine it was written on."""
    listed = subprocess.run(
        ["/usr/bin/env", "git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    hosts = "|".join(
        [
            "pypi" + r"\.org",
            "python" + "hosted",
            "registry" + r"\.npmjs",
            "deb" + r"\.debian",
            "/work" + "/",
            "/farm" + "/",
        ]
    )
    for name in filter(None, listed):
        path = ROOT / name
        if path.suffix in {".png", ".ico", ".npz"} or not path.is_file():
            continue
        found = re.search(hosts, path.read_text(encoding="utf-8"))
        assert found is None, f"{name}: {found}"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_carry_hashes_and_no_addresses(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    pinned = re.findall(r"^[a-z0-9][\w.-]*==", text, re.MULTILINE)
    assert len(pinned) > 20
    assert text.count("--hash=sha256:") >= len(pinned)
    assert "://" not in text


def test_secrets_of_the_tests_are_long_enough_to_be_read() -> None:
    assert Settings.from_env(environment("sqlite:///x", "redis://x")).secret_keys[0].id == "k1"
    assert set(SECRETS) == {"MODERATO_SECRET_KEYS", "MODERATO_AUTHOR_SECRET"}


def test_a_comment_may_have_every_reason_at_once() -> None:
    from service.domain.reasons import SIGNAL_REASONS
    from service.store.base import table
    from service.store.comments import Comment

    assert len(f" {' '.join(SIGNAL_REASONS)} ") <= table(Comment).c.reasons.type.length  # type: ignore[attr-defined]
