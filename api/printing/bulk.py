"""Many letters at once: one PDF to print, or a zip of PDFs by office.

Letters are printed together in batches, which takes half the time of printing each alone. A
letter that no font can print is left out and counted.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from zipfile import ZipFile

from api.errors import DomainError
from api.printing.letter import PrintedLetter
from api.printing.press import PART, Press, Progress, Unprintable
from api.security.private_files import writing_private

MOST_TOGETHER: Final = 500
"""Of one PDF: a letter takes some 1 MB of memory until all of them are set."""


class TooManyTogether(DomainError):
    status = 422
    code = "too_many_together"
    title = "These are too many letters for one PDF"


class Stack:
    """Takes letters office by office; they are in the file once its block ends without an error.

    ``printed`` and ``left_out`` count them.
    """

    def __init__(self, press: Press, file: Path, progress: Progress) -> None:
        self._press, self._file, self._progress = press, file, progress
        self._waiting: list[PrintedLetter] = []
        self.printed = self.left_out = 0

    def put(self, office: str, letter: PrintedLetter) -> None:
        """Raises TooManyTogether."""
        raise NotImplementedError

    def end(self) -> None:
        """Print the letters of the last batch."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.end()

    def _print(self) -> bytes | None:
        """The waiting letters as one PDF; None if there are none, or none can be printed."""
        waiting, self._waiting = self._waiting, []
        made = self._together(waiting)
        self.printed += len(waiting)
        if made is None:
            able = [letter for letter in waiting if self._together([letter]) is not None]
            self.printed -= len(waiting) - len(able)
            self.left_out += len(waiting) - len(able)
            made = self._together(able)
        self._progress(self.printed + self.left_out)
        return made

    def _together(self, letters: Sequence[PrintedLetter]) -> bytes | None:
        try:
            return self._press.print_together(letters) if letters else None
        except Unprintable:
            return None


class OnePdf(Stack):
    """A single PDF of at most ``MOST_TOGETHER`` letters."""

    def put(self, office: str, letter: PrintedLetter) -> None:  # noqa: ARG002 (as a zip's)
        if len(self._waiting) == MOST_TOGETHER:
            raise TooManyTogether(
                f"One PDF holds at most {MOST_TOGETHER} letters: choose one seat, or write a zip."
            )
        self._waiting.append(letter)

    def end(self) -> None:
        made = self._print()
        if made is not None:
            with writing_private(self._file) as file:
                file.write(made)


class ZipOfPdfs(Stack):
    """PDFs named for an office, each of at most ``PART`` letters to it."""

    def __init__(self, press: Press, file: Path, progress: Progress) -> None:
        super().__init__(press, file, progress)
        self._files = ExitStack()
        out = self._files.enter_context(writing_private(file))
        # PDFs are compressed already.
        self._archive = self._files.enter_context(ZipFile(out, "w"))
        self._office, self._number = "", 0

    def put(self, office: str, letter: PrintedLetter) -> None:
        if office != self._office or len(self._waiting) == PART:
            self._end_part()
        if office != self._office:
            self._office, self._number = office, 0
        self._waiting.append(letter)

    def _end_part(self) -> None:
        made = self._print()
        if made is not None:
            self._number += 1
            name = f"{self._office.replace(':', '-')}-{self._number:04}.pdf"
            self._archive.writestr(name, made)

    def end(self) -> None:
        self._end_part()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._files.__exit__(kind, error, trace)
            return
        with self._files:
            self.end()
