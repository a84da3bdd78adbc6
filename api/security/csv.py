"""CSV for spreadsheets, in which no cell can be taken for a formula (OWASP ASVS 5, 1.2.10).

A table begins with ``BOM``: without it Excel reads UTF-8 as the old encoding of its system.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

BOM = "\ufeff"
# What a spreadsheet may begin a formula with; the last four are the same in full width.
# Where a list is separated by ";", a cell with one in it becomes two.
_INNER = re.compile(r"((?:[;|]|(?<=\S)\s*[\t\r\n])\s*)([=+@＝＋＠]|[-－](?!\)))")  # noqa: RUF001
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")  # noqa: RUF001


def safe_cell(value: object) -> str:
    """The value as text, with an apostrophe before what could begin a formula."""
    cell = "" if value is None else str(value)
    cell = _INNER.sub(r"\1'\2", cell)
    return f"'{cell}" if cell.startswith(_FORMULA) or _visible(cell).startswith(_FORMULA) else cell


def _visible(cell: str) -> str:
    """The cell from its first visible character on: some programs drop what is before it."""
    for place, character in enumerate(cell):
        if not (character.isspace() or unicodedata.category(character) in {"Cc", "Cf"}):
            return cell[place:]
    return ""


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """Lines after RFC 4180, every cell quoted, none a formula."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    for row in rows:
        writer.writerow([safe_cell(value).replace("\0", "") for value in row])
    return out.getvalue()
