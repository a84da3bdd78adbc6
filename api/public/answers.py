"""The public API's answers; those on campaigns and targets have files of their own."""

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.campaigns.dossier import Source
from api.confirmation.ended import Became
from api.mail.promise import IF_MAIL_COMES

# Who sends a letter and, if not we, why: in every answer about a letter.
SentBy = Annotated[
    Literal["us", "you", "nobody"],
    Field(description="Whether we send the letter, its writer does, or nobody (a test)."),
]
Reason = Annotated[
    str | None,
    Field(
        description="Why it is in this state, or not sent by us, as a stable word.",
        examples=["no_access", "no_email", "no_prefix", "office_not_listed", "test_installation"],
    ),
]


class LetterAnswer(BaseModel):
    seat: str
    name: str
    subject: str
    own_words: str
    statement: str
    text: str = Field(description="The whole letter as it is printed and handed over.")
    digest: str
    cites: list[str] = Field(description="Ids of the facts that the statement rests on.")
    sent_by: SentBy
    reason: Reason


class PreviewAnswer(BaseModel):
    letters: list[LetterAnswer]
    approval: str = Field(description="Send it back with the submission; good for 24 hours.")


class LetterState(BaseModel):
    id: UUID
    seat: str
    name: str
    status: str = Field(examples=["awaiting_confirmation"])
    sent_by: SentBy
    reason: Reason


class SubmissionAnswer(BaseModel):
    id: UUID
    status: str = Field(examples=["awaiting_confirmation"])
    letters: list[LetterState]
    share_url: str


class SignedAnswer(BaseModel):
    id: UUID
    status: str = Field(examples=["awaiting_confirmation"])
    share_url: str


class SignerAnswer(BaseModel):
    sequence: int
    name: str
    place: str | None = Field(examples=["Glendale, CA", "CA", "France"])
    affiliation: str | None = Field(description="For identification only.")
    comment: str | None


class SignersAnswer(BaseModel):
    """People as each chose to appear, the newest first; those who chose to be hidden are only
    counted."""

    items: list[SignerAnswer]
    next: str | None = Field(description="Send it as `cursor` for the names before these.")


class SigningOrganizationAnswer(BaseModel):
    sequence: int
    name: str
    website: str
    country: str = Field(examples=["US"])
    lead: bool
    representative: str | None


class HistoricAnswer(BaseModel):
    """Who signed an earlier letter, as its source has it; never counted here."""

    source: Source
    signatories: list[str]


class DeliveredAnswer(BaseModel):
    """To whom the statement was handed in with its names, and when."""

    to: str
    on: date


class StatementAnswer(BaseModel):
    digest: str
    language: str
    text: str
    to: list[str]
    as_of: datetime
    persons: int
    organizations: int
    review: str = Field(
        examples=["all", "suspicious"],
        description="Which names organizers look at before they are listed; all count.",
    )
    signing_organizations: list[SigningOrganizationAnswer]
    delivered: list[DeliveredAnswer]
    historic: HistoricAnswer | None


class KeptLetter(BaseModel):
    """A letter of the same person to the same office, from before: the new one is not sent."""

    seat: str
    name: str
    written_on: date = Field(description="The day on which it was confirmed.")


class SignatureAnswer(BaseModel):
    status: str = Field(
        description="What this did to the person's signature.",
        examples=["signed", "changed", "unchanged"],
    )
    signed_on: date = Field(description="The day of the form that the signature stands by now.")
    review: str = Field(
        examples=["queued", "passed", "refused", "none"],
        description="It counts, and is listed once it has `passed`; `none` where its owner only "
        "wants to be counted.",
    )


class ConfirmedAnswer(BaseModel):
    status: str = Field(
        description="`confirmed`, or why nothing came of it.",
        examples=[
            "confirmed",
            "closed",
            "other_district",
            "already_written",
            "already_signed",
            "taken",
        ],
    )
    letters: list[LetterState] = Field(description="The letters that this made.")
    kept: list[KeptLetter] = Field(
        description="Letters of before that can no longer be replaced: the new ones to these "
        "offices are not sent."
    )
    replaced: list[str] = Field(
        description="Seats whose letters of before we had not sent: they gave way to the new ones."
    )
    signed: bool = Field(description="Whether this put a name under the statement, or changed it.")
    signature: SignatureAnswer | None
    page_url: str | None


class MailAskedAnswer(BaseModel):
    """The same whatever is found, byte for byte."""

    status: Literal["asked"]
    mail: str = Field(description="When a mail comes, and when none does.")


MAIL_ASKED: Final = MailAskedAnswer(status="asked", mail=IF_MAIL_COMES)


class ProblemField(BaseModel):
    field: str = Field(examples=["supporter.zip"])
    code: str = Field(examples=["zip_unknown"])
    message: str


class KnownPerson(BaseModel):
    person: str = Field(description="Send it as `person`.")
    confirmed_on: date


class ProblemAnswer(BaseModel):
    """RFC 9457; ``code`` is stable, ``detail`` a sentence that tells what to do."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(examples=["invalid_input"])
    errors: list[ProblemField] = Field(default=[], description="What to correct, by field.")
    letters: list[LetterAnswer] = Field(
        default=[], description="With `letter_changed`: the letters as they are now."
    )
    approval: str | None = Field(default=None, description="Of these letters.")
    statement: str | None = Field(
        default=None, description="With `statement_changed`: the statement as it is now."
    )
    districts: list[str] = Field(
        default=[], description="With `district_needed`: those that the ZIP code lies in."
    )
    people: list[KnownPerson] = Field(
        default=[], description="With `person_needed`: those who confirmed before."
    )
    another: bool | None = Field(
        default=None, description="With `person_needed`: whether there is room for one more."
    )
    became: Became | None = Field(
        default=None, description="With `token_gone`: what became of the link."
    )
