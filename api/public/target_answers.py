"""Who would be written to, as the API tells it."""

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from api.public.answers import Reason, SentBy
from api.services import Services, now
from api.submissions.targeting import Targeting
from api.targets.days import eastern_date
from api.targets.models import Target


class TargetAnswer(BaseModel):
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
    sent_by: SentBy
    reason: Reason


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
        description="Committees and members that the campaign also writes to, none of whom "
        "represents this address: no letter goes there.",
    )
    requires: list[str] = Field(description="Fields that these offices' channels need.")
    data: DataAnswer
    located: str | None = Field(
        default=None, description="Proof of a street look-up: send it along with the form."
    )


def targets_answer(services: Services, targeting: Targeting, **located: str) -> TargetsAnswer:
    """``located`` is only there after a street look-up."""
    found, directory = targeting.found, services.published.directory
    return TargetsAnswer(
        zip=found.zip,
        states=list(found.states),
        districts=list(found.districts),
        needs_district=found.needs_district,
        targets=[_target(services, target) for target in targeting.targets],
        vacant=[
            VacancyAnswer(seat=vacancy.seat, reason=vacancy.reason, since=vacancy.since)
            for vacancy in found.vacant
        ],
        elsewhere=list(targeting.elsewhere),
        requires=list(services.router.requires(targeting.seats)),
        data=DataAnswer(
            congress=directory.congress,
            as_of=directory.as_of,
            stale=directory.stale(eastern_date(now())),
        ),
        **located,
    )


def _target(services: Services, target: Target) -> TargetAnswer:
    told: dict[str, Any] = services.router.foresee(target.seat).told
    return TargetAnswer(
        seat=target.seat,
        id=target.id,
        kind=target.kind,
        name=target.name,
        title=target.title,
        state=target.state,
        district=target.district,
        phone=target.phone,
        contact_url=target.contact_url,
        committees=[membership.name for membership in target.committees],
        channel=services.router.channel_for(target.seat).name,
        **told,
    )
