"""The load generator: 64 clients in a closed loop, in a process of its own.

A client is a bare protocol over one kept connection: it sends prepared bytes, looks for the
end of the answer, and sends the next. It costs a tenth of a real client, so that the server is
measured and not the generator.
"""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import cast

import uvloop

CLIENTS = 64
MOST_REQUESTS = 60_000  # in one measurement, however long it lasts
END_OF_HEADERS = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass(frozen=True)
class Load:
    """``requests`` are whole HTTP requests; each ``%d`` in them becomes a fresh number and
    each ``%a`` a client's address, as a proxy would forward it."""

    port: int
    requests: tuple[bytes, ...]
    seconds: float
    first: int = 0
    clients: int = CLIENTS


@dataclass(frozen=True)
class Measured:
    """Times in seconds. ``cpu`` is the generator's own; ``latencies`` are sorted."""

    seconds: float
    cpu: float
    statuses: dict[int, int]
    latencies: list[float] = field(repr=False)
    sample: str = ""

    @property
    def answered(self) -> int:
        return len(self.latencies)

    @property
    def per_second(self) -> float:
        return self.answered / self.seconds

    def percentile(self, percent: float) -> float:
        """In milliseconds."""
        at = min(int(self.answered * percent / 100), self.answered - 1)
        return self.latencies[at] * 1000 if self.answered else float("nan")


class Generator:
    """Measures in one long-lived process, so that no figure includes starting it."""

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))

    def run(self, load: Load) -> Measured:
        return self._pool.submit(measure, load).result(timeout=load.seconds + 60)

    def close(self) -> None:
        self._pool.shutdown()


def measure(load: Load) -> Measured:
    return uvloop.run(_measure(load))


async def _measure(load: Load) -> Measured:
    run = _Run(load)
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: _Client(run), "127.0.0.1", load.port)
        for _ in range(load.clients)
    ]
    cpu, began = time.process_time(), time.perf_counter()
    run.until = began + load.seconds
    for _, client in opened:
        client.go_on()
    await asyncio.wait_for(run.over.wait(), load.seconds + 30)
    seconds = time.perf_counter() - began
    for transport, _ in opened:
        transport.close()
    return Measured(
        seconds, time.process_time() - cpu, dict(run.statuses), sorted(run.latencies), run.sample
    )


class _Run:
    """What the clients of one measurement share."""

    def __init__(self, load: Load) -> None:
        self.requests = _numbered(load)
        self.running = load.clients
        self.until = 0.0
        self.over = asyncio.Event()
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []
        self.sample = ""

    def ended(self) -> None:
        self.running -= 1
        if self.running == 0:
            self.over.set()


def _numbered(load: Load) -> Iterator[bytes]:
    for number in range(load.first, load.first + MOST_REQUESTS):
        request = load.requests[number % len(load.requests)]
        address = b"203.%d.%d.%d" % (number >> 16 & 255, number >> 8 & 255, number & 255)
        yield request.replace(b"%d", b"%09d" % number).replace(b"%a", address)


class _Client(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self._run = run
        self._received = b""
        self._wanted = 0
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def go_on(self) -> None:
        now = time.perf_counter()
        request = next(self._run.requests, None) if now < self._run.until else None
        if request is None:
            self._run.ended()
            return
        self._began = now
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._wanted:
            end = self._received.find(END_OF_HEADERS)
            if end < 0:
                return
            self._wanted = end + len(END_OF_HEADERS) + _length(self._received[:end])
        if len(self._received) < self._wanted:
            return
        self._note(int(self._received[9:12]))
        self._received, self._wanted = b"", 0
        self.go_on()

    def _note(self, status: int) -> None:
        run = self._run
        run.latencies.append(time.perf_counter() - self._began)
        run.statuses[status] += 1
        if status >= 400 and not run.sample:
            run.sample = self._received.decode("utf-8", "replace")[-400:]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        if self._began and time.perf_counter() < self._run.until:
            self._run.statuses[0] += 1
            self._run.ended()


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(LENGTH)
    return int(lower[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
