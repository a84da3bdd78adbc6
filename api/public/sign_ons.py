"""Signing a statement, and reading who signed it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field, RootModel
from starlette.responses import Response

from api.caching import CacheableRoute, cacheable, require_new, seconds_until_next_counts
from api.campaigns.dossier import Dossier
from api.campaigns.schema import Historic
from api.campaigns.statements import statement_of
from api.counts import ledger
from api.database.session import session_scope
from api.errors import CampaignClosed, FieldError, InvalidInput, Unavailable
from api.i18n import ENGLISH
from api.printing.queue import Busy
from api.problems import problems
from api.public.answers import (
    DeliveredAnswer,
    HistoricAnswer,
    SignedAnswer,
    SignerAnswer,
    SignersAnswer,
    SigningOrganizationAnswer,
    StatementAnswer,
)
from api.public.bodies import documented, json_body
from api.public.campaign_answers import to_seconds
from api.public.campaigns import Lang
from api.public.dependencies import ServicesDep
from api.public.files import Csv, Pdf
from api.public.repeats import KeyHeader
from api.services import client_of
from api.sign_ons import listing
from api.sign_ons.forms import OrganizationSigns, PersonSigns
from api.sign_ons.handed_in import occasions
from api.sign_ons.history import history_csv
from api.sign_ons.statements import StatementChanged
from api.submissions.forms import Model
from api.submissions.idempotency import make_claim
from api.submissions.parsing import parse_json

router = APIRouter(prefix="/api/v1/campaigns/{slug}", tags=["sign-ons"], route_class=CacheableRoute)

Cursor = Annotated[str | None, Query(max_length=20, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=listing.PAGE_MAX)]


CURSOR_DIGITS = 18


class _Kind(Model):
    """Reads only the kind, to know which of the two forms it is."""

    model_config = ConfigDict(extra="ignore")

    kind: str


class SignOnBody(RootModel[PersonSigns | OrganizationSigns]):
    """A person signs, or an organization does through whoever may speak for it."""

    root: Annotated[PersonSigns | OrganizationSigns, Field(discriminator="kind")]


@router.post(
    "/sign-ons",
    status_code=202,
    response_model=SignedAnswer,
    responses=problems(CampaignClosed, StatementChanged, Unavailable),
    openapi_extra=documented(SignOnBody),
    name="sign_statement",
)
async def sign(
    request: Request, slug: str, services: ServicesDep, key: KeyHeader = None
) -> SignedAnswer | Response:
    """Sign; 202 once stored. Its mail comes as `POST /confirmations/resend` says."""
    body = await json_body(request)
    claim = make_claim(services.keys, f"POST /sign-ons/{slug}", key, body)
    kind = parse_json(_Kind, body).kind
    if kind not in {"person", "organization"}:
        message = "Say who signs: person or organization."
        raise InvalidInput(FieldError("kind", "unknown_kind", message))
    model: type[PersonSigns | OrganizationSigns]
    model = PersonSigns if kind == "person" else OrganizationSigns
    form = parse_json(model, body)
    client = client_of(request)
    signed = await services.sign_ons.sign(slug, form, client=client, claim=claim)
    if signed.repeated:  # These bytes went out before, when they were validated.
        return Response(signed.answer, 202, media_type="application/json")
    return SignedAnswer.model_validate_json(signed.answer)


@router.get("/sign-ons")
@cacheable(seconds_until_next_counts)
async def read_signers(
    slug: str, services: ServicesDep, cursor: Cursor = None, limit: Limit = 50
) -> SignersAnswer:
    """List people who signed, as each chose to appear, the newest first."""
    services.sign_ons.find_campaign(slug)
    before = read_cursor(cursor)
    async with session_scope(services.engine) as session:
        page = await listing.newest(session, slug, before, limit)
    items = [SignerAnswer.model_validate(signer, from_attributes=True) for signer in page.signers]
    return SignersAnswer(items=items, next=None if page.next is None else str(page.next))


@router.get("/statement")
@cacheable(seconds_until_next_counts)
async def read_statement(slug: str, services: ServicesDep, lang: Lang = ENGLISH) -> StatementAnswer:
    """Read the open letter, who it is to, how many signed it, and the organizations that did."""
    published = services.sign_ons.find_campaign(slug)
    statement = statement_of(published, lang)
    form = published.campaign.sign_on
    assert form is not None
    counts = await services.counts.read(slug)
    async with session_scope(services.engine) as session:
        organizations = await listing.organizations(session, slug, form)
        delivered = await occasions(session, slug, form)
    return StatementAnswer(
        digest=statement.digest,
        language=statement.language,
        text=statement.text,
        to=list(published.target_names),
        as_of=to_seconds(counts.as_of),
        persons=counts.by_name["persons"],
        organizations=counts.by_name["organizations"],
        review=form.review,
        signing_organizations=[
            SigningOrganizationAnswer.model_validate(one, from_attributes=True)
            for one in organizations
        ],
        delivered=[DeliveredAnswer(to=to, on=on) for to, on in delivered],
        historic=_historic(published.dossier, form.historic),
    )


def _historic(dossier: Dossier, historic: Historic | None) -> HistoricAnswer | None:
    if historic is None:
        return None
    source = dossier.sources[historic.source]
    return HistoricAnswer(source=source, signatories=list(historic.signatories))


@router.get("/statement.pdf", response_class=Pdf, responses=problems(Busy))
@cacheable(60)
async def print_statement(
    request: Request, slug: str, services: ServicesDep, lang: Lang = ENGLISH
) -> Pdf:
    """Get the open letter with all its signatories as a PDF, a few minutes old at most."""
    language = statement_of(services.sign_ons.find_campaign(slug), lang).language
    found = await services.statements.find(slug, language)
    require_new(request, found.etag)
    return Pdf(found.pdf, headers={"ETag": found.etag})


@router.get("/history.csv", response_class=Csv)
@cacheable(seconds_until_next_counts)
async def read_history(slug: str, services: ServicesDep) -> Csv:
    """Read the confirmed counts by hour: each hour's change, and the count after it."""
    services.submissions.find_campaign(slug)
    counts = await services.counts.read(slug)
    async with session_scope(services.engine) as session:
        changes = await ledger.history(session, slug)
    return Csv(history_csv(changes, counts.by_name))


def read_cursor(cursor: str | None) -> int | None:
    """Raises InvalidInput for what is no cursor of ours."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= CURSOR_DIGITS):
        raise InvalidInput(FieldError("cursor", "malformed", "Send the `next` of the page before."))
    return int(cursor)
