"""An app on a port of this machine, as ``serve`` serves it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from api.cli.http import BoundedProtocol
from tests.waiting import until


@asynccontextmanager
async def serving(app: Any, *, force: bool = False) -> AsyncIterator[uvicorn.Server]:
    """The running server. ``force`` ends it while requests are still being answered."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    await until(lambda: server.started)
    try:
        yield server
    finally:
        server.should_exit, server.force_exit = True, force
        await running


def port_of(server: uvicorn.Server) -> int:
    return int(server.servers[0].sockets[0].getsockname()[1])
