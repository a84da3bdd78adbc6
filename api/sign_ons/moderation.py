"""What a moderator looks at before it is shown, and where signatures come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit.log import record
from api.errors import NotFound
from api.sign_ons.models import Review
from api.supporters.vault import Vault

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

# Domains by how many confirmed with an address there; the sealed form of one tells its name.
DOMAINS = text("""
    SELECT count(*) AS people, (array_agg(s.id ORDER BY s.id))[1] AS example
    FROM supporters s WHERE s.campaign = :campaign AND s.status = 'confirmed'
      AND s.domain_hash IS NOT NULL AND s.identity IS NOT NULL
    GROUP BY s.domain_hash ORDER BY people DESC, example LIMIT :limit
""")

SEALED = text("SELECT data_key, identity FROM supporters WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A signature with something to look at; ``name_waits`` holds for the affiliation too."""

    id: UUID
    name: str | None
    affiliation: str | None
    comment: str | None
    name_waits: bool
    comment_waits: bool


@dataclass(frozen=True, slots=True)
class Domain:
    name: str
    people: int


async def queue(
    connection: AsyncConnection, campaign: str, limit: int = QUEUE_MAX
) -> list[Waiting]:
    """What waits on a campaign, the oldest hour first."""
    rows: Sequence[Any] = (
        await connection.execute(QUEUE, {"campaign": campaign, "limit": limit})
    ).all()
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


async def domains(
    connection: AsyncConnection, vault: Vault, campaign: str, *, limit: int, actor: str
) -> list[Domain]:
    """The mail domains that most supporters confirmed with; the look at them is audited."""
    rows = (await connection.execute(DOMAINS, {"campaign": campaign, "limit": limit})).all()
    found = []
    for row in rows:
        sealed = (await connection.execute(SEALED, {"id": row.example})).one()
        identity = vault.open_form(sealed.data_key, row.example).identity(sealed.identity)
        found.append(Domain(identity.email.rpartition("@")[2], row.people))
    await record(connection, actor, "sign_ons.domains", campaign)
    return found
