"""A system that leaves one message after the other in doubt is left alone for a while.

Each message without a clear answer may have been taken, and where the system does not recognize a
repetition a person has to find out. So an outage should cost a few letters their certainty, and
not all that are queued.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

# So many in a row do not come from a system that leaves one message in five unanswered.
MOST_DOUBTS: Final = 10
REST: Final = timedelta(minutes=1)


@dataclass
class Rest:
    """Of one worker's channel; each finds out by itself. ``clock`` gives seconds, and is not
    set back."""

    length: timedelta = REST
    clock: Callable[[], float] = time.monotonic
    _doubts: int = 0
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
        if self._doubts >= MOST_DOUBTS:
            self._begin()
        return True

    def hear(self, *, doubtful: bool) -> bool:
        """Note how a message ended; True when the system is left alone from now on."""
        if not doubtful:
            self._doubts, self._until = 0, 0.0
            return False
        self._doubts += 1
        begins = self._doubts == MOST_DOUBTS
        if begins:
            self._begin()
        return begins

    def _begin(self) -> None:
        self._until = self.clock() + self.length.total_seconds()
