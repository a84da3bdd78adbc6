"""Writes the audit log: what organizers and the system did."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

_INSERT: Final = text("""
    INSERT INTO audit (at, actor, action, object)
    VALUES (clock_timestamp(), :actor, :action, :object)
""")

_INSERT_ALL: Final = text("""
    INSERT INTO audit (at, actor, action, object)
    SELECT clock_timestamp(), :actor, :action, unnest(CAST(:objects AS text[]))
""")


async def record(session: AsyncSession, actor: str, action: str, object: str) -> None:  # noqa: A002 (the column's name)
    """Add one entry in the caller's transaction, so that it is stored only if the act itself is.

    ``actor`` is ``system`` or an organizer's id, ``action`` a name such as ``mail.suppressed``,
    ``object`` an id or slug. No personal data: entries are never removed. The chain waits for
    the transaction to end, so keep that short.
    """
    await session.execute(_INSERT, {"actor": actor, "action": action, "object": object})


async def record_all(
    session: AsyncSession, actor: str, action: str, objects: Sequence[str]
) -> None:
    """The same for each of ``objects``, in one statement."""
    values = {"actor": actor, "action": action, "objects": list(objects)}
    await session.execute(_INSERT_ALL, values)
