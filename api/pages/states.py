"""A letter's state in words. None of them says more than is known, and none says "read"."""

from typing import Final, TypedDict

from api.deliveries.models import DeliveryStatus as Status
from api.i18n import N_


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


# Marked here so that the offices' titles get into the catalogues.
OFFICES: Final = (
    N_("President"),
    N_("Secretary of State"),
    N_("Representative"),
    N_("Delegate"),
    N_("Resident Commissioner"),
    N_("Senator"),
)

STATES: Final = {
    Status.QUEUED: _state(N_("Waits to be sent"), N_("Nothing is left for you to do."), "waiting"),
    Status.SENDING: _state(N_("Being sent"), N_("It is being sent right now."), "waiting"),
    Status.RETRYING: _state(
        N_("Trying again"),
        N_("It could not be sent yet. It is tried again by itself."),
        "waiting",
    ),
    Status.PAUSED: _state(N_("On hold"), N_("It is on hold for now, and not lost."), "waiting"),
    Status.ACCEPTED: _state(
        N_("Accepted"),
        N_("The official message system of the House or Senate has taken it for this office."),
        "done",
    ),
    # The mail server is our own: it is not known what happened to the letter at the office.
    Status.SENT: _state(
        N_("Sent"), N_("A mail server has taken it, to pass it on to the office."), "done"
    ),
    Status.WRITTEN: _state(
        N_("Written to a file"),
        N_("This is a test installation: the letter is a file on its disk, and went to nobody."),
        "done",
    ),
    Status.NEEDS_USER_ACTION: _state(
        N_("Needs a step of yours"),
        N_("You send this letter yourself. The steps are below."),
        "step",
        step=True,
    ),
    Status.SELF_REPORTED: _state(
        N_("You sent it"), N_("You told us that you sent it yourself. Thank you."), "done"
    ),
    Status.UNCERTAIN: _state(
        N_("Not certain"),
        N_(
            "We tried to send it and got no clear answer, so nobody can say if it arrived. It is "
            "not sent again blindly: the organizers are asked to look at it."
        ),
        "waiting",
    ),
    Status.FAILED: _state(N_("Not sent"), N_("It could not be sent."), "failed"),
    Status.CANCELLED: _state(N_("Cancelled"), N_("We did not send it."), "failed"),
    Status.EXPIRED: _state(N_("Expired"), N_("We could not send it in time."), "failed"),
}

# A letter that a test holds is on its way to nobody.
IN_A_TEST: Final[State] = _state(
    N_("Waits in a test"),
    N_("This is a test installation: the letter goes to no office."),
    "waiting",
)
RUNNING: Final = (Status.QUEUED, Status.SENDING, Status.RETRYING)

# Once a letter's words are deleted, nothing can be done with it here any more.
WITHOUT_WORDS: Final[dict[Status, State]] = {
    Status.NEEDS_USER_ACTION: _state(
        N_("Not sent by us"),
        N_("It was left to you to send it, and you have not told us that you did."),
        "waiting",
    ),
    Status.UNCERTAIN: _state(
        N_("Not certain"),
        N_(
            "We tried to send it and got no clear answer: it may have arrived. It cannot be sent "
            "again."
        ),
        "waiting",
    ),
}
