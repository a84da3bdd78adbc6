"""All kinds of channels. A new one is its module and a line here."""

from functools import cache
from typing import Final

from api.deliveries.channels.cwc.kind import CWC
from api.deliveries.channels.email import EMAIL
from api.deliveries.channels.folder import FOLDER
from api.deliveries.channels.hand_over import HAND_OVER
from api.deliveries.channels.kind import ChannelKind

# The first that serves a seat takes its letters.
KINDS: Final[tuple[ChannelKind, ...]] = (
    HAND_OVER,
    FOLDER,
    EMAIL,
    CWC,
)


@cache
def kind_of(channel: str) -> ChannelKind | None:
    """By the name of a channel; None for one that this version does not know."""
    return next((kind for kind in KINDS if kind.has(channel)), None)
