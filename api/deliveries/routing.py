"""Which channel reaches an office, which form fields it needs, and what it refuses of a form."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from api.deliveries.channels.base import Channel, Content
from api.deliveries.channels.cwc.chambers import HOUSE, SENATE, CwcMisconfigured, Endpoints
from api.deliveries.channels.cwc.channel import CwcChannel, channel_name, faults_of
from api.deliveries.channels.cwc.client import CwcClient
from api.deliveries.channels.cwc.offices import OfficeLists
from api.deliveries.channels.folder import FolderChannel
from api.deliveries.channels.hand_over import HandOverChannel
from api.errors import FieldError
from api.settings import Settings
from api.supporters.vault import Address, Identity

HAND_OVER = HandOverChannel.name


@dataclass(frozen=True, slots=True)
class Route:
    """The channel of one letter; ``reason`` says why it is not the one that reaches its office."""

    channel: Channel
    environment: str
    reason: str | None = None


@dataclass(frozen=True)
class Router:
    """The channels of this installation. Development writes files; production without
    credentials hands every letter over, and never claims that it was sent.

    ``chambers`` are the official channels, by what a seat of theirs begins with.
    """

    channels: Mapping[str, Channel]
    environment: str
    default: str
    chambers: Mapping[str, CwcChannel] = field(default_factory=dict)
    offices: OfficeLists | None = None

    async def start(self) -> None:
        """Follow the lists of offices until ``close``."""
        if self.offices is not None:
            await self.offices.start()

    async def close(self) -> None:
        if self.offices is not None:
            await self.offices.close()

    def channel_for(self, seat: str) -> Channel:
        """How a letter would reach the office, as far as is known."""
        official = self.official(seat)
        if official is None:
            return self.channels[self.default]
        return official if official.reaches(seat) else self.channels[HAND_OVER]

    def official(self, seat: str) -> CwcChannel | None:
        """The message system of the seat's chamber, where this installation has its key."""
        return self.chambers.get(seat.partition(":")[0])

    def route(self, content: Content) -> Route:
        """The way of one letter. What an official channel cannot take goes into its writer's own
        hands, with the reason."""
        channel, official = self.channel_for(content.seat), self.official(content.seat)
        if official is None:
            return Route(channel, self.environment)
        reason = official.hindrance(content)
        if reason is not None:
            return Route(self.channels[HAND_OVER], self.environment, reason)
        return Route(official, official.environment)

    def requires(self, seats: Iterable[str]) -> list[str]:
        """The fields that the channels of these seats need, besides names, email and ZIP."""
        needed = (field for seat in seats for field in self.channel_for(seat).requires)
        return list(dict.fromkeys(needed))

    def writer_faults(
        self, seats: Iterable[str], identity: Identity, address: Address, *, whole: bool
    ) -> list[FieldError]:
        """What the official channels of these seats do not take of the writer's own fields.

        Without a prefix none of them takes the letter, so that nothing else is asked of it.
        """
        if whole and identity.prefix is None:
            return []
        channels = [self.official(seat) for seat in seats if self._is_official(seat)]
        return faults_of(filter(None, channels), identity, address, whole=whole)

    def _is_official(self, seat: str) -> bool:
        official = self.official(seat)
        return official is not None and official.reaches(seat)


def make_router(settings: Settings, engine: AsyncEngine, clock: Callable[[], datetime]) -> Router:
    """Raises CwcMisconfigured for settings of a chamber that do not do."""
    hand_over = HandOverChannel()
    channels: dict[str, Channel] = {hand_over.name: hand_over}
    if not settings.production:
        folder = FolderChannel(settings.outbox_dir / "letters")
        channels[folder.name] = folder
    default = HAND_OVER if settings.production else FolderChannel.name
    offices = OfficeLists(engine, {}, {}, clock)
    chambers = _chambers(settings, offices)
    channels |= {channel.name: channel for channel in chambers.values()}
    return Router(channels, settings.env, default, chambers, offices)


def _chambers(settings: Settings, offices: OfficeLists) -> dict[str, CwcChannel]:
    found: dict[str, CwcChannel] = {}
    clients: dict[str, CwcClient] = {}
    for chamber, own in ((HOUSE, settings.cwc_house), (SENATE, settings.cwc_senate)):
        if not own.configured:
            continue
        endpoints = Endpoints.of(chamber, own, production=settings.production)
        name = channel_name(chamber, own)
        clients[name] = CwcClient(endpoints, own)
        offices.lifetimes = {**offices.lifetimes, name: timedelta(hours=own.offices_hours)}
        found[chamber.name] = CwcChannel(chamber, own, clients[name], offices)
    offices.clients = clients
    return found


__all__ = ["CwcMisconfigured", "Route", "Router", "make_router"]
