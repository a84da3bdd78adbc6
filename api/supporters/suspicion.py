"""Fraud review: whether a new person is a suspect, and how organizers clear them.

A suspect is not told: they are answered, confirmed and thanked like everybody else. Their letters
wait at the scheduler's gate, shown as queued, and nothing of theirs is counted or listed until an
organizer clears them. The reasons: too many people from one client in a day (``rate``), a
disposable mail address (``disposable``), or the organizers' own list (``watched``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import Integer, bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import col, delete, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.database.columns import utc_now
from api.errors import NotFound
from api.letters.models import Letter
from api.security.addresses import canonical_address
from api.security.hashing import keyed_hash
from api.security.identifiers import new_id
from api.security.keys import KeyRing
from api.supporters import models
from api.supporters.models import Person, Standing, Supporter, SupporterStatus

# What is told of a suspect is that of their first form.
_OF_FORMS: tuple[Any, ...] = (Supporter.hour, Supporter.state, Supporter.country, Supporter.partner)


@dataclass(frozen=True, slots=True)
class Rules:
    """``per_client``: how many may confirm from one client in a day. ``disposable``: domains,
    including their subdomains."""

    per_client: int
    disposable: frozenset[str]

    def is_disposable(self, domain: str) -> bool:
        parts = domain.split(".")
        return any(".".join(parts[start:]) in self.disposable for start in range(len(parts)))


class Facts(NamedTuple):
    """What the rules look at: the domain of an address, whether it or the address is on the
    watchlist, and how many have confirmed from the same client."""

    domain: str
    watched: bool
    confirmed: int


# Why somebody is a suspect: the first that holds. Organizers filter by these words.
REASONS: Final[Mapping[str, Callable[[Rules, Facts], bool]]] = {
    "watched": lambda _, facts: facts.watched,
    "disposable": lambda rules, facts: rules.is_disposable(facts.domain),
    "rate": lambda rules, facts: facts.confirmed > rules.per_client,
}
# The type of a field that takes one of them.
if TYPE_CHECKING:
    Reason = str
else:
    Reason = Literal[tuple(REASONS)]


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
    row = (await session.exec(_FACTS, params={**values, **bounds})).one()
    facts = Facts(domain, row.watched, row.confirmed)
    reason = next((name for name, holds in REASONS.items() if holds(rules, facts)), None)
    if reason is not None:
        marked = {"standing": Standing.SUSPECT, "suspect_reason": reason}
        await session.exec(update(Person).where(col(Person.id) == new.person_id).values(marked))
    return reason is not None


def _facts() -> Any:
    """Whether an address is on the watchlist, and how many (at most ``most``) have confirmed from
    a form's client, itself included. Client hashes use a daily key, so it is one day's number."""
    address = (
        models.Watched.domain == bindparam("domain"),
        col(models.Watched.email_hash).in_(bindparam("hashes", expanding=True)),
    )
    listed = select(models.Watched.id).where(
        models.Watched.campaign == bindparam("campaign"), or_(*address)
    )
    client = select(Supporter.client_hash).where(Supporter.id == bindparam("id"))
    other = aliased(Supporter)
    same = select(other.id).where(
        other.client_hash == client.scalar_subquery(), other.status == SupporterStatus.CONFIRMED
    )
    counted = same.limit(bindparam("most", type_=Integer)).subquery()
    number = select(func.count()).select_from(counted).scalar_subquery()
    return select(listed.exists().label("watched"), number.label("confirmed"))


_FACTS = _facts()


async def suspects(
    session: AsyncSession, campaign: str, reason: str | None, after: UUID | None, limit: int
) -> list[Suspect]:
    """The suspects by id, starting after ``after``."""
    letters = select(func.count()).select_from(Letter).where(Letter.person_id == Person.id)
    columns: tuple[Any, ...] = (
        Person.id,
        col(Person.suspect_reason).label("reason"),
        *(func.min(each).label(each.key) for each in _OF_FORMS),
        letters.scalar_subquery().label("letters"),
    )
    query = (
        select(*columns)
        .select_from(Person)
        .join(Supporter)
        .where(
            Person.campaign == campaign,
            Person.standing == Standing.SUSPECT,
            Supporter.status == SupporterStatus.CONFIRMED,
        )
    )
    if reason is not None:
        query = query.where(Person.suspect_reason == reason)
    if after is not None:
        query = query.where(col(Person.id) > after)
    query = query.group_by(col(Person.id)).order_by(col(Person.id)).limit(limit)
    return [Suspect(**row) for row in (await session.exec(query)).mappings()]


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
    chosen = select(Person.id).where(
        Person.campaign == campaign, Person.standing == Standing.SUSPECT
    )
    if reason is not None:
        chosen = chosen.where(Person.suspect_reason == reason)
    if ids is not None:
        chosen = chosen.where(col(Person.id).in_(ids))
    locked = chosen.order_by(col(Person.id)).limit(limit).with_for_update(key_share=True)
    clear = (
        update(Person)
        .where(col(Person.id).in_(locked), col(Person.standing) == Standing.SUSPECT)
        .values(standing=Standing.COUNTED)
        .returning(col(Person.id))
    )
    return list((await session.exec(clear)).scalars())


async def watchlist(session: AsyncSession, campaign: str) -> list[Watched]:
    """What is on a campaign's watchlist, the oldest first."""
    entries = select(models.Watched).where(models.Watched.campaign == campaign)
    ordered = entries.order_by(col(models.Watched.since), col(models.Watched.id))
    found = (await session.exec(ordered)).all()
    return [Watched(id=each.id, domain=each.domain, since=each.since) for each in found]


async def watch(
    session: AsyncSession, keys: KeyRing, campaign: str, name: str, *, actor: str
) -> None:
    """Add a domain, or a single address, to a campaign's watchlist, which applies to newcomers."""
    values = {"id": new_id(), "campaign": campaign, "since": utc_now()}
    if "@" in name:
        key, address = keys.purpose("addresses"), canonical_address(name)
        values["email_hash"] = keyed_hash(key, f"person:{campaign}", address)
    else:
        values["domain"] = name.lower()
    await session.exec(insert(models.Watched).values(values).on_conflict_do_nothing())
    await record(session, actor, "watchlist.add", str(values["id"]))


async def unwatch(session: AsyncSession, campaign: str, entry: UUID, *, actor: str) -> None:
    """Raises NotFound."""
    entries = col(models.Watched.id) == entry, col(models.Watched.campaign) == campaign
    if not (await session.exec(delete(models.Watched).where(*entries))).rowcount:
        raise NotFound("There is no such entry on the list.")
    await record(session, actor, "watchlist.remove", str(entry))
