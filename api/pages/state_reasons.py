"""The words for a delivery's state together with its reason."""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from api.deliveries.channels.kind import Told
from api.deliveries.channels.registry import KINDS, kind_of
from api.deliveries.models import DeliveryStatus as Status
from api.i18n import N_
from api.pages.states import IN_A_TEST, RUNNING, STATES, WITHOUT_WORDS, State

Key = tuple[Status, str]


def _because(status: Status, sentence: str, *reasons: str, **other: Any) -> dict[Key, State]:
    """The state with another sentence, for these reasons."""
    state = {**STATES[status], "sentence": sentence, **other}
    return {(status, reason): cast("State", state) for reason in reasons}


def _state(status: Status, told: Told) -> State:
    state: State = {**STATES[status], "sentence": told.sentence}
    return {**state, "label": told.label} if told.label else state


# What a stable reason adds to its state, whatever the channel. These sentences are not updated
# later, so what may have changed by then is in the past tense. A reason's family stands before its
# first colon, and a mail server's before its first digit or its last word: see ``family``.
_OF_ALL: Final[dict[Key, State]] = {
    **_because(
        Status.QUEUED,
        N_("The organizers are revising this campaign. The letter waits until it is open again."),
        "campaign_draft",
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
        N_(
            "It is on hold: district lines have changed since you wrote it, and it is not known "
            "whether this office still represents the place where you live."
        ),
        "lines_moved",
    ),
    **_because(
        Status.PAUSED,
        N_("The term of this office's holder has ended, and it is not known yet who follows."),
        "term_ended",
    ),
    **_because(Status.PAUSED, N_("Nobody holds this office right now."), "seat_vacant"),
    **_because(Status.PAUSED, N_("Somebody else holds this office now."), "seat_changed"),
    **_because(
        Status.WRITTEN,
        N_("This is a test installation: the letter went to no office."),
        "resolved",
        label=N_("Written in a test"),
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
        *("not_constituent", "lines_moved", "erased", "withdrawn", "discarded", "expired"),
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
            "District lines have moved since you wrote it, and this office does not represent the "
            "place where you live any more. We did not send it. While the campaign is open, you "
            "can write to the member who does."
        ),
        "lines_moved",
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

# What a channel says of its own letters.
OF_CHANNELS: Final[dict[str, dict[Key, State]]] = {
    kind.name: {key: _state(key[0], told) for key, told in kind.states.items()} for kind in KINDS
}

# Every pair that the code can write is here (a test reads them out of it). A letter that is in its
# writer's hands has the reason of another channel.
BY_REASON: Final[Mapping[Key, State]] = {
    **{
        key: state for own in reversed(OF_CHANNELS.values()) for key, state in own.items() if key[1]
    },
    **_OF_ALL,
}

_MAIL_REPLY: Final = re.compile(r"(connect|sender|recipient|content)_[0-9].*")


def family(reason: str) -> str:
    """A reason without its particulars: ``schema_error:City`` is a ``schema_error``, and
    ``recipient_550_5.1.1`` a ``recipient``."""
    reply = _MAIL_REPLY.fullmatch(reason)
    return reply[1] if reply else reason.partition(":")[0]


def state_of(
    status: Status,
    reason: str | None,
    channel: str = "",
    *,
    words: bool = True,
    test: bool = False,
) -> State:
    """The state in words; ``reason`` and ``channel`` are the newest delivery's, and ``words`` False
    once the letter's text is deleted; ``test``: its channel leads to nobody."""
    if test and status in RUNNING:
        return IN_A_TEST
    if not words and status in WITHOUT_WORDS:
        return WITHOUT_WORDS[status]
    key, kind = (status, family(reason or "")), kind_of(channel)
    own = OF_CHANNELS[kind.name].get(key) if kind else None
    return own or BY_REASON.get(key, STATES[status])
