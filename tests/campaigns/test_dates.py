"""English pages and letters write a date in one order: March 1, 2026."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
DAY_FIRST = re.compile(rf"\b\d{{1,2}} (?:{'|'.join(MONTHS)})\b(?! \d{{1,2}},)")
TEXTS = [*(ROOT / "campaigns").rglob("*.yaml"), *(ROOT / "templates").rglob("*.j2")]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_no_day_stands_before_its_month(path: Path) -> None:
    assert DAY_FIRST.findall(path.read_text("utf-8")) == []
