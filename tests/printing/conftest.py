from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from api.printing.letter import PrintedLetter, PrintedSource
from api.printing.press import Press
from api.settings import Settings

Letters = Callable[..., PrintedLetter]

LETTER = PrintedLetter(
    sender="Ani Petrosyan",
    sender_address=("620 North Brand Boulevard", "Glendale, CA 91204"),
    day=date(2026, 3, 9),
    recipient=(
        "The Honorable Rosa Example",
        "U.S. House of Representatives",
        "1234 Longworth House Office Building",
        "Washington, DC 20515-0530",
    ),
    subject="Write to the Secretary, from a constituent in Glendale",
    salutation="Dear Representative Example,",
    own_words="My grandmother kept the key of her house.",
    statement="I live in Glendale.\n\nPlease write to the Secretary of State.",
    close="Sincerely,\na constituent in Glendale",
    sources=(PrintedSource("Public Law 107-115", "United States Congress, January 10, 2002"),),
    footer="The campaign's part of this letter was prepared by Example Organization.",
)


@pytest.fixture(scope="session")
def press() -> Press:
    """With typst's own fonts only, so that every machine gives the same."""
    return Press(Settings().templates_dir / "print", system_fonts=False)


@pytest.fixture
def letter() -> Letters:
    """A short letter; keyword arguments replace its fields."""

    def make(**fields: Any) -> PrintedLetter:
        values = {name: getattr(LETTER, name) for name in LETTER.__slots__}
        return PrintedLetter(**{**values, **fields})

    return make
