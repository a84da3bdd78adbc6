"""Writes the audit log: what organizers and the system did."""

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.models import AuditEntry


async def record(session: AsyncSession, actor: str, action: str, object: str) -> None:  # noqa: A002 (the column's name)
    """Add one entry in the caller's transaction, so that it is stored only if the act itself is.

    ``actor`` is ``system`` or an organizer's id, ``action`` a name such as ``mail.suppressed``,
    ``object`` an id or slug. No personal data: entries are never removed. The chain waits for
    the transaction to end, so keep that short.
    """
    await record_all(session, actor, action, [object])


async def record_all(
    session: AsyncSession, actor: str, action: str, objects: Sequence[str]
) -> None:
    """The same for each of ``objects``, in one statement."""
    session.add_all(AuditEntry(actor=actor, action=action, object=each) for each in objects)
    await session.flush()
