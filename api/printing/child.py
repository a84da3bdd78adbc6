"""A process that prints for a web process and can be killed: ``python -m api.printing.child``.

It reads jobs from its standard input and answers on its standard output, one at a time. It gets
no settings and no secrets, uses no database, and exits with its parent or when idle.
"""

import os
import pickle
import select
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final

from api.printing.letter import PrintedLetter
from api.printing.press import Press, Unprintable
from api.printing.statement import PrintedStatement, StatementPress
from api.security.memory import keep_to_itself

Job = PrintedLetter | PrintedStatement

IDLE_SECONDS: Final = 60.0
SIZE_BYTES: Final = 4
MADE, REFUSED, FAILED = b"+", b"-", b"!"
"""How an answer begins: a PDF follows, or why it cannot be printed, or nothing."""


def frame(content: bytes) -> bytes:
    """A message with its length before it."""
    return len(content).to_bytes(SIZE_BYTES, "big") + content


def main(folder: Path) -> None:
    """Print what comes. ``folder`` holds the templates."""
    os.nice(5)  # accepting forms has priority over printing
    keep_to_itself()
    for job in _jobs(sys.stdin.buffer):
        sys.stdout.buffer.write(frame(_answer(folder, job)))
        sys.stdout.buffer.flush()


def _jobs(source: BinaryIO) -> Iterator[Job]:
    """Yield jobs until the parent has exited, or has sent none for a while."""
    while select.select([source], [], [], IDLE_SECONDS)[0]:
        size = source.read(SIZE_BYTES)
        if len(size) < SIZE_BYTES:
            return
        # From our own parent, over a pipe that nobody else has.
        yield pickle.loads(source.read(int.from_bytes(size, "big")))  # noqa: S301


def _answer(folder: Path, job: Job) -> bytes:
    try:
        if isinstance(job, PrintedLetter):
            return MADE + _letters(folder).print_letter(job)
        return MADE + _statements(folder).print(job)
    except Unprintable as error:
        return REFUSED + error.detail.encode()
    except Exception:  # noqa: BLE001 (its words may quote what was printed)
        return FAILED


@cache
def _letters(folder: Path) -> Press:
    return Press(folder)


@cache
def _statements(folder: Path) -> StatementPress:
    return StatementPress(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
