"""``undersigned serve``: everything that a server or a laptop needs, with one command."""

import asyncio
import errno
import fcntl
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NoReturn

import typer

from api.cli import app
from api.cli.database import as_app, external_url, known_url, require_schema, with_database
from api.cli.doctor_proxies import proxies
from api.cli.migrate import tell_administrator
from api.cli.secrets import without_secrets
from api.cli.supervisor import Supervisor, ignore_signals
from api.database.embedded import ENDING, EmbeddedPostgres
from api.database.folders import CannotStart, state_folder
from api.settings import ROOT, Settings

MOST_WORKERS = 4
METRICS = "metrics-"
# The children of a supervisor that was killed keep the port open for a moment.
PORT_SECONDS = 8.0
BACKLOG = 2048
WATCHED = ("api", "campaigns", "templates", "locale", "data", "web")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")
    ] = 8000,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="API processes; default: one a CPU.")
    ] = None,
    reload: Annotated[bool, typer.Option(help="Start again when a file changes.")] = False,
) -> None:
    """Start PostgreSQL where none is set, migrate, and serve until Ctrl-C."""
    settings = Settings()
    # Until the supervisor handles signals, SIGTERM raises, so that what was started is stopped.
    for number in ENDING:
        signal.signal(number, unwind)
    with ExitStack() as stack:
        listener = stack.enter_context(listening(host, port))
        address = url_of(host, listener)
        server, settings = stack.enter_context(prepared(settings, address))
        supervisor = Supervisor(
            listener,
            stack.enter_context(environment(settings)),
            workers=workers or default_workers(),
            server=server,
            say=say,
        )
        asyncio.run(supervisor.run(lambda it: accompany(it, settings, address, reload=reload)))
    if supervisor.failed:
        sys.exit(1)


def unwind(number: int, _frame: object) -> NoReturn:
    """End this process by an exception, once: a second signal must not cut the end short."""
    ignore_signals()
    sys.exit(128 + number)


@contextmanager
def environment(settings: Settings) -> Iterator[dict[str, str]]:
    """Give the children's environment, with a folder in which they count for /metrics.

    The folder is new at each start: processes of an earlier one do not count any more.
    """
    state = state_folder(settings.state_dir)
    with TemporaryDirectory(prefix=METRICS, dir=state) as folder:
        yield {
            **os.environ,
            "DATABASE_URL": known_url(settings),
            "UNDERSIGNED_PUBLIC_URL": settings.public_url,
            "PROMETHEUS_MULTIPROC_DIR": folder,
        }


@contextmanager
def prepared(
    settings: Settings, address: str
) -> Iterator[tuple[EmbeddedPostgres | None, Settings]]:
    """Give the database, migrated, and the settings that name it; stops an embedded server.

    ``address`` is the public URL where none was set.
    """
    from api.mail.transport import make_transport

    make_transport(settings)  # refuses a production start without a way for mail to leave
    if "public_url" not in settings.model_fields_set:
        settings = settings.model_copy(update={"public_url": address})
    with ExitStack() as stack:
        server = None
        if external_url(settings) is None:
            state = state_folder(settings.state_dir)
            stack.enter_context(only_serve(state))
            for left in state.glob(f"{METRICS}*"):
                shutil.rmtree(left)
            server = EmbeddedPostgres(settings.state_dir)
            stack.callback(server.stop)
            settings = with_database(settings, server.start().url, server.app_url)
        bring_up_to_date(settings)
        yield server, as_app(settings)


def bring_up_to_date(settings: Settings) -> None:
    """Migrate as the owner; without the owner's login, raise WrongSchema if that is needed."""
    from api.database.migrate import migrate

    if settings.database_url is None:
        require_schema(known_url(as_app(settings)))
    else:
        tell_administrator(migrate(known_url(settings)))


@contextmanager
def only_serve(state: Path) -> Iterator[None]:
    """Hold the state folder's lock: two supervisors would stop each other's PostgreSQL."""
    handle = os.open(state / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise CannotStart(
            f"Another `undersigned serve` runs with the state folder {state}. Stop it first, or "
            "set UNDERSIGNED_STATE_DIR to another folder."
        ) from error
    finally:
        os.close(handle)


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Give a listening socket; raises CannotStart when the port stays taken."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise CannotStart(f"{host} is no address of this machine.") from error
    deadline = time.monotonic() + PORT_SECONDS
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        while not _bound(listener, address):
            if time.monotonic() > deadline:
                raise CannotStart(f"Port {port} is taken by another program: choose one by --port.")
            time.sleep(0.1)
        listener.listen(BACKLOG)
        yield listener


def _bound(listener: socket.socket, address: tuple[object, ...]) -> bool:
    try:
        listener.bind(address)
    except PermissionError as error:
        raise CannotStart(f"This user may not listen on port {address[1]}.") from error
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise CannotStart(f"{address[0]} is no address of this machine.") from error
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True


def url_of(host: str, listener: socket.socket) -> str:
    """Return the address to open in a browser on this machine."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - shown, not listened on
    shown = everywhere.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{listener.getsockname()[1]}"


def default_workers() -> int:
    """Return one API process for each CPU that this process may use, four at most."""
    usable = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(usable, MOST_WORKERS)


def accompany(
    supervisor: Supervisor, settings: Settings, address: str, *, reload: bool
) -> list[asyncio.Task[None]]:
    """Start what runs beside the children: the banner once, the watch on files if asked."""
    tasks = [asyncio.ensure_future(welcome(supervisor, settings, address))]
    if reload:
        tasks.append(asyncio.ensure_future(watch(supervisor, settings)))
    return tasks


async def welcome(supervisor: Supervisor, settings: Settings, address: str) -> None:
    """Say where the pages are, once they answer."""
    import httpx

    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        while not supervisor.settled:
            try:
                await client.get(address)
                supervisor.settled = True
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    say(f"ready on {address} (stop with Ctrl-C)")
    for line in leaving(settings):
        say(f"{settings.env}: {line}")
    found = proxies(settings, datetime.now(UTC))
    for line in () if found.well else (f"proxies: {found.seen}", *found.advice):
        say(line)


def leaving(settings: Settings) -> list[str]:
    """What this configuration sends, and where to."""
    from api.cli.leaving import what_leaves
    from api.database.engine import create_engine
    from api.deliveries.routing import make_router
    from api.mail.transport import make_transport
    from api.services import now

    # The engine connects to nothing before it is used, and the router is not started.
    engine = create_engine(known_url(settings), None)
    router, transport = make_router(settings, engine, now), make_transport(settings)
    return what_leaves(router, transport, settings.geocoder_url)


async def watch(supervisor: Supervisor, settings: Settings) -> None:
    """Start the children again whenever a file that they read has changed.

    A broken campaign file changes nothing: the children go on with the last good version.
    """
    from watchfiles import awatch

    read = (settings.campaigns_dir, settings.templates_dir, settings.data_dir)
    folders = {*(ROOT / name for name in WATCHED), *read}
    async for _ in awatch(*(folder for folder in folders if folder.is_dir())):
        if await campaigns_hold():
            say("files changed, starting again")
            supervisor.restart()
        else:
            say("the last good version stays in use until this is corrected")


async def campaigns_hold() -> bool:
    """Check the campaigns as they are on disk, in a process that has read nothing before.

    Problems are printed with file, line and column.
    """
    command = (sys.executable, "-c", "from api.cli import main; main()", "check")
    child = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, env=without_secrets(os.environ)
    )
    return await child.wait() == 0


def say(line: str) -> None:
    """Print a line of the supervisor's own."""
    typer.echo(f"undersigned: {line}", err=True)
