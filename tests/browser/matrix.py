"""Which cases of a matrix run: all in ``make test-browser``, otherwise few that cover each pair."""

import os
from collections.abc import Iterable
from itertools import combinations, product
from typing import Any, Final

WHOLE: Final = os.environ.get("UNDERSIGNED_BROWSER_MATRIX") == "all"

Case = tuple[Any, ...]


def cases(*dimensions: Iterable[Any]) -> list[Case]:
    """Every combination in the whole matrix; otherwise few that still cover each pair of values."""
    every = list(product(*dimensions))
    return every if WHOLE else pairwise(every)


def one_of(*values: Any, few: Any) -> list[Any]:
    """All values in the whole matrix; otherwise the one in ``few``."""
    return list(values) if WHOLE else [few]


def name_of(value: Any) -> str | None:
    """A test id that spells out a tuple, which pytest would only number."""
    if not isinstance(value, tuple):
        return None
    return "-".join(name_of(part) or str(part) for part in value)


def pairwise(every: list[Case]) -> list[Case]:
    """Choose greedily, always with the same result: next is the case with the most new pairs."""
    missing = {pair for case in every for pair in _pairs(case)}
    chosen = []
    while missing:
        best = max(every, key=lambda case: len(missing & _pairs(case)))
        chosen.append(best)
        missing -= _pairs(best)
    return chosen


def _pairs(case: Case) -> set[tuple[Any, ...]]:
    if len(case) == 1:
        return {(0, case[0])}
    return {(i, case[i], j, case[j]) for i, j in combinations(range(len(case)), 2)}
