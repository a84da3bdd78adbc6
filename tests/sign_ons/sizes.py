"""How much a test does: a little among all tests, the full size by ``make test-large``."""

import os
from typing import Final

LARGE: Final = os.environ.get("UNDERSIGNED_LARGE") == "1"


def size(small: int, full: int) -> int:
    return full if LARGE else small


def tell(*figures: object) -> None:
    """A line of figures, seen with ``-s`` in a full run."""
    if LARGE:
        print(*figures)  # noqa: T201
