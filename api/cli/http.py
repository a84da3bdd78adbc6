"""The HTTP/1.1 protocol of the API processes: uvicorn's, with limits on size and time.

uvicorn limits neither the headers nor the time of a request, and keeps what it has received in
memory. A proxy has such limits too (``deploy/``); these also work without one.
"""

import asyncio
from typing import Any, Final, cast

import orjson
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

MAX_HEADERS: Final = 100
MAX_HEAD_BYTES: Final = 32 * 1024  # address, names and values together
# A whole request with the framing of its chunks; the edge limits the body itself.
MAX_MESSAGE_BYTES: Final = 8 * 1024 * 1024
HEAD_SECONDS: Final = 20.0
BODY_SECONDS: Final = 120.0
LOOK_SECONDS: Final = 5.0
# How long the rest of a request is read and dropped: closing a connection with unread data resets
# it, and the sender never sees the answer.
LINGER_SECONDS: Final = 2.0

ANSWERS: Final = {
    400: ("malformed_request", "The request cannot be read."),
    408: ("request_too_slow", "The request took too long to arrive: send it again."),
    413: ("too_large", "The request is larger than anything that is taken here."),
    414: ("address_too_long", f"At most {MAX_HEAD_BYTES // 1024} KiB of headers fit."),
    431: ("headers_too_large", f"At most {MAX_HEADERS} headers and 32 KiB of them fit."),
}


class BoundedProtocol(HttpToolsProtocol):
    """One connection. A request over a limit is answered once, and the connection is closed."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._status = 400
        self._reads_head = True
        self._head_bytes = 0
        self._message_bytes = 0
        self._deadline: float | None = None
        self._look: asyncio.TimerHandle | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.time() + HEAD_SECONDS
        self._look = self.loop.call_later(LOOK_SECONDS, self._look_at_the_clock)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._deadline is None:
            self._deadline = self.loop.time() + HEAD_SECONDS
        self._message_bytes += len(data)
        super().data_received(data)
        # An unfinished line is still in the parser, and no callback has been called for it yet.
        if self._reads_head and self._message_bytes > 2 * MAX_HEAD_BYTES:
            self._refuse(431 if self.url else 414)
        elif self._message_bytes > MAX_MESSAGE_BYTES:
            self._refuse(413)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reads_head, self._head_bytes = True, 0
        self._deadline = self.loop.time() + HEAD_SECONDS

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url), 414)

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value), 431)
        if len(self.headers) > MAX_HEADERS:
            self._give_up(431)

    def on_headers_complete(self) -> None:
        self._reads_head = False
        self._deadline = self.loop.time() + BODY_SECONDS
        super().on_headers_complete()
        if self._cycle is not None:
            self._cycle.transport = cast("asyncio.Transport", _Lingering(self))

    def on_message_complete(self) -> None:
        self._deadline, self._reads_head, self._message_bytes = None, True, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (its name there)
        """Answer a request that the parser or one of our callbacks refused; uvicorn calls this."""
        self._refuse(self._status)

    def _count(self, size: int, status: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            self._give_up(status)

    def _give_up(self, status: int) -> None:
        """The parser calls back no more once a callback raises."""
        self._status = status
        raise ValueError(status)

    def _look_at_the_clock(self) -> None:
        """Check the time limits. One timer per connection: one per request would cost too much."""
        self._look = self.loop.call_later(LOOK_SECONDS, self._look_at_the_clock)
        if self._deadline is not None and self.loop.time() > self._deadline:
            self._refuse(408)

    def _refuse(self, status: int) -> None:
        """Answer unless an answer has begun, and close."""
        if self._refused or self.transport.is_closing():
            return
        self._refused, self._deadline = True, None
        answers = self._may_answer()
        if self._cycle is not None and not self._cycle.response_complete:
            self._cycle.disconnected = True
            self._cycle.message_event.set()
        if not answers:
            self.transport.close()
            return
        self.transport.write(_answer(status))
        self._linger()

    def end(self) -> None:
        """Close after an answer, at once where all of the request has been read."""
        if self._cycle is None or not self._cycle.more_body:
            self.transport.close()
            return
        self._refused, self._deadline = True, None
        self._linger()

    def _linger(self) -> None:
        self.transport.write_eof()
        self.flow.resume_reading()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _may_answer(self) -> bool:
        """Whether an answer may be sent: not in the middle of another one, and only once."""
        if self._cycle is None:
            return True
        if self._reads_head:
            return self._cycle.response_complete
        return not self._cycle.response_started

    @property
    def _cycle(self) -> RequestResponseCycle | None:
        """The newest request and its answer; None before the first, whatever its type says."""
        return self.cycle


class _Lingering:
    """The transport as an answer sees it, which closes it when it is done."""

    def __init__(self, protocol: BoundedProtocol) -> None:
        self.write = protocol.transport.write
        self.is_closing = protocol.transport.is_closing
        self.close = protocol.end


def _answer(status: int) -> bytes:
    code, detail = ANSWERS[status]
    title = STATUS_LINE[status].split(b" ", 2)[2].strip().decode()
    document = {"type": "about:blank", "title": title, "status": status}
    body = orjson.dumps({**document, "detail": detail, "code": code})
    head = (
        b"content-type: application/problem+json",
        b"content-length: %d" % len(body),
        b"cache-control: no-store",
        b"x-content-type-options: nosniff",
        b"connection: close",
    )
    return STATUS_LINE[status] + b"\r\n".join((*head, b"", body))
