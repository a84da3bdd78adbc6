"""The message systems of House and Senate as a kind of channel."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from api.deliveries.channels.cwc.chambers import CHAMBERS, Endpoints, chambers_of
from api.deliveries.channels.cwc.channel import CwcChannel, channel_name
from api.deliveries.channels.cwc.client import CwcClient
from api.deliveries.channels.cwc.offices import OfficeLists
from api.deliveries.channels.cwc.words import STATES, WAYS
from api.deliveries.channels.kind import ChannelKind, Setup
from api.deliveries.models import DeliveryStatus as Status
from api.errors import DomainError
from api.findings import Finding
from api.settings import ChamberSettings, Settings


def _make(setup: Setup) -> Iterator[CwcChannel]:
    """Raises CwcMisconfigured for invalid settings of a chamber."""
    lists = OfficeLists(setup.engine, {}, {}, setup.clock)
    for chamber, own in chambers_of(setup.settings):
        if not own.configured:
            continue
        name = channel_name(chamber, own)
        endpoints = Endpoints.of(chamber, own, production=setup.settings.production)
        client = CwcClient(endpoints, own)
        lists.clients = {**lists.clients, name: client}
        lists.lifetimes = {**lists.lifetimes, name: timedelta(hours=own.offices_hours)}
        yield CwcChannel(chamber, own, client, lists)


def _check(settings: Settings) -> Iterator[Finding]:
    """Whether each chamber's credentials are valid, and where its letters go without them."""
    for chamber, own in chambers_of(settings):
        name = f"channel {chamber.name}"
        if not own.configured:
            instead = "handed over" if settings.production else "written to files"
            yield Finding(name, well=True, seen=f"no credentials: letters are {instead}")
            continue
        try:
            Endpoints.of(chamber, own, production=settings.production)
        except DomainError as error:
            yield Finding(name, well=False, seen=error.detail)
            continue
        yield _environment(name, own, settings)


def _environment(name: str, own: ChamberSettings, settings: Settings) -> Finding:
    advice = ("Nothing reaches an office: set …_ENVIRONMENT=production with the production key.",)
    tested = settings.production and own.environment != "production"
    seen = f"credentials for its {own.environment} system"
    if own.system == "sandbox":
        seen = "letters go to a sandbox on this machine, and to no office"
    return Finding(name, well=not tested, seen=seen, advice=advice)


CWC: Final = ChannelKind(
    name="cwc",
    names=r"cwc_(house|senate)(_[a-z]+)?",
    make=_make,
    check=_check,
    arrived={f"cwc_{chamber}": Status.ACCEPTED for chamber in CHAMBERS},
    ways=WAYS,
    states=STATES,
)
