"""A campaign on other sites: its picture, its card in a frame, and oEmbed, which leads to both."""

from asyncio import to_thread
from html import escape
from typing import Annotated, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from api.caching import CacheableRoute, cacheable, require_new, seconds_until_next_counts
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
from api.problems import problems
from api.services import services_of

router = APIRouter(route_class=CacheableRoute)

Size = Annotated[str | None, Query(description="In pixels; what is no number is passed over.")]
CARD_WIDTH, CARD_HEIGHT = 600, 260
SMALLEST = 240
DIGITS = 5


class NotImplementedHere(DomainError):
    status = 501
    code = "format_not_offered"
    title = "This format is not offered"


class Png(Response):
    media_type = "image/png"


class OembedAnswer(BaseModel):
    """As oEmbed 1.0 has it."""

    type: Literal["rich"]
    version: Literal["1.0"]
    title: str
    provider_name: str
    provider_url: str
    cache_age: int
    width: int
    height: int
    thumbnail_url: str
    thumbnail_width: int
    thumbnail_height: int
    html: str


@router.get("/card/{slug}.png", include_in_schema=False)
@cacheable(seconds_until_next_counts, vary="Accept-Language")
async def picture(request: Request, slug: str) -> Png:
    """1200 by 630 pixels, with title and progress."""
    published = _published(request, slug)
    view = campaign_view(request, published)
    return await _pictured(
        request, card_of(view, published, await progress(view.services, published))
    )


@router.get("/card/pages/{page}.png", include_in_schema=False)
@cacheable(300, vary="Accept-Language")
async def picture_of_page(request: Request, page: str) -> Png:
    """The same for a page of no campaign."""
    if page not in PAGES:
        raise NotFound("There is no picture of this page.")
    return await _pictured(request, page_card(view_of(request), page))


async def _pictured(request: Request, card: Card) -> Png:
    """The picture; it is drawn only if the client does not have this version already."""
    etag = f'"{card_press().digest(card)}"'
    require_new(request, etag)
    assert not holds_connection()
    made = await to_thread(card_press().print, card)
    return Png(made, headers={"ETag": etag})


@router.get("/card/{slug}", include_in_schema=False)
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


@router.get(
    "/oembed",
    responses=problems(NotFound, NotImplementedHere),
    name="read_oembed",
    tags=["sharing"],
)
@cacheable(seconds_until_next_counts, vary="Accept-Language")
async def oembed(  # noqa: PLR0913 (what oEmbed defines)
    request: Request,
    response: Response,
    url: Annotated[str, Query(description="The address of a campaign's page.")] = "",
    format: Annotated[str, Query(description="Only `json`.")] = "json",  # noqa: A002
    maxwidth: Size = None,
    maxheight: Size = None,
) -> OembedAnswer:
    """Describe a campaign's page as oEmbed 1.0: the card as a frame, the picture beside it."""
    if format != "json":
        raise NotImplementedHere("Ask for format=json.")
    site = services_of(request).settings.public_url
    slug, language = _asked(site, url)
    published = _published(request, slug)
    offered = published.campaign.languages
    language = language if language in offered else ENGLISH
    view = View(services_of(request), language, offered)
    response.headers["Access-Control-Allow-Origin"] = "*"
    size = _at_most(maxwidth, CARD_WIDTH), _at_most(maxheight, CARD_HEIGHT)
    return await _oembed(view, published, size)


async def _oembed(view: View, published: PublishedCampaign, size: tuple[int, int]) -> OembedAnswer:
    # The digest in the picture's address names the one with exactly this count.
    site, graph = view.services.settings.public_url, await open_graph(view, published)
    return OembedAnswer(
        type="rich",
        version="1.0",
        title=graph["title"],
        provider_name="Undersigned",
        provider_url=site,
        cache_age=300,
        width=size[0],
        height=size[1],
        thumbnail_url=graph["image"],
        thumbnail_width=graph["width"],
        thumbnail_height=graph["height"],
        html=_frame(view, published.slug, graph["title"], size),
    )


def _frame(view: View, slug: str, title: str, size: tuple[int, int]) -> str:
    site, (width, height) = view.services.settings.public_url, size
    source = f"{site}/card/{slug}?{urlencode({'lang': view.language})}"
    link, said = escape(page_url(view, slug)), escape(title)
    return (
        f'<blockquote><a href="{link}">{said}</a></blockquote>'
        f'<iframe src="{escape(source)}" title="{said}" width="{width}" height="{height}" '
        'frameborder="0" marginwidth="0" marginheight="0" scrolling="no"></iframe>'
    )


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
