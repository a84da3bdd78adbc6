"""Building a crosswalk in tests."""

from pathlib import Path

import pytest

from api.targets.crosswalk.build import Crosswalk, Files, PlanFile, build
from api.targets.crosswalk.problems import FilesRefused


def silent(_name: str, _done: int, _total: int) -> None:
    """Progress that nobody looks at."""


def made(places: dict[str, Path], *plans: PlanFile, states: tuple[str, ...] = ()) -> Crosswalk:
    """The crosswalk of the files in ``places``; ``plans`` in place of the one there."""
    used = plans or (PlanFile(places["plan"]),)
    files = Files(used, places["zctas"], (places["people"],), states)
    return build(files, 120, silent)


def refused(places: dict[str, Path], *plans: PlanFile) -> str:
    """Why these files are refused: all reasons, a line each."""
    with pytest.raises(FilesRefused) as error:
        made(places, *plans)
    return "\n".join(error.value.problems)


def found(crosswalk: Crosswalk) -> dict[str, list[tuple[str, float, str]]]:
    """ZIP -> (district, share, basis), in the order of the rows."""
    answers: dict[str, list[tuple[str, float, str]]] = {}
    for row in crosswalk.rows:
        answers.setdefault(row.zip_code, []).append((row.district, row.share, row.basis))
    return answers
