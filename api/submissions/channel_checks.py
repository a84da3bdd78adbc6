"""What the message systems of Congress would refuse in a form, reported while it can be corrected.

The same checks run again before a message is made. A writer who gives no prefix sends their
letters themselves, so nothing is checked for them here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from api.deliveries.channels.base import Channel
from api.deliveries.routing import Route, Router
from api.errors import FieldError, InvalidInput
from api.submissions.drafts import Draft
from api.submissions.forms import LettersForm, Place, SupporterForm
from api.submissions.targeting import Targeting, state_of
from api.supporters.vault import Address
from api.targets.districts import full_zip


def check_writer(router: Router, targeting: Targeting, place: Place) -> None:
    """Raises InvalidInput, naming each field that a channel of these targets does not take.

    Of a preview's form only what is there is checked.
    """
    if not router.checks_writers:
        return
    whole = isinstance(place, SupporterForm)
    state = state_of(targeting, place)
    address = Address(full_zip(place.zip), state, place.city, place.street)
    faults = router.writer_faults(targeting.seats, place.identity(), address, whole=whole)
    if faults:
        raise InvalidInput(*faults)


def check_letters(
    routes: Sequence[Route], form: LettersForm, drafts: Callable[[], Sequence[Draft]]
) -> None:
    """The same for the letters' own texts, which are composed only if a channel checks them;
    ``routes`` are those of the drafts."""
    if not any(route.channel.checks_texts for route in routes):
        return
    pairs = zip(drafts(), routes, strict=True)
    faults = {e.field: e for draft, route in pairs for e in _faults(route.channel, form, draft)}
    if faults:
        raise InvalidInput(*faults.values())


def _faults(channel: Channel, form: LettersForm, draft: Draft) -> Iterator[FieldError]:
    texts = (draft.subject, draft.own_words, draft.statement)
    for fault in channel.text_faults(*texts, edited=draft.statement_edited):
        yield replace(fault, field=_place(form, draft, fault.field))


def _place(form: LettersForm, draft: Draft, part: str) -> str:
    """Where the faulty text was typed: in an edit of this letter, or for all letters, where the
    longest answer is the one to be shortened."""
    if part == "own_words" and draft.statement_edited:
        part = "statement"  # which goes with the own words, and is what made them too long
    for number, edit in enumerate(form.letters):
        if edit.seat == draft.seat and getattr(edit, part) is not None:
            return f"letters.{number}.{part}"
    return max(form.answers, key=lambda name: len(form.answers[name]))
