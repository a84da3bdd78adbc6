"""The state folder and the folders in it: who may read them, and what the operator is told if
others could."""

import os
import stat
from pathlib import Path

from api.errors import Unavailable

# An existing folder that contains one of these is one of our state folders.
OURS = frozenset({"postgres", "postgres.lock", "keys.json", "outbox", "serve.lock"})


class CannotStart(Unavailable):
    """The database cannot be started; the sentence tells the operator what to do."""

    code = "cannot_start"
    title = "The database cannot be started"


def state_folder(path: Path) -> Path:
    """Return ``path`` resolved, as a folder that only the current user enters.

    A missing folder is made with mode 0700. An existing one is narrowed to 0700 only when it is
    empty or already a state folder, so that a mistyped setting locks nobody out of another folder.
    Raises CannotStart when it belongs to another user or holds other things.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
    except OSError as error:
        raise CannotStart(f"The state folder {path} cannot be made: {error.strerror}.") from error
    if found.st_uid != os.geteuid():
        raise CannotStart(
            f"The state folder {path} belongs to another user. Start Undersigned as that user, "
            "or set UNDERSIGNED_STATE_DIR to another folder."
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        _narrow(path)
    return path.resolve()


def _narrow(path: Path) -> None:
    names = {entry.name for entry in path.iterdir()}
    if names and not names & OURS:
        raise CannotStart(
            f"The state folder {path} holds other files and can be read by other users. "
            "Set UNDERSIGNED_STATE_DIR to a folder of its own, or run: chmod 700 " + str(path)
        )
    path.chmod(0o700)


def private_folder(path: Path, uid: int, gid: int) -> Path:
    """Make ``path`` with mode 0700 for a user, or check that it is such a folder; returns it."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        os.chown(path, uid, gid)
    if not is_private(path, uid):
        raise CannotStart(f"{path} is not a private folder of the database's user; remove it.")
    return path


def is_private(path: Path, uid: int) -> bool:
    """Tell whether ``path`` is a real folder, of that user, closed to all others."""
    try:
        found = path.lstat()
    except OSError:
        return False
    closed = not stat.S_IMODE(found.st_mode) & 0o077
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and closed
