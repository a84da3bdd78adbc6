"""Which migration this program's tables are of, told without Alembic.

A web process never migrates, and to import Alembic would be a sixth of its start.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

SCRIPTS: Final = Path(__file__).resolve().parents[2] / "migrations"
_NAMED: Final = re.compile(r'^(revision|down_revision) = "(\w+)"', re.MULTILINE)


@cache
def head_revision() -> str | None:
    """The revision that no other follows; None where there is none, or more than one."""
    revisions: set[str] = set()
    followed: set[str] = set()
    for path in (SCRIPTS / "versions").glob("*.py"):
        for name, revision in _NAMED.findall(path.read_text("utf-8")):
            (revisions if name == "revision" else followed).add(revision)
    heads = revisions - followed
    return heads.pop() if len(heads) == 1 else None
