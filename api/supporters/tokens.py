"""The tokens of mailed links, each with one purpose."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.columns import utc_now
from api.errors import TokenGone
from api.security.tokens import new_token, token_digest
from api.supporters.models import Token


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


_LIVE = select(Token).where(
    Token.hash == bindparam("hash"),
    Token.purpose == bindparam("purpose"),
    col(Token.used_at).is_(None),
    col(Token.expires) > func.now(),
)
_LOCKED = _LIVE.with_for_update(key_share=True)


async def mint(
    session: AsyncSession,
    supporter_id: UUID,
    purpose: Purpose,
    lifetime: timedelta | None = None,
) -> str:
    """A new link's token; only its digest is stored, in the caller's transaction."""
    token, digest = new_token()
    expires = utc_now() + (lifetime or LIFETIME[purpose])
    session.add(Token(hash=digest, purpose=purpose, supporter_id=supporter_id, expires=expires))
    return token


async def find(session: AsyncSession, token: str, purpose: Purpose, *, lock: bool = False) -> Token:
    """Raises TokenGone when the token is used, expired, unknown or for something else."""
    values = {"hash": token_digest(token), "purpose": purpose}
    found = (await session.exec(_LOCKED if lock else _LIVE, params=values)).one_or_none()
    if found is None:
        raise TokenGone("Ask for a new link where you filled in the form.")
    return found


async def end_all(session: AsyncSession, supporter_ids: Sequence[UUID], purpose: Purpose) -> None:
    """End the links of these forms because of a button that was pressed, and note it on each."""
    theirs = col(Token.supporter_id).in_(supporter_ids), col(Token.purpose) == purpose
    unused = col(Token.used_at).is_(None)
    await session.exec(update(Token).where(*theirs, unused).values(used_at=utc_now()))


async def use_up(session: AsyncSession, found: Token) -> None:
    """From now on the link leads to nothing."""
    found.used_at = utc_now()
    await session.flush()  # at this place in the order of locks, not at the commit
