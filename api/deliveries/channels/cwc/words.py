"""What a writer is told of letters to Congress, before they are sent and afterwards."""

from typing import Final

from api.deliveries.channels.cwc.channel import NO_PREFIX
from api.deliveries.channels.cwc.outcomes import NOT_LISTED
from api.deliveries.channels.kind import SentBy, Told
from api.deliveries.models import DeliveryStatus as Status
from api.i18n import N_

WAYS: Final = {
    (SentBy.US, "cwc"): N_("We send it, through the message system of the House or Senate."),
    (SentBy.YOU, NOT_LISTED): N_(
        "You send it yourself: this office takes no letters through the message system of the "
        "House or Senate."
    ),
    (SentBy.YOU, NO_PREFIX): N_(
        "You send it yourself: the message system of the House or Senate takes no letter without "
        "a form of address, and you chose none."
    ),
    (SentBy.NOBODY, "sandbox"): N_(
        "This is a test installation: a stand-in for the system of the House or Senate takes the "
        "letter, and it goes to no office."
    ),
    (SentBy.NOBODY, "test_system"): N_(
        "This is a test installation: a test system takes the letter, and it goes to no office."
    ),
}

_CLOSED: Final = Told(
    N_(
        "The message system of the House or Senate takes nothing at the moment. The letter "
        "waits, and goes out by itself."
    )
)
_REFUSED: Final = Told(N_("The message system of the House or Senate refused it."))

STATES: Final = {
    (Status.QUEUED, "closed"): _CLOSED,
    (Status.RETRYING, "closed"): _CLOSED,
    (Status.RETRYING, "offices_unknown"): Told(
        N_(
            "We do not know at the moment if this office takes letters through the message system "
            "of the House or Senate. The letter waits until we do."
        )
    ),
    (Status.ACCEPTED, "resolved"): Told(
        N_(
            "The organizers have found out that the official message system of the House or "
            "Senate has taken it for this office."
        )
    ),
    (Status.WRITTEN, "test_system"): Told(
        N_(
            "This is a test installation: the test system of the House or Senate took the letter, "
            "and it went to no office."
        ),
        N_("Taken by a test system"),
    ),
    (Status.WRITTEN, "sandbox"): Told(
        N_(
            "This is a test installation: a stand-in for the system of the House or Senate took "
            "the letter, and it went to no office."
        ),
        N_("Taken by a test system"),
    ),
    (Status.NEEDS_USER_ACTION, NO_PREFIX): Told(
        N_(
            "The message system of the House or Senate takes no letter without a form of address, "
            "and you chose none. So it goes from your own hands: the steps are below."
        )
    ),
    (Status.NEEDS_USER_ACTION, NOT_LISTED): Told(
        N_(
            "When it was due, this office took no letters through the message system of the House "
            "or Senate. So it goes from your own hands: the steps are below."
        )
    ),
    (Status.FAILED, "schema_error"): _REFUSED,
    (Status.FAILED, "refused"): _REFUSED,
    (Status.FAILED, NOT_LISTED): Told(
        N_("This office took no letters through the message system of the House or Senate.")
    ),
}
