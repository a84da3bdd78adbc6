"""What this configuration sends, and where to, in words: from the parts that do it."""

from collections.abc import Iterator

from api.deliveries.channels.cwc.chambers import HOUSE, SENATE
from api.deliveries.channels.cwc.channel import CwcChannel
from api.deliveries.channels.folder import FolderChannel
from api.deliveries.routing import Router
from api.mail.smtp import Smtp
from api.mail.transport import EmlFolder, Transport


def what_leaves(router: Router, transport: Transport, geocoder_url: str | None) -> list[str]:
    """A line for mails, for each kind of letter and for streets that are looked up; the first says
    so where nothing leaves."""
    # A chamber's test system reaches no office, and is somebody else's all the same.
    here = all(official.settings.system == "sandbox" for official in router.chambers.values())
    nothing = here and isinstance(transport, EmlFolder) and not (router.email or geocoder_url)
    first = ["sends nothing to anyone"] if nothing else []
    streets = [f"streets are looked up at {geocoder_url}"] if geocoder_url else []
    return [*first, _mails(transport), *_letters(router), *streets]


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
    if channel.settings.system == "sandbox":
        return f"go to the sandbox at {host}, and to no office"
    if channel.settings.system == "test":
        return f"go to the test system at {host}, and to no office"
    return f"are sent to {host}, for the offices on its list"


def _without_channel(router: Router) -> str:
    channel = router.channels[router.default]
    if isinstance(channel, FolderChannel):
        return f"are written to {channel.folder.resolve()}, and sent to nobody"
    return "are sent by their writers themselves"
