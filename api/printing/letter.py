"""A letter on paper, as plain values; sender and recipient were decided elsewhere."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PrintedSource:
    """A document that a letter rests on. ``imprint`` tells publisher and date in one line."""

    title: str
    imprint: str


@dataclass(frozen=True, slots=True)
class PrintedLetter:
    """One letter with its envelope.

    ``sender`` is the writer's name, ``sender_address`` has no name and may be empty.
    ``recipient`` are the lines that show in the envelope's window. ``own_words`` and
    ``statement`` are paragraphs parted by blank lines. ``close`` has the valediction in its
    first line; the writer's name is set below it. ``footer`` is one small line on each page.
    """

    sender: str
    sender_address: tuple[str, ...]
    day: date
    recipient: tuple[str, ...]
    subject: str
    salutation: str
    own_words: str
    statement: str
    close: str
    sources: tuple[PrintedSource, ...] = ()
    footer: str = ""
