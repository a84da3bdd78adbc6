"""Which channel reaches an office, and which form fields it needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.deliveries.channels.base import Channel
from api.deliveries.channels.folder import FolderChannel
from api.deliveries.channels.hand_over import HandOverChannel
from api.settings import Settings


@dataclass(frozen=True)
class Router:
    """The channels of this installation. Development writes files; production without
    credentials hands every letter over, and never claims that it was sent."""

    channels: Mapping[str, Channel]
    environment: str
    default: str

    def channel_for(self, seat: str) -> Channel:  # noqa: ARG002 (congressional channels choose by seat)
        return self.channels[self.default]

    def requires(self, seats: Iterable[str]) -> list[str]:
        """The fields that the channels of these seats need, besides names, email and ZIP."""
        needed = (field for seat in seats for field in self.channel_for(seat).requires)
        return list(dict.fromkeys(needed))


def make_router(settings: Settings) -> Router:
    hand_over = HandOverChannel()
    channels: dict[str, Channel] = {hand_over.name: hand_over}
    if settings.production:
        return Router(channels, settings.env, hand_over.name)
    folder = FolderChannel(settings.outbox_dir / "letters")
    channels[folder.name] = folder
    return Router(channels, settings.env, folder.name)
