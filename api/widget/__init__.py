"""The form on partners' sites: who may embed it, and the script that they paste."""

from fastapi import FastAPI

from api.widget import script
from api.widget.embedding import Embedding


def install(app: FastAPI) -> None:
    """Add the script's route, and the headers of embedded forms."""
    app.include_router(script.router)
    app.add_middleware(Embedding)
