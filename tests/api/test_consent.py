"""A site may ask for consent: then a comment without it is refused, and that is said with all else that is wrong."""

import pytest

from tests.factories import House, a_submission


@pytest.mark.parametrize("given", [{}, {"consent": False}, {"consent": ""}, {"consent": "off"}])
def test_without_consent_a_comment_is_refused(small_house: House, given: dict[str, object]) -> None:
    small_house.set_rules(consent=True)

    answer = small_house.post(a_submission(**given))

    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["consent"])


def test_the_missing_consent_is_told_with_the_other_faults(small_house: House) -> None:
    small_house.set_rules(consent=True)

    answer = small_house.post(a_submission(name=" ", email="zoe"))

    assert sorted(answer.get_json()["errors"]) == ["consent", "email", "name"]


@pytest.mark.parametrize("consent", [True, "on", "true"])
def test_with_consent_it_is_accepted(small_house: House, consent: object) -> None:
    small_house.set_rules(consent=True)

    assert small_house.post(a_submission(consent=consent)).status_code == 202


def test_a_site_that_asks_for_none_accepts_either(small_house: House) -> None:
    assert small_house.post(a_submission()).status_code == 202
