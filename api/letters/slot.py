"""The one thing that is filled into a finished letter: where its writer lives.

A statement is rendered once and kept by digest with ``⟦place⟧`` in it; sending fills the slot
and nothing else. What a version of ``fill`` does never changes, so that a letter that was
approved under it stays the same to the byte; a new rule becomes a new version.
"""

PLACE = "⟦place⟧"
VERSION = 1


def fill(text: str, place: str, version: int = VERSION) -> str:
    """``text`` with its slot filled; ``place`` is a city or a state's name with its article.

    Raises ``ValueError`` for a version that this program does not know.
    """
    if version != 1:
        raise ValueError(f"unknown version of the slot: {version}")
    return text.replace(PLACE, place)


def compose(salutation: str, own_words: str, statement: str, close: str) -> str:
    """The whole letter as plain text, from parts whose slots are filled already."""
    parts = (salutation, own_words.strip(), statement, close)
    return "\n\n".join(part for part in parts if part)
