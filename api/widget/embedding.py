"""Which sites may embed a form: an ASGI middleware for every answer under ``/embed/``.

A browser shows the frame only inside the sites that ``frame-ancestors`` names, and lets only those
pages read a form inline that ``Access-Control-Allow-Origin`` names: the campaign's partners, of
these the ones that chose to.
"""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.pages.surface import EMBEDDED
from api.partners.models import Partner
from api.security.headers import embed_policy
from api.services import Services

PREFIX = f"{EMBEDDED.root}/"
TOLD = "RateLimit, RateLimit-Policy, Retry-After"
"""What the script of such a page may read beside the answer itself: when to try again."""


class Embedding:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        services: Services = scope["app"].state.services
        partners = _partners(services, scope["path"].split("/")[2])
        origin = Headers(scope=scope).get("origin")

        async def allow(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                ancestors = dict.fromkeys(o for partner in partners for o in partner.origins)
                headers["Content-Security-Policy"] = embed_policy(ancestors)
                headers.add_vary_header("Origin")
                if any(origin in partner.origins for partner in partners if partner.inline):
                    headers["Access-Control-Allow-Origin"] = origin or ""
                    headers["Access-Control-Expose-Headers"] = TOLD
            await send(message)

        await self.app(scope, receive, allow)


def _partners(services: Services, slug: str) -> Sequence[Partner]:
    """The campaign's; none of a campaign that there is not."""
    campaign = services.published.catalog.campaigns.get(slug)
    return services.partners.of(campaign.campaign.partners) if campaign else ()
