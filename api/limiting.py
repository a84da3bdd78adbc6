"""The middleware that limits clients, before anything is done for a request. See ``api/limits``."""

import re
from collections.abc import Awaitable, Callable
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import DomainError
from api.limits.answers import RateLimited, told
from api.limits.buckets import BUCKETS, LIMITED, ORGANIZERS, Bucket
from api.limits.keeper import Taken
from api.security.headers import add_headers
from api.services import take_token

Refuse = Callable[[Request, DomainError], Awaitable[Response]]


class Limited:
    """Takes a token of the request's bucket. ``refuse`` makes the answer if there is none, in the
    format of that address."""

    def __init__(self, app: ASGIApp, *, refuse: Refuse) -> None:
        self.app = app
        self.refuse = refuse
        self._rules: dict[str, list[tuple[re.Pattern[str], Bucket]]] = {}
        for route, name in LIMITED.items():
            method, path = route.split(" ")
            rules = self._rules.setdefault(method, [])
            rules.append((compile_path(path)[0], BUCKETS[name]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        bucket = self._bucket(scope) if scope["type"] == "http" else None
        if bucket is None:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        taken = await take_token(request, bucket)
        if taken is None:
            await self.app(scope, receive, send)
        elif taken.granted:
            add_headers(scope, _raw(taken))
            await self.app(scope, receive, send)
        else:
            response = await self.refuse(request, RateLimited(taken))
            await response(scope, receive, send)

    def _bucket(self, scope: Scope) -> Bucket | None:
        path = scope["path"]
        if path.startswith(ORGANIZERS):
            return BUCKETS["organizers"]
        for pattern, bucket in self._rules.get(scope["method"], ()):
            if pattern.match(path):
                return bucket
        return None


@lru_cache(maxsize=1024)
def _raw(taken: Taken) -> tuple[tuple[bytes, bytes], ...]:
    """The header lines of ``told`` as ASGI pairs."""
    return tuple((name.lower().encode(), value.encode()) for name, value in told(taken).items())
