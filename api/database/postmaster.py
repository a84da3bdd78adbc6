"""The server's process: find it, check that it is ours, start it, stop it."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil

from api.database.place import Place

LARGEST_LOG = 1_000_000  # bytes; a log that is larger at a start is renamed


def running_pid(data: Path) -> int | None:
    """Return the pid of the server that runs on this data folder, None if there is none.

    The pid file alone proves nothing: after a crash, after a reboot or in a copied folder its
    number may belong to a zombie or to another program. So the process must also have this data
    folder as its working directory, as a PostgreSQL server does.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return pid if Path(process.cwd()) == data else None
    except (OSError, ValueError, psutil.Error):
        return None


def says_ready(data: Path) -> bool:
    """Tell whether the server's pid file says that it takes connections."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"  # noqa: PLR2004 - the eighth line


def is_at_work(pid: int) -> bool:
    """Tell whether a server runs or recovers. While it starts or stops it briefly does neither.

    PostgreSQL 18 hangs forever if its startup process is killed during crash recovery: the
    server is alive, and refuses every connection.
    """
    try:
        titles = [" ".join(child.cmdline()) for child in psutil.Process(pid).children()]
    except psutil.Error:
        return True  # its processes changed while we looked
    return not titles or any(n in title for title in titles for n in ("startup", "walwriter"))


def clear_leftovers(place: Place, sockets: Path) -> None:
    """Remove the files of a dead server. Call this only if ``running_pid`` found none.

    PostgreSQL itself would refuse to start while the number in these files belongs to a zombie
    or to any other process of the same user. It still refuses, by the shared memory that is
    named after the data's inode, while processes of the old server are alive.
    """
    (place.data / "postmaster.pid").unlink(missing_ok=True)
    for file in sockets.glob(".s.PGSQL.*"):
        file.unlink(missing_ok=True)


def spawn(place: Place, program: Path, arguments: list[str]) -> subprocess.Popen[bytes]:
    """Start the server as a direct child, with an empty environment and a session of its own.

    In its own session it does not receive a terminal's Ctrl-C: our supervisor stops it last.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    if place.log.exists() and place.log.stat().st_size > LARGEST_LOG:
        place.log.replace(place.log.with_suffix(".old"))
    log = os.open(place.log, flags, 0o600)
    try:
        return subprocess.Popen(  # noqa: S603 - our own program
            [program, "-D", place.data, *arguments],
            cwd=place.data,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **place.account.popen_options(),
        )
    finally:
        os.close(log)


def last_words(log: Path) -> str:
    """Return the log's last line, for an error message. The log has no personal data."""
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return "no log"
    return lines[-1] if lines else "an empty log"


def end(data: Path, process: subprocess.Popen[bytes] | None, *, politely: bool = True) -> None:
    """Stop the server on this data, first with a fast shutdown; returns when it is gone."""
    steps = ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5))
    for number, seconds in steps if politely else steps[1:]:
        pid = process.pid if process is not None and process.poll() is None else running_pid(data)
        if pid is None:
            return
        _send(pid, number)
        if _gone_within(seconds, data, pid, process):
            return


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _gone_within(
    seconds: float, data: Path, pid: int, process: subprocess.Popen[bytes] | None
) -> bool:
    """Wait for the process, too: a server removes its pid file a moment before it ends."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        reaped = process is None or process.poll() is not None
        if reaped and running_pid(data) is None and not _runs(pid):
            return True
        time.sleep(0.01)
    return False


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
