"""No channel reaches this office: the letter is handed to its writer, who sends it."""

from collections.abc import Sequence
from typing import Final

from api.deliveries.channels.base import Channel, Content, Outcome, Outgoing
from api.deliveries.channels.kind import ChannelKind, SentBy, Told
from api.deliveries.models import DeliveryStatus as Status
from api.i18n import N_

# Why a writer has to send the letter: this installation has no credentials for the chamber's
# system, no mail address of the office is known, or its channel cannot take this letter.
NO_ACCESS: Final = "no_access"
NO_EMAIL: Final = "no_email"
NOT_VALID: Final = "not_valid"


class HandOverChannel(Channel):
    """Never sends. The writer finds the letter, ready to copy, on their own page."""

    name = "hand_over"
    first_status = Status.NEEDS_USER_ACTION
    how = "are sent by their writers themselves"
    outside = False

    def prepare(self, content: Content) -> bytes:
        return content.text.encode()

    async def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        return [Outcome(Status.NEEDS_USER_ACTION)] * len(batch)


HAND_OVER: Final = ChannelKind(
    name=HandOverChannel.name,
    names=HandOverChannel.name,
    make=lambda _: [HandOverChannel()],
    ways={
        (SentBy.YOU, NO_ACCESS): N_(
            "You send it yourself: this site has no access to the message system of the House or "
            "Senate."
        ),
        (SentBy.YOU, NO_EMAIL): N_(
            "You send it yourself: we know no email address at which this office takes letters."
        ),
        (SentBy.YOU, NOT_VALID): N_(
            "You send it yourself: we could not make it into a message that this office's system "
            "takes."
        ),
    },
    states={
        (Status.NEEDS_USER_ACTION, NO_ACCESS): Told(
            N_(
                "When it was due, this site had no access to the message system of the House or "
                "Senate. So it goes from your own hands: the steps are below."
            )
        ),
        (Status.NEEDS_USER_ACTION, NO_EMAIL): Told(
            N_(
                "When it was due, we knew no email address at which this office takes letters. So "
                "it goes from your own hands: the steps are below."
            )
        ),
        (Status.NEEDS_USER_ACTION, NOT_VALID): Told(
            N_(
                "We could not make it into a message that this office's system takes. So it goes "
                "from your own hands: the steps are below."
            )
        ),
    },
)
