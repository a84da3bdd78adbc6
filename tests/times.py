"""How long things take depends on the machine and on what else it does: nothing fails by it in
``make test``. ``make test-times`` asserts it, for a machine that does nothing else."""

import os
from typing import Final

MEASURED: Final = os.environ.get("UNDERSIGNED_TIMES") == "1"


def quick(taken: float, limit: float) -> bool:
    """Whether something took less than ``limit`` seconds; where nobody measures, anything did."""
    return taken < limit or not MEASURED
