"""How long things take depends on the machine and on what else it does: nothing fails by it in
``make test``. ``make test-times`` asserts it, for a machine that does nothing else.

No other test looks at a clock; see ``tests/docs/test_waiting.py``.
"""

import os
import time
from typing import Final

MEASURED: Final = os.environ.get("UNDERSIGNED_TIMES") == "1"


class Stopwatch:
    """The seconds since it was made: those that went by (``wall``), and those that a processor
    worked for this process (``processor``). Judge them with ``quick`` only."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    @property
    def wall(self) -> float:
        return time.perf_counter() - self._wall

    @property
    def processor(self) -> float:
        return time.process_time() - self._processor


def quick(taken: float, limit: float) -> bool:
    """Whether something took less than ``limit`` seconds; where nobody measures, anything did."""
    return taken < limit or not MEASURED
