"""Who would be written to, as the API tells it."""

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from api.i18n import ENGLISH, LANGUAGES, translations
from api.public.answers import Reason, SentBy
from api.services import Services, now
from api.submissions.targeting import Targeting
from api.targets.congress import Directory
from api.targets.days import eastern_date
from api.targets.lines import Status
from api.targets.models import Found, Target
from api.targets.unknown_lines import why_asked


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


class LinesAnswer(BaseModel):
    state: str
    status: Status = Field(
        description="Whether this state's district lines are known for the Congress that sits: "
        "`ready` (its own), `carried` (those of an earlier one, which were kept), or `unknown`: "
        "then all its districts are listed, and the supporter says which one it is.",
    )


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
    lines: list[LinesAnswer] = Field(description="One for each of `states`.")
    why: str | None = Field(
        description="Why the district is asked for, where lines are `unknown`; in `lang`."
    )
    data: DataAnswer
    located: str | None = Field(
        default=None, description="Proof of a street look-up: send it along with the form."
    )


def targets_answer(
    services: Services, targeting: Targeting, lang: str, **located: str
) -> TargetsAnswer:
    """``located`` is only there after a street look-up."""
    found, directory = targeting.found, services.published.directory
    known = lang if lang in LANGUAGES else ENGLISH
    catalogue = translations(services.settings.locale_dir, known)
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
        lines=_lines(directory, found),
        why=why_asked(found, catalogue.gettext),
        data=DataAnswer(
            congress=directory.congress,
            as_of=directory.as_of,
            stale=directory.stale(eastern_date(now())),
        ),
        **located,
    )


def _lines(directory: Directory, found: Found) -> list[LinesAnswer]:
    """A state that is one district has no lines to be known."""
    standings = directory.standings(found.congress)
    known = {state: one.status for state, one in standings.items()}
    return [LinesAnswer(state=state, status=known.get(state, "ready")) for state in found.states]


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
