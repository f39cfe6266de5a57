"""Reads what the API told: the one shape of every problem."""

from typing import Any

from werkzeug.test import TestResponse


def told(answer: TestResponse, status: int, code: str | None = None) -> dict[str, Any]:
    """The problem document of an answer that must be one, with this status (and code)."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    document: dict[str, Any] = answer.get_json()
    assert document["status"] == status
    assert document["type"] == f"urn:moderato:problem:{document['code']}"
    assert document["title"]
    assert document["request_id"] == answer.headers["X-Request-ID"]
    if code is not None:
        assert document["code"] == code
    return document


def faults(answer: TestResponse, code: str | None = None) -> dict[str, list[str]]:
    """Field by field what couldn't be accepted."""
    errors: dict[str, list[str]] = told(answer, 422, code)["errors"]
    assert errors
    assert all(sentences and all(sentences) for sentences in errors.values())
    return errors
