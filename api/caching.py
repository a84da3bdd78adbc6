"""``ETag``, ``304 Not Modified`` and ``Cache-Control``, by the class of a route.

Whoever asks with the tag of what they have (``If-None-Match``) gets no body again.
"""

import hashlib
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api.database.session import holds_connection
from api.services import Services, services_of

Seconds = int | Callable[[Services], int]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')
_STRING: Final = {"schema": {"type": "string"}}
_HEADERS: Final = {
    "ETag": {"description": "Names this version of the answer.", **_STRING},
    "Cache-Control": {"description": "For how many seconds anybody may keep it.", **_STRING},
}
_CONDITION: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of the answer that you have: where it is still this one, 304.",
    **_STRING,
}


class NotModified(Exception):
    """The client has the version that ``etag`` names."""

    def __init__(self, etag: str) -> None:
        self.etag = etag


@dataclass(frozen=True, slots=True)
class Caching:
    """``seconds`` is a number, or is asked once the answer is there. ``vary`` names the request's
    headers that the answer depends on."""

    seconds: Seconds
    vary: str | None

    def headers(self, request: Request, etag: str) -> dict[str, str]:
        seconds = self.seconds
        if not isinstance(seconds, int):
            seconds = seconds(services_of(request))
        told = {"ETag": etag, "Cache-Control": f"public, max-age={seconds}"}
        return told if self.vary is None else {**told, "Vary": self.vary}


_DECLARED: Final[dict[Callable[..., Any], Caching]] = {}


def cacheable(seconds: Seconds, *, vary: str | None = None) -> Callable[[Endpoint], Endpoint]:
    """Declare that anybody may cache the answers of this endpoint of a ``CacheableRoute``."""

    def declare(endpoint: Endpoint) -> Endpoint:
        _DECLARED[endpoint] = Caching(seconds, vary)
        return endpoint

    return declare


def seconds_until_next_counts(services: Services) -> int:
    """Until the next counts are shown."""
    return services.counts.seconds_left


def require_new(request: Request, etag: str) -> None:
    """Stop here if the client has this version already: for endpoints that know the tag before
    they make the answer. They set it as the answer's ``ETag``. Raises NotModified."""
    if is_known(request, etag):
        raise NotModified(etag)


def is_known(request: Request, etag: str) -> bool:
    """Whether the client has what this tag names.

    A proxy that compresses makes tags weak; for this they count alike (RFC 9110, 13.1.2).
    """
    given = ",".join(request.headers.getlist("if-none-match")).strip()
    return given == "*" or etag in _TAG.findall(given)


class CacheableRoute(APIRoute):
    """The route class for answers that may be cached. It applies what ``cacheable`` declared for an
    endpoint; the routes of other endpoints are ordinary ones."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.caching = _DECLARED.get(endpoint)
        if self.caching is not None:
            options["responses"] = _documented(options.get("responses") or {})
            options["openapi_extra"] = {"parameters": [_CONDITION]}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle, caching = super().get_route_handler(), self.caching
        if caching is None:
            return handle

        async def kept(request: Request) -> Response:
            try:
                response = await handle(request)
            except NotModified as known:
                return Response(status_code=304, headers=caching.headers(request, known.etag))
            assert not holds_connection(), "give the connection back, then encode"
            given = response.headers.get("etag")
            etag = given or _digest(bytes(response.body))
            told = caching.headers(request, etag)
            if given is not None:
                del told["ETag"]
            response.raw_headers += [(n.lower().encode(), v.encode()) for n, v in told.items()]
            return _without_body(response) if is_known(request, etag) else response

        return kept


def _documented(responses: dict[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    return {
        **responses,
        200: {**responses.get(200, {}), "headers": _HEADERS},
        304: {"description": "You have this version already.", "headers": _HEADERS},
    }


def _digest(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _without_body(response: Response) -> Response:
    kept = {
        name: value for name, value in response.headers.items() if not name.startswith("content-")
    }
    return Response(status_code=304, headers=kept)
