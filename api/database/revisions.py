"""Which migration this program needs, and which one a database is at, without Alembic.

Web processes never migrate, and importing Alembic would take a sixth of their start.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

from psycopg import Connection

from api.errors import Unavailable

SCRIPTS: Final = Path(__file__).resolve().parents[2] / "migrations"
_NAMED: Final = re.compile(r'^(revision|down_revision) = "(\w+)"', re.MULTILINE)


class WrongSchema(Unavailable):
    """The tables are not those that this program works with; the sentence says what to run."""

    code = "wrong_schema"
    title = "The database is of another version"


def head_revision() -> str | None:
    """The revision that no other follows; None where there is none, or more than one."""
    revisions, followed = _revisions()
    heads = revisions - followed
    return next(iter(heads)) if len(heads) == 1 else None


@cache
def _revisions() -> tuple[frozenset[str], frozenset[str]]:
    """All revisions of this program, and those of them that another follows."""
    revisions: set[str] = set()
    followed: set[str] = set()
    for path in (SCRIPTS / "versions").glob("*.py"):
        for name, revision in _NAMED.findall(path.read_text("utf-8")):
            (revisions if name == "revision" else followed).add(revision)
    return frozenset(revisions), frozenset(followed)


def present_revision(connection: Connection) -> str | None:
    """The revision of the database's tables; None where it has none yet."""
    there = connection.execute("SELECT to_regclass('public.alembic_version')").fetchone()
    if there is None or there[0] is None:
        return None
    row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return None if row is None else str(row[0])


def refuse_newer(present: str | None) -> None:
    """Raise WrongSchema where the tables are of a revision that this program does not know."""
    if present is not None and present not in _revisions()[0]:
        raise WrongSchema(
            f"The database was migrated by a newer version of Undersigned (to {present}, which "
            "this one does not know): install that version again, or restore the backup that "
            "was made before it."
        )


def require_head(present: str | None) -> None:
    """Raise WrongSchema unless the tables are those of this program."""
    refuse_newer(present)
    if present is None:
        raise WrongSchema("The database has no tables yet: run `undersigned migrate` first.")
    if present != head_revision():
        raise WrongSchema(
            f"The database is of an older version of Undersigned ({present}): make a backup, "
            "then run `undersigned migrate`."
        )
