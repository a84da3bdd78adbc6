"""What the confirmation page shows before its button is pressed, and the result of pressing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from api.campaigns.schema import State
from api.confirmation.earlier import Earlier
from api.confirmation.letters import NewLetter
from api.deliveries.routing import Route
from api.errors import DomainError
from api.sign_ons.confirming import Signed, Signing
from api.sign_ons.own import Signature
from api.submissions.drafts import Draft
from api.submissions.stored import StoredForm
from api.supporters.models import Person


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who has confirmed with this address, and what the form would do if it is theirs:
    ``earlier`` are their letters to its offices, ``elsewhere`` says that they wrote from another
    district, ``has_signed`` that their name is under the statement."""

    person: Person
    earlier: Sequence[Earlier]
    elsewhere: bool
    has_signed: bool


@dataclass(frozen=True, slots=True)
class Pending:
    """What the confirmation page shows before anything is done. ``routes`` are those of the
    drafts; none where the campaign is not open. ``held`` says of each why it would wait now, since
    its office's term has ended or its holder is another; None of one that would not."""

    state: State | None
    form: StoredForm
    drafts: Sequence[tuple[UUID, Draft]]
    routes: Sequence[Route]
    held: Sequence[str | None]
    signature: Signature | None
    candidates: Sequence[Candidate]

    @property
    def shown(self) -> str:
        return what_is_shown(self.state, self.routes, self.held)


def what_is_shown(state: State | None, routes: Sequence[Route], held: Sequence[str | None]) -> str:
    """What the page says that its button does, to be compared when it is pressed."""
    ways = (why or route.channel.name for route, why in zip(routes, held, strict=True))
    return " ".join([str(state), *ways])


class ShownChanged(DomainError):
    """The button would now do something else than its page says. Nothing was done."""

    status = 409
    code = "shown_changed"
    title = "This page has changed since you saw it"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """``status`` is ``confirmed``, or says why nothing came of it: ``closed`` (the campaign was),
    ``other_district`` (this person's letters went to another district's offices),
    ``already_written`` (each of these offices has a letter of theirs), ``already_signed`` (the
    form only signs, and their name stands there in these words) or ``taken`` (another entry has
    the organization's name).

    ``kept`` are earlier letters that stay, so that the form's are not sent; ``replaced`` are the
    seats whose unsent letters the form's replaced. ``signed``: the form added or changed a
    signature.
    """

    status: str
    letters: Sequence[NewLetter]
    page_token: str | None
    signed: bool = False
    kept: Sequence[Earlier] = ()
    replaced: Sequence[str] = ()
    signature: Signed | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a form's letters."""

    made: Sequence[NewLetter] = ()
    kept: Sequence[Earlier] = ()
    replaced: Sequence[str] = ()
    elsewhere: bool = False


def told(
    form: StoredForm,
    written: Written,
    represents: str | None,
    signature: Signed | None,
    token: str,
) -> Confirmed:
    """The result of a form: its status and the details."""
    changed = signature is not None and signature.what is not Signing.UNCHANGED
    signed = changed or represents == "confirmed"
    if written.elsewhere:
        status = "other_district"
    elif written.made or (signed and not form.submission.letters):
        status = "confirmed"
    elif form.submission.letters:
        status = "already_written"
    else:
        status = "taken" if represents else "already_signed"
    kept, replaced = written.kept, written.replaced
    return Confirmed(status, written.made, token, signed, kept, replaced, signature)
