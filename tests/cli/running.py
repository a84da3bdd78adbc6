"""One ``undersigned serve`` as users start it, with a small app in place of the real one."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil

from api.database.embedded import EmbeddedPostgres
from tests.waiting import PATIENCE, wait_until

STAND_IN = Path(__file__).parent / "stand_in"
ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from api.cli import main; main()")


class Serve:
    """One ``undersigned serve`` with what it prints."""

    def __init__(self, state: Path, log: Path, *arguments: str, **environment: str) -> None:
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("UNDERSIGNED", "DATABASE"))
        }
        mine = {"PYTHONPATH": f"{STAND_IN}{os.pathsep}{ROOT}", "UNDERSIGNED_STATE_DIR": str(state)}
        self.state, self._log = state, log
        with log.open("w") as file:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", *(arguments or ("--port", "0", "--workers", "1"))],
                env={**kept, **mine, **environment}, stdout=file, stderr=file,
                cwd=ROOT,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self._log.read_text()

    def ready(self) -> "Serve":
        wait_until(lambda: "ready on" in self.said or self.process.poll() is not None)
        assert "ready on" in self.said, self.said
        return self

    @property
    def url(self) -> str:
        found = re.search(r"ready on (\S+)", self.said)
        assert found is not None
        return found[1]

    def get(self) -> httpx.Response:
        return httpx.get(self.url, timeout=20, trust_env=False)

    def children(self, kind: str) -> list[psutil.Process]:
        """The children of a kind: "api", "worker" or "postgres"."""
        return [
            child for child in psutil.Process(self.process.pid).children() if is_kind(child, kind)
        ]

    def postgres(self) -> int | None:
        return EmbeddedPostgres(self.state).locate().pid

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def is_kind(process: psutil.Process, kind: str) -> bool:
    """Tell what a child is by its command line; one that has just died is nothing."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    return kind in words or (kind == "postgres" and words[:1] != [] and "/postgres" in words[0])
