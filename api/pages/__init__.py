"""The hosted pages: server-rendered, complete without JavaScript."""

from fastapi import FastAPI

from api.pages import cards, crawlers, flow, mailed, reading, reference, signing
from api.pages.assets import load_assets
from api.pages.problems import error_page
from api.pages.rendering import environment_of
from api.settings import Settings

__all__ = ["error_page", "install"]


def install(app: FastAPI, settings: Settings) -> None:
    """Add the pages' routes to the app, and read templates' folder, catalogues and files now."""
    load_assets(settings.web_dir)
    environment_of(settings, "en")
    for module in (reading, cards, crawlers, flow, signing, mailed, reference):
        app.include_router(module.router)
