"""``POST …/submissions``: the main path, on a bare route since it is hot."""

from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.errors import (
    CampaignClosed,
    DomainError,
    LetterChanged,
    NotYourTarget,
    Unavailable,
)
from api.public.answers import SubmissionAnswer
from api.public.bodies import require_json
from api.services import client_of, services_of
from api.submissions.forms import SubmissionForm
from api.submissions.idempotency import make_claim
from api.submissions.parsing import parse_json
from api.submissions.service import IsOpenLetter

PATH = "/api/v1/campaigns/{slug}/submissions"
HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


async def submit(request: Request) -> bytes:
    """Accept a completed form; returns the 202's body once the form and its mail are stored."""
    services = services_of(request)
    slug: str = request.path_params["slug"]
    require_json(request)
    body = await read_body(request.receive)
    called = f"POST {PATH.replace('{slug}', slug)}"
    claim = make_claim(services.keys, called, request.headers.get("idempotency-key"), body)
    form = parse_json(SubmissionForm, body)
    client = client_of(request)
    return await services.submissions.submit(slug, form, client=client, claim=claim)


async def read_body(receive: Receive) -> bytes:
    """Read the whole body, like ``Request.body`` but faster. Raises ClientDisconnect if its sender
    disconnects."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


class _Endpoint:
    """``submit`` as a bare ASGI app, which the edge's shortcut calls, and which answers errors."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await submit(Request(scope, receive))
        headers = [(b"content-length", b"%d" % len(body)), *HEADERS]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": body})


route = Route(PATH, _Endpoint(), methods=["POST"], name="submit")

# What FastAPI would have said of this route; a test holds it equal to what the route does.
DOCUMENTED: tuple[str, type[BaseModel], type[BaseModel]] = (PATH, SubmissionForm, SubmissionAnswer)
ERRORS: tuple[type[DomainError], ...] = (
    CampaignClosed,
    IsOpenLetter,
    LetterChanged,
    NotYourTarget,
    Unavailable,
)
