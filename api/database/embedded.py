"""PostgreSQL without an administrator: made, started, adopted and recovered by Undersigned.

It listens on a socket in a private folder only, trusts the operating system's word on who
connects (peer authentication), and never sees the environment of the process that starts it.
"""

import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg

from api.database import cluster, postmaster
from api.database.binaries import copied_programs, programs
from api.database.folders import CannotStart, state_folder
from api.database.place import PORT, Place, find_place, socket_folder
from api.database.roles import APP_ROLE, OWNER_ROLE

# Signals that ask a process to end; our handler stops what was started.
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
START_SECONDS = 120.0  # a long recovery after a crash included
FAILURES = 5
# How often to check that the server works, and how long it may be neither running nor recovering.
LOOK_SECONDS, STUCK_SECONDS = 1.0, 3.0


class EmbeddedPostgres:
    """The server of one state folder. Several of these objects may refer to the same server.

    ``clock`` gives the seconds by which it detects a stuck server.
    """

    def __init__(self, state_dir: Path, *, fsync: bool = True) -> None:
        self._state = state_dir
        self._fsync = fsync
        self._place: Place | None = None
        self._sockets: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.clock: Callable[[], float] = time.monotonic
        self._looked = self._at_work = self.clock()
        self.adopted = False

    @property
    def place(self) -> Place:
        """Where the cluster lies; raises CannotStart before the first start."""
        if self._place is None:
            raise CannotStart("The embedded PostgreSQL has not been started.")
        return self._place

    @property
    def located(self) -> bool:
        """Whether the cluster's place is known, by ``start`` or ``locate``."""
        return self._place is not None

    @property
    def url(self) -> str:
        """The owner's connection URL. It has no password: the socket's folder is private."""
        return self._url(OWNER_ROLE)

    @property
    def app_url(self) -> str | None:
        """The URL of the login that cannot become the owner. None if the running server was started
        by an older version of the program, until its next start."""
        return self._url(APP_ROLE) if cluster.has_app_login(self.place) else None

    def _url(self, login: str) -> str:
        if self._sockets is None:
            raise CannotStart("The embedded PostgreSQL has not been started.")
        host = quote(str(self._sockets), safe="")
        return f"postgresql://{login}@/{cluster.DATABASE}?host={host}&port={PORT}"

    @property
    def pid(self) -> int | None:
        """The server's process id, None when it does not run; a dead child is reaped here."""
        if self._process is not None:
            if self._process.poll() is None:
                return self._process.pid
            self._process = None
        return postmaster.running_pid(self._place.data) if self._place else None

    def is_alive(self) -> bool:
        return self.pid is not None

    def look_is_due(self) -> bool:
        """Whether ``end_if_stuck`` would look now. This is cheap; a look itself takes a thread."""
        return self.clock() - self._looked >= LOOK_SECONDS

    def end_if_stuck(self) -> None:
        """Kill a server that neither runs nor recovers, so that it can be started again.

        Call this periodically. See ``postmaster.is_at_work``.
        """
        now, pid = self.clock(), self.pid
        if not self.look_is_due():
            return
        # After a long gap between looks nothing is known of the time in between: start over.
        if pid is None or now - self._looked > STUCK_SECONDS or postmaster.is_at_work(pid):
            self._at_work = now
        elif now - self._at_work > STUCK_SECONDS:
            postmaster.end(self.place.data, self._process, politely=False)
        self._looked = now

    def start(self) -> Self:
        """Adopt the running server or start it; returns when it has answered a query.

        Raises CannotStart with what to do about it.
        """
        state = state_folder(self._state)
        try:
            with _only_one(state / "postgres.lock"):
                self._place = find_place(state)
                self._make_cluster()
                self.adopted = self.pid is not None
                self._bring_up()
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            raise CannotStart(f"The database cannot start: {error.strerror}{where}.") from error
        return self

    def locate(self) -> Self:
        """Find the cluster of the state folder without starting it, to look at it or stop it."""
        self._place = find_place(state_folder(self._state))
        return self

    def stop(self) -> None:
        """Stop the server, adopted or not, and wait until it is gone."""
        if self._place is not None:
            postmaster.end(self._place.data, self._process)
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Stop the server if this object started it; an adopted one keeps running."""
        if not self.adopted:
            self.stop()

    def _programs(self) -> Path:
        return programs() if self.place.account.is_self else copied_programs(self.place.home)

    def _make_cluster(self) -> None:
        if not self.place.data.exists():
            cluster.initialise(self.place, self._programs(), fsync=self._fsync)
        cluster.check_version(self.place)
        self._sockets = socket_folder(self.place)

    def _bring_up(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        starts = 0
        while time.monotonic() < deadline:
            if self.pid is None:
                if starts == FAILURES:
                    break
                time.sleep(0.3 * starts)
                self._spawn()
                starts += 1
            if self._answers():
                return
            self._end_if_unreachable()
            self.end_if_stuck()
            time.sleep(0.02)
        words = postmaster.last_words(self.place.log)
        raise CannotStart(f"PostgreSQL does not start; its log {self.place.log} ends: {words}")

    def _spawn(self) -> None:
        sockets = socket_folder(self.place)
        self._sockets = sockets
        postmaster.clear_leftovers(self.place, sockets)
        cluster.let_app_log_in(self.place, self._programs())
        arguments = cluster.configure(self.place, sockets, fsync=self._fsync)
        with undisturbed():
            self._process = postmaster.spawn(self.place, self._programs() / "postgres", arguments)

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url, connect_timeout=5, autocommit=True) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _end_if_unreachable(self) -> None:
        """End a server that takes connections at a socket that is no longer there."""
        if self._sockets is None or (self._sockets / f".s.PGSQL.{PORT}").exists():
            return
        if self.pid is not None and postmaster.says_ready(self.place.data):
            postmaster.end(self.place.data, self._process)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Delay SIGTERM, SIGINT and SIGHUP until the block ends.

    A signal in the middle of a start would leave a server that cannot be found, since the pid
    file is written later. Blocking the signals in this thread would not help: another thread
    would receive them, and the main thread would still run the handler. Only the main thread can
    set handlers; in others this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: came.append(number)) for number in ENDING
    }
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler or signal.SIG_DFL)
        for one in came:
            signal.raise_signal(one)


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Let one process at a time make or start the server of a state folder."""
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
