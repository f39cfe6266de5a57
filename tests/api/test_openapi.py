"""The OpenAPI document: valid, complete, and its examples are what it says they are."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from service.api import policies, shown
from service.api.openapi import document
from service.domain.comment import Action, Status
from service.domain.reasons import PUBLIC_REASONS, DecisionReason, ReportReason
from service.errors import CODES
from service.words import catalogue, languages
from tests.factories import House


@pytest.fixture
def openapi(small_house: House) -> dict[str, Any]:
    with small_house.app.app_context():
        return document(small_house.app)


def operations(openapi: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, verbs in openapi["paths"].items():
        for verb, operation in verbs.items():
            yield f"{verb.upper()} {path}", operation


def contents(openapi: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """All that is sent in or comes back: of which operation, as what, in which shape."""
    for name, operation in operations(openapi):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{name} takes", kind, content
        for status, answer in operation["responses"].items():
            for kind, content in answer.get("content", {}).items():
                yield f"{name} {status}", kind, content


def faults(openapi: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": openapi["components"], **schema}
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(value)]


def examples(openapi: dict[str, Any], content: dict[str, Any]) -> Iterator[Any]:
    if "example" in content:
        yield content["example"]
    for example in content.get("examples", {}).values():
        name = example.get("$ref", "").rpartition("/")[2]
        yield (openapi["components"]["examples"][name] if name else example)["value"]


def test_it_is_valid_openapi_3_1(openapi: dict[str, Any]) -> None:
    assert [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(openapi)] == []
    for name, schema in openapi["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert schema["description"], name


def test_every_reference_leads_somewhere(openapi: dict[str, Any]) -> None:
    for reference in set(re.findall(r"'\$ref': '([^']+)'", str(openapi))):
        place: Any = openapi
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
    linked = {link["operationId"] for _, each in operations(openapi) for answer in each["responses"].values()
              for link in answer.get("links", {}).values()}  # fmt: skip
    assert linked == {
        "get_receipt", "patch_receipt", "delete_receipt", "get_comment", "post_decision", "post_ban_lift", "get_job",
        "get_deliveries", "post_webhook_test",
    }  # fmt: skip
    assert linked <= {operation["operationId"] for _, operation in operations(openapi)}


FOR_BROWSERS = {"pages", "desk", "scripts", "fragment", "feeds", "newspaper"}
"""Rooms of the web whose answers are HTML or Atom."""
OF_PAGES = ("/receipts/", "/sites/", "/notices/", "/mailboxes/")
"""Where their forms are sent."""


def test_every_route_is_in_it_but_pages_for_browsers(small_house: House, openapi: dict[str, Any]) -> None:
    wanted = {
        f"{method} {re.sub(r'<(?:[a-z]+:)?', '{', rule.rule).replace('>', '}')}"
        for rule in small_house.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.partition(".")[0] not in FOR_BROWSERS and not rule.rule.startswith(OF_PAGES)
    }

    assert {name for name, _ in operations(openapi)} == wanted
    assert len(wanted) >= 19


def test_every_operation_says_what_it_is(openapi: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(openapi)]
    tags = {tag["name"] for tag in openapi["tags"] if tag["description"]}

    assert len(set(names)) == len(names)
    for name, operation in operations(openapi):
        assert operation["summary"], name
        assert set(operation["tags"]) <= tags, name
        assert bool(operation.get("security")) is ("/v1/moderation/" in name), name
        for parameter in operation["parameters"]:
            assert parameter["description"], name
            assert parameter["required"] is (parameter["in"] == "path"), name
            assert parameter["in"] != "path" or parameter["example"], name
        for status, answer in operation["responses"].items():
            assert answer["description"], name
            assert answer.get("content") or status in {"204", "304"}, name
            assert "Retry-After" in answer.get("headers", {}) or status not in {"429", "503"} or name == "GET /readyz"


def test_every_body_and_every_answer_in_json_has_an_example_that_is_valid(openapi: dict[str, Any]) -> None:
    for name, kind, content in contents(openapi):
        found = list(examples(openapi, content))
        assert found or not kind.endswith(("/json", "+json")) or name == "GET /openapi.json 200", name
        for example in found:
            assert faults(openapi, content["schema"], example) == [], name


def test_every_member_of_an_answer_is_there_or_says_that_it_may_be_lacking(openapi: dict[str, Any]) -> None:
    kinds = {kind for room in (shown, policies) for kind in vars(room).values()
             if isinstance(kind, type) and issubclass(kind, shown.Shown) and kind is not shown.Shown}  # fmt: skip
    for kind in kinds:
        schema = openapi["components"]["schemas"][kind.__name__]
        assert set(schema["properties"]) - set(schema.get("required", ())) == set(kind.may_lack), kind


def test_no_list_is_of_just_anything(openapi: dict[str, Any]) -> None:
    for name, schema in openapi["components"]["schemas"].items():
        for member, told in schema["properties"].items():
            assert told.get("items") != {}, f"{name}.{member}"


def test_closed_lists_of_words_are_told(openapi: dict[str, Any]) -> None:
    def words(schema: str, member: str) -> set[str | None]:
        return set(openapi["components"]["schemas"][schema]["properties"][member]["enum"])

    assert words("QueueItem", "status") == words("ReceiptView", "status") == set(Status)
    assert words("VerdictOut", "action") == words("Decision", "action") == set(Action)
    assert words("Report", "reason") == words("ReportOut", "reason") == set(ReportReason)
    assert words("Problem", "code") == set(CODES)


def test_lists_that_a_site_adds_to_are_told_by_our_part_of_them(openapi: dict[str, Any]) -> None:
    def words(schema: str) -> set[str | None]:
        return set(openapi["components"]["schemas"][schema]["properties"]["reason"]["examples"])

    assert words("Decision") == {*DecisionReason, None}
    assert words("ReceiptView") == {*PUBLIC_REASONS, None}


@pytest.mark.parametrize("language", languages())
def test_every_code_of_a_problem_has_its_sentence_and_its_status(language: str) -> None:
    told = {key.removeprefix("problem.") for key in catalogue(language) if key.startswith("problem.")}

    assert told == set(CODES)


def test_what_is_sent_in_is_closed_and_what_rejects_gives_a_reason(openapi: dict[str, Any]) -> None:
    for name in ("Submission", "Edit", "Report", "Decision", "ListedDecision", "Decisions", "PolicyIn", "ArticleIn"):
        assert openapi["components"]["schemas"][name]["additionalProperties"] is False, name

    decision = {"$ref": "#/components/schemas/Decision"}
    assert faults(openapi, decision, {"action": "publish", "version": 1}) == []
    assert faults(openapi, decision, {"action": "reject", "version": 1}) != []
    assert faults(openapi, decision, {"action": "reject", "version": 1, "reason": None}) != []
    assert faults(openapi, decision, {"action": "reject", "version": 1, "reason": "spam"}) == []
