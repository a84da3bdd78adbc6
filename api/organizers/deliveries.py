"""Deliveries for organizers: what waits, what went wrong, and what to do about it."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from api.deliveries import controls, desk
from api.deliveries.controls import Kind
from api.deliveries.desk import Act, Filter, ListedDelivery
from api.deliveries.models import DeliveryStatus
from api.errors import NotFound, NumberChanged
from api.organizers.access import Organizer, make_router, organizer
from api.organizers.paging import Page, Paging
from api.organizers.tokens import Scope
from api.problems import problems
from api.public.bodies import body_of, documented
from api.public.dependencies import SessionDep
from api.submissions.forms import TIDY, Given, Maybe, Model, Reason, example

router = make_router("/deliveries")

READS = [Depends(organizer(Scope.DELIVERIES))]
Writer = Annotated[Organizer, Depends(organizer(Scope.DELIVERIES_WRITE))]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9:_-]+$"), TIDY]
Word = Annotated[str, Field(max_length=200), TIDY]


class FilterForm(Model):
    """Which letters: all that is given must hold; ``delivery`` is one of them by its id."""

    delivery: Annotated[UUID | None, Field(strict=False)] = None
    campaign: Maybe[Word] = None
    channel: Maybe[Word] = None
    seat: Maybe[Word] = None
    reason: Maybe[Word] = None

    def chosen(self) -> Filter:
        return Filter(self.delivery, self.campaign, self.channel, self.seat, None, self.reason)


class ActForm(FilterForm):
    """``expected`` is the number that the preview told."""

    model_config = example(act="retry", channel="cwc_house", reason="http_400")

    act: Act
    expected: Annotated[int, Field(ge=0)] | None = None


class ControlForm(Model):
    """What to stop or to resume; ``reason`` is for the organizers, in a few words."""

    model_config = example(kind="seat", name="senate:MA:1", reason="The office asked for it")

    kind: Literal["channel", "seat", "campaign"]
    name: Name
    reason: Given[Reason] = "by hand"


ActBody = Annotated[ActForm, Depends(body_of(ActForm))]
ControlBody = Annotated[ControlForm, Depends(body_of(ControlForm))]


class WaitingAnswer(BaseModel):
    channel: str
    queued: int
    retrying: int
    sending: int
    oldest_seconds: float = Field(description="For how long the oldest of them has waited.")


class TroubleAnswer(BaseModel):
    status: str
    channel: str
    reason: str | None
    letters: int


class ControlAnswer(BaseModel):
    kind: str
    name: str
    actor: str
    reason: str
    since: datetime


class OverviewAnswer(BaseModel):
    waiting: list[WaitingAnswer]
    troubles: list[TroubleAnswer] = Field(description="What a person may have to look at.")
    stopped: list[ControlAnswer]


class ActAnswer(BaseModel):
    matching: int = Field(description="How many letters the act takes.")
    done: bool


class Tried(BaseModel):
    """One attempt; ``unknown``: the other side may have the letter all the same."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    began: datetime
    ended: datetime
    outcome: str
    reason: str | None
    unknown: bool


class DeliveryAnswer(BaseModel):
    delivery: ListedDelivery
    attempts: list[Tried]


class StoppedAnswer(BaseModel):
    changed: bool = Field(description="False when it was so before.")


async def wanted(
    campaign: Annotated[str | None, Query(max_length=63)] = None,
    channel: Annotated[str | None, Query(max_length=63)] = None,
    seat: Annotated[str | None, Query(max_length=63)] = None,
    status: DeliveryStatus | None = None,
    reason: Annotated[str | None, Query(max_length=200)] = None,
) -> Filter:
    return Filter(None, campaign, channel, seat, status, reason)


@router.get("", dependencies=READS)
async def list_deliveries(
    session: SessionDep, paging: Paging, only: Annotated[Filter, Depends(wanted)]
) -> Page[ListedDelivery]:
    """List deliveries in every state; nothing here tells whose a letter is."""
    found = await desk.page(session, only, after=paging.cursor, limit=paging.one_more)
    return paging.page(found)


@router.get("/overview", dependencies=READS, name="read_overview_of_deliveries")
async def overview(session: SessionDep) -> OverviewAnswer:
    """Show what waits and for how long, what is in trouble and why, and what is stopped."""
    seen = await desk.overview(session)
    stopped = await controls.read(session)
    return OverviewAnswer(
        waiting=[
            WaitingAnswer(
                channel=each.channel,
                queued=each.queued,
                retrying=each.retrying,
                sending=each.sending,
                oldest_seconds=each.oldest.total_seconds(),
            )
            for each in seen.waiting
        ],
        troubles=[TroubleAnswer(**asdict(each)) for each in seen.troubles],
        stopped=[ControlAnswer(**each.model_dump()) for each in stopped.stopped.values()],
    )


@router.get("/{delivery_id}", dependencies=READS)
async def read_delivery(delivery_id: UUID, session: SessionDep) -> DeliveryAnswer:
    """Show one delivery with every attempt to send it."""
    one, tried = await desk.attempts(session, delivery_id)
    return DeliveryAnswer(delivery=one, attempts=[Tried.model_validate(each) for each in tried])


@router.post(
    "/acts",
    responses=problems(NumberChanged),
    openapi_extra=documented(ActForm),
    name="act_on_deliveries",
)
async def act(who: Writer, form: ActBody, session: SessionDep) -> ActAnswer:
    """Retry, release, or resolve what is uncertain; without ``expected``, only count."""
    chosen = form.chosen()
    if form.expected is None:
        matching = await desk.preview(session, form.act, chosen)
        return ActAnswer(matching=matching, done=False)
    done = await desk.carry_out(session, form.act, chosen, expected=form.expected, actor=who.actor)
    return ActAnswer(matching=done, done=True)


@router.post(
    "/stops",
    responses=problems(NotFound),
    openapi_extra=documented(ControlForm),
    name="stop_deliveries",
)
async def stop(who: Writer, form: ControlBody, session: SessionDep) -> StoppedAnswer:
    """Stop a channel, a seat or a campaign: within two seconds nothing more goes out."""
    kind = Kind(form.kind)
    await controls.require_known(session, kind, form.name)
    changed = await controls.stop(session, kind, form.name, reason=form.reason, actor=who.actor)
    return StoppedAnswer(changed=changed)


@router.post("/resumes", openapi_extra=documented(ControlForm), name="resume_deliveries")
async def resume(who: Writer, form: ControlBody, session: SessionDep) -> StoppedAnswer:
    """Resume a stopped channel, seat or campaign."""
    changed = await controls.resume(session, Kind(form.kind), form.name, actor=who.actor)
    return StoppedAnswer(changed=changed)
