"""The forms of one person on a campaign: those that they confirmed, and those that still wait.

Whoever signed as a person and for an organization is two rows of ``persons`` with one name at one
mailbox, and one human being. A form that waits is nobody's yet, and two people may share a
mailbox: what waits there under another name may be the other's. It is counted, never shown.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.confirmation.people import all_hashes_of, hashes_of
from api.errors import DomainError
from api.submissions.stored import StoredForm, load_form
from api.supporters.models import Person, Supporter, SupporterStatus
from api.supporters.vault import Identity, Vault

ALIKE: Final = 0.7
"""Of two spellings of a first name: "Ani" and "Anie", not "Ani" and "Anna"."""

MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Who confirmed at one mailbox: ``people`` are the rows of one human being, ``mine`` what they
    confirmed and still holds its data, the oldest first; ``theirs`` is another person's."""

    people: Sequence[UUID]
    mine: Sequence[StoredForm]
    theirs: Sequence[StoredForm]

    def has(self, form: StoredForm) -> bool:
        """Whether it bears this person's name, and more so than the other's."""
        me, other = (_alike(form, forms) for forms in (self.mine, self.theirs))
        return me[0] >= ALIKE and me > other


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits at a mailbox: under this person's name, and the ids of what does not."""

    mine: Sequence[StoredForm]
    others: Sequence[UUID]


async def find_mailbox(session: AsyncSession, person_id: UUID, vault: Vault) -> Mailbox:
    """Who else confirmed at this person's mailbox, and which of that is their own."""
    mine = await _confirmed(session, person_id, vault)
    hashes = _hashes(mine, vault)
    if not hashes:
        return Mailbox([person_id], mine, [])
    as_i_did = {
        each
        for form in mine
        if form.supporter.email_hash is not None
        for each in hashes_of(
            vault.keys, form.campaign, form.identity.email, bytes(form.supporter.email_hash)
        )
    }
    at_mailbox = (
        select(Person.id, Person.email_hash)
        .where(Person.campaign == mine[0].campaign, col(Person.email_hash).in_(hashes))
        .where(Person.id != person_id)
        .order_by(col(Person.id))
    )
    found = (await session.exec(at_mailbox)).all()
    forms = {each: await _confirmed(session, each, vault) for each, _ in found}
    theirs = [form for each, known in found if known in as_i_did for form in forms[each]]
    mailbox = Mailbox([person_id], mine, theirs)
    twins = [
        each
        for each, known in found
        if known not in as_i_did and any(map(mailbox.has, forms[each]))
    ]
    more = [form for twin in twins for form in forms[twin]]
    return Mailbox([person_id, *twins], [*mine, *more], theirs)


async def find_waiting(session: AsyncSession, mailbox: Mailbox, vault: Vault) -> Waiting:
    """The forms of the same campaign that wait there; they are locked."""
    hashes = _hashes(mailbox.mine, vault)
    if not hashes:
        return Waiting([], [])
    # A form that is just being confirmed belongs to the person who confirms it.
    waiting = (
        select(Supporter.id)
        .where(
            Supporter.campaign == mailbox.mine[0].campaign,
            col(Supporter.email_hash).in_(hashes),
            Supporter.status == SupporterStatus.UNCONFIRMED,
        )
        .order_by(col(Supporter.id))
        .limit(MOST)
        .with_for_update(skip_locked=True, key_share=True)
    )
    ids = (await session.exec(waiting)).all()
    mine = [form for form in await _opened(session, ids, vault) if mailbox.has(form)]
    known = {form.id for form in mine}
    return Waiting(mine, [each for each in ids if each not in known])


async def _confirmed(session: AsyncSession, person_id: UUID, vault: Vault) -> list[StoredForm]:
    theirs = select(Supporter.id).where(Supporter.person_id == person_id)
    ids = (await session.exec(theirs.order_by(col(Supporter.id)))).all()
    return await _opened(session, ids, vault)


async def _opened(session: AsyncSession, ids: Iterable[UUID], vault: Vault) -> list[StoredForm]:
    found = []
    for each in ids:
        try:
            found.append(await load_form(session, each, vault))
        except DomainError:
            continue  # its data or its key is gone already
    return found


def _hashes(forms: Sequence[StoredForm], vault: Vault) -> list[bytes]:
    """Of the mailbox, by all versions of its canonical form, as a person's and as an
    organization's representative's."""
    found = set()
    for form in forms:
        if (
            form.supporter.email_hash is not None
            and form.supporter.status != SupporterStatus.ERASED
        ):
            hashes = all_hashes_of(vault.keys, form.campaign, form.identity.email)
            found |= {bytes(form.supporter.email_hash), *hashes}
    return sorted(found)


def _alike(form: StoredForm, others: Sequence[StoredForm]) -> tuple[float, float]:
    """How alike the names are: first names (or those typed into each other's fields), and all."""
    return max((_pair(form.identity, other.identity) for other in others), default=(0.0, 0.0))


def _pair(one: Identity, other: Identity) -> tuple[float, float]:
    swapped = min(
        _ratio(one.given_name, other.family_name), _ratio(one.family_name, other.given_name)
    )
    first = max(_ratio(one.given_name, other.given_name), swapped)
    return first, _ratio(one.full_name, other.full_name) if first >= ALIKE else 0.0


def _ratio(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, _letters(one), _letters(other))
    # Its quick bounds first: hundreds of long names may wait, and most are nothing alike.
    if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < ALIKE:
        return 0.0
    return matcher.ratio()


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in plain if letter.isalpha()) or name
