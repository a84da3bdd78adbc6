"""The operating system's user that PostgreSQL runs as.

PostgreSQL refuses to run as root, and no other user can enter a folder such as root's home.
Started as root, it therefore runs as a system user of its own; otherwise as the starting user.
"""

import logging
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

from api.database.folders import CannotStart

SYSTEM_USER = "undersigned"
FALLBACK_USER = "nobody"
USERADD = ("--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
           "--shell", "/usr/sbin/nologin", SYSTEM_USER)  # fmt: skip

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the operating system, and whether it is the one who starts the server."""

    name: str
    uid: int
    gid: int

    @property
    def is_self(self) -> bool:
        return self.uid == os.geteuid()

    @property
    def shared(self) -> bool:
        """True for ``nobody``, as whom other programs run too."""
        return self.name == FALLBACK_USER

    def popen_options(self) -> dict[str, Any]:
        """Arguments for ``subprocess`` that make a child run as this user, umask 077."""
        options: dict[str, Any] = {"env": {}, "umask": 0o077, "stdin": subprocess.DEVNULL}
        if not self.is_self:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options


def account_of(uid: int) -> Account:
    """Return the account with this number; raises CannotStart if it has no passwd entry."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise CannotStart(
            f"User number {uid} has no name on this system, which PostgreSQL needs. "
            "Give it a passwd entry, or set DATABASE_URL to a database that runs elsewhere."
        ) from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def server_account() -> Account:
    """Return whom a new server runs as, making the system user when root asks for it."""
    if os.geteuid() != 0:
        return account_of(os.geteuid())
    found = _named(SYSTEM_USER) or _made()
    if found is not None:
        return found
    logger.warning("no system user %s could be made: PostgreSQL runs as nobody", SYSTEM_USER)
    nobody = _named(FALLBACK_USER)
    if nobody is None:
        raise CannotStart(f"PostgreSQL does not run as root: add a user named {SYSTEM_USER}.")
    return nobody


def _named(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid) if entry.pw_uid else None


def _made() -> Account | None:
    command = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if command is not None:
        # Not checked: another start may have made the user a moment ago. It is looked up below.
        subprocess.run([command, *USERADD], check=False, capture_output=True)  # noqa: S603
    return _named(SYSTEM_USER)
