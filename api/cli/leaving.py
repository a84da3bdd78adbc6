"""What this configuration sends, and where to, in words: from the parts that do it."""

from collections.abc import Iterator

from api.deliveries.channels.cwc.chambers import HOUSE, SENATE
from api.deliveries.channels.cwc.channel import CwcChannel
from api.deliveries.channels.folder import FolderChannel
from api.deliveries.routing import Router, SentBy
from api.mail.smtp import Smtp
from api.mail.transport import EmlFolder, Transport


def what_leaves(router: Router, transport: Transport) -> list[str]:
    """A line for mails and for each kind of letter; the first says so where nothing leaves."""
    routes = [router.foresee_chamber(chamber.name) for chamber in (HOUSE, SENATE)]
    tests = all(route.sent_by is SentBy.NOBODY for route in (*routes, router.foresee("")))
    nothing = isinstance(transport, EmlFolder) and tests and router.email is None
    first = ["sends nothing to anyone"] if nothing else []
    return [*first, _mails(transport), *_letters(router)]


def _mails(transport: Transport) -> str:
    if isinstance(transport, EmlFolder):
        return f"mails are written to {transport.folder.resolve()}, and sent to nobody"
    where = transport.server if isinstance(transport, Smtp) else "a mail server"
    return f"mails are sent through {where}"


def _letters(router: Router) -> Iterator[str]:
    for chamber in (HOUSE, SENATE):
        official = router.official(f"{chamber.name}:")
        way = _official(official) if official else _without_channel(router)
        yield f"letters to the {chamber.said} {way}"
    if router.email is not None:
        yield f"letters to offices with a mail address are sent through {router.email.server}"
    yield f"letters to other offices {_without_channel(router)}"


def _official(channel: CwcChannel) -> str:
    host = channel.client.host
    if channel.settings.sandbox_url is not None:
        return f"go to the sandbox at {host}, and to no office"
    if not channel.is_real:
        return f"go to the test system at {host}, and to no office"
    return f"are sent to {host}, for the offices on its list"


def _without_channel(router: Router) -> str:
    channel = router.channels[router.default]
    if isinstance(channel, FolderChannel):
        return f"are written to {channel.folder.resolve()}, and sent to nobody"
    return "are sent by their writers themselves"
