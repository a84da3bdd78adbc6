"""Every signature of a campaign, as an organizer sees it: its states, and what is shown of it.

Nothing sealed is opened for a list: hidden people stay hidden.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

LIST = text("""
    SELECT g.id, g.sequence, g.status, coalesce(p.standing, '') AS standing, g.display, g.review,
        g.comment_review, g.public_name, g.public_place, g.public_affiliation, g.public_comment,
        s.state, s.country, s.language, s.partner
    FROM sign_ons g JOIN supporters s ON s.id = g.supporter_id
    LEFT JOIN persons p ON p.id = g.person_id
    WHERE g.campaign = :campaign AND (CAST(:after AS uuid) IS NULL OR g.id > :after)
      AND (CAST(:status AS text) IS NULL OR g.status = :status)
      AND (CAST(:standing AS text) IS NULL OR p.standing = :standing)
      AND (CAST(:display AS text) IS NULL OR g.display = :display)
      AND (CAST(:state AS text) IS NULL OR s.state = :state)
      AND (CAST(:partner AS text) IS NULL OR s.partner = :partner)
      AND (CAST(:review AS text) IS NULL OR g.review = :review OR g.comment_review = :review)
    ORDER BY g.id LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Filter:
    """What is None filters nothing."""

    status: str | None = None
    standing: str | None = None
    display: str | None = None
    review: str | None = None
    state: str | None = None
    partner: str | None = None

    def values(self) -> dict[str, Any]:
        names = ("status", "standing", "display", "review", "state", "partner")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Signature:
    """``standing`` is blank before the confirmation; ``name`` and what follows as it is shown."""

    id: UUID
    sequence: int | None
    status: str
    standing: str
    display: str
    review: str
    comment_review: str
    name: str | None
    place: str | None
    affiliation: str | None
    comment: str | None
    state: str | None
    country: str
    language: str
    partner: str | None


async def signatures(
    session: AsyncSession, campaign: str, wanted: Filter, after: UUID | None, limit: int
) -> list[Signature]:
    """Those that pass the filter, from behind ``after`` on, by id."""
    bounds = {"campaign": campaign, "after": after, "limit": limit}
    rows = await session.execute(LIST, {**wanted.values(), **bounds})
    return [Signature(*row) for row in rows]
