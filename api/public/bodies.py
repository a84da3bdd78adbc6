"""Request bodies, parsed in one way.

FastAPI's own reading turns a body that is too large or too deep into an error without a code,
so routes take a ``Depends(body_of(Model))`` and document it with ``documented(Model)``. The
cap on a body's size is the edge's.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.requests import Request

from api.database.session import holds_connection
from api.errors import DomainError
from api.submissions.forms import Model
from api.submissions.parsing import parse_json

M = TypeVar("M", bound=Model)
# Models that the OpenAPI document must carry, since FastAPI does not see them.
DOCUMENTED: dict[str, type[BaseModel]] = {}


class NotJson(DomainError):
    status = 415
    code = "not_json"
    title = "The body is not called JSON"


async def json_body(request: Request) -> bytes:
    """The bytes of a JSON body. Raises NotJson as ``require_json`` does."""
    require_json(request)
    # One that is repeatable was read before its transaction began.
    assert hasattr(request, "_body") or not holds_connection(), "name the body before a connection"
    return await request.body()


def require_json(request: Request) -> None:
    """Raises NotJson for a body of another kind, or of none.

    Any page may have its visitors' browsers send other kinds here, from their addresses; for
    JSON a browser asks first, and is refused.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise NotJson("Send JSON, with the header Content-Type: application/json.")


def body_of(model: type[M]) -> Callable[[Request], Awaitable[M]]:
    """A dependency that gives the request's JSON body as ``model``.

    It raises NotJson, MalformedJson or InvalidInput.
    """

    async def parse(request: Request) -> M:
        return parse_json(model, await json_body(request))

    return parse


def documented(model: type[BaseModel]) -> dict[str, Any]:
    """The ``openapi_extra`` of a route whose body is ``model``."""
    DOCUMENTED[model.__name__] = model
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
