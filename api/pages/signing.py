"""Signing an open letter on its page, and reading who signed it."""

import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.errors import FieldError, InvalidInput, NotFound
from api.i18n import negotiate
from api.pages.campaign_context import about_campaign, progress, until_next_counts
from api.pages.errors import page_errors
from api.pages.flow_form import REFERRAL, SLUG, read_pairs
from api.pages.open_letter import Signing, letter_page, organization_page, signers_page
from api.pages.rendering import View
from api.pages.surface import surface_of
from api.pages.visitor import campaign_view, carried, share_links
from api.services import client_of, services_of
from api.sign_ons.cursors import read_place
from api.sign_ons.forms import OrganizationSigns, PersonSigns
from api.sign_ons.service import HOME
from api.submissions.idempotency import make_claim
from api.submissions.parsing import parse_fields

router = APIRouter(include_in_schema=False)
hosted = APIRouter(prefix="/c/{slug}", include_in_schema=False)

PERSON = ("given_name", "family_name", "email", "zip", "city", "country")


@router.post("/sign")
async def sign(request: Request, slug: str) -> Response:
    """A person signs: store it, and ask them to look into the mailbox."""
    signing = await _posted(request, slug)
    try:
        form = parse_fields(PersonSigns, _person(signing))
        return await _stored(request, signing, form)
    except InvalidInput as error:
        fields = [*error.fields]
        at_home = signing["country"] in {"", HOME}
        if at_home and not signing["zip"].strip() and "supporter.zip" not in map(_path, fields):
            fields.append(FieldError("supporter.zip", "required", "This is needed."))
        return await letter_page(signing, page_errors(fields))


@router.post("/sign/language")
async def change_language(request: Request, slug: str) -> Response:
    """The letter in another language, with all that was typed; of a closed campaign, too."""
    return await letter_page(await _posted(request, slug, closed=True))


@hosted.get("/sign/organization")
async def ask_organization(request: Request, slug: str) -> Response:
    """Show the form for an organization's representative."""
    return organization_page(_signing(request, slug, closed=False))


@hosted.post("/sign/organization")
async def sign_for(request: Request, slug: str) -> Response:
    """An organization signs through its representative."""
    signing = await _posted(request, slug)
    try:
        form = parse_fields(OrganizationSigns, _organization(signing))
        return await _stored(request, signing, form)
    except InvalidInput as error:
        fields = (FieldError(_plain(each.field), each.code, each.message) for each in error.fields)
        return organization_page(signing, page_errors(fields))


@router.get("/signed/{submission_id}")
async def signed(request: Request, slug: str, submission_id: UUID) -> Response:
    """Look into your mailbox; it says the same whatever the id."""
    signing = _signing(request, slug)
    view, published = signing.view, signing.published
    about = about_campaign(published, view.language)
    share = published.campaign.share
    words = share.text.get(view.language) if share else about["summary"]
    url = f"{view.services.settings.public_url}/c/{slug}"
    if signing["ref"]:
        url = f"{url}?{urlencode({'ref': signing['ref']})}"
    context = {
        "campaign": about,
        "progress": await progress(view.services, published),
        "share": share_links(url, about["title"], words),
        "resend_url": f"{view.surface.of(slug)}/sent/{submission_id}/resend?lang={view.language}",
        "number": str(submission_id)[-6:],
        "development": not view.services.settings.production,
    }
    return view.render("signed.html.j2", context)


@hosted.get("/statement")
async def show_signers(request: Request, slug: str, after: str = "") -> Response:
    """The letter with all who signed it."""
    signing = _signing(request, slug)
    place = read_place(signing.services.keys, slug, after) if after else None
    if after and place is None:
        raise NotFound("There is no such page of names.")
    return await signers_page(signing, place, until_next_counts(signing.view.services))


def _signing(request: Request, slug: str, *, closed: bool = True) -> Signing:
    published = services_of(request).sign_ons.find_campaign(slug, closed=closed)
    return Signing(campaign_view(request, published), published, carried(request))


async def _posted(request: Request, slug: str, *, closed: bool = False) -> Signing:
    """Raises NotFound, CampaignClosed unless ``closed`` ones will do, or BadForm."""
    published = services_of(request).sign_ons.find_campaign(slug, closed=closed)
    values = dict(await read_pairs(request))
    offered = published.campaign.languages
    language = negotiate(values.get("lang"), request.headers.get("accept-language"), offered)
    view = View(services_of(request), language, offered, surface=surface_of(request))
    return Signing(view, published, values)


async def _stored(
    request: Request, signing: Signing, form: PersonSigns | OrganizationSigns
) -> Response:
    services, slug = signing.services, signing.slug
    key = signing["key"] or secrets.token_urlsafe(16)
    claim = make_claim(services.keys, f"page:/c/{slug}/sign", key, form.model_dump_json().encode())
    client = client_of(request)
    signing_up = services.sign_ons.sign(
        slug, form, client=client, claim=claim, surface=signing.view.surface.name
    )
    answer = orjson.loads((await signing_up).answer)
    query = urlsplit(answer["share_url"]).query
    path = f"{signing.view.surface.of(slug)}/signed/{answer['id']}"
    return RedirectResponse(f"{path}?{query}&lang={signing.view.language}", 303)


def _common(signing: Signing) -> dict[str, Any]:
    return {
        "statement_digest": signing["digest"] or None,
        "language": signing.view.language,
        "partner": signing["partner"] if SLUG.fullmatch(signing["partner"]) else None,
        "referral": signing["ref"] if REFERRAL.fullmatch(signing["ref"]) else None,
    }


def _person(signing: Signing) -> dict[str, Any]:
    """The JSON contract's body, of the page's fields."""
    supporter = {name: signing[name] for name in PERSON if signing[name].strip()}
    if supporter.get("country", HOME) != HOME:
        supporter.pop("zip", None)
    for name in ("given_name", "family_name", "email"):
        supporter.setdefault(name, "")
    sign_on = {name: signing[name] or None for name in ("affiliation", "comment")}
    return {
        **_common(signing),
        "kind": "person",
        "supporter": supporter,
        "sign_on": {**sign_on, "display": signing["display"] or "hidden"},
        "consents": {"updates": signing["updates"] == "yes"},
    }


def _organization(signing: Signing) -> dict[str, Any]:
    return {
        **_common(signing),
        "kind": "organization",
        "organization": {
            "name": signing["organization"],
            "website": signing["website"],
            "country": signing["country"] or HOME,
        },
        "representative": {
            "given_name": signing["given_name"],
            "family_name": signing["family_name"],
            "role": signing["role"],
            "email": signing["email"],
            "show_name": signing["show_name"] == "yes",
        },
    }


def _path(error: FieldError) -> str:
    return error.field


def _plain(path: str) -> str:
    """The page's field of a path in the body."""
    return "organization" if path == "organization.name" else path
