"""The supervisor of ``serve``: keeps PostgreSQL, the API processes and the worker running."""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from api.cli.child import GRACE_SECONDS, MISCONFIGURED
from api.cli.secrets import without_secrets
from api.database.embedded import ENDING, EmbeddedPostgres
from api.errors import DomainError

# Backoff for a child that keeps exiting: seconds before each further restart; the first has none.
DELAYS = (0.0, 0.2, 0.5, 1.0, 2.0, 3.0)
# A child that lived this long starts again at once.
STEADY_SECONDS = 3.0
WATCH_SECONDS = 0.1


class Supervisor:
    """Starts children, starts them again when they die, and ends them all.

    ``listener`` is the listening socket, which outlives every API process, so that visitors
    wait a moment during a restart and are not refused. ``environment`` is the children's.
    """

    def __init__(
        self,
        listener: socket.socket,
        environment: dict[str, str],
        *,
        workers: int,
        server: EmbeddedPostgres | None,
        say: Callable[[str], None],
    ) -> None:
        self._listener = listener
        self._environment = environment
        self._workers = workers
        self._server = server
        self._say = say
        self._children: set[asyncio.subprocess.Process] = set()
        self._over = asyncio.Event()
        self._reason = ""
        self.settled = False
        self.failed = False

    async def run(self, beside: Callable[["Supervisor"], list[asyncio.Task[None]]]) -> None:
        """Keep everything running until a signal or a child that cannot start says otherwise.

        ``beside`` starts what accompanies it: the banner, the watch on changed files.
        """
        loop = asyncio.get_running_loop()
        # Not the loop's own handlers: when it closes, the default ones would be back for a moment.
        for number in ENDING:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._over.set))
        tasks: list[asyncio.Task[None]] = []
        try:
            fd = self._listener.fileno()
            tasks.append(loop.create_task(self._keep("worker")))
            tasks += [loop.create_task(self._keep("api", fd)) for _ in range(self._workers)]
            tasks += [loop.create_task(self._keep_database()), *beside(self)]
            await self._over.wait()
        finally:
            # Also after a failure: the handlers must not outlive the loop that they call.
            ignore_signals()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._end_children()

    def restart(self) -> None:
        """End all children politely; each is started again."""
        for child in self._children:
            with suppress(ProcessLookupError):
                child.terminate()

    async def _keep(self, kind: str, fd: int | None = None) -> None:
        failures = 0
        while True:
            started = time.monotonic()
            code, reason = await self._live(kind, fd)
            failures = 0 if time.monotonic() - started > STEADY_SECONDS else failures + 1
            if reason:
                self._say_once(reason)
            else:
                self._say(f"the {kind} process ended ({_how(code)})")
            if not self.settled and (code == MISCONFIGURED or failures == len(DELAYS)):
                self.failed = True
                self._over.set()
                return
            delay = DELAYS[min(max(failures - 1, 0), len(DELAYS) - 1)]
            await asyncio.sleep(delay)

    def _say_once(self, reason: str) -> None:
        """Print a reason once: all children often fail for the same one, again and again."""
        if reason != self._reason:
            self._reason = reason
            self._say(reason)

    async def _live(self, kind: str, fd: int | None) -> tuple[int, str]:
        """Run one child to its end; returns its exit code and why it could not start.

        By its standard input it notices our end, on its standard output it says the reason.
        """
        arguments = [kind] if fd is None else [kind, str(fd)]
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "api.cli.child", *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=self._environment if kind == "worker" else without_secrets(self._environment),
            pass_fds=() if fd is None else (fd,),
            start_new_session=True,
        )
        self._children.add(child)
        assert child.stdout is not None
        reason = await child.stdout.read()
        code = await child.wait()
        self._children.discard(child)
        return code, reason.decode(errors="replace") if code == MISCONFIGURED else ""

    async def _keep_database(self) -> None:
        while self._server is not None:
            await asyncio.sleep(WATCH_SECONDS)
            if self._server.is_alive():
                if self._server.look_is_due():
                    await asyncio.to_thread(self._server.end_if_stuck)
                continue
            self._say("PostgreSQL ended, starting it again")
            try:
                await asyncio.to_thread(self._server.start)
            except DomainError as error:
                self._say(error.detail)
                await asyncio.sleep(DELAYS[-1])

    async def _end_children(self) -> None:
        children = list(self._children)
        self.restart()
        waits = [asyncio.ensure_future(child.wait()) for child in children]
        if waits:
            await asyncio.wait(waits, timeout=GRACE_SECONDS + 1)
        for child in children:
            if child.returncode is None:
                child.kill()
                await child.wait()


def ignore_signals() -> None:
    """Ignore further signals: from here on the shutdown takes limited time."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
