"""Which channel reaches an office, which form fields it needs, and which values it refuses."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from api.campaigns.dossier import Office
from api.deliveries.channels.base import Channel, Content
from api.deliveries.channels.cwc.chambers import CHAMBERS
from api.deliveries.channels.cwc.channel import CwcChannel
from api.deliveries.channels.cwc.offices import OfficeLists
from api.deliveries.channels.folder import FolderChannel
from api.deliveries.channels.hand_over import NO_ACCESS, NO_EMAIL, HandOverChannel
from api.deliveries.channels.kind import SentBy, Setup
from api.deliveries.channels.registry import KINDS
from api.errors import FieldError
from api.settings import Settings
from api.supporters.vault import Address, Identity

HAND_OVER: Final = HandOverChannel.name


@dataclass(frozen=True)
class Route:
    """The channel of a letter; ``reason`` says why it is not the one that reaches its office."""

    channel: Channel
    environment: str
    reason: str | None = None

    @property
    def sent_by(self) -> SentBy:
        if self.channel.name == HAND_OVER:
            return SentBy.YOU
        return SentBy.US if self.channel.test is None else SentBy.NOBODY

    @cached_property
    def told(self) -> dict[str, str | None]:
        """For the JSON API: who sends the letter, and why not we."""
        return {"sent_by": self.sent_by, "reason": self.reason or self.channel.test}


@dataclass(frozen=True)
class Router:
    """The channels of this installation. Development writes files; production without
    credentials hands every letter over, and never claims that it was sent.

    Of ``channels``, by name, the first that serves a seat takes its letters; ``default`` is the
    name of the one that takes all others.
    """

    channels: Mapping[str, Channel]
    environment: str
    default: str
    # A router has few different routes, and every letter of every form asks for one.
    _routes: dict[tuple[str, str, str | None], Route] = field(default_factory=dict)

    @cached_property
    def offices(self) -> OfficeLists | None:
        """The lists of offices that the chambers' channels share, where there are such channels."""
        chambers = (c for c in self.channels.values() if isinstance(c, CwcChannel))
        return next((channel.offices for channel in chambers), None)

    async def start(self) -> None:
        """Follow the lists of offices until ``close``."""
        if self.offices is not None:
            await self.offices.start()

    async def close(self) -> None:
        if self.offices is not None:
            await self.offices.close()
        for channel in self.channels.values():
            await channel.close()

    @property
    def test_channels(self) -> list[str]:
        """The channels whose letters reach no office."""
        return [channel.name for channel in self.channels.values() if channel.test is not None]

    def channel_for(self, seat: str) -> Channel:
        """How a letter would reach the office, as far as is known."""
        return self.foresee(seat).channel

    def foresee(self, seat: str, *, has_prefix: bool = True) -> Route:
        """The route of a letter to this seat that is not written or not complete yet."""
        serving = self._serving(seat)
        if serving is None:
            return self._default(seat)
        return self._unless(serving.obstacle(seat, has_prefix=has_prefix), serving)

    def foresee_chamber(self, name: str) -> Route:
        """The same for ``house``, ``senate`` or an office: the usual way of its letters."""
        serving = self._serving(f"{name}:")
        return self._by(serving) if serving else self.foresee(name)

    def route(self, content: Content) -> Route:
        """The route of one letter. If the office's channel cannot take it, it is handed to its
        writer, with the reason."""
        serving = self._serving(content.seat)
        if serving is None:
            return self._default(content.seat)
        return self._unless(serving.hindrance(content), serving)

    def requires(self, seats: Iterable[str]) -> list[str]:
        """The fields that the channels of these seats need, besides names, email and ZIP."""
        needed = (field for seat in seats for field in self.channel_for(seat).requires)
        return list(dict.fromkeys(needed))

    @cached_property
    def checks_writers(self) -> bool:
        """Whether a channel here looks at the writer's own fields at all."""
        nothing = Channel.writer_faults
        return any(type(c).writer_faults is not nothing for c in self.channels.values())

    def writer_faults(
        self, seats: Iterable[str], identity: Identity, address: Address, *, whole: bool
    ) -> list[FieldError]:
        """What the channels of these seats do not take of the writer's own fields, the first fault
        of each field; not ``whole``: what is missing is no fault yet."""
        channels = {channel.name: channel for channel in map(self.channel_for, seats)}
        found: dict[str, FieldError] = {}
        for channel in channels.values():
            for error in channel.writer_faults(identity, address, whole=whole):
                found.setdefault(error.field, error)
        return list(found.values())

    def _serving(self, seat: str) -> Channel | None:
        return next((c for c in self.channels.values() if c.serves(seat)), None)

    def _unless(self, reason: str | None, channel: Channel) -> Route:
        """By the channel, or into its writer's hands if there is a reason against it."""
        if reason is not None:
            return self._by(self.channels[HAND_OVER], reason)
        return self._by(channel)

    def _default(self, seat: str) -> Route:
        """The way of a letter that no channel here can bring to its office."""
        return self._congress if seat.partition(":")[0] in CHAMBERS else self._elsewhere

    @cached_property
    def _congress(self) -> Route:
        return self._by_default(NO_ACCESS)

    @cached_property
    def _elsewhere(self) -> Route:
        return self._by_default(NO_EMAIL)

    def _by_default(self, hindrance: str) -> Route:
        reason = hindrance if self.default == HAND_OVER else None
        return self._by(self.channels[self.default], reason)

    def _by(self, channel: Channel, reason: str | None = None) -> Route:
        environment = channel.environment or self.environment
        key = (channel.name, environment, reason)
        known = self._routes.get(key)
        if known is None:
            known = self._routes[key] = Route(channel, environment, reason)
        return known


def make_router(
    settings: Settings,
    engine: AsyncEngine,
    clock: Callable[[], datetime],
    office: Callable[[str], Office | None] = lambda _seat: None,
) -> Router:
    """``office`` finds an office of the dossier by its seat. Raises what the channels do for
    settings that cannot work, such as CwcMisconfigured or MailNotConfigured."""
    setup = Setup(settings, engine, clock, office)
    channels = {channel.name: channel for kind in KINDS for channel in kind.make(setup)}
    default = HAND_OVER if settings.production else FolderChannel.name
    return Router(channels, settings.env, default)


__all__ = ["HAND_OVER", "Route", "Router", "SentBy", "make_router"]
