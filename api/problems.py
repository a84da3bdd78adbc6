"""Renders domain errors as RFC 9457 problem details. Nothing else turns them into JSON."""

from itertools import groupby
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from api.errors import DomainError, InvalidInput
from api.submissions.parsing import field_error, malformed

MEDIA_TYPE = "application/problem+json"
# The headers that HTTP requires with these statuses (RFC 9110).
BESIDE = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "600"},
    503: {"Retry-After": "60"},
}


def problem(error: DomainError) -> Response:
    """The problem document of a domain error."""
    document = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    if error.fields:
        document["errors"] = [
            {"field": field.field, "code": field.code, "message": field.message}
            for field in error.fields
        ]
    headers = {"Cache-Control": "no-store", **BESIDE.get(error.status, {}), **error.headers}
    body = orjson.dumps({**document, **error.extra})
    return Response(body, error.status, headers, MEDIA_TYPE)


def problems(*kinds: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that may answer with these errors: by status, with each code.

    Errors of a route's body, headers and path are added to the OpenAPI document anyway.
    """
    ordered = sorted(dict.fromkeys(kinds), key=lambda kind: kind.status)
    return {
        status: {"description": " ".join(f"``{kind.code}``: {kind.title}." for kind in same)}
        for status, same in groupby(ordered, key=lambda kind: kind.status)
    }


def from_validation(error: RequestValidationError) -> DomainError:
    """What FastAPI refused about a request, in our own words and without the typed values."""
    details = error.errors()
    if any(detail["type"] == "json_invalid" for detail in details):
        return malformed()
    return InvalidInput(
        *(field_error({**detail, "loc": detail["loc"][1:]}) for detail in details[:20])
    )
