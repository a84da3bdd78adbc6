"""``robots.txt`` and the sitemap: which pages there are, and which are private."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from api.i18n import LANGUAGES
from api.pages.rendering import in_language
from api.services import Services, now, services_of

router = APIRouter(include_in_schema=False)

CACHED = {"Cache-Control": "public, max-age=3600"}
# Pages with a token in their address, and the steps of one person's form.
UNLISTED = (
    "/confirm/",
    "/me/",
    "/pending/",
    "/self-service/",
    "/unsubscribe/",
    "/c/*/sent/",
    "/c/*/signed/",
    "/api/",
    "/card/",
)
EVERYWHERE = tuple(LANGUAGES)

Entry = tuple[str, tuple[str, ...]]


@router.get("/robots.txt")
async def robots(request: Request) -> Response:
    refused = "".join(f"Disallow: {path}\n" for path in UNLISTED)
    # Preview pictures may be fetched by any site that shows a link.
    text = (
        f"User-agent: *\nAllow: /card/*.png\n{refused}\n"
        f"Sitemap: {services_of(request).settings.public_url}/sitemap.xml\n"
    )
    return PlainTextResponse(text, headers=CACHED)


@router.get("/sitemap.xml")
async def sitemap(request: Request) -> Response:
    """Every public page in each of its languages, each naming the others."""
    services = services_of(request)
    site = services.settings.public_url
    lines = [line for entry in _pages(services) for line in _urls(site, *entry)]
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n' + "\n".join(lines) + "\n</urlset>\n"
    )
    return Response(text, media_type="application/xml", headers=CACHED)


def _pages(services: Services) -> Iterator[Entry]:
    """Each public path with its languages."""
    yield from ((path, EVERYWHERE) for path in ("/", "/records", "/about", "/privacy"))
    yield "/docs", ("en",)
    for slug, published in services.published.catalog.campaigns.items():
        if published.state(now()) in {"open", "closed"}:
            yield f"/c/{slug}", published.campaign.languages
            if published.campaign.kind == "open_letter":
                yield f"/c/{slug}/statement", published.campaign.languages


def _urls(site: str, path: str, languages: tuple[str, ...]) -> Iterator[str]:
    alternates = "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" '
        f'href="{escape(site + in_language(path, code))}"/>'
        for code in languages
        if len(languages) > 1
    )
    for code in languages:
        yield f"<url><loc>{escape(site + in_language(path, code))}</loc>{alternates}</url>"
