"""Reports of unusual origins of confirmed signatures.

A domain's name and the pattern of addresses are read from sealed forms, so each look is audited;
no whole address is told.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.errors import DomainError
from api.supporters.models import Supporter, SupporterStatus
from api.supporters.vault import Vault

# How many of the newest forms are opened to find patterns in their addresses.
OPENED_MAX = 5000
PATTERN_MIN = 3
DIGITS = re.compile(r"\d+")
# What opens a form and tells its address.
SEALED: tuple[Any, ...] = (Supporter.id, Supporter.data_key, Supporter.identity)


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
    number, form = func.count().label("people"), col(Supporter.id)
    example = func.array_agg(aggregate_order_by(form, form))[1].label("example")
    counted = (
        select(number, example)
        .where(*_confirmed(campaign), col(Supporter.domain_hash).is_not(None))
        .group_by(col(Supporter.domain_hash))
        .order_by(number.desc(), example)
        .limit(limit)
        .subquery()
    )
    # Only a sealed form tells the domain's name: the first one of each.
    columns: tuple[Any, ...] = (*SEALED, counted.c.people)
    query = (
        select(*columns)
        .join(counted, form == counted.c.example)
        .order_by(counted.c.people.desc(), form)
    )
    found = []
    for row in (await session.exec(query)).all():
        identity = vault.open_form(row.data_key, row.id).identity(row.identity)
        found.append(Domain(identity.email.rpartition("@")[2], row.people))
    await record(session, actor, "report.domains", campaign)
    return found


async def patterns(
    session: AsyncSession, vault: Vault, campaign: str, *, limit: int, actor: str
) -> list[Pattern]:
    """What at least three of the newest addresses have in common, numbers left out.

    Only patterns with a number in them: a whole address is never one of them.
    """
    newest = select(*SEALED).where(*_confirmed(campaign)).order_by(col(Supporter.id).desc())
    counted: Counter[str] = Counter()
    for row in await session.exec(newest.limit(OPENED_MAX)):
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
    client = func.encode(Supporter.client_hash, "hex").label("client")
    day = func.date_trunc("day", Supporter.hour).label("day")
    people = func.count(col(Supporter.person_id).distinct()).label("people")
    query = (
        select(client, day, people)
        .where(
            Supporter.campaign == campaign,
            Supporter.status == SupporterStatus.CONFIRMED,
            col(Supporter.client_hash).is_not(None),
        )
        .group_by(client, day)
        .order_by(people.desc(), day.desc(), client)
        .limit(limit)
    )
    rows = (await session.exec(query)).all()
    await record(session, actor, "report.clients", campaign)
    return [Client(client=hash_, day=f"{on:%Y-%m-%d}", people=n) for hash_, on, n in rows]


def _confirmed(campaign: str) -> Sequence[ColumnElement[bool]]:
    """Confirmed forms whose data is there."""
    return (
        col(Supporter.campaign) == campaign,
        col(Supporter.status) == SupporterStatus.CONFIRMED,
        col(Supporter.identity).is_not(None),
    )
