"""The hosted pages: server-rendered, complete without JavaScript."""

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from api.pages import (
    cards,
    crawlers,
    flow,
    mailed,
    own_data,
    partners,
    pending,
    reading,
    records,
    reference,
    signing,
    unsubscribing,
)
from api.pages.assets import load_assets
from api.pages.problems import error_page, kept_page
from api.pages.rendering import environment_of
from api.pages.step_addresses import way_back
from api.pages.surface import EMBEDDED, HOSTED, Surface
from api.settings import Settings

__all__ = ["error_page", "install", "kept_page", "way_back"]


def install(app: FastAPI, settings: Settings) -> None:
    """Add the pages' routes to the app, and read templates' folder, catalogues and files now."""
    load_assets(settings.web_dir)
    environment_of(settings, "en")
    modules = (reading, records, partners, cards, crawlers, mailed, own_data, reference)
    for module in (*modules, pending, unsubscribing):
        app.include_router(module.router)
    app.include_router(signing.hosted)
    for forms in FORMS:
        app.include_router(forms)


def _forms_on(surface: Surface) -> APIRouter:
    """The form's routes, made for each surface: logs and metrics know a route by its path."""
    made = APIRouter(prefix=surface.of("{slug}"), include_in_schema=False)
    for router in (reading.shown, flow.router, signing.router):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            made.add_api_route(route.path, route.endpoint, methods=list(route.methods or ()))
    return made


# Made once: FastAPI reads each route's parameters when it is made, which takes longer than all the
# rest of an app.
FORMS = tuple(_forms_on(surface) for surface in (HOSTED, EMBEDDED))
