"""A system that breaks off one message after the other is left alone for a while.

Each message without an answer may have been taken, and where the system does not recognize a
repetition a person has to find out. So an outage should cost a few letters their certainty, and
not all that are queued.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from api.deliveries.channels.cwc.client import End

# So many in a row do not come from a system that leaves one message in five unanswered.
MOST_BROKEN: Final = 10
REST: Final = timedelta(minutes=1)


@dataclass
class Rest:
    """Of one worker's channel; each finds out by itself. ``clock`` gives seconds, and is not
    set back."""

    length: timedelta = REST
    clock: Callable[[], float] = time.monotonic
    _broken: int = 0
    _until: float = 0.0

    @property
    def left(self) -> timedelta:
        """How long nothing is to be sent; zero when something may."""
        return timedelta(seconds=max(self._until - self.clock(), 0))

    def send_one(self) -> bool:
        """Whether a message may be sent now. After a rest it is one, which tries the system: the
        next rest begins with it, and its answer ends it."""
        if self.left:
            return False
        if self._broken >= MOST_BROKEN:
            self._begin()
        return True

    def hear(self, end: End) -> bool:
        """Note how a message ended; True when the system is left alone from now on."""
        if end is not End.BROKEN:
            self._broken, self._until = 0, 0.0
            return False
        self._broken += 1
        begins = self._broken == MOST_BROKEN
        if begins:
            self._begin()
        return begins

    def _begin(self) -> None:
        self._until = self.clock() + self.length.total_seconds()
