"""The words for a delivery's state together with its reason."""

import re
from typing import Any, Final, cast

from api.deliveries.models import DeliveryStatus as Status
from api.pages.errors import N_
from api.pages.states import IN_A_TEST, RUNNING, STATES, WITHOUT_WORDS, State

Key = tuple[Status, str]


def _because(status: Status, sentence: str, *reasons: str, **other: Any) -> dict[Key, State]:
    """The state with another sentence, for these reasons."""
    state = {**STATES[status], "sentence": sentence, **other}
    return {(status, reason): cast("State", state) for reason in reasons}


# What a stable reason adds to its state; every pair that the code can write is here (a test
# reads them out of it). Nobody looks again later: what may be otherwise by then is told in the
# past. A reason's family stands before its first colon, and a mail server's before its first
# digit or its last word: see ``family``.
BY_REASON: Final[dict[Key, State]] = {
    **_because(
        Status.QUEUED,
        N_(
            "The message system of the House or Senate takes nothing at the moment. The letter "
            "waits, and goes out by itself."
        ),
        "closed",
    ),
    **_because(
        Status.QUEUED,
        N_("The organizers are revising this campaign. The letter waits until it is open again."),
        "campaign_draft",
    ),
    **_because(
        Status.RETRYING,
        N_(
            "The message system of the House or Senate takes nothing at the moment. The letter "
            "waits, and goes out by itself."
        ),
        "closed",
    ),
    **_because(
        Status.RETRYING,
        N_("The system that takes it refused it for the moment. It is tried again by itself."),
        *("too_many_requests", "server_error", "unavailable", "unexpected_answer"),
        *("connect", "sender", "recipient", "content"),
    ),
    **_because(
        Status.RETRYING,
        N_("The system that takes it could not be reached. It is tried again by itself."),
        *("not_connected", "connect_failed", "connect_timeout"),
        *("sender_timeout", "sender_disconnected", "recipient_timeout", "recipient_disconnected"),
    ),
    **_because(
        Status.RETRYING,
        N_(
            "The last try got no clear answer, so it may have arrived already. It is tried again "
            "by itself."
        ),
        *("no_answer_in_time", "connection_broken"),
    ),
    **_because(
        Status.RETRYING,
        N_(
            "Something is wrong on our side. The letter waits until that is put right, and then "
            "goes out by itself."
        ),
        *("not_authorized", "media_type_refused", "agent_mismatch", "tls_failure"),
        *("key_missing", "seal_broken", "key_ring"),
    ),
    **_because(
        Status.RETRYING,
        N_(
            "We do not know at the moment if this office takes letters through the message system "
            "of the House or Senate. The letter waits until we do."
        ),
        "offices_unknown",
    ),
    **_because(
        Status.PAUSED,
        N_("All letters to this office are on hold for now. It is not lost."),
        "seat_stopped",
    ),
    **_because(
        Status.PAUSED,
        N_("All letters of this campaign are on hold for now. It is not lost."),
        "campaign_stopped",
    ),
    **_because(
        Status.PAUSED,
        N_("When it was due, this site had no way to send it. It is on hold, and not lost."),
        "channel_not_configured",
    ),
    **_because(
        Status.PAUSED,
        N_("It is on hold: we have no record that you agreed to its sending."),
        "no_consent",
    ),
    **_because(Status.PAUSED, N_("It is on hold: it has not been confirmed yet."), "not_confirmed"),
    **_because(
        Status.PAUSED,
        N_(
            "It is on hold: as far as we know, this office does not represent the place where you "
            "live."
        ),
        "not_constituent",
    ),
    **_because(
        Status.PAUSED,
        N_("The term of this office's holder has ended, and it is not known yet who follows."),
        "term_ended",
    ),
    **_because(Status.PAUSED, N_("Nobody holds this office right now."), "seat_vacant"),
    **_because(Status.PAUSED, N_("Somebody else holds this office now."), "seat_changed"),
    **_because(
        Status.ACCEPTED,
        N_(
            "The organizers have found out that the official message system of the House or "
            "Senate has taken it for this office."
        ),
        "resolved",
    ),
    **_because(
        Status.SENT,
        N_("The organizers have found out that it was sent to the office by mail."),
        "resolved",
    ),
    **_because(
        Status.WRITTEN,
        N_("This is a test installation: the letter went to no office."),
        "resolved",
        label=N_("Written in a test"),
    ),
    **_because(
        Status.WRITTEN,
        N_(
            "This is a test installation: the test system of the House or Senate took the letter, "
            "and it went to no office."
        ),
        "test_system",
        label=N_("Taken by a test system"),
    ),
    **_because(
        Status.WRITTEN,
        N_(
            "This is a test installation: a stand-in for the system of the House or Senate took "
            "the letter, and it went to no office."
        ),
        "sandbox",
        label=N_("Taken by a test system"),
    ),
    **_because(
        Status.NEEDS_USER_ACTION,
        N_(
            "When it was due, this site had no access to the message system of the House or "
            "Senate. So it goes from your own hands: the steps are below."
        ),
        "no_access",
    ),
    **_because(
        Status.NEEDS_USER_ACTION,
        N_(
            "When it was due, we knew no email address at which this office takes letters. So it "
            "goes from your own hands: the steps are below."
        ),
        "no_email",
    ),
    **_because(
        Status.NEEDS_USER_ACTION,
        N_(
            "The message system of the House or Senate takes no letter without a form of address, "
            "and you chose none. So it goes from your own hands: the steps are below."
        ),
        "no_prefix",
    ),
    **_because(
        Status.NEEDS_USER_ACTION,
        N_(
            "When it was due, this office took no letters through the message system of the House "
            "or Senate. So it goes from your own hands: the steps are below."
        ),
        "office_not_listed",
    ),
    **_because(
        Status.NEEDS_USER_ACTION,
        N_(
            "We could not make it into a message that this office's system takes. So it goes from "
            "your own hands: the steps are below."
        ),
        "not_valid",
    ),
    **_because(
        Status.UNCERTAIN,
        N_(
            "The connection broke while it was being sent, so nobody can say if it arrived. It is "
            "not sent again blindly: the organizers are asked to look at it."
        ),
        *("connection_broken", "content_disconnected"),
    ),
    **_because(
        Status.UNCERTAIN,
        N_(
            "No answer came in time, so nobody can say if it arrived. It is not sent again "
            "blindly: the organizers are asked to look at it."
        ),
        *("no_answer_in_time", "content_timeout"),
    ),
    **_because(
        Status.UNCERTAIN,
        N_(
            "The answer was not clear, so nobody can say if it arrived. It is not sent again "
            "blindly: the organizers are asked to look at it."
        ),
        *("unclear_answer", "unexpected_answer", "id_taken", "content"),
    ),
    **_because(
        Status.UNCERTAIN,
        N_(
            "An earlier try got no clear answer, so it may have arrived. It is not sent again, "
            "since the office's term has ended or its holder is another."
        ),
        *("term_ended", "seat_vacant", "seat_changed"),
    ),
    **_because(
        Status.UNCERTAIN,
        N_(
            "An earlier try got no clear answer, so it may have arrived. A later one was refused. "
            "It is not sent again blindly: the organizers are asked to look at it."
        ),
        *("schema_error", "refused", "office_not_listed"),
    ),
    **_because(
        Status.UNCERTAIN,
        N_("We tried to send it and got no clear answer. It is not sent again: it was too late."),
        *("waited_too_long", "retention"),
    ),
    **_because(
        Status.UNCERTAIN,
        STATES[Status.UNCERTAIN]["sentence"],
        *("outcome_unknown", "channel_not_configured", "no_consent", "not_confirmed"),
        *("not_constituent", "erased", "withdrawn", "discarded", "expired"),
    ),
    **_because(
        Status.FAILED,
        N_("The message system of the House or Senate refused it."),
        *("schema_error", "refused"),
    ),
    **_because(
        Status.FAILED,
        N_("This office took no letters through the message system of the House or Senate."),
        "office_not_listed",
    ),
    **_because(
        Status.FAILED,
        N_("A mail server refused it."),
        *("recipient", "content"),
    ),
    **_because(
        Status.FAILED,
        N_("Our mail server cannot write to the address that this office has."),
        "smtputf8_unsupported",
    ),
    **_because(
        Status.FAILED,
        N_("It came back: the mail could not be delivered to the office."),
        "bounced",
        label=N_("Came back"),
    ),
    **_because(
        Status.CANCELLED,
        N_(
            "It was written to somebody who does not hold this office any more, and a letter is "
            "never passed on to another person. We did not send it. While the campaign is open, "
            "you can write to the new holder."
        ),
        "seat_changed",
        label=N_("Not sent"),
        tone="waiting",
        again=True,
    ),
    **_because(
        Status.CANCELLED,
        N_(
            "You confirmed a newer letter to this office before we had sent this one. We did not "
            "send it."
        ),
        "replaced",
        label=N_("Replaced"),
        tone="waiting",
    ),
    **_because(
        Status.CANCELLED,
        N_("We did not send it: what it was made of was deleted before."),
        *("erased", "withdrawn", "discarded", "expired"),
    ),
    **_because(
        Status.EXPIRED,
        N_("It could not be sent for so long that we gave it up. We did not send it."),
        "waited_too_long",
    ),
    **_because(
        Status.EXPIRED,
        N_("We did not send it before the time came to delete its words."),
        "retention",
    ),
    **_because(
        Status.EXPIRED,
        N_("The system that takes it refused it at every try, or could not be reached."),
        *("too_many_requests", "server_error", "unavailable", "unexpected_answer"),
        *("not_connected", "connect_failed", "connect_timeout", "connect"),
        *("sender", "recipient", "content", "sender_timeout", "sender_disconnected"),
        *("recipient_timeout", "recipient_disconnected"),
    ),
}

_MAIL_REPLY: Final = re.compile(r"(connect|sender|recipient|content)_[0-9].*")


def family(reason: str) -> str:
    """A reason without its particulars: ``schema_error:City`` is a ``schema_error``, and
    ``recipient_550_5.1.1`` a ``recipient``."""
    reply = _MAIL_REPLY.fullmatch(reason)
    return reply[1] if reply else reason.partition(":")[0]


def state_of(
    status: Status, reason: str | None, *, words: bool = True, test: bool = False
) -> State:
    """The state in words; ``reason`` is the newest delivery's, and ``words`` False once the
    letter's text is deleted; ``test``: its channel leads to nobody."""
    if test and status in RUNNING:
        return IN_A_TEST
    if not words and status in WITHOUT_WORDS:
        return WITHOUT_WORDS[status]
    return BY_REASON.get((status, family(reason or "")), STATES[status])
