"""What a text will look like, before it is sent. Nothing of it is stored."""

from typing import Any

from flask import Blueprint

from service.api import schemas, shown
from service.api.answers import private
from service.api.body import read_json
from service.api.describe import BODY, NOT_KEPT, SITE, Answer, Described, described
from service.api.places import ARTICLE_ROUTE, count_against_limit, place_of_request, preflight
from service.render import render

blueprint = Blueprint("preview", __name__)
blueprint.before_request(preflight)


@blueprint.post(f"{ARTICLE_ROUTE}/preview")
@described(
    Described(
        "A comment's text as the HTML that readers would get. Nothing is stored.",
        "readers",
        {200: Answer(shown.Preview, headers=NOT_KEPT)},
        (*SITE, *BODY, "too_many"),
        body=schemas.Edit,
    )
)
def preview(site: str, article: str) -> Any:
    place = place_of_request(site, article)
    count_against_limit(place, "preview")
    body = schemas.edit_schema(place.rules).load(read_json())["body"]
    return private(shown.Preview().dump({"html": render(body)}))
