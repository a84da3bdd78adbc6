"""A letter's state in words. None of them says more than is known, and none says "read"."""

from typing import Final, TypedDict

from api.deliveries.models import DeliveryStatus
from api.pages.errors import N_


class State(TypedDict):
    """``label`` and ``sentence`` are msgids; ``step`` says that something is left to do, and
    ``again`` that a new letter can be written."""

    label: str
    sentence: str
    step: bool
    tone: str
    again: bool


def _state(
    label: str, sentence: str, tone: str, *, step: bool = False, again: bool = False
) -> State:
    return State(label=label, sentence=sentence, step=step, tone=tone, again=again)


# How the offices' titles are found for translation.
OFFICES: Final = (
    N_("President"),
    N_("Secretary of State"),
    N_("Representative"),
    N_("Delegate"),
    N_("Resident Commissioner"),
    N_("Senator"),
)

STATES: Final = {
    DeliveryStatus.QUEUED: _state(
        N_("On its way"), N_("It waits to be sent. Nothing is left for you to do."), "waiting"
    ),
    DeliveryStatus.SENDING: _state(N_("On its way"), N_("It is being sent right now."), "waiting"),
    DeliveryStatus.RETRYING: _state(
        N_("On its way"),
        N_("The office's system did not take it at the first try. It is tried again by itself."),
        "waiting",
    ),
    DeliveryStatus.PAUSED: _state(
        N_("On hold"), N_("The organizers have put it on hold. It is not lost."), "waiting"
    ),
    DeliveryStatus.ACCEPTED: _state(
        N_("Accepted"),
        N_("The official message system of the House or Senate has taken it for this office."),
        "done",
    ),
    DeliveryStatus.SENT: _state(N_("Sent"), N_("The office's mail server has taken it."), "done"),
    DeliveryStatus.WRITTEN: _state(
        N_("Written to a file"),
        N_("This is a test installation: the letter is a file on its disk, and went to nobody."),
        "done",
    ),
    DeliveryStatus.NEEDS_USER_ACTION: _state(
        N_("Needs a step of yours"),
        N_("This office takes letters only from your own hands. The steps are below."),
        "step",
        step=True,
    ),
    DeliveryStatus.SELF_REPORTED: _state(
        N_("You sent it"), N_("You told us that you sent it yourself. Thank you."), "done"
    ),
    DeliveryStatus.UNCERTAIN: _state(
        N_("Not certain"),
        N_(
            "The connection broke while it was being sent, so nobody can say if it arrived. It is "
            "not sent again blindly: the organizers look at it."
        ),
        "waiting",
    ),
    DeliveryStatus.FAILED: _state(
        N_("Not sent"),
        N_("The office's system refused it. You can still send it yourself: the text is below."),
        "failed",
    ),
    DeliveryStatus.CANCELLED: _state(N_("Cancelled"), N_("It was not sent."), "failed"),
    DeliveryStatus.EXPIRED: _state(N_("Expired"), N_("It could not be sent in time."), "failed"),
}

# Where the reason of the newest delivery tells more than its state does.
BY_REASON: Final = {
    (DeliveryStatus.WRITTEN, "test_system"): _state(
        N_("Taken by a test system"),
        N_(
            "This is a test installation: the test system of the House or Senate took the letter, "
            "and it went to no office."
        ),
        "done",
    ),
    (DeliveryStatus.NEEDS_USER_ACTION, "no_prefix"): _state(
        N_("Needs a step of yours"),
        N_(
            "The message system of the House or Senate takes no letter without a form of address, "
            "and you chose none. So it goes from your own hands: the steps are below."
        ),
        "step",
        step=True,
    ),
    (DeliveryStatus.NEEDS_USER_ACTION, "office_not_listed"): _state(
        N_("Needs a step of yours"),
        N_(
            "This office takes no letters through the message system of the House or Senate. So it "
            "goes from your own hands: the steps are below."
        ),
        "step",
        step=True,
    ),
    (DeliveryStatus.FAILED, "bounced"): _state(
        N_("Came back"),
        N_(
            "The office's mail server sent it back. You can still send it yourself: the text is "
            "below."
        ),
        "failed",
    ),
    (DeliveryStatus.NEEDS_USER_ACTION, "not_valid"): _state(
        N_("Needs a step of yours"),
        N_(
            "The message system of the House or Senate does not take this letter as it is. So it "
            "goes from your own hands: the steps are below."
        ),
        "step",
        step=True,
    ),
    (DeliveryStatus.PAUSED, "term_ended"): _state(
        N_("On hold"),
        N_("The term of this office's holder has ended, and it is not known yet who follows."),
        "waiting",
    ),
    (DeliveryStatus.PAUSED, "seat_vacant"): _state(
        N_("On hold"), N_("Nobody holds this office right now."), "waiting"
    ),
    (DeliveryStatus.PAUSED, "seat_changed"): _state(
        N_("On hold"), N_("Somebody else holds this office now."), "waiting"
    ),
    (DeliveryStatus.CANCELLED, "replaced"): _state(
        N_("Replaced"),
        N_(
            "You confirmed a newer letter to this office before this one had left: it was not sent."
        ),
        "waiting",
    ),
    (DeliveryStatus.CANCELLED, "seat_changed"): _state(
        N_("Not sent"),
        N_(
            "It was written to somebody who does not hold this office any more, and a letter is "
            "never passed on to another person. You can write to the new holder."
        ),
        "waiting",
        again=True,
    ),
}


def state_of(status: DeliveryStatus, reason: str | None) -> State:
    """The state in words; ``reason`` is the newest delivery's."""
    return BY_REASON.get((status, reason or ""), STATES[status])
