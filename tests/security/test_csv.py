"""No cell of a table is a formula."""

import csv
import io

import pytest

from api.security.csv import csv_lines, safe_cell

UNSEEN = ["\u200b=1", "\ufeff@x", "\u202e+1", "\u00ad-1", " \u2060\u00a0=1"]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "  =1", "＝1", " \t@x"]  # noqa: RUF001


@pytest.mark.parametrize("value", [*FORMULAS, *UNSEEN])
def test_what_could_be_a_formula_is_text(value: str) -> None:
    assert safe_cell(value) == f"'{value}"
    ((cell,),) = csv.reader(io.StringIO(csv_lines([[value]]), newline=""))
    assert cell.startswith("'")


@pytest.mark.parametrize("value", ["Bob;=1+1", "a; @x", "a\n-1+1", "a;\uff1d1"])
def test_a_cell_that_another_separator_divides_is_no_formula_either(value: str) -> None:
    assert any(mark in safe_cell(value) for mark in ("'=", "'@", "'-", "'\uff1d"))
    assert safe_cell("Well; and so on ;-)") == "Well; and so on ;-)"


def test_other_cells_come_back_as_they_were() -> None:
    row = ["Անի", 'say "no"', "a,b", "one\ntwo", 7, None, "a-b", "1=1"]
    read = next(csv.reader(io.StringIO(csv_lines([row]), newline="")))
    assert read == ["" if value is None else str(value) for value in row]
