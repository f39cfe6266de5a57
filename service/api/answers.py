"""Answers that nobody but their reader may keep."""

from typing import Any, cast

from flask import Response, current_app


def private(document: Any, status: int = 200) -> Response:
    """JSON that no cache stores."""
    response = cast("Response", current_app.json.response(document))
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
