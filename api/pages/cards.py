"""A campaign on other sites: its picture, its card in a frame, and oEmbed, which leads to both."""

from asyncio import to_thread
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from api.campaigns.published import PublishedCampaign
from api.database.session import holds_connection
from api.errors import DomainError, NotFound
from api.i18n import ENGLISH
from api.pages.campaign_context import about_campaign, progress, until_next_counts
from api.pages.flow_form import SLUG
from api.pages.open_graph import PAGES, card_of, open_graph, page_card, page_url
from api.pages.rendering import View
from api.pages.visitor import campaign_view, view_of
from api.printing.card import Card, card_press
from api.services import services_of

router = APIRouter(include_in_schema=False)

CACHED = {"Cache-Control": "public, max-age=300"}
CARD_WIDTH, CARD_HEIGHT = 600, 260
SMALLEST = 240
DIGITS = 5


class NotImplementedHere(DomainError):
    status = 501
    code = "format_not_offered"
    title = "This format is not offered"


@router.get("/card/{slug}.png")
async def picture(request: Request, slug: str) -> Response:
    """1200 by 630 pixels, with title and progress."""
    published = _published(request, slug)
    view = campaign_view(request, published)
    card = card_of(view, published, await progress(view.services, published))
    return await _pictured(request, card, until_next_counts(view.services))


@router.get("/card/pages/{page}.png")
async def picture_of_page(request: Request, page: str) -> Response:
    """The same for a page of no campaign."""
    if page not in PAGES:
        raise NotFound("There is no picture of this page.")
    return await _pictured(request, page_card(view_of(request), page), CACHED)


async def _pictured(request: Request, card: Card, caching: dict[str, str]) -> Response:
    """The picture; it is drawn only if the client does not have this version already."""
    tag = f'"{card_press().digest(card)}"'
    headers = {"Vary": "Accept-Language", **caching, "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    assert not holds_connection()
    made = await to_thread(card_press().print, card)
    return Response(made, 200, headers, "image/png")


@router.get("/card/{slug}")
async def card(request: Request, slug: str) -> Response:
    """Title, count and a button that leads here: for frames, which let no form through."""
    published = _published(request, slug)
    view = campaign_view(request, published)
    context = {
        "campaign": about_campaign(published, view.language),
        "progress": await progress(view.services, published),
        "link": page_url(view, slug),
    }
    return view.render("card.html.j2", context, headers=until_next_counts(view.services))


@router.get("/oembed")
async def oembed(request: Request, url: str = "", format: str = "json") -> Response:  # noqa: A002
    """What oEmbed 1.0 says of a campaign's page: the card as a frame, the picture beside it.

    Raises NotFound for an address that is no campaign's page here, NotImplementedHere for XML.
    """
    if format != "json":
        raise NotImplementedHere("Ask for format=json.")
    site = services_of(request).settings.public_url
    slug, language = _asked(site, url)
    published = _published(request, slug)
    offered = published.campaign.languages
    language = language if language in offered else ENGLISH
    view = View(services_of(request), language, offered)
    said = await _said(request, view, published)
    # The digest names the picture with exactly this count.
    headers = {**until_next_counts(view.services), "Access-Control-Allow-Origin": "*"}
    return JSONResponse(said, headers=headers)


async def _said(request: Request, view: View, published: PublishedCampaign) -> dict[str, Any]:
    site, graph = view.services.settings.public_url, await open_graph(view, published)
    width = _at_most(request.query_params.get("maxwidth"), CARD_WIDTH)
    height = _at_most(request.query_params.get("maxheight"), CARD_HEIGHT)
    source = f"{site}/card/{published.slug}?{urlencode({'lang': view.language})}"
    link, title = escape(page_url(view, published.slug)), escape(graph["title"])
    return {
        "type": "rich",
        "version": "1.0",
        "title": graph["title"],
        "provider_name": "Undersigned",
        "provider_url": site,
        "cache_age": 300,
        "width": width,
        "height": height,
        "thumbnail_url": graph["image"],
        "thumbnail_width": graph["width"],
        "thumbnail_height": graph["height"],
        "html": (
            f'<blockquote><a href="{link}">{title}</a></blockquote>'
            f'<iframe src="{escape(source)}" title="{title}" width="{width}" height="{height}" '
            'frameborder="0" marginwidth="0" marginheight="0" scrolling="no"></iframe>'
        ),
    }


def _published(request: Request, slug: str) -> PublishedCampaign:
    return services_of(request).submissions.find_campaign(slug)


def _asked(site: str, url: str) -> tuple[str, str]:
    """The campaign and the language of an address of ours."""
    try:
        asked = urlsplit(url)
    except ValueError:
        asked = urlsplit("")
    first, _, rest = asked.path.strip("/").partition("/")
    slug = rest.partition("/")[0]
    if asked.netloc != urlsplit(site).netloc or first != "c" or not SLUG.fullmatch(slug):
        raise NotFound("Send the address of a campaign's page of this site as url.")
    return slug, parse_qs(asked.query).get("lang", [ENGLISH])[0]


def _at_most(asked: str | None, usual: int) -> int:
    """The usual size, or the smaller one that was asked for."""
    if asked is None or not (asked.isascii() and asked.isdecimal() and len(asked) <= DIGITS):
        return usual
    return max(SMALLEST, min(usual, int(asked)))
