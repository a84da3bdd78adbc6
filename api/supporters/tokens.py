"""The tokens of mailed links, each with one purpose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.errors import TokenGone
from api.security.tokens import new_token, token_digest


class Purpose(StrEnum):
    CONFIRM = "confirm"
    PAGE = "page"
    OWN_LINK = "own_link"  # mailed, and good for one opening
    OWN_DATA = "own_data"  # what the opening gives; never in an address


# How long a used or expired link is kept, so that whoever opens it is told what happened.
KNOWN_FOR = timedelta(days=30)

# How long a link works. A confirmation lives as long as the form that waits for it.
LIFETIME = {
    Purpose.CONFIRM: timedelta(hours=72),
    Purpose.PAGE: timedelta(days=400),
    Purpose.OWN_LINK: timedelta(hours=24),
    Purpose.OWN_DATA: timedelta(minutes=30),
}

MINT = text("""
    INSERT INTO tokens (hash, purpose, supporter_id, expires)
    VALUES (:hash, :purpose, :supporter_id, now() + :lifetime)
""")

FIND = """
    SELECT hash, supporter_id FROM tokens
    WHERE hash = :hash AND purpose = :purpose AND used_at IS NULL AND expires > now()
"""
FIND_PLAIN, FIND_LOCKED = text(FIND), text(FIND + " FOR NO KEY UPDATE")


@dataclass(frozen=True, slots=True)
class FoundToken:
    hash: bytes
    supporter_id: UUID


async def mint(
    session: AsyncSession,
    supporter_id: UUID,
    purpose: Purpose,
    lifetime: timedelta | None = None,
) -> str:
    """A new link's token; only its digest is stored, in the caller's transaction."""
    token, digest = new_token()
    await session.execute(
        MINT,
        {
            "hash": digest,
            "purpose": purpose,
            "supporter_id": supporter_id,
            "lifetime": lifetime or LIFETIME[purpose],
        },
    )
    return token


async def find(
    session: AsyncSession, token: str, purpose: Purpose, *, lock: bool = False
) -> FoundToken:
    """Raises TokenGone when the token is used, expired, unknown or for something else."""
    query = FIND_LOCKED if lock else FIND_PLAIN
    found = await session.execute(query, {"hash": token_digest(token), "purpose": purpose})
    row = found.one_or_none()
    if row is None:
        raise TokenGone("Ask for a new link where you filled in the form.")
    return FoundToken(bytes(row.hash), row.supporter_id)


async def end_all(session: AsyncSession, supporter_ids: Sequence[UUID], purpose: Purpose) -> None:
    """End the links of these forms because of a button that was pressed, and note it on each."""
    end = text("""
        UPDATE tokens SET used_at = now()
        WHERE supporter_id = ANY(:ids) AND purpose = :purpose AND used_at IS NULL
    """)
    await session.execute(end, {"ids": list(supporter_ids), "purpose": purpose})


async def use_up(session: AsyncSession, found: FoundToken) -> None:
    await session.execute(
        text("UPDATE tokens SET used_at = now() WHERE hash = :hash"), {"hash": found.hash}
    )
