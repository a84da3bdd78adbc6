"""Reports of unusual origins of confirmed signatures.

A domain's name and the pattern of addresses are read from sealed forms, so each look is audited;
no whole address is told.
"""

import re
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.errors import DomainError
from api.supporters.vault import Vault

# How many of the newest forms are opened to find patterns in their addresses.
OPENED_MAX = 5000
PATTERN_MIN = 3
DIGITS = re.compile(r"\d+")

# Domains by how many people confirmed with them; one sealed form of each gives its name.
DOMAINS = text("""
    SELECT count(*) AS people, (array_agg(s.id ORDER BY s.id))[1] AS example
    FROM supporters s WHERE s.campaign = :campaign AND s.status = 'confirmed'
      AND s.domain_hash IS NOT NULL AND s.identity IS NOT NULL
    GROUP BY s.domain_hash ORDER BY people DESC, example LIMIT :limit
""")
SEALED = text("SELECT data_key, identity FROM supporters WHERE id = :id")
NEWEST = text("""
    SELECT id, data_key, identity FROM supporters
    WHERE campaign = :campaign AND status = 'confirmed' AND identity IS NOT NULL
    ORDER BY id DESC LIMIT :limit
""")
CLIENTS = text("""
    SELECT encode(client_hash, 'hex') AS client, date_trunc('day', hour) AS day,
        count(DISTINCT person_id) AS people
    FROM supporters WHERE campaign = :campaign AND status = 'confirmed'
      AND client_hash IS NOT NULL
    GROUP BY 1, 2 ORDER BY people DESC, day DESC, client LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Domain:
    name: str
    people: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """``pattern`` is an address with each run of digits as ``#``."""

    pattern: str
    people: int


@dataclass(frozen=True, slots=True)
class Client:
    """``client`` is a keyed hash of one day, good for a bulk invalidation's filter."""

    client: str
    day: str
    people: int


async def domains(
    session: AsyncSession, vault: Vault, campaign: str, *, limit: int, actor: str
) -> list[Domain]:
    """The mail domains that most supporters confirmed with."""
    rows = (await session.execute(DOMAINS, {"campaign": campaign, "limit": limit})).all()
    found = []
    for row in rows:
        sealed = (await session.execute(SEALED, {"id": row.example})).one()
        identity = vault.open_form(sealed.data_key, row.example).identity(sealed.identity)
        found.append(Domain(identity.email.rpartition("@")[2], row.people))
    await record(session, actor, "report.domains", campaign)
    return found


async def patterns(
    session: AsyncSession, vault: Vault, campaign: str, *, limit: int, actor: str
) -> list[Pattern]:
    """What at least three of the newest addresses have in common, numbers left out.

    Only patterns with a number in them: a whole address is never one of them.
    """
    rows = await session.execute(NEWEST, {"campaign": campaign, "limit": OPENED_MAX})
    counted: Counter[str] = Counter()
    for row in rows:
        try:
            identity = vault.open_form(row.data_key, row.id).identity(row.identity)
        except DomainError:
            continue  # its key is gone
        local, _, domain = identity.email.lower().rpartition("@")
        if DIGITS.search(local):
            counted[f"{DIGITS.sub('#', local)}@{domain}"] += 1
    await record(session, actor, "report.addresses", campaign)
    common = counted.most_common(limit)
    return [Pattern(name, people) for name, people in common if people >= PATTERN_MIN]


async def clients(session: AsyncSession, campaign: str, *, limit: int, actor: str) -> list[Client]:
    """From where most people confirmed in one day."""
    rows = await session.execute(CLIENTS, {"campaign": campaign, "limit": limit})
    found = [Client(row.client, f"{row.day:%Y-%m-%d}", row.people) for row in rows]
    await record(session, actor, "report.clients", campaign)
    return found
