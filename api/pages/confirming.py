"""The confirmation page's question of who confirms, and the page of a link that is used."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.confirmation.ended import Became, Ended
from api.confirmation.people import MailboxFull, PersonNeeded
from api.confirmation.results import ShownChanged
from api.errors import DomainError
from api.i18n import N_
from api.pages.campaign_context import about_campaign
from api.pages.errors import PageError
from api.pages.visitor import view_of
from api.services import services_of

PERSON: Final = "person"
# What the page said that its button would do.
SHOWN: Final = "shown"
GONE: Final = 410

WRONG: Final[dict[type[DomainError], str]] = {
    PersonNeeded: N_("Choose which of these people you are"),
    MailboxFull: N_(
        "Two people have confirmed with this address, and a third cannot. Nothing was sent or "
        "signed. Fill in the form again with an address of your own, or choose who you are"
    ),
}


CHANGED: Final = N_(
    "This page has changed since you saw it: who sends the letters, or whether the campaign is "
    "open. Nothing was sent, signed or deleted. Please read it once more, then press the button."
)


def person_errors(refused: DomainError | None) -> list[PageError]:
    """The errors in the answer to the question, for the page."""
    return [PageError(PERSON, words) for kind, words in WRONG.items() if isinstance(refused, kind)]


def notice(refused: DomainError | None) -> str | None:
    """What the page says of a press that did nothing, where no answer was wrong."""
    return CHANGED if isinstance(refused, ShownChanged) else None


def question(candidates: Sequence[Any], errors: Sequence[PageError]) -> dict[str, Any]:
    """What the confirmation page needs to ask who confirms."""
    messages = {error.target: error for error in errors}
    return {"candidates": candidates, "errors": errors, "messages": messages}


def ended_page(
    request: Request, ended: Ended, token: str = "", *, asked: bool = False, own: bool = False
) -> Response:
    """The page of a link that was used or has expired; not an error, since nobody did wrong.

    ``own``: it led to one's own data, or what it opened did. ``asked``: the link of the page was
    just asked for. Raises TokenGone for a link that is not known.
    """
    if ended.became is Became.UNKNOWN:
        raise ended.error()
    view = view_of(request, otherwise=ended.language)
    catalog = services_of(request).published.catalog.campaigns
    published = catalog.get(ended.campaign or "")
    context: Mapping[str, Any] = {
        "campaign": about_campaign(published, view.language) if published else None,
        "ended": ended,
        "token": token,
        "asked": asked,
        "own": own,
    }
    return view.render("link_ended.html.j2", context, status=GONE if own else 200)
