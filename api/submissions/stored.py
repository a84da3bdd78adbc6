"""A stored form, opened again: for the pages behind mailed links and for the letters."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.errors import TokenGone
from api.letters.places import place_name
from api.letters.store import TextStore
from api.submissions.drafts import Draft, make_drafts
from api.supporters.vault import Address, FormSeal, Identity, Vault, Words
from api.supporters.waiting import FIRST_MAILED

LOAD = f"""
    SELECT s.id, s.campaign, s.person_id, s.email_hash, s.form_hash, s.data_key, s.identity,
           s.address, s.country, s.district, s.district_basis, s.language, s.status, s.hour,
           {FIRST_MAILED} AS mailed, s.consents, s.partner, s.referral,
           b.id AS submission_id, b.bundle, b.letters, b.words, b.demands
    FROM supporters s JOIN submissions b ON b.supporter_id = s.id WHERE s.id = :id
"""  # noqa: S608 (our own text)
# Not "FOR UPDATE": a mail that refers to the row may be inserted meanwhile.
LOAD_PLAIN, LOAD_LOCKED = text(LOAD), text(LOAD + " FOR NO KEY UPDATE")


@dataclass(frozen=True, slots=True)
class StoredForm:
    """A row that still holds its data, with the seal that opens it."""

    row: Any
    seal: FormSeal
    identity: Identity
    address: Address
    words: Words

    @property
    def id(self) -> UUID:
        supporter_id: UUID = self.row.id
        return supporter_id

    @property
    def campaign(self) -> str:
        slug: str = self.row.campaign
        return slug

    @property
    def place(self) -> str:
        assert self.address.state is not None
        return place_name(self.address.city, self.address.state)

    async def drafts(self, texts: TextStore) -> list[tuple[UUID, Draft]]:
        """The letters with their ids, exactly as they were approved."""
        if not self.row.letters:  # only letters are sure to have a state
            return []
        found = await texts.find(letter["text"] for letter in self.row.letters)
        ids = [UUID(letter["id"]) for letter in self.row.letters]
        approved = [found[letter["text"]] for letter in self.row.letters]
        return list(zip(ids, make_drafts(approved, self.place, self.words), strict=True))


async def load_form(
    session: AsyncSession, supporter_id: UUID, vault: Vault, *, lock: bool = False
) -> StoredForm:
    """Raises TokenGone when the form is there no more, or its data has been wiped."""
    query = LOAD_LOCKED if lock else LOAD_PLAIN
    row = (await session.execute(query, {"id": supporter_id})).one_or_none()
    if row is None or row.data_key is None or row.identity is None or row.address is None:
        raise TokenGone("What this link led to has been deleted, as was promised.")
    seal = vault.open_form(row.data_key, row.id)
    words = seal.words(row.words, row.submission_id) if row.words else Words()
    return StoredForm(row, seal, seal.identity(row.identity), seal.address(row.address), words)
