"""Every kind of author's mistake is refused with its file, line, column and reason."""

import tracemalloc
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.campaigns.small import FIXTURES, changed, errors
from tests.times import Stopwatch, quick

SECONDS, BYTES = 1, 50 * 2**20


@dataclass(frozen=True)
class Broken:
    file: str
    old: str
    new: str
    at: str
    says: str


CASES = [
    Broken(**entry)
    for entry in yaml.safe_load((FIXTURES / "broken.yaml").read_text(encoding="utf-8"))
]


def name(case: Broken) -> str:
    return f"{Path(case.file).name}-{case.says[:40]}"


def test_the_fixtures_are_sound_to_begin_with(site: Path) -> None:
    assert errors(site) == []


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 300


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_slip_is_refused_with_its_place(case: Broken, site: Path) -> None:
    changed(site / case.file, case.old, case.new)
    watch = Stopwatch()
    found = [str(problem) for problem in errors(site)]
    took = watch.processor
    assert f"{case.file}:{case.at}: {case.says}" in found
    assert quick(took, SECONDS)


@pytest.mark.parametrize("case", CASES[::25], ids=name)
def test_a_slip_takes_little_memory(case: Broken, site: Path) -> None:
    changed(site / case.file, case.old, case.new)
    tracemalloc.start()
    try:
        assert errors(site)
        assert tracemalloc.get_traced_memory()[1] < BYTES
    finally:
        tracemalloc.stop()
