"""A stored form, opened again: for the pages behind mailed links and for the letters."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import TableValuedAlias, Text, bindparam, column
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.session import AS_IT_IS
from api.errors import TokenGone
from api.letters.places import place_name
from api.letters.store import TextStore
from api.submissions.drafts import Draft, make_drafts
from api.submissions.models import Submission
from api.supporters.models import Supporter
from api.supporters.vault import Address, FormSeal, Identity, Vault, Words
from api.supporters.waiting import first_mailed

_FORMS = select(Supporter, Submission, first_mailed(Supporter.id)).join(Submission)
_FORM = _FORMS.where(Supporter.id == bindparam("id"))
# Not "FOR UPDATE": a mail that refers to the row may be inserted meanwhile.
_LOCKED = _FORM.with_for_update(key_share=True)
_SEVERAL = _FORMS.where(col(Supporter.id).in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class StoredForm:
    """A form that still holds its data, with the seal that opens it. ``mailed``: when the first
    mail that leads to it was sent."""

    supporter: Supporter
    submission: Submission
    mailed: datetime | None
    seal: FormSeal
    identity: Identity
    address: Address
    words: Words

    @property
    def id(self) -> UUID:
        return self.supporter.id

    @property
    def campaign(self) -> str:
        return self.supporter.campaign

    @property
    def email_hash(self) -> bytes:
        """Of its address, by which it is known that others are the same one's."""
        assert self.supporter.email_hash is not None  # wiped with the identity
        return self.supporter.email_hash

    @property
    def place(self) -> str:
        assert self.address.state is not None
        return place_name(self.address.city, self.address.state)

    async def drafts(self, texts: TextStore) -> list[tuple[UUID, Draft]]:
        """The letters with their ids, exactly as they were approved."""
        if not self.submission.letters:  # only letters are sure to have a state
            return []
        found = await texts.find(letter["text"] for letter in self.submission.letters)
        ids = [UUID(letter["id"]) for letter in self.submission.letters]
        approved = [found[letter["text"]] for letter in self.submission.letters]
        return list(zip(ids, make_drafts(approved, self.place, self.words), strict=True))


def wanted_letters() -> TableValuedAlias:
    """The letters of a submission as rows of a query over it: ``seat`` and ``text``, the digest."""
    columns = column("seat", Text), column("text", Text)
    rows = func.jsonb_to_recordset(Submission.letters).table_valued(*columns, name="wanted")
    return rows.render_derived(with_types=True)


async def load_form(
    session: AsyncSession, supporter_id: UUID, vault: Vault, *, lock: bool = False
) -> StoredForm:
    """Raises TokenGone when the form is there no more, or its data has been wiped."""
    query, values = _LOCKED if lock else _FORM, {"id": supporter_id}
    found = await session.exec(query, params=values, execution_options=AS_IT_IS)
    row = found.one_or_none()
    form = None if row is None else _open(row, vault)
    if form is None:
        raise TokenGone("What this link led to has been deleted, as was promised.")
    return form


async def load_forms(
    session: AsyncSession, supporter_ids: Iterable[UUID], vault: Vault
) -> dict[UUID, StoredForm]:
    """Those of these forms that still hold their data."""
    values = {"ids": list(set(supporter_ids))}
    found = await session.exec(_SEVERAL, params=values, execution_options=AS_IT_IS)
    forms = (_open(row, vault) for row in found.all())
    return {form.id: form for form in forms if form is not None}


def _open(row: tuple[Supporter, Submission, datetime | None], vault: Vault) -> StoredForm | None:
    supporter, submission, mailed = row
    key, identity, address = supporter.data_key, supporter.identity, supporter.address
    if key is None or identity is None or address is None:
        return None
    seal = vault.open_form(key, supporter.id)
    sealed = submission.words
    return StoredForm(
        supporter=supporter,
        submission=submission,
        mailed=mailed,
        seal=seal,
        identity=seal.identity(identity),
        address=seal.address(address),
        words=seal.words(sealed, submission.id) if sealed else Words(),
    )
