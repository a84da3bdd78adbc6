"""A partner's page: what to paste for each campaign, and how it looks."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.campaigns.published import PublishedCampaign
from api.errors import NotFound
from api.pages.campaign_context import about_campaign
from api.pages.rendering import View
from api.pages.visitor import view_of
from api.partners.models import Partner
from api.services import now, services_of

router = APIRouter(include_in_schema=False)

CACHED = {
    "Cache-Control": "public, max-age=60",
    "Vary": "Accept-Language",
    "X-Robots-Tag": "noindex",
}


@router.get("/partners/{slug}")
async def partner_page(request: Request, slug: str, campaign: str = "") -> Response:
    """The snippet of one campaign, with a live preview; the others a link away."""
    services = services_of(request)
    partner = services.partners.known("all", slug)
    if partner is None:
        raise NotFound("There is no such partner.")
    catalog = services.published.catalog.campaigns.values()
    offered = [published for published in catalog if _offered(published, partner)]
    chosen = next((each for each in offered if each.slug == campaign), None)
    if campaign and chosen is None:
        raise NotFound("This campaign is not for this partner.")
    view = replace(view_of(request), query={"campaign": campaign} if campaign else None)
    shown = chosen or (offered[0] if offered else None)
    context = {
        "partner": partner,
        "campaigns": [about_campaign(published, view.language) for published in offered],
        "shown": shown and about_campaign(shown, view.language),
        "paste": shown and _paste(view, shown, partner),
    }
    return view.render("partner.html.j2", context, headers=CACHED)


def _offered(published: PublishedCampaign, partner: Partner) -> bool:
    named = published.campaign.partners
    return published.state(now()) == "open" and (named == "all" or partner.slug in named)


def _paste(view: View, published: PublishedCampaign, partner: Partner) -> dict[str, Any]:
    """The addresses in the snippet, in the page's language where the campaign has it."""
    site, slug = view.services.settings.public_url, published.slug
    language = view.language if view.language in published.campaign.languages else "en"
    query = urlencode({"lang": language, "partner": partner.slug})
    return {
        "site": site,
        "page": f"{site}/c/{slug}",
        "link": f"{site}/c/{slug}?{query}",
        "frame": f"{site}/embed/{slug}?{query}",
        "lang": language,
    }
