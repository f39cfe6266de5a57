"""What a client is told when something can't be done: one shape, one place, in the reader's language."""

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError, TimeoutError  # noqa: A004 - the pool's
from structlog.testing import capture_logs

from service.store import places, sites
from tests.api.told import faults, told
from tests.factories import ARTICLE, House, a_submission

ACCEPTED: tuple[tuple[str | None, str], ...] = (
    (None, "fr"), ("fr", "fr"), ("fr-CA", "fr"), ("FR", "fr"), ("en", "en"), ("en-GB,en;q=0.9", "en"),
    ("de", "fr"), ("de,en;q=0.2", "en"), ("fr;q=0.1,en;q=0.9", "en"), ("de;q=1,*;q=0.1", "fr"), ("*", "fr"),
    ("en;q=0", "fr"), ("", "fr"), ("x" * 5000, "fr"), ("en;q=x", "fr"), (";;;,,,", "fr"), ("\xe9", "fr"),
)  # fmt: skip


def test_a_problem_is_told_in_a_language_the_reader_accepts_else_in_the_sites(small_house: House) -> None:
    for accepted, spoken in ACCEPTED:
        answer = small_house.post({}, headers={} if accepted is None else {"Accept-Language": accepted})

        expected = {"fr": "Certains champs ne sont pas acceptés.", "en": "Some fields cannot be accepted."}[spoken]
        assert told(answer, 422, "invalid")["title"] == expected, accepted
        assert "Accept-Language" in answer.vary


def test_an_english_site_speaks_english_to_whoever_takes_anything(small_house: House) -> None:
    small_house.add_site("times")
    with small_house.database.write() as connection:
        row = sites.find_site(connection, "times")
        sites.change_site(connection, row.id, {"languages": ["en"]}, None)

    for accepted in ("*", "de", "nl,*;q=0.5"):
        answer = small_house.post({}, article="/v1/sites/times/articles/a-1", headers={"Accept-Language": accepted})
        assert told(answer, 422)["title"] == "Some fields cannot be accepted."


def test_a_problem_has_these_members_and_a_list_of_sentences_by_field(small_house: House) -> None:
    document = told(small_house.post({"email": "x"}), 422)

    assert list(document) == ["type", "title", "status", "code", "request_id", "errors"]
    assert set(faults(small_house.post({"email": "x"}))) == {"name", "email", "body"}


def test_a_requests_id_is_echoed_and_kept_with_the_comment(small_house: House) -> None:
    for given in ("abc-123", "A.b_c", "0" * 64):
        answer = small_house.post(headers={"X-Request-ID": given})
        assert answer.headers["X-Request-ID"] == given
        assert small_house.row(answer.get_json()["id"]).facts["request_id"] == given


@pytest.mark.parametrize(
    "hostile",
    ["", " ", "a b", "x" * 65, "<script>", "a;b", "é", '"', "{{7*7}}", "../../x", "a,b", "\x1b[31m", "%0d%0a"],
)
def test_a_hostile_requests_id_is_replaced(small_house: House, hostile: str) -> None:
    answer = small_house.client.get("/v1/nothing", headers={"X-Request-ID": hostile.encode().decode("latin-1")})

    document = told(answer, 404)
    assert len(document["request_id"]) == 32
    assert document["request_id"] != hostile


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("SELECT secret", {"email": "canari@example.org"}, Exception("canari@example.org")),
        TimeoutError("canari: every connection is in use"),
    ],
    ids=["away", "busy"],
)
def test_the_database_that_is_away_is_503_and_when_to_come_again(
    small_house: House, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def away(*_: Any) -> None:
        raise error

    monkeypatch.setattr(places, "find_place", away)
    for answer in (small_house.post(), small_house.client.get(f"{ARTICLE}/comments")):
        told(answer, 503, "unavailable")
        assert answer.headers["Retry-After"] == "5"
        assert "canari" not in answer.get_data(as_text=True)


def test_what_nobody_foresaw_tells_nothing_of_itself(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any) -> None:
        raise ValueError("canari@example.org at /srv/secret.py")

    monkeypatch.setattr(places, "find_place", breaks)
    answer = small_house.post(headers={"Accept-Language": "en"})

    document = told(answer, 500, "internal")
    assert document["title"] == "Something went wrong on our side. Your text was not saved."
    assert "canari" not in answer.get_data(as_text=True)
    assert "secret" not in answer.get_data(as_text=True)


def test_every_answer_says_that_its_type_is_to_be_believed(small_house: House) -> None:
    for answer in (
        small_house.post(),
        small_house.post({}),
        small_house.client.get("/v1/x"),
        small_house.client.get("/healthz"),
    ):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_browser_that_follows_a_link_gets_a_page_and_a_script_a_document(small_house: House) -> None:
    for path in ("/nothing", "/receipts/x", "/sites/nobody/articles/x"):
        page = small_house.client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert (page.status_code, page.mimetype) == (404, "text/html")
        told(small_house.client.get(path), 404)
        told(small_house.client.get(path, headers={"Accept": "application/json"}), 404)
    told(small_house.client.get("/v1/nothing", headers={"Accept": "text/html"}), 404)


def test_no_log_line_of_a_request_has_a_readers_name_text_or_address(
    small_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even before they are redacted."""
    caplog.set_level("DEBUG")
    fields = a_submission(
        name="Canari Jaune",
        email="canari@lecteurs.example.org",
        body="Le canari jaune chante.",
        website="https://canari.example",
    )
    headers = {"User-Agent": "canari/1.0", "X-Request-ID": "r-1"}
    with capture_logs() as entries:
        answer = small_house.post(fields, headers=headers)
        identifier = answer.get_json()["id"]
        small_house.post(fields, headers=headers)
        small_house.post(fields | {"email": "canari@"}, headers=headers)
        small_house.post(fields | {"canari": "x"}, headers=headers)
        small_house.client.get(f"/v1/receipts/{answer.get_json()['receipt']}")
        small_house.client.get("/v1/moderation/queue?q=canari", headers=small_house.staff())
        small_house.judge()
        small_house.decide(identifier, "reject", reason="other", note="Encore le canari.")

    written = f"{entries}{caplog.text}"
    assert len(entries) >= 8
    assert "canari" not in written.lower()
    assert answer.get_json()["receipt"] not in written
    assert small_house.token() not in written
