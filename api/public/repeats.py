"""``Idempotency-Key`` on POSTs that store, by the class of their routes.

The effect of a request and its stored answer are one transaction, so that a retry finds both or
neither. Answers are sealed under the key, which only the client knows.
"""

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header
from fastapi.routing import APIRoute
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from api.database.session import session_scope
from api.public.dependencies import share_session
from api.services import services_of
from api.submissions.idempotency import SealedAnswers, make_claim

HEADER = "Idempotency-Key"
KeyHeader = Annotated[str | None, Header(alias=HEADER)]


class Repeated(Exception):
    """The answer that was given before."""

    def __init__(self, response: Response) -> None:
        self.response = response


async def _key(key: KeyHeader = None) -> None:
    """For the OpenAPI document."""


class Once:
    """One request that has a key. Its transaction lasts until the answer is stored in it."""

    def __init__(self, request: Request, key: str, stack: AsyncExitStack) -> None:
        self._request, self._key, self._stack = request, key, stack
        self._answers: SealedAnswers | None = None
        self._session: AsyncSession | None = None

    async def begin(self, who: str = "") -> None:
        """``who`` asks: nobody else is answered alike. Raises Repeated, IdempotencyConflict,
        KeyMalformed."""
        # Beginning twice in the same request would wait forever for its own lock.
        assert self._answers is None, "a route begins once: it takes one organizer(scope)"
        services, request = services_of(self._request), self._request
        route = f"POST {request.scope['path']} {who}".rstrip()
        claim = make_claim(services.keys, route, self._key, await request.body())
        assert claim is not None
        session = await self._stack.enter_async_context(session_scope(services.engine))
        self._session = session
        self._answers = SealedAnswers(services.keys, self._key, claim)
        known = await self._answers.begin(self._session)
        if known is not None:
            told = orjson.loads(known)
            headers = {"Cache-Control": "no-store"}
            raise Repeated(Response(told["body"], told["status"], headers, told["type"]))
        share_session(request, self._session)

    async def remember(self, response: Response) -> None:
        assert self._answers is not None
        assert self._session is not None
        told = {
            "status": response.status_code,
            "type": response.headers.get("content-type"),
            "body": bytes(response.body).decode(),
        }
        await self._answers.remember(self._session, orjson.dumps(told))


class RepeatableRoute(APIRoute):
    """The route class for POSTs that are done once per ``Idempotency-Key``, however often sent.

    Its endpoint works on the request's connection and opens no transaction of its own. Where
    somebody has to be let in first, that dependency calls ``begin_once``: see ``GuardedRoute``.
    """

    guarded = False

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if "POST" in (options.get("methods") or ()):
            options["dependencies"] = [*(options.get("dependencies") or ()), Depends(_key)]
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if key is None or request.method != "POST":
                return await handle(request)
            async with AsyncExitStack() as stack:
                request.state.once = Once(request, key, stack)
                try:
                    if not self.guarded:
                        await begin_once(request)
                    response = await handle(request)
                except Repeated as repeated:
                    return repeated.response
                await request.state.once.remember(response)
                return response

        return once


class GuardedRoute(RepeatableRoute):
    guarded = True


async def begin_once(request: Request, who: str = "") -> None:
    """Begin the one transaction of a request that has a key; nothing for others."""
    once: Once | None = getattr(request.state, "once", None)
    if once is not None:
        await once.begin(who)
