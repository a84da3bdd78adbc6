"""Letters as PDF, set by typst from ``templates/print/letter.typ``.

What a writer typed reaches typst as JSON and is shown as values: it is never markup or code.
The template loads no package and no file, and nothing goes over the network. The PDFs are
tagged and meet PDF/UA-1 (ISO 14289-1), which also refuses a character that no font has, so that
none is lost silently.
"""

import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

import typst

from api.errors import DomainError
from api.printing.fitting import SETTINGS, Values
from api.printing.fonts import compiler
from api.printing.letter import PrintedLetter
from api.printing.values import characters_of, plain_values, values_of
from api.settings import Settings

STANDARD: Final = "ua-1"

PART: Final = 25
"""Letters that are best printed together: more take more memory, and no less time each."""

Progress = Callable[[int], None]
"""Called with the number of letters that are done."""


class Unprintable(DomainError):
    """No font at hand has all the characters of the letter."""

    status = 422
    code = "unprintable"
    title = "This letter cannot be made into a PDF here"


class TemplateBroken(Exception):
    """typst refused the template itself. Its message may quote a letter, so it is dropped."""


class Press:
    """Prints one thing at a time; threads may share it. Making one costs about 50 ms.

    ``folder`` holds ``letter.typ`` and is all that typst can read. ``system_fonts`` says
    whether the machine's fonts are used for what typst's own lack.
    """

    def __init__(self, folder: Path, *, system_fonts: bool = True) -> None:
        self._compiler = compiler(folder / "letter.typ", system_fonts=system_fonts)
        self._lock = Lock()

    def print_letter(self, letter: PrintedLetter) -> bytes:
        """One letter as a PDF; the same letter gives the same bytes. Raises Unprintable."""
        return self.print_together([letter])

    def print_letters(
        self, letters: Iterable[PrintedLetter], progress: Progress | None = None
    ) -> Iterator[bytes]:
        """A PDF of each letter, in their order. Raises Unprintable."""
        for done, letter in enumerate(letters, start=1):
            yield self.print_letter(letter)
            if progress:
                progress(done)

    def print_together(self, letters: Sequence[PrintedLetter]) -> bytes:
        """One PDF of all letters, each with pages of its own. Raises Unprintable.

        It takes half the time a letter of printing them one by one, and memory for all of them.
        """
        values = [values_of(letter) for letter in letters]
        midnight = datetime.combine(letters[0].day, time(), UTC)
        try:
            return self._compile(values, midnight)
        except typst.TypstError:
            raise self._explained(values) from None

    def _compile(self, values: Sequence[Values], at: datetime) -> bytes:
        with self._lock:
            made = self._compiler.compile(
                sys_inputs={"letters": json.dumps({"letters": values, "settings": SETTINGS})},
                format="pdf",
                pdf_standards=STANDARD,
                timestamp=at,
            )
        assert isinstance(made, bytes)
        return made

    def _explained(self, values: Sequence[Values]) -> Exception:
        """Why printing failed: a character without a glyph, or else the template."""
        characters = sorted(characters_of(values))
        if not self.can_print("-") or self.can_print(" ".join(characters)):
            return TemplateBroken("templates/print/letter.typ does not compile")
        while len(characters) > 1:
            half = characters[: len(characters) // 2]
            characters = characters[len(half) :] if self.can_print(" ".join(half)) else half
        return Unprintable(
            f"No font here has some of its characters ({_kind(characters[0])}). Print the letter "
            "from its page in your browser instead, or ask for a font to be installed."
        )

    def can_print(self, text: str) -> bool:
        """Whether the fonts here have all its characters."""
        try:
            self._compile([plain_values(text)], datetime(2000, 1, 1, tzinfo=UTC))
        except typst.TypstError:
            return False
        return True


def _kind(character: str) -> str:
    """The character's kind, for an error that reveals nothing that was written."""
    if unicodedata.category(character)[0] != "L":
        return "a sign or an emoji"
    return f"{unicodedata.name(character, 'UNKNOWN').split()[0].capitalize()} script"


@cache
def press() -> Press:
    """The press of this process, with the settings' templates."""
    return Press(Settings().templates_dir / "print")


def print_letter(letter: PrintedLetter) -> bytes:
    """One letter as a PDF. Raises Unprintable. It takes some 10 ms: not in the event loop."""
    return press().print_letter(letter)


def print_letters(
    letters: Iterable[PrintedLetter], progress: Progress | None = None
) -> Iterator[bytes]:
    """A PDF of each letter, in their order. Raises Unprintable."""
    return press().print_letters(letters, progress)


def print_together(letters: Sequence[PrintedLetter]) -> bytes:
    """One PDF of all letters, each with pages of its own. Raises Unprintable."""
    return press().print_together(letters)
