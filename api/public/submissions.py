"""``POST …/submissions``: the main job, on a bare route since it is the hot path."""

from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.public.answers import SubmissionAnswer
from api.services import client_of, services_of
from api.submissions.forms import SubmissionForm
from api.submissions.idempotency import make_claim
from api.submissions.parsing import parse_json

PATH = "/api/v1/campaigns/{slug}/submissions"


async def submit(request: Request) -> Response:
    """Take a completed form; 202 once it is stored and its confirmation mail is queued."""
    request.scope["route"] = route  # as FastAPI does for its own; logs and metrics name it
    services = services_of(request)
    slug: str = request.path_params["slug"]
    body = await request.body()
    called = f"POST {PATH.replace('{slug}', slug)}"
    claim = make_claim(services.keys, called, request.headers.get("idempotency-key"), body)
    form = parse_json(SubmissionForm, body)
    client = client_of(request)
    answer = await services.submissions.submit(slug, form, client=client, claim=claim)
    return Response(answer, 202, {"Cache-Control": "no-store"}, "application/json")


class _Endpoint:
    """``submit`` as a bare ASGI app: errors are caught once, further out, and not here again."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await submit(Request(scope, receive))
        await response(scope, receive, send)


route = Route(PATH, _Endpoint(), methods=["POST"], name="submit")

# What FastAPI would have said of this route; a test holds it equal to what the route does.
DOCUMENTED: tuple[str, type[BaseModel], type[BaseModel]] = (PATH, SubmissionForm, SubmissionAnswer)
ERRORS: dict[str, Any] = {
    "400": "The body is not JSON, or the Idempotency-Key cannot be used.",
    "404": "There is no such campaign.",
    "409": "The campaign has closed, or the approved letters have changed.",
    "413": "The body is over 64 KiB.",
    "422": "Some answers need another look; each is named.",
    "503": "The service cannot store forms at the moment.",
}
