"""Who confirms: a mailbox may be shared by two people, and only they can say who it is.

An address with different names is no proof of another person (names are corrected, and typed in
two scripts), so nothing is guessed: whoever comes to a mailbox that has confirmed before says
whether they are that person or another one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.errors import DomainError
from api.security.addresses import CANONICAL_VERSION, canonical_address, earlier_forms
from api.security.hashing import keyed_hash
from api.security.identifiers import hour_of, moment_of, new_id
from api.security.keys import KeyRing
from api.supporters.models import Standing
from api.targets.days import eastern_date

PLACES: Final = (1, 2)
ROLES: Final = ("person", "representative")
SAME, ANOTHER = "same", "another"

# Serializes confirmations for one address and campaign: without a person there is no row to lock.
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:lock)")

_FIND = """
    SELECT id, place, standing FROM persons
    WHERE campaign = :campaign AND email_hash = :email_hash ORDER BY id
"""
FIND, FIND_LOCKED = text(_FIND), text(_FIND + " FOR NO KEY UPDATE")

# The same person by the hash of an earlier canonical form of their address. Nobody if people are
# already stored by today's form, since their places could clash.
FORWARD = text("""
    UPDATE persons SET email_hash = :email_hash
    WHERE campaign = :campaign AND email_hash = ANY(:earlier) AND NOT EXISTS (
        SELECT FROM persons WHERE campaign = :campaign AND email_hash = :email_hash)
""")

FORM_FORWARD = text("""
    UPDATE supporters SET email_hash = :email_hash, canonical_version = :version
    WHERE id = :id AND email_hash = ANY(:earlier)
""").bindparams(version=CANONICAL_VERSION)

MAKE = text("""
    INSERT INTO persons (id, campaign, email_hash, place, standing)
    VALUES (:id, :campaign, :email_hash, :place, 'counted')
""")


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody who has confirmed with this address on this campaign."""

    id: UUID
    place: int
    counted: bool

    @property
    def since(self) -> date:
        """The day (in Washington) of their first confirmation."""
        return eastern_date(moment_of(self.id))


@dataclass(frozen=True, slots=True)
class Confirmer:
    """The person whose confirmation it is; the row is locked."""

    id: UUID
    is_new: bool
    counted: bool


class PersonNeeded(DomainError):
    """``people`` are those who confirmed, as ``person`` can name them; nothing was done."""

    status = 409
    code = "person_needed"
    title = "Say who confirms"


class MailboxFull(DomainError):
    """A third person at one address. Nothing was done; the form still waits."""

    status = 409
    code = "mailbox_full"
    title = "Two people have confirmed with this address"


async def people_at(
    session: AsyncSession, campaign: str, email_hash: bytes, *, lock: bool = False
) -> list[KnownPerson]:
    """Who has confirmed with an address, in order of time; at most two."""
    query = FIND_LOCKED if lock else FIND
    values = {"campaign": campaign, "email_hash": email_hash}
    rows: Sequence[Any] = (await session.execute(query, values)).all()
    people = [KnownPerson(row.id, row.place, row.standing == Standing.COUNTED) for row in rows]
    # Sorted by the hour that an id begins with, then by place: ids are random within the hour.
    return sorted(people, key=lambda person: (hour_of(person.id), person.place))


def hashes_of(keys: KeyRing, campaign: str, email: str, email_hash: bytes) -> list[bytes]:
    """The hashes of an address on a campaign by all versions of its canonical form, today's first.

    ``email_hash`` is one of them, which says whether they are a person's or a representative's.
    """
    found = (_hashes(keys, campaign, email, who) for who in ROLES)
    return next((each for each in found if email_hash in each), [email_hash])


def all_hashes_of(keys: KeyRing, campaign: str, email: str) -> list[bytes]:
    """The same, of whoever signs at that address: as a person, or for an organization."""
    return [each for who in ROLES for each in _hashes(keys, campaign, email, who)]


def _hashes(keys: KeyRing, campaign: str, email: str, who: str) -> list[bytes]:
    key, forms = keys.purpose("addresses"), (canonical_address(email), *earlier_forms(email))
    return [keyed_hash(key, f"{who}:{campaign}", form) for form in forms]


async def bring_forward(
    session: AsyncSession, supporter_id: UUID, campaign: str, hashes: Sequence[bytes]
) -> None:
    """Know a form, and who confirmed, by today's hash of their address instead of earlier ones."""
    today, *earlier = hashes
    if earlier:
        values = {"campaign": campaign, "email_hash": today, "earlier": earlier}
        await session.execute(FORWARD, values)
        await session.execute(FORM_FORWARD, {**values, "id": supporter_id})


async def lock_mailbox(session: AsyncSession, email_hash: bytes) -> None:
    """Lock an address on a campaign: nobody else confirms for it until the transaction ends."""
    lock = int.from_bytes(email_hash[:8], "big", signed=True)
    await session.execute(ONE_AT_A_TIME, {"lock": lock})


async def confirmer(
    session: AsyncSession, campaign: str, email_hash: bytes, choice: str | None
) -> Confirmer:
    """The person that ``choice`` names: ``same``, ``another``, or the id of who confirmed before.

    Without a choice somebody new, where nobody has confirmed yet. The caller holds the mailbox.
    Raises PersonNeeded or MailboxFull.
    """
    known = await people_at(session, campaign, email_hash, lock=True)
    chosen = _chosen(known, choice)
    if chosen is not None:
        return Confirmer(chosen.id, is_new=False, counted=chosen.counted)
    made, taken = new_id(), {person.place for person in known}
    place = next(place for place in PLACES if place not in taken)
    values = {"id": made, "campaign": campaign, "email_hash": email_hash, "place": place}
    await session.execute(MAKE, values)
    return Confirmer(made, is_new=True, counted=True)


def _chosen(known: Sequence[KnownPerson], choice: str | None) -> KnownPerson | None:
    """Who of those known it is; None for somebody new."""
    if choice == ANOTHER and len(known) == len(PLACES):
        raise MailboxFull(
            "Two people have confirmed with this address on this campaign, and a third cannot. "
            "Nothing was done. Fill in the form again with an address of your own."
        )
    if choice == ANOTHER or (not known and choice in {None, SAME}):
        return None
    if choice == SAME and len(known) == 1:
        return known[0]
    for person in known:
        if str(person.id) == choice:
            return person
    raise _needed(known)


def _needed(known: Sequence[KnownPerson]) -> PersonNeeded:
    people = [{"person": str(p.id), "confirmed_on": p.since.isoformat()} for p in known]
    room = len(known) < len(PLACES)
    if not known:
        detail = "Whom you chose is not here any more. Nothing was done: send it without `person`."
    else:
        other = ", or `another`" if room else "; a third person cannot confirm with this address"
        detail = (
            "Somebody has confirmed with this address on this campaign before. Nothing was done. "
            f"Send `person` as well: whoever of `people` it is{other}."
        )
    return PersonNeeded(detail, people=people, another=room)
