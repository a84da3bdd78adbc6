"""The lines and counts of requests that were answered in one turn of the event loop."""

import asyncio
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message

from api import edge, metrics
from api.edge import Edge
from api.gate import Gate
from api.main import render

GATE = Gate("https://act.example.org", strict=False)
ASKED = ["/api/first", "/api/second", "/api/third"]


class Log:
    def __init__(self) -> None:
        self.ids: list[str] = []

    def info(self, _: str, **line: Any) -> None:
        self.ids.append(line["id"])
        if line["id"] == "-api-second":
            raise OSError("no space left")


async def test_one_that_cannot_be_written_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    log, counted, failures = Log(), list[Any](), list[Any]()
    monkeypatch.setattr(edge, "log", log)
    monkeypatch.setattr(metrics, "request", lambda *one: counted.append(one))
    asyncio.get_running_loop().set_exception_handler(lambda _, told: failures.append(told))

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        pass

    made = Edge(PlainTextResponse(""), render=render, gate=GATE)
    for path in ASKED:
        headers = [(b"x-request-id", path.replace("/", "-").encode())]
        await made(
            {"type": "http", "method": "GET", "path": path, "headers": headers}, receive, send
        )
    assert not log.ids
    await asyncio.sleep(0)  # the first two
    await asyncio.sleep(0)  # what was left
    assert log.ids == ["-api-first", "-api-second", "-api-third"]
    assert len(counted) == len(ASKED)
    assert [type(told["exception"]) for told in failures] == [OSError]
