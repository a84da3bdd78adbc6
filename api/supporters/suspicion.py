"""Fraud review: whether a new person is a suspect, and how organizers clear them.

A suspect is not told: they are answered, confirmed and thanked like everybody else. Their letters
wait at the scheduler's gate, shown as queued, and nothing of theirs is counted or listed until an
organizer clears them. The reasons: too many people from one client in a day (``rate``), a
disposable mail address (``disposable``), or the organizers' own list (``watched``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.database.session import changed_rows
from api.errors import NotFound
from api.security.addresses import canonical_address
from api.security.hashing import keyed_hash
from api.security.identifiers import new_id
from api.security.keys import KeyRing

# Client hashes use a daily key, so this counts one day's forms, including this one.
LOOK = text("""
    SELECT EXISTS (SELECT FROM watchlist WHERE campaign = :campaign
                   AND (domain = :domain OR email_hash = ANY(:hashes))) AS watched,
        (SELECT count(*) FROM (
            SELECT FROM supporters o WHERE o.client_hash = s.client_hash
              AND o.status = 'confirmed' LIMIT :most) AS same) AS confirmed
    FROM supporters s WHERE s.id = :id
""")
MARK = text("UPDATE persons SET standing = 'suspect', suspect_reason = :reason WHERE id = :id")

LIST = text("""
    SELECT p.id, p.suspect_reason AS reason, min(s.hour) AS hour, min(s.state) AS state,
        min(s.country) AS country, min(s.partner) AS partner,
        (SELECT count(*) FROM letters l WHERE l.person_id = p.id) AS letters
    FROM persons p JOIN supporters s ON s.person_id = p.id AND s.status = 'confirmed'
    WHERE p.campaign = :campaign AND p.standing = 'suspect'
      AND (CAST(:reason AS text) IS NULL OR p.suspect_reason = :reason)
      AND (CAST(:after AS uuid) IS NULL OR p.id > :after)
    GROUP BY p.id ORDER BY p.id LIMIT :limit
""")
RELEASE = text("""
    UPDATE persons SET standing = 'counted' WHERE id IN (
        SELECT id FROM persons WHERE campaign = :campaign AND standing = 'suspect'
          AND (CAST(:reason AS text) IS NULL OR suspect_reason = :reason)
          AND (CAST(:ids AS uuid[]) IS NULL OR id = ANY(:ids))
        ORDER BY id LIMIT :limit FOR NO KEY UPDATE) AND standing = 'suspect'
    RETURNING id
""")

WATCHED = text("""
    SELECT id, domain, since FROM watchlist WHERE campaign = :campaign ORDER BY since, id
""")
WATCH = text("""
    INSERT INTO watchlist (id, campaign, domain, email_hash, since)
    VALUES (:id, :campaign, :domain, :email_hash, now()) ON CONFLICT DO NOTHING
""")
UNWATCH = text("DELETE FROM watchlist WHERE id = :id AND campaign = :campaign")


@dataclass(frozen=True, slots=True)
class Rules:
    """``per_client``: how many may confirm from one client in a day. ``disposable``: domains,
    including their subdomains."""

    per_client: int
    disposable: frozenset[str]

    def is_disposable(self, domain: str) -> bool:
        parts = domain.split(".")
        return any(".".join(parts[start:]) in self.disposable for start in range(len(parts)))


@lru_cache
def load_rules(per_client: int, *files: Path) -> Rules:
    """The rules with the domains of these files: one a line, ``#`` begins a comment."""
    lines = [line for file in files for line in file.read_text("utf-8-sig").splitlines()]
    names = (line.partition("#")[0].strip().lower().rstrip(".") for line in lines)
    return Rules(per_client, frozenset(filter(None, names)))


@dataclass(frozen=True, slots=True)
class Suspect:
    id: UUID
    reason: str | None
    hour: datetime
    state: str | None
    country: str
    partner: str | None
    letters: int


@dataclass(frozen=True, slots=True)
class Watched:
    """``domain`` is None for a single address, of which only a keyed hash is kept."""

    id: UUID
    domain: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who has just confirmed for the first time, and the form that they did it with.
    ``email_hashes`` are of all versions of the address's canonical form."""

    person_id: UUID
    supporter_id: UUID
    campaign: str
    email: str
    email_hashes: Sequence[bytes]


async def mark_suspect(session: AsyncSession, rules: Rules, new: Newcomer) -> bool:
    """Check a new person, and mark them as a suspect if there is a reason; returns whether."""
    domain = canonical_address(new.email).rpartition("@")[2]
    values = {"campaign": new.campaign, "domain": domain, "hashes": list(new.email_hashes)}
    bounds = {"id": new.supporter_id, "most": rules.per_client + 1}
    row = (await session.execute(LOOK, {**values, **bounds})).one()
    reasons = {
        "watched": row.watched,
        "disposable": rules.is_disposable(domain),
        "rate": row.confirmed > rules.per_client,
    }
    reason = next((name for name, found in reasons.items() if found), None)
    if reason is not None:
        await session.execute(MARK, {"id": new.person_id, "reason": reason})
    return reason is not None


async def suspects(
    session: AsyncSession, campaign: str, reason: str | None, after: UUID | None, limit: int
) -> list[Suspect]:
    """The suspects by id, starting after ``after``."""
    values = {"campaign": campaign, "reason": reason, "after": after, "limit": limit}
    return [Suspect(*row) for row in await session.execute(LIST, values)]


async def settle(
    session: AsyncSession,
    campaign: str,
    reason: str | None,
    ids: Sequence[UUID] | None,
    limit: int,
) -> list[UUID]:
    """Clear the suspects with this reason, or these; returns who it was.

    The caller updates counts and releases letters.
    """
    values = {"campaign": campaign, "reason": reason, "limit": limit}
    chosen = None if ids is None else list(ids)
    return list((await session.execute(RELEASE, {**values, "ids": chosen})).scalars())


async def watchlist(session: AsyncSession, campaign: str) -> list[Watched]:
    return [Watched(*row) for row in await session.execute(WATCHED, {"campaign": campaign})]


async def watch(
    session: AsyncSession, keys: KeyRing, campaign: str, name: str, *, actor: str
) -> None:
    """Add a domain, or a single address, to a campaign's watchlist, which applies to newcomers."""
    values: dict[str, Any] = {"id": new_id(), "campaign": campaign}
    if "@" in name:
        key, address = keys.purpose("addresses"), canonical_address(name)
        values |= {"domain": None, "email_hash": keyed_hash(key, f"person:{campaign}", address)}
    else:
        values |= {"domain": name.lower(), "email_hash": None}
    await session.execute(WATCH, values)
    await record(session, actor, "watchlist.add", str(values["id"]))


async def unwatch(session: AsyncSession, campaign: str, entry: UUID, *, actor: str) -> None:
    """Raises NotFound."""
    if not changed_rows(await session.execute(UNWATCH, {"id": entry, "campaign": campaign})):
        raise NotFound("There is no such entry on the list.")
    await record(session, actor, "watchlist.remove", str(entry))
