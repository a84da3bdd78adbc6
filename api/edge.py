"""The edge of the web process: one pure ASGI middleware for every answer.

It gives each request an id, lets the gate refuse requests that no route should see, adds the
security headers for the kind of answer, limits the size of bodies, writes one log line, and turns
an unexpected exception into an answer without details.
"""

import asyncio
import os
import re
import time
from collections import deque
from collections.abc import Callable

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import metrics
from api.errors import DomainError, TooLarge
from api.gate import Gate
from api.logs import places
from api.security.headers import Kind, RawHeaders, added_headers, security_headers

log = structlog.get_logger()

MAX_BODY = 64 * 1024
# Each step of a page's form posts all texts, URL-encoded: up to six bytes per Armenian character.
MAX_FORM = 512 * 1024
FORMS = ("/c/", "/embed/")
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
# By the first segment of a path; whatever is not listed is a page.
KINDS = {
    "api": Kind.API,
    "healthz": Kind.API,
    "readyz": Kind.API,
    "metrics": Kind.API,
    "openapi.json": Kind.API,
    "assets": Kind.STATIC,
    "card": Kind.CARD,
    "oembed": Kind.API,
    "w": Kind.STATIC,
    "embed": Kind.EMBED,
    "partners": Kind.PREVIEW,
    "confirm": Kind.TOKEN_PAGE,
    "pending": Kind.TOKEN_PAGE,
    "me": Kind.TOKEN_PAGE,
    "self-service": Kind.TOKEN_PAGE,
    "own-data": Kind.TOKEN_PAGE,
    "unsubscribe": Kind.TOKEN_PAGE,
}

Render = Callable[[Request, DomainError], Response]
Answer = Callable[[Request, Exception], Response]


class Unexpected(DomainError):
    status = 500
    code = "internal_error"
    title = "Something went wrong here"


class Edge:
    """``render`` makes the answer of an error; ``gate`` knows the public URL."""

    def __init__(self, app: ASGIApp, *, render: Render, gate: Gate) -> None:
        self.app = app
        self.render = render
        self.gate = gate
        https = gate.origin.startswith("https:")
        self.headers = {kind: security_headers(kind, https=https) for kind in Kind}
        self._answered: deque[tuple[_Exchange, float]] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method, scope = scope["method"], _as_get(scope)
        exchange = _Exchange(scope, receive, send, self.headers[_kind(scope["path"])], method)
        try:
            self.gate.refuse(scope)
            exchange.refuse_if_too_large(_announced_length(scope))
            await self.app(scope, exchange.receive, exchange.send)
        except DomainError as error:
            await self._answer(exchange, error)
        except Exception as error:  # noqa: BLE001 (the last place that can answer)
            _say_failed(exchange, error)
            await self._answer_unexpected(exchange)
        finally:
            self._note(exchange)

    def _note(self, exchange: "_Exchange") -> None:
        """Count and log all answers of one turn of the event loop together: with the processor's
        caches warm, this costs a third."""
        if not self._answered:
            asyncio.get_running_loop().call_soon(self._write_down)
        self._answered.append((exchange, time.perf_counter()))

    def _write_down(self) -> None:
        try:
            while self._answered:
                exchange, ended = self._answered.popleft()
                exchange.log(ended)
        finally:
            if self._answered:  # One could not be written: the rest come in the next turn.
                asyncio.get_running_loop().call_soon(self._write_down)

    async def _answer_unexpected(self, exchange: "_Exchange") -> None:
        sentence = "It is not your doing. Try again in a minute; nothing was half done."
        try:
            await self._answer(exchange, Unexpected(sentence))
        except Exception as error:  # noqa: BLE001 (the error page itself may be what fails)
            _say_failed(exchange, error)
            if exchange.status is None:
                plain = PlainTextResponse(sentence, Unexpected.status)
                await plain(exchange.scope, exchange.receive, exchange.send)

    async def _answer(self, exchange: "_Exchange", error: DomainError) -> None:
        if exchange.status is not None:
            return
        request = Request(exchange.scope)
        await self.render(request, error)(exchange.scope, exchange.receive, exchange.send)


class Shortcut:
    """Calls the busiest route directly, without the framework's own layers and route search.

    ``answer`` answers what the route raises, as the app would. ``route`` also stays among the app's
    routes, for requests that do not match here, such as another method.
    """

    def __init__(self, app: ASGIApp, *, route: Route, answer: Answer) -> None:
        self.app = app
        self.route = route
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = None
        if scope["type"] == "http" and scope["method"] in (self.route.methods or ()):
            found = self.route.path_regex.match(scope["path"])
        if found is None:
            await self.app(scope, receive, send)
            return
        scope["path_params"] = found.groupdict()
        scope["route"] = self.route
        try:
            await self.route.app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 (raised again where it has no answer)
            response = self.answer(Request(scope), error)
            await response(scope, receive, send)


class _Exchange:
    """One request and its answer."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, headers: RawHeaders, method: str
    ) -> None:
        self.scope = scope
        self.method = method
        self.status: int | None = None
        self.id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = self.id
        self._receive = receive
        self._send = send
        self._headers = (*headers, (b"x-request-id", self.id.encode("ascii")))
        self._began = time.perf_counter()
        self._size = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        self.refuse_if_too_large(self._size)
        return message

    def refuse_if_too_large(self, size: int) -> None:
        """Raises TooLarge if it is over the limit for this path."""
        most = MAX_FORM if self.scope["path"].startswith(FORMS) else MAX_BODY
        if size > most:
            raise TooLarge(f"Send at most {most // 1024} KiB.")

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = message.get("headers", ())
            names = {name.lower() for name, _ in given}
            wanted = (*added_headers(self.scope), *self._headers)
            ours = [pair for pair in wanted if pair[0] not in names]
            message = {**message, "headers": [*given, *ours]}
        await self._send(message)

    def log(self, ended: float) -> None:
        """The route's pattern and not the path: paths hold tokens."""
        route = getattr(self.scope.get("route"), "path", "none")
        seconds = ended - self._began
        metrics.request(route, self.method, self.status, seconds)
        log.info(
            "request",
            id=self.id,
            method=self.method,
            route=route,
            status=self.status,
            ms=round(seconds * 1000, 1),
        )


def _say_failed(exchange: _Exchange, error: Exception) -> None:
    log.error("request.failed", id=exchange.id, error=type(error).__name__, at=places(error))


def _kind(path: str) -> Kind:
    return KINDS.get(path.split("/", 2)[1] if path.startswith("/") else "", Kind.PAGE)


def _as_get(scope: Scope) -> Scope:
    """Turn HEAD into GET for everything behind the edge; the server drops the body.

    This is a copy of the scope, since the server looks at the original to drop the body.
    """
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


def _announced_length(scope: Scope) -> int:
    """What ``Content-Length`` says, which the gate has read, or 0: then a body is measured as it
    comes."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value)
    return 0


def _request_id(scope: Scope) -> str:
    """A proxy's id where it has the form of one, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return os.urandom(8).hex()
