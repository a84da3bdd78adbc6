"""The form on partners' sites: who may embed it, and the script that they paste."""

from fastapi import FastAPI

from api.widget import script
from api.widget.embedding import Embedding

__all__ = ["Embedding", "install"]


def install(app: FastAPI) -> None:
    """Add the script's route. ``Embedding`` goes around all else, so that it misses no answer."""
    app.include_router(script.router)
