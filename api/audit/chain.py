"""The hash chain of the audit log: changing, removing or inserting an entry later breaks it.

Entries are inserted without it; one worker at a time links them afterwards, in the order of
``seq``: hash = SHA-256(previous hash | canonical JSON of the entry), the first after 32 zero
bytes. Nothing here commits.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

GENESIS: Final = bytes(32)
BATCH: Final = 500
PATIENCE_SECONDS: Final = 1.0
_PAUSE_SECONDS: Final = 0.02

_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(:key)")
_LOCK_KEY: Final = 0x6175646974  # "audit"
_HEAD: Final = text(
    "SELECT position, audit_seq, hash FROM audit_chain ORDER BY position DESC LIMIT 1"
)
_NEWEST: Final = text("SELECT max(seq) FROM audit WHERE seq > :after")
# An INSERT takes this lock before it draws its seq, and keeps it until its transaction ends.
_WRITERS: Final = text("""
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND relation = 'audit'::regclass AND mode = 'RowExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND pid IS DISTINCT FROM pg_backend_pid()
""")
_ENTRIES: Final = text("""
    SELECT seq, at, actor, action, object FROM audit
    WHERE seq > :after AND seq <= :newest ORDER BY seq LIMIT :limit
""")
_APPEND: Final = text(
    "INSERT INTO audit_chain (position, audit_seq, hash) VALUES (:position, :audit_seq, :hash)"
)
# Every entry up to the last linked one, with its link if it has one.
_LINKED: Final = text("""
    SELECT a.seq, a.at, a.actor, a.action, a.object, c.position, c.hash
    FROM audit a LEFT JOIN audit_chain c ON c.audit_seq = a.seq
    WHERE a.seq > :after AND a.seq <= :last ORDER BY a.seq LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many links are valid and the hash of the last of them; ``broken_at`` is the ``seq`` of
    the first entry that does not fit, None if the whole chain is valid.

    A chain cannot show that its end was cut off: compare ``head`` with one kept elsewhere.
    """

    links: int
    head: bytes
    broken_at: int | None = None


async def extend(session: AsyncSession, limit: int = BATCH) -> int:
    """Link at most ``limit`` entries and return how many; 0 when another worker is doing it.

    A ``seq`` is drawn before its transaction commits, and some transactions never commit. So an
    entry is linked only once every transaction that may have a smaller number has ended: no
    entry can appear later before one that is linked. The transaction must be read committed.
    """
    if not (await session.execute(_LOCK, {"key": _LOCK_KEY})).scalar_one():
        return 0
    position, after, previous = await _head(session)
    newest = (await session.execute(_NEWEST, {"after": after})).scalar_one()
    if newest is None or not await _writers_ended(session):
        return 0
    bounds = {"after": after, "newest": newest, "limit": limit}
    links: list[dict[str, Any]] = []
    for entry in (await session.execute(_ENTRIES, bounds)).all():
        position, previous = position + 1, link_hash(previous, entry)
        links.append({"position": position, "audit_seq": entry.seq, "hash": previous})
    if links:
        await session.execute(_APPEND, links)
    return len(links)


async def verify(session: AsyncSession) -> Verdict:
    """Compute the chain again from its first link; reads everything, ``BATCH`` rows at a time."""
    links, last, _ = await _head(session)
    position, after, previous = 0, 0, GENESIS
    while after < last:
        bounds = {"after": after, "last": last, "limit": BATCH}
        rows = (await session.execute(_LINKED, bounds)).all()
        for row in rows:
            expected = link_hash(previous, row)
            if row.position != position + 1 or bytes(row.hash) != expected:
                return Verdict(position, previous, broken_at=row.seq)
            position, after, previous = row.position, row.seq, expected
        if not rows:
            break
    whole = position == links
    return Verdict(position, previous, broken_at=None if whole else after + 1)


def link_hash(previous: bytes, entry: Any) -> bytes:
    """The hash of an entry (a row of ``audit``) after the link that came before it."""
    content = {
        "seq": entry.seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "object": entry.object,
    }
    return hashlib.sha256(previous + orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


async def _head(session: AsyncSession) -> tuple[int, int, bytes]:
    """Position, audit seq and hash of the last link; zeros when there is none."""
    row = (await session.execute(_HEAD)).one_or_none()
    return (row.position, row.audit_seq, bytes(row.hash)) if row else (0, 0, GENESIS)


async def _writers_ended(session: AsyncSession) -> bool:
    """Wait, a second at most, until every transaction that now writes to ``audit`` has ended.

    Later ones are not waited for, since they draw larger numbers: steady writing causes no delay.
    """
    waited, writers = 0.0, await _writers(session)
    while writers and waited < PATIENCE_SECONDS:
        await asyncio.sleep(_PAUSE_SECONDS)
        waited += _PAUSE_SECONDS
        writers &= await _writers(session)
    return not writers


async def _writers(session: AsyncSession) -> set[str]:
    return set((await session.execute(_WRITERS)).scalars())
