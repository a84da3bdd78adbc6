"""Whose request it is."""

from starlette.requests import Request

from api.security.clients import client_address
from api.services import Services


def client_of(request: Request, services: Services) -> str | None:
    """The client's address, past our own proxies; None where there is no peer."""
    peer = request.client.host if request.client else None
    forwarded = request.headers.get("x-forwarded-for")
    return client_address(peer, forwarded, services.settings.trusted_proxies)
