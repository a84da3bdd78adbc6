"""The forms of one person: those that they confirmed, and those of theirs that still wait.

A form that waits is nobody's yet, and two people may share a mailbox: what waits at it under
another first name may be the other's, and is left alone until it expires by itself.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.confirmation.people import all_hashes_of
from api.errors import DomainError
from api.submissions.stored import StoredForm, load_form
from api.supporters.models import SupporterStatus
from api.supporters.vault import Vault

ALIKE: Final = 0.7
"""Of two spellings of a first name: "Ani" and "Anie", not "Ani" and "Anna"."""

MOST: Final = 500

OF_PERSON = text("SELECT id FROM supporters WHERE person_id = :id ORDER BY id")
# One that is just being confirmed is its confirmer's.
WAITING = text(f"""
    SELECT id FROM supporters
    WHERE campaign = :campaign AND email_hash = ANY(:hashes) AND status = 'unconfirmed'
    ORDER BY id LIMIT {MOST} FOR NO KEY UPDATE SKIP LOCKED
""")  # noqa: S608 (our own number)


async def confirmed_forms(
    connection: AsyncConnection, person_id: UUID, vault: Vault
) -> list[StoredForm]:
    """The forms that this person confirmed and that still hold their data, the oldest first."""
    ids = (await connection.execute(OF_PERSON, {"id": person_id})).scalars().all()
    return await _opened(connection, ids, vault)


async def waiting_forms(
    connection: AsyncConnection, confirmed: Sequence[StoredForm], vault: Vault
) -> list[StoredForm]:
    """The forms of the same campaign and mailbox, under the same first name, that wait."""
    hashes = {each for form in confirmed for each in _hashes(form, vault)}
    if not hashes:
        return []
    values = {"campaign": confirmed[0].campaign, "hashes": list(hashes)}
    ids = (await connection.execute(WAITING, values)).scalars().all()
    names = {_first_name(form) for form in confirmed}
    return [form for form in await _opened(connection, ids, vault) if _is_one_of(form, names)]


async def _opened(
    connection: AsyncConnection, ids: Iterable[UUID], vault: Vault
) -> list[StoredForm]:
    found = []
    for each in ids:
        try:
            found.append(await load_form(connection, each, vault))
        except DomainError:
            continue  # its data or its key is gone already
    return found


def _hashes(form: StoredForm, vault: Vault) -> list[bytes]:
    if form.row.email_hash is None or form.row.status == SupporterStatus.ERASED:
        return []
    # What they want to sign for an organization waits under a hash of its own.
    hashes = all_hashes_of(vault.keys, form.campaign, form.identity.email)
    return [form.row.email_hash, *hashes]


def _first_name(form: StoredForm) -> str:
    plain = unicodedata.normalize("NFKD", form.identity.given_name).casefold()
    return "".join(letter for letter in plain if letter.isalpha())


def _is_one_of(form: StoredForm, names: Iterable[str]) -> bool:
    mine = _first_name(form)
    return any(SequenceMatcher(None, mine, name).ratio() >= ALIKE for name in names)
