"""A circuit breaker: after several unknown results in a row a system gets nothing for a while.

Each message without a clear answer may have been accepted, and if the system does not recognize
repetitions a person has to find out. So an outage should leave the results of a few letters
unknown, and not those of all that are queued.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

# A system that leaves one message in five unanswered never does so this often in a row.
MOST_DOUBTS: Final = 10
OPEN_FOR: Final = timedelta(minutes=1)


@dataclass
class CircuitBreaker:
    """The circuit breaker of one worker's channel; workers do not share it. ``clock`` gives seconds
    and is monotonic."""

    length: timedelta = OPEN_FOR
    clock: Callable[[], float] = time.monotonic
    _doubts: int = 0
    _until: float = 0.0

    @property
    def left(self) -> timedelta:
        """How long the circuit stays open; zero if messages may be sent."""
        return timedelta(seconds=max(self._until - self.clock(), 0))

    def admits(self) -> bool:
        """Whether a message may be sent now. After a pause it is one, the probe: the next pause
        begins with it, and a clear answer to it ends the pause."""
        if self.left:
            return False
        if self._doubts >= MOST_DOUBTS:
            self._open()
        return True

    def record(self, *, doubtful: bool) -> bool:
        """Record the result of a message; returns True if that opened the circuit."""
        if not doubtful:
            self._doubts, self._until = 0, 0.0
            return False
        self._doubts += 1
        begins = self._doubts == MOST_DOUBTS
        if begins:
            self._open()
        return begins

    def _open(self) -> None:
        self._until = self.clock() + self.length.total_seconds()
