"""What the supervisor runs as children: ``python -m api.cli.child api FD`` and ``… worker``.

A child ends when its standard input closes, that is, when its supervisor is gone.
"""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import threading
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.database.folders import CannotStart
from api.errors import DomainError
from api.security.memory import keep_to_itself
from api.settings import Settings

GRACE_SECONDS = 5
# Longer than a proxy keeps an idle connection (nginx 60 s, Caddy 120 s): a request on a connection
# that we are just closing is lost, and proxies do not retry a POST.
KEEP_ALIVE_SECONDS = 130
# sysexits.h EX_CONFIG: starting again would not help.
MISCONFIGURED = 78


def main(arguments: list[str]) -> None:
    """Run one child process until it is told to end."""
    keep_to_itself()
    os.umask(0o077)  # only its own user can read what a process of ours writes
    follow_supervisor()
    gc.disable()  # a start allocates much and frees little: see settle
    try:
        settings = Settings()
        if arguments[0] == "api":
            serve_api(settings, int(arguments[1]))
        else:
            run_worker(settings)
    except DomainError as error:
        # Nothing else is written there; the supervisor prints the reason once for all its children.
        sys.stdout.write(error.detail)
        sys.stdout.flush()
        sys.exit(MISCONFIGURED)


def follow_supervisor() -> None:
    """End this process soon after its standard input reaches its end."""

    def wait() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=wait, daemon=True, name="lifeline").start()


def settle() -> None:
    """Freeze everything that the start allocated, and turn the garbage collector on.

    Tables, texts and routes live as long as the process, so the collector need not visit them.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


def serve_api(settings: Settings, listener: int) -> None:
    """Serve the app on a listening socket that was opened by the supervisor.

    Raises what the app raised when it could not start.
    """
    import uvicorn

    from api.cli.http import BoundedProtocol
    from api.main import create_app

    try:
        startup = Startup(create_app(settings))
    except OSError as error:  # such as a folder of the settings that is not there
        raise CannotStart(f"{error.strerror}: {error.filename}.") from error
    config = uvicorn.Config(
        startup,
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    logging.getLogger("uvicorn.error").addFilter(lambda _: server.started)
    try:
        server.run(sockets=[socket.socket(fileno=listener)])
    except SystemExit:
        if startup.error is not None:
            raise startup.error from None
        raise


class Startup:
    """An app that remembers why it could not start; the web server would only print it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.error: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return await self._app(scope, receive, send)

        async def told(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                settle()
            await send(message)

        try:
            return await self._app(scope, receive, told)
        except Exception as error:
            self.error = error
            raise


def run_worker(settings: Settings) -> None:
    """Run the worker until SIGTERM or SIGINT, which cancel it."""
    import uvloop

    from api.worker import run

    async def until_told() -> None:
        task = asyncio.ensure_future(run(settings, settle))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(until_told())


if __name__ == "__main__":
    main(sys.argv[1:])
