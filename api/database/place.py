"""Where a cluster and its parts lie: under the state folder, or linked from it when root starts."""

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from api.database.account import Account, account_of, server_account
from api.database.folders import CannotStart, is_private, private_folder
from api.security.private_files import write_private

SYSTEM_HOME = Path("/var/lib/undersigned")
PORT = 5432
# A socket's path may have 107 bytes on Linux (sun_path), 103 on macOS.
LONGEST_SOCKET = 103


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one cluster. ``home`` is short and stays the same for its whole life."""

    home: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def settings(self) -> Path:
        """The configuration, outside the data, so that the server cannot rewrite it."""
        return self.home / "settings"


def find_place(state: Path) -> Place:
    """Return the place that belongs to a state folder, made if it is new.

    ``state`` is resolved and private. Raises CannotStart when it is a copy of a state folder
    whose database is elsewhere, or was made by another user.
    """
    home = _system_home(state) if os.geteuid() == 0 else _own_home(state)
    data = home / "data"
    account = account_of(data.stat().st_uid) if data.exists() else server_account()
    return Place(home, account)


def _own_home(state: Path) -> Path:
    home = state / "postgres"
    if home.is_symlink():
        raise CannotStart(
            f"{home} was made by root. Start Undersigned as root, or choose another state folder."
        )
    return private_folder(home, os.geteuid(), os.getegid())


def _system_home(state: Path) -> Path:
    link = state / "postgres"
    if link.is_symlink():
        return _linked_home(state, link)
    if link.exists():
        raise CannotStart(
            f"{link} is a folder, so the database in it was made by another user than root. "
            "Start Undersigned as that user, or choose another state folder."
        )
    home = _new_home(state)
    link.symlink_to(home)
    return home


def _linked_home(state: Path, link: Path) -> Path:
    home = link.readlink()
    record = home / "state-folder"
    if home.parent != SYSTEM_HOME or not record.is_file():
        raise CannotStart(
            f"{link} leads to {home}, where there is no database of Undersigned. Put it back, "
            "or remove the link to start with an empty database."
        )
    known = Path(record.read_text())
    if known != state and _leads_to(known / "postgres", home) and not known.samefile(state):
        raise CannotStart(
            f"{state} is a copy of {known}, and the database belongs to that one. Remove the "
            f"link {link} to start with an empty database here."
        )
    write_private(record, os.fsencode(state))
    return home


def _leads_to(link: Path, home: Path) -> bool:
    return link.is_symlink() and link.readlink() == home


def _new_home(state: Path) -> Path:
    _check_system_home()
    name = re.sub(r"[^a-z0-9]+", "-", f"{state.parent.name}-{state.name}".lower()).strip("-")
    home = Path(tempfile.mkdtemp(prefix=f"{name[-24:] or 'state'}-", dir=SYSTEM_HOME))
    # The server's group may pass through to its own folders; nobody else may.
    os.chown(home, 0, server_account().gid)
    home.chmod(0o710)
    write_private(home / "state-folder", os.fsencode(state))
    return home


def _check_system_home() -> None:
    SYSTEM_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    found = SYSTEM_HOME.lstat()
    if SYSTEM_HOME.is_symlink() or found.st_uid != 0 or found.st_mode & 0o022:
        raise CannotStart(f"{SYSTEM_HOME} can be changed by other users than root; correct that.")


def socket_folder(place: Place) -> Path:
    """Return a private folder for the socket whose path is short enough, the same every time."""
    folder = place.home / "socket"
    if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET:
        return private_folder(folder, place.account.uid, place.account.gid)
    # Named by the data's inode: a copy of the state folder must not share the folder.
    link = place.home / f"socket-{place.data.stat().st_ino}"
    if link.is_symlink() and is_private(link.readlink(), place.account.uid):
        return link.readlink()
    link.unlink(missing_ok=True)
    short = Path(tempfile.mkdtemp(prefix="undersigned-", dir="/tmp"))
    os.chown(short, place.account.uid, place.account.gid)
    link.symlink_to(short)
    return short
