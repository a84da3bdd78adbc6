"""Which channel reaches an office, which form fields it needs, and which values it refuses."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from api.deliveries.channels.base import Channel, Content
from api.deliveries.channels.cwc.chambers import HOUSE, SENATE, CwcMisconfigured, Endpoints
from api.deliveries.channels.cwc.channel import NO_PREFIX, CwcChannel, channel_name, faults_of
from api.deliveries.channels.cwc.client import CwcClient
from api.deliveries.channels.cwc.offices import OfficeLists
from api.deliveries.channels.cwc.outcomes import NOT_LISTED
from api.deliveries.channels.email import EmailChannel
from api.deliveries.channels.folder import FolderChannel
from api.deliveries.channels.hand_over import HandOverChannel
from api.errors import FieldError
from api.mail.message import Sender
from api.mail.smtp import Smtp, SmtpUrl
from api.settings import Settings
from api.supporters.vault import Address, Identity

HAND_OVER = HandOverChannel.name
# Why a writer has to send the letter: this installation has no credentials for the chamber's
# system, or no mail address of the office is known.
NO_ACCESS: Final = "no_access"
NO_EMAIL: Final = "no_email"
TEST_INSTALLATION: Final = "test_installation"
CHAMBERS: Final = (HOUSE.name, SENATE.name)


class SentBy(StrEnum):
    """Who brings a letter to its office. ``NOBODY``: a test, which reaches no office."""

    US = "us"
    YOU = "you"
    NOBODY = "nobody"


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
        return SentBy.NOBODY if self._test else SentBy.US

    @cached_property
    def told(self) -> dict[str, str | None]:
        """For the JSON API: who sends the letter, and why not we."""
        return {"sent_by": self.sent_by, "reason": self.reason or self._test}

    @property
    def _test(self) -> str | None:
        """Which test takes the letter, in place of its office."""
        if self.channel.name == FolderChannel.name:
            return TEST_INSTALLATION
        return self.channel.test if isinstance(self.channel, CwcChannel) else None


class Reaching(Channel, Protocol):
    """A channel that reaches some offices, and that checks each letter first."""

    environment: str

    def reaches(self, seat: str) -> bool: ...

    def hindrance(self, content: Content) -> str | None:
        """Why this letter cannot be sent through this channel, as a stable word; None if it can."""
        ...


@dataclass(frozen=True)
class Router:
    """The channels of this installation. Development writes files; production without
    credentials hands every letter over, and never claims that it was sent.

    ``chambers`` are the official channels, by what a seat of theirs begins with; ``email`` is
    for offices with an address.
    """

    channels: Mapping[str, Channel]
    environment: str
    default: str
    chambers: Mapping[str, CwcChannel] = field(default_factory=dict)
    offices: OfficeLists | None = None
    email: EmailChannel | None = None
    # A router has few different routes, and every letter of every form asks for one.
    _routes: dict[tuple[str, str, str | None], Route] = field(default_factory=dict)

    async def start(self) -> None:
        """Follow the lists of offices until ``close``."""
        if self.offices is not None:
            await self.offices.start()

    async def close(self) -> None:
        if self.offices is not None:
            await self.offices.close()
        if self.email is not None:
            await self.email.close()

    @property
    def test_channels(self) -> list[str]:
        """The channels whose letters reach no office."""
        routes = (Route(channel, self.environment) for channel in self.channels.values())
        return [route.channel.name for route in routes if route.sent_by is SentBy.NOBODY]

    def channel_for(self, seat: str) -> Channel:
        """How a letter would reach the office, as far as is known."""
        reaching = self._reaching(seat)
        if reaching is None:
            return self.channels[self.default]
        return reaching if reaching.reaches(seat) else self.channels[HAND_OVER]

    def official(self, seat: str) -> CwcChannel | None:
        """The message system of the seat's chamber, where this installation has its key."""
        return self.chambers.get(seat.partition(":")[0])

    def foresee(self, seat: str, *, has_prefix: bool = True) -> Route:
        """The route of a letter to this seat that is not written or not complete yet."""
        reaching = self._reaching(seat)
        if reaching is None:
            return self._default(seat)
        reason = None if reaching.reaches(seat) else NOT_LISTED
        if reason is None and not has_prefix and "prefix" in reaching.requires:
            reason = NO_PREFIX
        if reason is not None:
            return self._by(self.channels[HAND_OVER], self.environment, reason)
        return self._by(reaching, reaching.environment)

    def foresee_chamber(self, name: str) -> Route:
        """The same for ``house``, ``senate`` or an office: the usual way of its letters."""
        official = self.official(f"{name}:")
        return self._by(official, official.environment) if official else self.foresee(name)

    def route(self, content: Content) -> Route:
        """The route of one letter. If the office's channel cannot take it, it is handed to its
        writer, with the reason."""
        reaching = self._reaching(content.seat)
        if reaching is None:
            return self._default(content.seat)
        reason = reaching.hindrance(content)
        if reason is not None:
            return self._by(self.channels[HAND_OVER], self.environment, reason)
        return self._by(reaching, reaching.environment)

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
        channels = {official.name: official for seat in seats if (official := self._listed(seat))}
        return faults_of(channels.values(), identity, address, whole=whole)

    def _listed(self, seat: str) -> CwcChannel | None:
        official = self.official(seat)
        return official if official is not None and official.reaches(seat) else None

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
        return self._by(self.channels[self.default], self.environment, reason)

    def _by(self, channel: Channel, environment: str, reason: str | None = None) -> Route:
        key = (channel.name, environment, reason)
        known = self._routes.get(key)
        if known is None:
            known = self._routes[key] = Route(channel, environment, reason)
        return known

    def _reaching(self, seat: str) -> Reaching | None:
        if self.email is not None and self.email.reaches(seat):
            return self.email
        return self.official(seat)


def make_router(
    settings: Settings,
    engine: AsyncEngine,
    clock: Callable[[], datetime],
    addresses: Callable[[str], str | None] = lambda _seat: None,
) -> Router:
    """``addresses`` gives the mail address of a seat's office, where it has one.

    Raises CwcMisconfigured for settings of a chamber that do not do, and MailNotConfigured or
    HeaderRefused for those of mail.
    """
    hand_over = HandOverChannel()
    channels: dict[str, Channel] = {hand_over.name: hand_over}
    if not settings.production:
        folder = FolderChannel(settings.outbox_dir / "letters")
        channels[folder.name] = folder
    default = HAND_OVER if settings.production else FolderChannel.name
    offices = OfficeLists(engine, {}, {}, clock)
    chambers = _chambers(settings, offices)
    channels |= {channel.name: channel for channel in chambers.values()}
    email = _email(settings, addresses)
    if email is not None:
        channels[email.name] = email
    return Router(channels, settings.env, default, chambers, offices, email)


def _email(settings: Settings, addresses: Callable[[str], str | None]) -> EmailChannel | None:
    """The mail channel: in production, and in development only if a setting says so."""
    if settings.smtp_url is None or not (settings.production or settings.mail_letters):
        return None
    smtp = Smtp(SmtpUrl.parse(settings.smtp_url.get_secret_value()))
    sender = Sender.parse(settings.mail_from)
    return EmailChannel(smtp, sender, addresses, settings.env, settings.mail_letters_pace)


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


__all__ = ["CwcMisconfigured", "Route", "Router", "SentBy", "make_router"]
