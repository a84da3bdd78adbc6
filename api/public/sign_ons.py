"""Signing a statement, and reading who signed it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field, RootModel
from starlette.responses import Response

from api.campaigns.statements import statement_of
from api.counts import ledger
from api.database.session import session_scope
from api.errors import FieldError, InvalidInput
from api.i18n import ENGLISH
from api.public.answers import SignedAnswer, SignersAnswer, StatementAnswer
from api.public.bodies import documented, json_body
from api.public.campaigns import Lang, cacheable, is_known, localized
from api.public.dependencies import ServicesDep
from api.public.repeats import KeyHeader
from api.services import client_of
from api.sign_ons import listing
from api.sign_ons.forms import OrganizationSigns, PersonSigns
from api.sign_ons.handed_in import occasions
from api.sign_ons.history import history_csv
from api.submissions.forms import Model
from api.submissions.idempotency import make_claim
from api.submissions.parsing import parse_json

router = APIRouter(prefix="/api/v1/campaigns/{slug}", tags=["sign-ons"])

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
    openapi_extra=documented(SignOnBody),
    name="sign_statement",
)
async def sign(
    request: Request, slug: str, services: ServicesDep, key: KeyHeader = None
) -> Response:
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
    answer = await services.sign_ons.sign(slug, form, client=client, claim=claim)
    return Response(answer, 202, {"Cache-Control": "no-store"}, "application/json")


@router.get("/sign-ons", response_model=SignersAnswer)
async def read_signers(
    request: Request,
    slug: str,
    services: ServicesDep,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """List people who signed, as each chose to appear, the newest first."""
    services.sign_ons.find_campaign(slug)
    before = read_cursor(cursor)
    async with session_scope(services.engine) as session:
        page = await listing.newest(session, slug, before, limit)
    body = {
        "items": [signer.as_json() for signer in page.signers],
        "next": None if page.next is None else str(page.next),
    }
    return cacheable(request, body, seconds=services.counts.seconds_left)


@router.get("/statement", response_model=StatementAnswer)
async def read_statement(
    request: Request, slug: str, services: ServicesDep, lang: Lang = ENGLISH
) -> Response:
    """Read the open letter, who it is to, how many signed it, and the organizations that did."""
    published = services.sign_ons.find_campaign(slug)
    statement = statement_of(published, lang)
    form = published.campaign.sign_on
    assert form is not None
    counts = await services.counts.read(slug)
    async with session_scope(services.engine) as session:
        organizations = await listing.organizations(session, slug, form)
        delivered = await occasions(session, slug, form)
    body: dict[str, Any] = {
        "digest": statement.digest,
        "language": statement.language,
        "text": statement.text,
        "to": list(published.target_names),
        "as_of": counts.as_json(None)["as_of"],
        "persons": counts.by_name["persons"],
        "organizations": counts.by_name["organizations"],
        "review": form.review,
        "signing_organizations": organizations,
        "delivered": [{"to": to, "on": on} for to, on in delivered],
        "historic": form.historic
        and {
            "source": localized(published.dossier.sources[form.historic.source], lang),
            "signatories": list(form.historic.signatories),
        },
    }
    return cacheable(request, body, seconds=services.counts.seconds_left)


@router.get("/statement.pdf", responses={200: {"content": {"application/pdf": {}}}})
async def print_statement(
    request: Request, slug: str, services: ServicesDep, lang: Lang = ENGLISH
) -> Response:
    """Get the open letter with all its signatories as a PDF, a few minutes old at most."""
    language = statement_of(services.sign_ons.find_campaign(slug), lang).language
    found = await services.statements.find(slug, language)
    headers = {"Cache-Control": "public, max-age=60", "ETag": found.etag}
    if is_known(request, found.etag):
        return Response(status_code=304, headers=headers)
    return Response(found.pdf, 200, headers, "application/pdf")


@router.get("/history.csv", responses={200: {"content": {"text/csv": {}}}})
async def read_history(slug: str, services: ServicesDep) -> Response:
    """Read the confirmed counts by hour: each hour's change, and the count after it."""
    services.submissions.find_campaign(slug)
    counts = await services.counts.read(slug)
    async with session_scope(services.engine) as session:
        changes = await ledger.history(session, slug)
    body = history_csv(changes, counts.by_name)
    headers = {"Cache-Control": f"public, max-age={services.counts.seconds_left}"}
    return Response(body, 200, headers, "text/csv; charset=utf-8")


def read_cursor(cursor: str | None) -> int | None:
    """Raises InvalidInput for what is no cursor of ours."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= CURSOR_DIGITS):
        raise InvalidInput(FieldError("cursor", "malformed", "Send the `next` of the page before."))
    return int(cursor)
