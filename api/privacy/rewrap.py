"""Key rotation: wraps data keys again, with their campaign's current key.

Sealed data stays as it is; only the 69 bytes of its wrapped key change. The old key stays in the
ring, so this can be stopped and run again, while forms are being accepted.
"""

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.session import transaction
from api.errors import DomainError
from api.security.key import Key
from api.security.keys import KeyRing
from api.security.sealing import unwrap, wrap

BATCH: Final = 500

# A wrap holds the id of its key in the bytes after the first (api/security/sealing.py).
_OLD: Final = text("""
    SELECT id, data_key FROM supporters
    WHERE id > :after AND campaign = :campaign AND data_key IS NOT NULL
      AND substring(data_key FROM 2 FOR 8) <> :key_id
    ORDER BY id LIMIT :limit FOR UPDATE
""")
_STORE: Final = text("""
    UPDATE supporters s SET data_key = r.data_key
    FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS bytea[])) AS r(id, data_key) WHERE s.id = r.id
""")


async def wrap_anew(engine: AsyncEngine, keys: KeyRing, campaign: str) -> AsyncIterator[int]:
    """Wrap every data key of a campaign with its current key; yields how many, by batch.

    A data key whose key was deleted from the ring stays as it is: nobody can read it any more.
    """
    current, after = keys.campaign(campaign), UUID(int=0)
    while True:
        async with transaction(engine) as session:
            bounds = {"after": after, "campaign": campaign, "key_id": current.id_bytes}
            rows = (await session.execute(_OLD, {**bounds, "limit": BATCH})).all()
            done = await _store(session, rows, keys, current)
        if not rows:
            return
        after = rows[-1].id
        yield done


async def _store(session: AsyncSession, rows: Any, keys: KeyRing, current: Key) -> int:
    wrapped = {row.id: blob for row in rows if (blob := _wrapped(row.data_key, keys, current))}
    if wrapped:
        columns = {"ids": list(wrapped), "keys": list(wrapped.values())}
        await session.execute(_STORE, columns)
    return len(wrapped)


def _wrapped(blob: bytes, keys: KeyRing, current: Key) -> bytes | None:
    try:
        return wrap(unwrap(blob, keys), current)
    except DomainError:
        return None
