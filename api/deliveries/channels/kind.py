"""What a channel says of itself, whether or not this installation has it set up."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncEngine

from api.campaigns.dossier import Office
from api.deliveries.channels.base import Channel
from api.deliveries.models import DeliveryStatus
from api.findings import Finding
from api.settings import Settings


class SentBy(StrEnum):
    """Who sends a letter to its office. ``NOBODY``: a test, which reaches no office."""

    US = "us"
    YOU = "you"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Setup:
    """What channels are made from; ``office`` finds an office of the dossier by its seat."""

    settings: Settings
    engine: AsyncEngine
    clock: Callable[[], datetime]
    office: Callable[[str], Office | None]


@dataclass(frozen=True, slots=True)
class Told:
    """A state in words (msgids), if its reason changes them; without a label it has the state's."""

    sentence: str
    label: str | None = None


def _nothing(settings: Settings) -> Iterator[Finding]:  # noqa: ARG001
    return iter(())


@dataclass(frozen=True)
class ChannelKind:
    """One way to offices, which may be several channels, such as a real one and a test's.

    ``make`` makes the channels that are set up, and ``check`` is what ``undersigned doctor`` looks
    at. ``names`` is a regular expression for their names in the database, by which they can be
    stopped. ``arrived`` is what a letter becomes when a person says that it arrived, by the
    channel's name; through all others it went to a test.

    ``ways`` are sentences (msgids) that tell a writer beforehand who sends a letter: by ``SentBy``,
    and this kind's ``name`` or the reason why not we. ``states`` tell what became of a letter, by
    its state and its reason, which is blank where there is none.
    """

    name: str
    names: str
    make: Callable[[Setup], Iterable[Channel]]
    check: Callable[[Settings], Iterator[Finding]] = _nothing
    arrived: Mapping[str, DeliveryStatus] = field(default_factory=dict)
    ways: Mapping[tuple[SentBy, str], str] = field(default_factory=dict)
    states: Mapping[tuple[DeliveryStatus, str], Told] = field(default_factory=dict)

    def has(self, channel: str) -> bool:
        """Whether a channel of this name is of this kind."""
        return re.fullmatch(self.names, channel) is not None
