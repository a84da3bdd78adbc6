"""Clears suspects: they are counted from then on, and their letters are sent."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.deliveries import holding
from api.sign_ons.invalidation import count
from api.supporters.suspicion import settle

BATCH = 500


async def release(
    session: AsyncSession,
    campaign: str,
    reason: str | None,
    ids: Sequence[UUID] | None,
    *,
    actor: str,
) -> int:
    """Clear at most ``BATCH`` people with their counts and letters; returns how many."""
    found = await settle(session, campaign, reason, ids, BATCH)
    if found:
        await count(session, campaign, found, 1)
        await holding.release(session, found)
        await record(session, actor, "suspects.release", campaign)
    return len(found)
