"""Who sends each letter, in words, before it is sent. None of them claims more than is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from api.campaigns.published import PublishedCampaign
from api.deliveries.channels.registry import KINDS, kind_of
from api.deliveries.models import DeliveryStatus
from api.deliveries.routing import Route, Router, SentBy
from api.pages.state_reasons import BY_REASON

# By who sends it, and the kind of channel (of ours) or the reason.
WAYS: Final = {key: sentence for kind in KINDS for key, sentence in kind.ways.items()}


@dataclass(frozen=True, slots=True)
class Ways:
    """How many letters we send, their writer sends, go to nobody, and would wait."""

    ours: int
    yours: int
    tests: int
    held: int = 0

    @classmethod
    def of(cls, routes: Sequence[Route], held: Sequence[str | None] = ()) -> "Ways":
        """``held`` says of each why it would wait, or is left out."""
        waits = len(list(filter(None, held)))
        by = [route.sent_by for route, why in zip_longest(routes, held) if not why]
        return cls(by.count(SentBy.US), by.count(SentBy.YOU), by.count(SentBy.NOBODY), waits)


def way(route: Route, held: str | None = None) -> str:
    """The sentence (a msgid) for one letter."""
    if held:
        return BY_REASON[DeliveryStatus.PAUSED, held]["sentence"]
    kind = kind_of(route.channel.name)
    return WAYS[route.sent_by, route.told["reason"] or (kind.name if kind else "")]


def outlook(router: Router, published: PublishedCampaign) -> dict[str, list[str]]:
    """The targets of a campaign by who usually sends the letters to them."""
    campaign = published.campaign
    found: dict[str, list[str]] = {by: [] for by in SentBy}
    for name in (*sorted(campaign.chambers), *campaign.fixed_seats):
        found[router.foresee_chamber(name).sent_by].append(name)
    return found
