"""Tokens as tests use them."""

import httpx

from api.database.session import transaction
from api.organizers import tokens
from api.organizers.tokens import Scope
from api.services import Services

URL = "/api/v1/organizer"


async def bearer(services: Services, *scopes: Scope) -> dict[str, str]:
    """The header of a new token with these scopes; with none given, of one with all."""
    async with transaction(services.engine) as session:
        wanted = scopes or tuple(Scope)
        _, token = await tokens.create(session, "a test", wanted, actor="test")
    return {"Authorization": f"Bearer {token}"}


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
