"""An open letter with its signatories as a PDF, set by typst from ``statement.typ``.

As with letters, all text reaches typst as values, and nothing goes over the network. A
character that no font has is shown as a box: one name must not make a list of thousands fail.
"""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

from api.printing.fonts import compiler
from api.printing.values import breakable
from api.settings import Settings

MANY: Final = 300
"""From how many names on they are set in small type and three columns."""

MARK: Final = "\N{LEFT-TO-RIGHT MARK}"


@dataclass(frozen=True, slots=True)
class PrintedNames:
    """A list of names under a heading, in their order; ``note`` is one small line or blank."""

    title: str
    names: Sequence[str]
    note: str = ""


@dataclass(frozen=True, slots=True)
class PrintedStatement:
    """``to`` and ``numbers`` are one line each, ``text`` paragraphs parted by blank lines."""

    title: str
    language: str
    to: str
    numbers: str
    text: str
    lists: Sequence[PrintedNames]
    day: date
    delivered: Sequence[str] = ()


class StatementPress:
    """Prints one statement at a time; threads may share it. ``system_fonts`` as of ``Press``."""

    def __init__(self, folder: Path, *, system_fonts: bool = True) -> None:
        self._compiler = compiler(folder / "statement.typ", system_fonts=system_fonts)
        self._lock = Lock()

    def print(self, statement: PrintedStatement) -> bytes:
        """The PDF; the same statement gives the same bytes."""
        with self._lock:
            made = self._compiler.compile(
                sys_inputs={"statement": json.dumps(values_of(statement))},
                format="pdf",
                timestamp=datetime.combine(statement.day, time(), UTC),
            )
        assert isinstance(made, bytes)
        return made


def values_of(statement: PrintedStatement) -> dict[str, Any]:
    """What the template is given: strings to be shown as they are."""
    paragraphs = [part.strip().split("\n") for part in statement.text.split("\n\n")]
    return {
        "title": breakable(statement.title),
        "lang": statement.language,
        "to": breakable(statement.to),
        "numbers": statement.numbers,
        "paragraphs": [[breakable(line) for line in lines] for lines in paragraphs if lines],
        "delivered": [breakable(line) for line in statement.delivered],
        "sections": [_section(names) for names in statement.lists if names.names],
    }


def _section(names: PrintedNames) -> dict[str, Any]:
    many = len(names.names) > MANY
    return {
        "title": names.title,
        "note": names.note,
        "size": 7.5 if many else 9.5,
        "columns": 3 if many else 2,
        "names": [_ordered(name) for name in names.names],
    }


def _ordered(name: str) -> str:
    """Name, affiliation and place from left to right, each in its own direction (UAX 9).

    By marks, since isolates are shown as boxes where a font does not know them.
    """
    line = breakable(name)
    if all(unicodedata.bidirectional(character) not in {"R", "AL"} for character in line):
        return line
    return f"{MARK}{line.replace(', ', f'{MARK}, ')}{MARK}"


@cache
def statement_press() -> StatementPress:
    """The press of this process, with the settings' templates."""
    return StatementPress(Settings().templates_dir / "print")
