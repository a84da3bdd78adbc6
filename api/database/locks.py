"""Advisory locks of PostgreSQL, for what has no row to lock; they last until the transaction
ends."""

from sqlalchemy import BigInteger, Text, bindparam
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

_KEY = bindparam("key", type_=BigInteger)
_LOCK = select(func.pg_advisory_xact_lock(_KEY))
_TRY_LOCK = select(func.pg_try_advisory_xact_lock(_KEY))
_HASHED = func.hashtextextended(bindparam("name", type_=Text), _KEY)
_LOCK_NAME = select(func.pg_advisory_xact_lock(_HASHED))


async def lock(session: AsyncSession, key: int) -> None:
    """Wait for the lock with this number (64 bits, signed), and take it."""
    await session.exec(_LOCK, params={"key": key})


async def try_lock(session: AsyncSession, key: int) -> bool:
    """Take it if nobody else holds it; returns whether."""
    return bool((await session.exec(_TRY_LOCK, params={"key": key})).one())


async def lock_name(session: AsyncSession, name: str, space: int) -> None:
    """Wait for the lock of a name, such as a campaign's; ``space`` is the kind of names."""
    await session.exec(_LOCK_NAME, params={"name": name, "key": space})
