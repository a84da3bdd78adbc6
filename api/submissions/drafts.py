"""A letter as one supporter sends it: the campaign's text, the slot filled, the edits applied."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from api.errors import FieldError, InvalidInput
from api.letters.canonical import canonical_json
from api.letters.render import LetterText
from api.letters.slot import compose, fill
from api.security.hashing import keyed_hash
from api.security.keys import KeyRing
from api.submissions.forms import LetterEdit
from api.supporters.vault import Edit, Words

SUBJECT_MIN = 6  # both chambers' grammar (CWC 2.0)
STATEMENT_MIN = 6


@dataclass(frozen=True, slots=True)
class Draft:
    """One complete letter. ``edit`` has what differs from the campaign's text, or is None."""

    text: LetterText
    subject: str
    own_words: str
    statement: str
    body: str
    edit: Edit | None

    @property
    def seat(self) -> str:
        return self.text.seat

    @property
    def edited(self) -> bool:
        return self.edit is not None

    @property
    def statement_edited(self) -> bool:
        return self.edit is not None and self.edit.statement is not None

    @property
    def personal_share(self) -> int:
        """How much of the letter is the writer's own, in percent of its characters."""
        changed = 0.0
        if self.statement_edited:
            matcher = SequenceMatcher(
                None, self.text.statement.split(), self.statement.split(), autojunk=False
            )
            changed = (1 - matcher.ratio()) * len(self.statement)
        whole = len(self.own_words) + len(self.statement)
        return round(100 * (len(self.own_words) + changed) / whole) if whole else 0


def make_draft(text: LetterText, place: str, own: str, edit: Edit | None) -> Draft:
    """The letter to one seat; ``own`` stands in it unless this letter has words of its own."""
    edit = edit or Edit()
    subject = fill(text.subject, place) if edit.subject is None else edit.subject
    statement = fill(text.statement, place) if edit.statement is None else edit.statement
    own_words = own if edit.own_words is None else edit.own_words
    body = compose(text.salutation, own_words, statement, fill(text.close, place))
    return Draft(text, subject, own_words, statement, body, None if edit == Edit() else edit)


def make_drafts(texts: Iterable[LetterText], place: str, words: Words) -> list[Draft]:
    own, edits = words.own, words.edits
    return [make_draft(text, place, own, edits.get(text.seat)) for text in texts]


def needed_edit(
    text: LetterText, place: str, own: str, edit: LetterEdit, number: int
) -> Edit | None:
    """What an edit really changes; None when it repeats what the letter says anyway.

    ``number`` is its place in the form's ``letters``, to name a field by. Raises InvalidInput
    when a subject or statement became too short for an office to take.
    """
    subject = _changed(edit.subject, fill(text.subject, place))
    statement = _changed(edit.statement, fill(text.statement, place))
    own_words = _changed(edit.own_words, own)
    if subject is not None and len(subject) < SUBJECT_MIN:
        raise InvalidInput(_too_short(f"letters.{number}.subject", SUBJECT_MIN))
    if statement is not None and len(statement) < STATEMENT_MIN:
        raise InvalidInput(_too_short(f"letters.{number}.statement", STATEMENT_MIN))
    made = Edit(subject, own_words, statement)
    return None if made == Edit() else made


def _changed(edited: str | None, original: str) -> str | None:
    return None if edited is None or edited == original else edited


def _too_short(field: str, least: int) -> FieldError:
    message = f"Write at least {least} characters, or undo the change."
    return FieldError(field, "too_short", message)


def show(draft: Draft, keys: KeyRing, way: Mapping[str, Any]) -> dict[str, Any]:
    """A letter as the API shows it; its digest is keyed, since it covers the city. ``way`` tells
    who sends it."""
    parts = [draft.seat, draft.subject, draft.own_words, draft.statement, draft.body]
    mac = keyed_hash(keys.purpose("approvals"), "letter", canonical_json(parts))
    return {
        "seat": draft.seat,
        "name": draft.text.name,
        "subject": draft.subject,
        "own_words": draft.own_words,
        "statement": draft.statement,
        "text": draft.body,
        "digest": mac.hex(),
        "cites": list(draft.text.cites),
        **way,
    }
