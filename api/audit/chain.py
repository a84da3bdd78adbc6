"""The hash chain of the audit log: changing, removing or inserting an entry later breaks it.

Entries are inserted without it; one worker at a time links them afterwards, in the order of
``seq``: hash = SHA-256(previous hash | canonical JSON of the entry), the first after 32 zero
bytes. Nothing here commits.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import UTC
from typing import Final

import orjson
from sqlalchemy import text
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from api.audit.models import AuditEntry, AuditLink

GENESIS: Final = bytes(32)
BATCH: Final = 500
PATIENCE_SECONDS: Final = 1.0
_PAUSE_SECONDS: Final = 0.02

_LOCK: Final = select(func.pg_try_advisory_xact_lock(0x6175646974))  # "audit"
_HEAD: Final = select(AuditLink).order_by(col(AuditLink.position).desc()).limit(1)
# An INSERT takes this lock before it draws its seq, and keeps it until its transaction ends.
_WRITERS: Final = text("""
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND relation = 'audit'::regclass AND mode = 'RowExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND pid IS DISTINCT FROM pg_backend_pid()
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
    if not (await session.exec(_LOCK)).one():
        return 0
    position, after, previous = await _head(session)
    found = select(func.max(AuditEntry.seq)).where(AuditEntry.seq > after)
    newest = (await session.exec(found)).one()
    if not newest or not await _writers_ended(session):
        return 0
    entries = (
        select(AuditEntry)
        .where(AuditEntry.seq > after, AuditEntry.seq <= newest)
        .order_by(col(AuditEntry.seq))
        .limit(limit)
    )
    links = []
    for entry in await session.exec(entries):
        position, previous = position + 1, link_hash(previous, entry)
        links.append(AuditLink(position=position, audit_seq=entry.seq, hash=previous))
    session.add_all(links)
    await session.flush()
    return len(links)


async def verify(session: AsyncSession) -> Verdict:
    """Compute the chain again from its first link; reads everything, ``BATCH`` rows at a time."""
    links, last, _ = await _head(session)
    position, after, previous = 0, 0, GENESIS
    while after < last:
        rows = (await session.exec(_linked(after, last))).all()
        for entry, place, linked in rows:
            expected = link_hash(previous, entry)
            if place != position + 1 or linked != expected:
                return Verdict(position, previous, broken_at=entry.seq)
            position, after, previous = place, entry.seq, expected
        if not rows:
            break
    whole = position == links
    return Verdict(position, previous, broken_at=None if whole else after + 1)


def _linked(after: int, last: int) -> Select[AuditEntry, int, bytes]:
    """The next entries up to the last linked one, each with its link if it has one (else None)."""
    return (
        select(AuditEntry, AuditLink.position, AuditLink.hash)
        .join(AuditLink, col(AuditLink.audit_seq) == AuditEntry.seq, isouter=True)
        .where(AuditEntry.seq > after, AuditEntry.seq <= last)
        .order_by(col(AuditEntry.seq))
        .limit(BATCH)
    )


def link_hash(previous: bytes, entry: AuditEntry) -> bytes:
    """The hash of an entry after the link that came before it."""
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
    head = (await session.exec(_HEAD)).one_or_none()
    return (head.position, head.audit_seq, head.hash) if head else (0, 0, GENESIS)


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
