"""How a link to a campaign looks where it is shared: Open Graph, Twitter's cards, oEmbed."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from api.campaigns.published import PublishedCampaign
from api.i18n.formats import number
from api.pages.campaign_context import about_campaign, progress
from api.pages.rendering import View, environment_of, in_language
from api.printing.card import HEIGHT, WIDTH, Card, card_press

LOCALES = {"en": "en_US", "hy": "hy_AM", "es": "es_ES"}

Numbers = dict[str, Any] | None


async def open_graph(view: View, published: PublishedCampaign) -> dict[str, Any]:
    """What ``og.html.j2`` needs, for a page of this campaign."""
    numbers = await progress(view.services, published)
    card = card_of(view, published, numbers)
    query = {"lang": view.language, "v": card_press().digest(card)}
    site, slug = view.services.settings.public_url, published.slug
    return {
        "title": card.title,
        "description": about_campaign(published, view.language)["summary"],
        "image": f"{site}/card/{slug}.png?{urlencode(query)}",
        "alt": ". ".join((card.title, f"{card.number} {card.words}".strip())),
        "width": WIDTH,
        "height": HEIGHT,
        "locale": LOCALES[view.language],
        "others": [LOCALES[code] for code in view.offered if code != view.language],
        "oembed": f"{site}/oembed?{urlencode({'url': page_url(view, slug), 'format': 'json'})}",
    }


def page_url(view: View, slug: str) -> str:
    """The address of a campaign's page in the view's language, for others to use."""
    return view.services.settings.public_url + in_language(f"/c/{slug}", view.language)


def card_of(view: View, published: PublishedCampaign, numbers: Numbers) -> Card:
    """The picture of a campaign as it stands now."""
    parts = environment_of(view.services.settings, view.language).get_template("parts.html.j2")
    words = parts.module.card_words(numbers, published.campaign.kind)  # type: ignore[attr-defined]
    done = min(1.0, numbers["supporters"] / numbers["goal"]) if numbers else None
    return Card(
        language=view.language,
        title=published.campaign.title.get(view.language),
        words=" ".join(words.unescape().split()),
        site=urlsplit(view.services.settings.public_url).netloc,
        number=number(numbers["supporters"], view.language) if numbers else "",
        share=done and round(done, 3),
    )
