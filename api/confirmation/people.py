"""Who confirms: a mailbox may be shared by two people, and only they can say who it is.

An address with different names is no proof of another person (names are corrected, and typed in
two scripts), so nothing is guessed: whoever comes to a mailbox that has confirmed before says
whether they are that person or another one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy.orm import aliased
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.locks import lock
from api.database.session import AS_IT_IS, NOT_LOADED
from api.errors import DomainError
from api.security.addresses import CANONICAL_VERSION, canonical_address, earlier_forms
from api.security.hashing import keyed_hash
from api.security.identifiers import hour_of, new_id
from api.security.keys import KeyRing
from api.supporters.models import Person, Standing, Supporter

PLACES: Final = (1, 2)
ROLES: Final = ("person", "representative")
SAME, ANOTHER = "same", "another"


_THERE: Final = (
    select(Person)
    .where(Person.campaign == bindparam("campaign"), Person.email_hash == bindparam("email_hash"))
    .order_by(col(Person.id))
)
_HELD: Final = _THERE.with_for_update(key_share=True)


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
    session: AsyncSession, campaign: str, email_hash: bytes, *, hold: bool = False
) -> list[Person]:
    """Who has confirmed with an address, in order of time; at most two. ``hold``: lock them."""
    query, values = _HELD if hold else _THERE, {"campaign": campaign, "email_hash": email_hash}
    people = (await session.exec(query, params=values, execution_options=AS_IT_IS)).all()
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
    """Replace the earlier hashes of an address, of a form and of who confirmed, by today's."""
    today, *earlier = hashes
    if not earlier:
        return
    # Nobody if people are already stored by today's form, since their places could clash.
    other = aliased(Person)
    stored = select(other.id).where(other.campaign == campaign, other.email_hash == today)
    people = update(Person).where(
        col(Person.campaign) == campaign, col(Person.email_hash).in_(earlier), ~stored.exists()
    )
    await session.exec(people.values(email_hash=today), execution_options=NOT_LOADED)
    mine = col(Supporter.id) == supporter_id, col(Supporter.email_hash).in_(earlier)
    form = update(Supporter).where(*mine)
    known = form.values(email_hash=today, canonical_version=CANONICAL_VERSION)
    await session.exec(known, execution_options=NOT_LOADED)


async def lock_mailbox(session: AsyncSession, email_hash: bytes) -> None:
    """Lock an address on a campaign: nobody else confirms for it until the transaction ends.
    Without a person there is no row to lock."""
    await lock(session, int.from_bytes(email_hash[:8], "big", signed=True))


async def confirmer(
    session: AsyncSession, campaign: str, email_hash: bytes, choice: str | None
) -> Confirmer:
    """The person that ``choice`` names: ``same``, ``another``, or the id of who confirmed before.

    Without a choice it is somebody new, if nobody has confirmed yet. The caller has locked the
    mailbox.
    Raises PersonNeeded or MailboxFull.
    """
    known = await people_at(session, campaign, email_hash, hold=True)
    chosen = _chosen(known, choice)
    if chosen is not None:
        counted = chosen.standing == Standing.COUNTED
        return Confirmer(chosen.id, is_new=False, counted=counted)
    taken = {person.place for person in known}
    place = next(place for place in PLACES if place not in taken)
    made = Person(id=new_id(), campaign=campaign, email_hash=email_hash, place=place)
    session.add(made)
    await session.flush()
    return Confirmer(made.id, is_new=True, counted=True)


def _chosen(known: Sequence[Person], choice: str | None) -> Person | None:
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


def _needed(known: Sequence[Person]) -> PersonNeeded:
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
