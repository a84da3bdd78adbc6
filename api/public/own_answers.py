"""All that is stored about a person, as the API tells it to them; what was wiped is null."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from pydantic import BaseModel, Field, create_model

from api.campaigns.schema import TEXT_FIELDS
from api.supporters.vault import Address, Edit, Identity


@dataclass(frozen=True, slots=True)
class OwnAddress(Address):
    country: str | None = None


class _OwnWords(BaseModel):
    """What was typed into the text fields that stand in every letter."""


_FIELDS: dict[str, Any] = dict.fromkeys(TEXT_FIELDS, (str, ""))
if TYPE_CHECKING:
    OwnWords: TypeAlias = _OwnWords
else:
    OwnWords = create_model("OwnWords", __base__=_OwnWords, __doc__=_OwnWords.__doc__, **_FIELDS)


class FormWords(OwnWords):
    edits: dict[str, Edit] = Field(description="What was changed in single letters, by seat.")


class OwnDraft(BaseModel):
    """A letter as it was approved."""

    id: UUID
    subject: str
    text: str


class OwnLetter(BaseModel):
    """A letter and what became of it. Its words are null once they have been deleted."""

    id: UUID
    seat: str
    to: str
    status: str
    subject: str | None
    text: str | None


class SignedText(BaseModel):
    digest: str
    text: str


class OwnSigned(BaseModel):
    """``shown`` is the name as it is listed, null for who is only counted."""

    id: UUID
    status: str
    display: str
    review: str
    comment_review: str
    shown: str | None
    place: str | None
    affiliation: str | None
    comment: str | None
    organization: str | None
    website: str | None
    role: str | None


class OwnSignature(OwnSigned):
    statement: SignedText


class FormSignature(OwnSigned):
    statement: str = Field(description="The text that this form signs.")


class OwnForm(BaseModel):
    id: UUID
    status: str
    hour: datetime
    surface: str = Field(examples=["page", "widget", "api"])
    language: str
    person: Identity
    address: OwnAddress
    state: str | None
    district: str | None
    district_basis: str | None
    consents: dict[str, bool]
    partner: str | None
    referral: str | None
    demands: list[str] | None
    words: FormWords
    letters: list[OwnDraft]
    signature: FormSignature | None


class OwnMail(BaseModel):
    supporter_id: UUID = Field(description="The form that it is about.")
    kind: str
    status: str
    reason: str | None
    due_at: datetime


class OwnDelivery(BaseModel):
    letter_id: UUID
    channel: str
    status: str
    reason: str | None
    opened_at: datetime
    due_at: datetime
    attempts: int


class OwnDataAnswer(BaseModel):
    """All that is kept of the person; what was wiped is null.

    The first fields are of the form that the link belongs to. ``forms`` are all of them, earlier
    and waiting ones as well, with their words, and what each signs.
    """

    campaign: str
    language: str
    person: Identity | None
    address: OwnAddress | None
    district: str | None
    consents: dict[str, bool] | None
    partner: str | None
    referral: str | None
    words: OwnWords | None
    letters: list[OwnLetter]
    signature: OwnSignature | None
    forms: list[OwnForm]
    mails: list[OwnMail]
    deliveries: list[OwnDelivery]
    refused: list[str]
    others_waiting: int = Field(description="Forms at this mailbox under other names.")
    mail_stopped: bool = Field(description="Whether no mail is to go to this address.")
