"""What this configuration sends, and where to, in words: from the parts that do it."""

from api.deliveries.channels.cwc.chambers import HOUSE, SENATE
from api.deliveries.routing import Router
from api.mail.smtp import Smtp
from api.mail.transport import EmlFolder, Transport


def what_leaves(router: Router, transport: Transport, geocoder_url: str | None) -> list[str]:
    """A line for mails, for each kind of letter and for streets that are looked up; the first says
    so where nothing leaves."""
    outside = any(channel.outside for channel in router.channels.values())
    nothing = not outside and isinstance(transport, EmlFolder) and not geocoder_url
    first = ["sends nothing to anyone"] if nothing else []
    streets = [f"streets are looked up at {geocoder_url}"] if geocoder_url else []
    return [*first, _mails(transport), *_letters(router), *streets]


def _mails(transport: Transport) -> str:
    if isinstance(transport, EmlFolder):
        return f"mails are written to {transport.folder.resolve()}, and sent to nobody"
    where = transport.server if isinstance(transport, Smtp) else "a mail server"
    return f"mails are sent through {where}"


def _letters(router: Router) -> list[str]:
    without = router.channels[router.default].how
    ways = {f"the {chamber.said}": without for chamber in (HOUSE, SENATE)}
    ways |= {channel.to: channel.how for channel in router.channels.values() if channel.to}
    ways["other offices"] = without
    return [f"letters to {to} {how}" for to, how in ways.items()]
