"""Letters and their first deliveries, stored once for each person and seat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.catalog import Catalog
from api.campaigns.schema import Campaign
from api.deliveries.creation import add_deliveries, add_letters
from api.deliveries.models import DeliveryStatus
from api.letters.models import Bundle
from api.submissions.stored import StoredForm


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter that is about to exist, with the first way to its office. ``reason``: why it is
    not another way, where one could be expected. ``way`` tells who sends it."""

    id: UUID
    delivery_id: UUID
    seat: str
    name: str
    text: str
    congress: int | None
    edited: bool
    personal_share: int
    channel: str
    environment: str
    status: DeliveryStatus
    reason: str | None
    payload: bytes
    way: Mapping[str, str | None]


async def approved_campaign(session: AsyncSession, form: StoredForm, catalog: Catalog) -> Campaign:
    """The campaign in the version that the form's writer saw: what it asks is given to offices
    as it stood then."""
    present = catalog.get(form.campaign)
    if present.bundle_digest == form.submission.bundle:
        return present.campaign
    bundle = select(col(Bundle.content)["campaign"])
    content = await session.scalar(bundle.where(Bundle.digest == form.submission.bundle))
    return Campaign.model_validate(content) if content else present.campaign


async def store_letters(
    session: AsyncSession, form: StoredForm, person_id: UUID, letters: Sequence[NewLetter]
) -> list[NewLetter]:
    """Store the letters to seats that this person has not written to, and return them."""
    columns: dict[str, list[Any]] = {
        "id": [letter.id for letter in letters],
        "seat": [letter.seat for letter in letters],
        "congress": [letter.congress for letter in letters],
        "text": [letter.text for letter in letters],
        "edited": [letter.edited for letter in letters],
        "share": [letter.personal_share for letter in letters],
        "status": [letter.status for letter in letters],
    }
    stored = await add_letters(session, person_id, form.submission.id, columns)
    made = [letter for letter in letters if letter.id in stored]
    await _store_deliveries(session, form, made)
    return made


async def _store_deliveries(
    session: AsyncSession, form: StoredForm, letters: Sequence[NewLetter]
) -> None:
    columns: dict[str, list[Any]] = {
        "id": [letter.delivery_id for letter in letters],
        "letter_id": [letter.id for letter in letters],
        "channel": [letter.channel for letter in letters],
        "environment": [letter.environment for letter in letters],
        "status": [letter.status for letter in letters],
        "reason": [letter.reason for letter in letters],
        # Sealed for the delivery's own row, and stored before the first attempt.
        "payload": [
            form.seal.seal_payload(letter.payload, letter.delivery_id) for letter in letters
        ],
    }
    await add_deliveries(session, columns)
