"""The product under test: one ``undersigned serve`` with a state folder of its own."""

import os
import shutil
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random

import psutil

from api.database.embedded import EmbeddedPostgres
from api.settings import ROOT
from tests.cli.running import Serve
from tests.crash.other_side import OFFICE
from tests.waiting import wait_until

POINTS = Path(__file__).parent / "points"
# The name of a process kind as the harness's reports have it.
KINDS = ("api", "worker", "postgres")
# A start takes a few seconds; other tests may have the machine's processors for longer.
READY_SECONDS = 120


class System:
    """Starts and restarts ``serve`` on one state folder and one port, and kills its parts."""

    def __init__(
        self, folder: Path, *, workers: int = 2, environment: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self._environment = {**(environment or {}), **campaigns_with_an_address(folder)}
        self.state = folder / "var"
        self.outbox = self.state / "outbox"
        self._workers = workers
        self._armed = folder / "armed"
        self._starts = 0
        self._orphans: list[psutil.Process] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.serve = self._spawned()

    def start(self) -> None:
        """Start ``serve`` if it has ended; returns when it says that it is ready."""
        if self.serve.process.poll() is not None:
            self.serve = self._spawned()
        wait_until(lambda: "ready on" in self.serve.said, READY_SECONDS)

    def _spawned(self) -> Serve:
        self._starts += 1
        return Serve(
            self.state,
            self.folder / f"log-{self._starts}",
            *("--port", str(self._port), "--workers", str(self._workers)),
            PYTHONPATH=f"{POINTS}{os.pathsep}{ROOT}",
            CRASH_FILE=str(self._armed),
            UNDERSIGNED_LOG_LEVEL="warning",
            **self._environment,
            # All of its clients have one address.
            UNDERSIGNED_SUSPECT_PER_CLIENT="1000000000",
        )

    def pids(self, kind: str) -> list[int]:
        """The processes of a kind, the server's own children not among them."""
        if kind == "postgres":
            pid = self.serve.postgres()
            return [] if pid is None else [pid]
        with suppress(psutil.Error):
            return [process.pid for process in self.serve.children(kind)]
        return []

    def victims(self, kind: str, chance: Random) -> list[int]:
        """What a random kill hits: all API processes or one, PostgreSQL's main process or
        another."""
        pids = self.pids(kind)
        if kind == "api" and len(pids) > 1 and chance.random() < 0.5:
            return [chance.choice(pids)]
        children = self.server_children() if kind == "postgres" else []
        if children and chance.random() < 0.4:
            return [chance.choice(children).pid]
        return pids

    def server_children(self) -> list[psutil.Process]:
        """PostgreSQL's processes but its main one."""
        with suppress(psutil.Error):
            return [c for pid in self.pids("postgres") for c in psutil.Process(pid).children()]
        return []

    def recovering(self) -> list[int]:
        """The process that recovers PostgreSQL, while there is one."""
        with suppress(psutil.Error):
            found = self.server_children()
            return [child.pid for child in found if "startup" in " ".join(child.cmdline())]
        return []

    def arm(self, point: str, victim: str) -> None:
        """Make the first process that passes the point die there, or kill PostgreSQL."""
        pid = (self.pids("postgres") or [0])[0] if victim == "postgres" else 0
        self._armed.with_suffix(".new").write_text(f"{point} {pid}")
        self._armed.with_suffix(".new").replace(self._armed)

    @property
    def armed(self) -> bool:
        return self._armed.exists()

    def disarm(self) -> None:
        self._armed.unlink(missing_ok=True)

    def kill_supervisor(self) -> None:
        """Kill the supervisor only."""
        self._orphans += self.serve.children("api") + self.serve.children("worker")
        self.serve.process.kill()
        self.serve.process.wait()

    def wait_for_orphans(self) -> None:
        """The children of killed supervisors have to end by themselves."""
        wait_until(lambda: not any(alive(child) for child in self._orphans), 8)

    def leftovers(self) -> list[str]:
        """Every process that still works for this state folder."""
        data = (self.state / "postgres").resolve() / "data"
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                ours = process.environ().get("UNDERSIGNED_STATE_DIR") == str(self.state)
                if alive(process) and (ours or Path(process.cwd()) == data):
                    found.append(" ".join(process.cmdline()))
        return found

    @property
    def said(self) -> str:
        """All that the supervisors and their children printed."""
        return "".join(log.read_text(errors="replace") for log in self.folder.glob("log-*"))

    def remove(self) -> None:
        """End what still runs and remove all data."""
        if self.serve.process.poll() is None:
            self.serve.stop()
        if (self.state / "postgres").exists():
            server = EmbeddedPostgres(self.state).locate()
            server.stop()
            shutil.rmtree(server.place.home, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def campaigns_with_an_address(folder: Path) -> dict[str, str]:
    """The shipped campaigns, with an address for letters to the President."""
    copy = folder / "campaigns"
    shutil.copytree(ROOT / "campaigns", copy)
    offices = copy / "dossier" / "offices.yaml"
    president = "  - seat: president\n"
    text = offices.read_text().replace(president, f"{president}    email: {OFFICE}\n")
    offices.write_text(text)
    return {"UNDERSIGNED_CAMPAIGNS_DIR": str(copy)}


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
