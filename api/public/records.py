"""What members of Congress did, as JSON."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.campaigns.tracker import Chamber, Member, Wanted, track
from api.errors import FieldError, InvalidInput
from api.public.campaigns import cacheable
from api.public.dependencies import ServicesDep
from api.services import now
from api.targets.days import eastern_date

router = APIRouter(prefix="/api/v1", tags=["records"])

What = Literal["led", "co_led", "sponsored", "signed", "spoke", "declined"]


class RecordSource(BaseModel):
    title: str
    publisher: str
    url: str | None
    date: str | None


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


@router.get("/records", response_model=MembersAnswer)
async def read_records(  # noqa: PLR0913 (the parts of the filter)
    request: Request,
    services: ServicesDep,
    chamber: Chamber | None = None,
    state: Annotated[str | None, Query(pattern="^[A-Z]{2}$", examples=["CA"])] = None,
    party: Annotated[str | None, Query(max_length=40, examples=["Democrat"])] = None,
    what: What | None = None,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Response:
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
    body = {"items": [told(each) for each in shown], "next": shown[-1].holder.id if more else None}
    return cacheable(request, body, seconds=60)


def told(member: Member) -> dict[str, object]:
    holder = member.holder
    return {
        "id": holder.id,
        "name": holder.name,
        "title": holder.title,
        "chamber": member.chamber,
        "state": holder.state,
        "district": holder.district,
        "party": holder.party,
        "records": [
            {
                **deed.record.model_dump(include={"id", "what", "on", "title", "date"}),
                "source": deed.source.model_dump(include={"title", "publisher", "url", "date"}),
            }
            for deed in member.deeds
        ],
    }
