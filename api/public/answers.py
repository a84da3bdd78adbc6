"""The models of the public API's answers, for the OpenAPI document."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field


class WayAnswer(BaseModel):
    """Who sends a letter: we, its writer, or nobody (a test, which reaches no office)."""

    sent_by: Literal["us", "you", "nobody"] = Field(
        description="Whether we send the letter, its writer does, or nobody (a test)."
    )
    reason: str | None = Field(
        default=None,
        description="Why it is in this state, or not sent by us, as a stable word.",
        examples=["no_access", "no_email", "no_prefix", "office_not_listed", "test_installation"],
    )


class TargetAnswer(WayAnswer):
    seat: str = Field(examples=["senate:MA:1"])
    id: str | None = Field(examples=["W000817"])
    kind: str = Field(examples=["senator"])
    name: str
    title: str
    state: str | None
    district: str | None
    phone: str | None
    contact_url: str | None
    committees: list[str]
    channel: str = Field(description="How a letter reaches this office.", examples=["folder"])


class VacancyAnswer(BaseModel):
    seat: str
    reason: str = Field(examples=["vacant", "term_ended"])
    since: date | None


class DataAnswer(BaseModel):
    congress: int
    as_of: date
    stale: bool = Field(description="Whether newer data is due.")


class TargetsAnswer(BaseModel):
    zip: str
    states: list[str]
    districts: list[str]
    needs_district: bool
    targets: list[TargetAnswer]
    vacant: list[VacancyAnswer]
    elsewhere: list[str] = Field(
        default=[],
        description="Committees and members that the campaign also writes to, none of whom "
        "represents this address: no letter goes there.",
    )
    requires: list[str] = Field(description="Fields that these offices' channels need.")
    data: DataAnswer
    located: str | None = Field(
        default=None, description="Proof of a street look-up: send it along with the form."
    )


class LetterAnswer(WayAnswer):
    seat: str
    name: str
    subject: str
    own_words: str
    statement: str
    text: str = Field(description="The whole letter as it is printed and handed over.")
    digest: str
    cites: list[str] = Field(description="Ids of the facts that the statement rests on.")


class PreviewAnswer(BaseModel):
    letters: list[LetterAnswer]
    approval: str = Field(description="Send it back with the submission; good for 24 hours.")


class LetterState(WayAnswer):
    id: UUID
    seat: str
    name: str
    status: str = Field(examples=["awaiting_confirmation"])


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

    source: dict[str, Any]
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


class CountsAnswer(BaseModel):
    supporters: int = Field(description="Counted persons with a confirmed submission.")
    letters: int
    delivered: int = Field(description="Accepted by an official system or taken by a mail server.")
    self_reported: int = Field(description="Sent by the writers' own hands, as they said.")
    persons: int = Field(description="Confirmed personal sign-ons.")
    organizations: int = Field(description="Approved organizations.")
    goal: int | None
    as_of: datetime


class CampaignCard(BaseModel):
    slug: str
    kind: str
    title: str
    summary: str
    status: str
    opens: datetime | None
    closes: datetime | None
    languages: list[str]
    url: str


class CampaignList(BaseModel):
    items: list[CampaignCard]
    next: str | None = None


class CampaignAnswer(CampaignCard):
    sponsor: dict[str, Any]
    topic: str
    bill: dict[str, Any] | None
    position: str | None
    targets: list[str]
    demands: list[dict[str, Any]]
    facts: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    officials: list[dict[str, Any]]
    form: dict[str, Any]
    statement: str | None
    share: str | None
    counts: CountsAnswer


class ProblemField(BaseModel):
    field: str = Field(examples=["supporter.zip"])
    code: str = Field(examples=["zip_unknown"])
    message: str


class ProblemAnswer(BaseModel):
    """RFC 9457; ``code`` is stable, ``detail`` a sentence that tells what to do."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(examples=["invalid_input"])
    errors: list[ProblemField] = Field(default=[], description="What to correct, by field.")
