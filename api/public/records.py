"""What members of Congress did, as JSON."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.caching import CacheableRoute, cacheable
from api.campaigns.tracker import Chamber, Deed, Member, Wanted, track
from api.errors import FieldError, InvalidInput
from api.public.dependencies import ServicesDep
from api.services import now
from api.targets.days import eastern_date

router = APIRouter(prefix="/api/v1", tags=["records"], route_class=CacheableRoute)

What = Literal["led", "co_led", "sponsored", "signed", "spoke", "declined"]


class RecordSource(BaseModel):
    title: str
    publisher: str
    date: str | None
    url: str | None


class RecordAnswer(BaseModel):
    id: str
    what: What
    on: str = Field(examples=["hr-6840"])
    title: str
    date: str = Field(examples=["2025-12-19"])
    source: RecordSource


class MemberAnswer(BaseModel):
    id: str = Field(examples=["P000034"])
    name: str
    title: str
    chamber: Chamber
    state: str | None
    district: str | None
    party: str | None
    records: list[RecordAnswer]


class MembersAnswer(BaseModel):
    """Sitting members by state, senators first; with a state all of its members, else those who
    did something that is on record."""

    items: list[MemberAnswer]
    next: str | None = Field(default=None, description="Send it as `cursor` for the next page.")


@router.get("/records")
@cacheable(60)
async def read_records(  # noqa: PLR0913 (the parts of the filter)
    services: ServicesDep,
    chamber: Chamber | None = None,
    state: Annotated[str | None, Query(pattern="^[A-Z]{2}$", examples=["CA"])] = None,
    party: Annotated[str | None, Query(max_length=40, examples=["Democrat"])] = None,
    what: What | None = None,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> MembersAnswer:
    """List what members of Congress did: led, signed, sponsored, spoke, declined, with sources."""
    published = services.published
    wanted, today = Wanted(chamber, state, party, what), eastern_date(now())
    members = track(published.catalog.dossier, published.directory, wanted, today)
    first = 0
    if cursor is not None:
        seats = [member.holder.id for member in members]
        if cursor not in seats:
            message = "Send the `next` of the page before."
            raise InvalidInput(FieldError("cursor", "malformed", message))
        first = seats.index(cursor) + 1
    shown = members[first : first + limit]
    more = first + limit < len(members)
    items = [_told(member) for member in shown]
    return MembersAnswer(items=items, next=items[-1].id if more else None)


def _told(member: Member) -> MemberAnswer:
    holder = member.holder
    assert holder.id is not None, "every seat of Congress has a member with an id"
    return MemberAnswer(
        id=holder.id,
        name=holder.name,
        title=holder.title,
        chamber=member.chamber,
        state=holder.state,
        district=holder.district,
        party=holder.party,
        records=[_record(deed) for deed in member.deeds],
    )


def _record(deed: Deed) -> RecordAnswer:
    record, source = deed.record, RecordSource.model_validate(deed.source, from_attributes=True)
    return RecordAnswer(
        id=record.id,
        what=record.what,
        on=record.on,
        title=record.title,
        date=record.date,
        source=source,
    )
