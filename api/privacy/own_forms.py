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

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.confirmation.people import all_hashes_of, hashes_of
from api.errors import DomainError
from api.submissions.stored import StoredForm, load_form
from api.supporters.models import SupporterStatus
from api.supporters.vault import Identity, Vault

ALIKE: Final = 0.7
"""Of two spellings of a first name: "Ani" and "Anie", not "Ani" and "Anna"."""

MOST: Final = 500

OF_PERSON = text("SELECT id FROM supporters WHERE person_id = :id ORDER BY id")
AT_MAILBOX = text("""
    SELECT id, email_hash FROM persons
    WHERE campaign = :campaign AND email_hash = ANY(:hashes) AND id <> :id ORDER BY id
""")
# A form that is just being confirmed belongs to the person who confirms it.
WAITING = text(f"""
    SELECT id FROM supporters
    WHERE campaign = :campaign AND email_hash = ANY(:hashes) AND status = 'unconfirmed'
    ORDER BY id LIMIT {MOST} FOR NO KEY UPDATE SKIP LOCKED
""")  # noqa: S608 (our own number)


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
        if form.row.email_hash is not None
        for each in hashes_of(
            vault.keys, form.campaign, form.identity.email, bytes(form.row.email_hash)
        )
    }
    values = {"campaign": mine[0].campaign, "hashes": hashes, "id": person_id}
    found = (await session.execute(AT_MAILBOX, values)).all()
    forms = {row.id: await _confirmed(session, row.id, vault) for row in found}
    theirs = [form for row in found if bytes(row.email_hash) in as_i_did for form in forms[row.id]]
    mailbox = Mailbox([person_id], mine, theirs)
    twins = [
        row.id
        for row in found
        if bytes(row.email_hash) not in as_i_did and any(map(mailbox.has, forms[row.id]))
    ]
    more = [form for twin in twins for form in forms[twin]]
    return Mailbox([person_id, *twins], [*mine, *more], theirs)


async def find_waiting(session: AsyncSession, mailbox: Mailbox, vault: Vault) -> Waiting:
    """The forms of the same campaign that wait there; they are locked."""
    hashes = _hashes(mailbox.mine, vault)
    if not hashes:
        return Waiting([], [])
    values = {"campaign": mailbox.mine[0].campaign, "hashes": hashes}
    ids = (await session.execute(WAITING, values)).scalars().all()
    mine = [form for form in await _opened(session, ids, vault) if mailbox.has(form)]
    known = {form.id for form in mine}
    return Waiting(mine, [each for each in ids if each not in known])


async def _confirmed(session: AsyncSession, person_id: UUID, vault: Vault) -> list[StoredForm]:
    ids = (await session.execute(OF_PERSON, {"id": person_id})).scalars().all()
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
        if form.row.email_hash is not None and form.row.status != SupporterStatus.ERASED:
            hashes = all_hashes_of(vault.keys, form.campaign, form.identity.email)
            found |= {bytes(form.row.email_hash), *hashes}
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
