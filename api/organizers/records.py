"""What members of Congress did, entered by organizers; letters use it within seconds."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends
from pydantic import AfterValidator, Field
from starlette.responses import Response

from api.campaigns import records
from api.campaigns.records import Entered, RecordKnown, enter
from api.errors import FieldError, InvalidInput
from api.organizers.access import Organizer, make_router, organizer
from api.organizers.paging import Page
from api.organizers.tokens import Scope
from api.problems import problems
from api.public.bodies import body_of, documented
from api.public.dependencies import ServicesDep, SessionDep
from api.security.text import clean_required
from api.submissions.forms import TIDY, Maybe, Model, example

router: APIRouter = make_router("/records")

LINE_MAX = 300
DATE = r"^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"
Writer = Annotated[Organizer, Depends(organizer(Scope.RECORDS_WRITE))]
Line = Annotated[str, AfterValidator(lambda value: clean_required(value, LINE_MAX))]
PartialDate = Annotated[str, Field(pattern=DATE, examples=["2025-12-19", "2025-12", "2025"]), TIDY]
Url = Annotated[str, Field(pattern=r"^https?://[^\s<>\"]+$", max_length=2000), TIDY]


class SourceForm(Model):
    """The document that says so."""

    title: Line
    publisher: Line
    url: Maybe[Url] = None
    date: Maybe[PartialDate] = None


class RecordForm(Model):
    """``on`` is the thing's short name, such as ``hr-6840``, ``title`` its full one."""

    model_config = example(
        bioguide="P000034",
        what="sponsored",
        on="hr-1234",
        title="An example of a bill",
        date="2026-03-01",
        source={
            "title": "An example of a bill",
            "publisher": "Congress",
            "url": "https://www.congress.gov/",
            "date": "2026-03-01",
        },
    )

    bioguide: Annotated[str, TIDY] = Field(pattern=r"^[A-Z][0-9]{6}$", examples=["P000034"])
    what: Literal["led", "co_led", "sponsored", "signed", "spoke", "declined"]
    on: Annotated[str, TIDY] = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)
    title: Line
    date: PartialDate
    source: SourceForm

    def values(self) -> dict[str, Any]:
        source = {f"source_{name}": value for name, value in self.source.model_dump().items()}
        return {**self.model_dump(exclude={"source"}), **source}


RecordBody = Annotated[RecordForm, Depends(body_of(RecordForm))]


@router.get("", dependencies=[Depends(organizer(Scope.RECORDS_WRITE))])
async def list_records(session: SessionDep) -> Page[Entered]:
    """List the records that were entered; the dossier's files may have more."""
    return Page(items=await records.list_entered(session))


@router.post(
    "", status_code=201, responses=problems(RecordKnown), openapi_extra=documented(RecordForm)
)
async def add_record(
    who: Writer,
    form: RecordBody,
    services: ServicesDep,
    session: SessionDep,
    afterwards: BackgroundTasks,
) -> Entered:
    """Enter what a sitting member did.

    This process uses it once it has answered, the others in seconds.
    """
    if services.published.directory.by_id(form.bioguide) is None:
        message = "No member who sits, or is on record here, has this id."
        raise InvalidInput(FieldError("bioguide", "member_unknown", message))
    entered = enter(services.published.catalog, form.values())
    await records.add(session, entered, actor=who.actor)
    afterwards.add_task(services.records.read)
    return entered


@router.delete("/{record_id}", status_code=204)
async def remove_record(
    who: Writer,
    record_id: UUID,
    services: ServicesDep,
    session: SessionDep,
    afterwards: BackgroundTasks,
) -> Response:
    """Remove a record: for this process once it has answered, for the others within seconds.

    Letters that were approved with it keep it.
    """
    await records.remove(session, record_id, actor=who.actor)
    afterwards.add_task(services.records.read)
    return Response(status_code=204)
