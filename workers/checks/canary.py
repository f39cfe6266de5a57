"""The canary: a string that is always held, to test the plumbing of a real site without offending anybody."""

from collections.abc import Iterator

from service.domain.verdict import Signal, Span
from workers.checks.check import check
from workers.checks.context import Context

TEST_STRING = "MODERATO-TEST-STRING-K7QX2M9VJ4TW8ZB3-ALWAYS-HELD"


@check(
    reasons=("test_string",),
    flags=(
        Context(body=TEST_STRING),
        Context(body=f"Un essai :\n{TEST_STRING}, merci."),
    ),
    passes=(
        Context(body="MODERATO-TEST-STRING"),
        Context(body=TEST_STRING.lower()),
        Context(body="Moderato cantabile, de Marguerite Duras, reste un chef-d'œuvre."),
    ),
)
def canary(comment: Context) -> Iterator[Signal]:
    """The test string, letter for letter. Its comment is held whatever the site's policy says."""
    at = comment.body.find(TEST_STRING)
    if at >= 0:
        yield Signal("test_string", spans=(Span(at, at + len(TEST_STRING)),))
