"""The read-only pages: the list, a campaign, who runs this, privacy."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.pages.assets import load_assets
from api.pages.campaign_context import SHOWN_FROM, about_campaign, progress, until_next_counts
from api.pages.flow_form import FlowForm
from api.pages.open_graph import page_graph
from api.pages.open_letter import Signing, letter_page
from api.pages.screens import Flow, campaign_page
from api.pages.visitor import campaign_view, carried, view_of
from api.services import now, services_of

router = APIRouter(include_in_schema=False)
shown = APIRouter(include_in_schema=False)  # on every surface

CACHED_LONGER = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Language"}


@router.get("/")
async def list_campaigns(request: Request) -> Response:
    """The open campaigns."""
    view = view_of(request)
    cards = [
        {
            **about_campaign(published, view.language),
            "progress": await progress(view.services, published),
        }
        for published in view.services.published.catalog.campaigns.values()
        if published.state(now()) == "open"
    ]
    context = {"campaigns": cards, "og": page_graph(view, "campaigns")}
    return view.render("campaigns.html.j2", context, headers=until_next_counts(view.services))


@shown.get("")
async def show_campaign(request: Request, slug: str) -> Response:
    """One campaign with the first screen of its form; a closed one can still be read."""
    published = services_of(request).submissions.find_campaign(slug)
    view = campaign_view(request, published)
    cached = until_next_counts(view.services)
    if published.campaign.kind == "open_letter":
        return await letter_page(Signing(view, published, carried(request)), headers=cached)
    ranks = {}
    if published.campaign.form.choose_demands:
        ranks = {demand: str(place) for place, demand in enumerate(published.default_demands, 1)}
    form = FlowForm(carried(request), ranks=ranks)
    return await campaign_page(Flow(view, published, form), headers=cached)


@router.get("/c/{slug}/")
async def drop_slash(request: Request, slug: str) -> Response:
    """The one address that people type with a slash at its end. It leads on by path alone, never
    by the host that the request names."""
    services_of(request).submissions.find_campaign(slug)
    query = request.scope["query_string"].decode("latin-1")
    return RedirectResponse(f"/c/{slug}?{query}" if query else f"/c/{slug}", 308)


@router.get("/about")
async def about(request: Request) -> Response:
    """Who runs the campaigns, and how the numbers are made."""
    view = view_of(request)
    sponsors: dict[str, list[dict[str, Any]]] = {}
    for published in view.services.published.catalog.campaigns.values():
        if published.state(now()) in {"open", "closed"}:
            told = about_campaign(published, view.language)
            sponsors.setdefault(repr(told["sponsor"]), []).append(told)
    directory = view.services.published.directory
    context = {
        "sponsors": list(sponsors.values()),
        "shown_from": SHOWN_FROM,
        "as_of": directory.as_of,
        "congress": directory.congress,
        "og": page_graph(view, "about"),
    }
    return view.render("about.html.j2", context, headers=CACHED_LONGER)


@router.get("/privacy")
async def privacy(request: Request) -> Response:
    """What is kept, for how long, and who can see it."""
    view = view_of(request)
    context = {"og": page_graph(view, "privacy")}
    return view.render("privacy.html.j2", context, headers=CACHED_LONGER)


@router.get("/assets/{name}")
async def asset(request: Request, name: str) -> Response:
    return load_assets(services_of(request).settings.web_dir).answer(name, request)
