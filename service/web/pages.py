"""Pages without JavaScript: an article's discussion with its form, the receipt, the demo, the desk's door."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response

from service.store.sites import Place

pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static")


def show_article(
    place: Place,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    notice: str = "",
    status: int = 200,
) -> Response:
    """The article's page: published comments, and the form with what was typed and what was wrong with it."""
    raise NotImplementedError
