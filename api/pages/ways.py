"""Who sends each letter, in words, before it is sent. None of them claims more than is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from api.campaigns.published import PublishedCampaign
from api.deliveries.models import DeliveryStatus
from api.deliveries.routing import Route, Router, SentBy
from api.pages.errors import N_
from api.pages.state_reasons import BY_REASON

BY_MAIL: Final = "email"
# By who sends it, and the channel (of ours) or the reason.
WAYS: Final = {
    (SentBy.US, "cwc"): N_("We send it, through the message system of the House or Senate."),
    (SentBy.US, BY_MAIL): N_("We send it, by email."),
    (SentBy.YOU, "no_access"): N_(
        "You send it yourself: this site has no access to the message system of the House or "
        "Senate."
    ),
    (SentBy.YOU, "no_email"): N_(
        "You send it yourself: we know no email address at which this office takes letters."
    ),
    (SentBy.YOU, "office_not_listed"): N_(
        "You send it yourself: this office takes no letters through the message system of the "
        "House or Senate."
    ),
    (SentBy.YOU, "no_prefix"): N_(
        "You send it yourself: the message system of the House or Senate takes no letter without "
        "a form of address, and you chose none."
    ),
    (SentBy.YOU, "not_valid"): N_(
        "You send it yourself: we could not make it into a message that this office's system takes."
    ),
    (SentBy.NOBODY, "test_installation"): N_(
        "This is a test installation: the letter becomes a file on its disk, and goes to nobody."
    ),
    (SentBy.NOBODY, "sandbox"): N_(
        "This is a test installation: a stand-in for the system of the House or Senate takes the "
        "letter, and it goes to no office."
    ),
    (SentBy.NOBODY, "test_system"): N_(
        "This is a test installation: a test system takes the letter, and it goes to no office."
    ),
}


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
    if route.sent_by is SentBy.US:
        return WAYS[SentBy.US, BY_MAIL if route.channel.name == BY_MAIL else "cwc"]
    return WAYS[route.sent_by, route.told["reason"] or ""]


def outlook(router: Router, published: PublishedCampaign) -> dict[str, list[str]]:
    """The targets of a campaign by who usually sends the letters to them."""
    campaign = published.campaign
    found: dict[str, list[str]] = {by: [] for by in SentBy}
    for name in (*sorted(campaign.chambers), *campaign.fixed_seats):
        found[router.foresee_chamber(name).sent_by].append(name)
    return found
