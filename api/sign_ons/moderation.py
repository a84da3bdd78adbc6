"""What a moderator looks at before it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit.log import record
from api.errors import NotFound
from api.sign_ons.models import Review

QUEUE_MAX = 200

What = Literal["name", "comment"]
NAME: Final = "name"
COMMENT: Final = "comment"

QUEUE = text("""
    SELECT id, public_name AS name, public_affiliation AS affiliation, public_comment AS comment,
        review = 'queued' AS name_waits, comment_review = 'queued' AS comment_waits
    FROM sign_ons
    WHERE campaign = :campaign AND status = 'confirmed'
      AND (review = 'queued' OR comment_review = 'queued')
      AND (CAST(:after AS uuid) IS NULL OR id > :after)
    ORDER BY id LIMIT :limit
""")

DECIDE = {
    "name": text("""
        UPDATE sign_ons SET review = :review
        WHERE id = :id AND status = 'confirmed' AND review <> 'none'
    """),
    "comment": text("""
        UPDATE sign_ons SET comment_review = :review
        WHERE id = :id AND status = 'confirmed' AND comment_review <> 'none'
    """),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A signature with something to look at; ``name_waits`` holds for the affiliation too."""

    id: UUID
    name: str | None
    affiliation: str | None
    comment: str | None
    name_waits: bool
    comment_waits: bool


async def queue(
    connection: AsyncConnection, campaign: str, limit: int = QUEUE_MAX, after: UUID | None = None
) -> list[Waiting]:
    """What waits on a campaign, from behind ``after`` on, the oldest hour first."""
    values = {"campaign": campaign, "limit": limit, "after": after}
    rows: Sequence[Any] = (await connection.execute(QUEUE, values)).all()
    return [Waiting(*row) for row in rows]


async def decide(
    connection: AsyncConnection,
    sign_on_id: UUID,
    what: What,
    *,
    shown: bool,
    actor: str,
) -> None:
    """Show a name or a comment, or keep it from the list; the count stays. Raises NotFound."""
    review = Review.PASSED if shown else Review.REFUSED
    changed = await connection.execute(DECIDE[what], {"id": sign_on_id, "review": review})
    if not changed.rowcount:
        raise NotFound("There is no such signature with anything to look at.")
    await record(connection, actor, f"sign_on.{what}_{review}", str(sign_on_id))
