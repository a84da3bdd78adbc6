"""The two servers that are compared, each in processes of its own, on loopback only."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from api.security.keys import KeyRing

START_SECONDS = 60.0


@dataclass(frozen=True)
class Server:
    """A started server. ``state`` is its state folder, where it has one."""

    port: int
    roots: tuple[psutil.Process, ...]
    state: Path | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu(self) -> tuple[float, float]:
        """Seconds of processor time so far: of the web processes, and of PostgreSQL."""
        web = database = 0.0
        for process in self._processes():
            try:
                times, name = process.cpu_times(), process.name()
            except psutil.NoSuchProcess:
                continue
            if name.startswith("postgres"):
                database += times.user + times.system
            elif not _is_worker(process):
                web += times.user + times.system
        return web, database

    def pause_worker(self) -> None:
        """Stop the worker, so that only the accept path runs, until ``resume_worker``."""
        self._signal_worker(signal.SIGSTOP)

    def resume_worker(self) -> None:
        self._signal_worker(signal.SIGCONT)

    def _signal_worker(self, number: signal.Signals) -> None:
        for process in self._processes():
            if _is_worker(process):
                process.send_signal(number)

    def prefer(self) -> None:
        """Give these processes priority on this machine (Linux, root): it schedules by session."""
        for process in self._processes():
            Path(f"/proc/{process.pid}/autogroup").write_text("-18")

    def _processes(self) -> list[psutil.Process]:
        below = [child for root in self.roots for child in root.children(recursive=True)]
        return [*self.roots, *below]


def _is_worker(process: psutil.Process) -> bool:
    try:
        return process.cmdline()[-1:] == ["worker"]
    except psutil.NoSuchProcess:  # PostgreSQL's own come and go
        return False


@contextmanager
def floor(workers: int) -> Iterator[Server]:
    """The floor, with this many processes on one socket."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(2048)
        fd = listener.fileno()
        command = (sys.executable, "-m", "benchmarks.floor", str(fd))
        # In sessions of their own, as the product's: some kernels share CPUs by session.
        started = [
            subprocess.Popen(command, pass_fds=(fd,), start_new_session=True)
            for _ in range(workers)
        ]
        try:
            roots = tuple(psutil.Process(each.pid) for each in started)
            server = Server(listener.getsockname()[1], roots)
            wait_for(f"{server.url}/openapi.json", started[0])
            yield server
        finally:
            for process in started:
                end(process)


@contextmanager
def product(workers: int) -> Iterator[Server]:
    """``undersigned serve`` as in production: its own state, a durable PostgreSQL, mail by SMTP.

    Its log goes to a file. Mail goes to a stand-in on loopback that discards it.
    """
    with state_folder() as state, mail_sink() as mail:
        ring = KeyRing.create(state / "keys.json", "production")
        ring.fill_in(_campaigns())
        port = free_port()
        environment = {
            **os.environ,
            "UNDERSIGNED_ENV": "production",
            "UNDERSIGNED_STATE_DIR": str(state),
            "UNDERSIGNED_SMTP_URL": f"smtp://127.0.0.1:{mail}",
            "UNDERSIGNED_MAIL_FROM": "Campaign <campaign@example.org>",
            "UNDERSIGNED_PUBLIC_URL": "https://campaign.example.org",
            "UNDERSIGNED_TRUSTED_PROXIES": '["127.0.0.1"]',
            "UNDERSIGNED_SUSPECT_PER_CLIENT": "1000000000",
        }
        environment.pop("DATABASE_URL", None)
        command = (sys.executable, "-c", "from api.cli import main; main()", "serve")
        options = ("--port", str(port), "--workers", str(workers))
        with (state / "log").open("wb") as log:
            process = subprocess.Popen((*command, *options), env=environment, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", process, state / "log")
            yield Server(port, (psutil.Process(process.pid),), state)
        finally:
            end(process)


@contextmanager
def state_folder() -> Iterator[Path]:
    """A temporary state folder, removed with its database (which root keeps outside of it)."""
    with tempfile.TemporaryDirectory(prefix="undersigned-bench-") as folder:
        state = Path(folder)
        state.chmod(0o700)
        try:
            yield state
        finally:
            shutil.rmtree((state / "postgres").resolve(), ignore_errors=True)


@contextmanager
def mail_sink() -> Iterator[int]:
    """The port of a mail server that accepts and discards everything."""
    command = (sys.executable, "-m", "benchmarks.mail_sink")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _campaigns() -> list[str]:
    from api.settings import Settings

    return sorted(path.stem for path in Settings().campaigns_dir.glob("*.yaml"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path | None = None) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, trust_env=False, timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    said = log.read_text(errors="replace")[-2000:] if log else ""
    raise SystemExit(f"the server to be measured did not start: {url}\n{said}")


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
