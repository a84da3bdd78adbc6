"""Letters by mail, to offices outside Congress that have an address for them."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Final

import structlog

from api.deliveries.channels.base import Channel, Content, Outcome, Outgoing
from api.deliveries.channels.hand_over import NOT_VALID
from api.deliveries.channels.kind import ChannelKind, SentBy, Setup, Told
from api.deliveries.models import DeliveryStatus as Status
from api.errors import DomainError
from api.i18n import N_
from api.mail.message import Letter, Sender, build_letter
from api.mail.outcomes import Blocked, Permanent, Sent, Temporary
from api.mail.smtp import Smtp, SmtpUrl, envelope_of
from api.outbox.retry import next_delay

log = structlog.get_logger()

NO_PAUSE: Final = timedelta(0)


class EmailChannel(Channel):
    """Sends each letter once. Mail servers silently accept the same letter twice, so a person
    decides about one whose result is unknown, and it is never retried automatically."""

    name = "email"
    to = "offices with a mail address"

    def __init__(
        self,
        smtp: Smtp,
        sender: Sender,
        addresses: Callable[[str], str | None],
        environment: str,
        pace: float,
    ) -> None:
        """``addresses`` gives the address of a seat's office, None where it has none."""
        self._smtp = smtp
        self._sender = sender
        self._addresses = addresses
        self.environment = environment
        self.pace = pace
        self.how = f"are sent through {smtp.server}"

    async def close(self) -> None:
        await self._smtp.close()

    def serves(self, seat: str) -> bool:
        return self._addresses(seat) is not None

    def hindrance(self, content: Content) -> str | None:
        """``not_valid`` for a letter whose subject, name or address no header can hold."""
        try:
            self.prepare(content)
        except (DomainError, ValueError) as error:
            log.warning("letters.not_mailable", error=type(error).__name__)
            return NOT_VALID
        return None

    def prepare(self, content: Content) -> bytes:
        """The whole mail, as it is sent. Raises HeaderRefused or ValueError."""
        address = self._addresses(content.seat) or ""
        writer = content.identity
        letter = Letter(content.subject, _body(content), writer.full_name, writer.email)
        message = build_letter(letter, self._sender, address, content.delivery_id, content.at)
        return bytes(message)

    async def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        return list(await asyncio.gather(*(self._send(outgoing) for outgoing in batch)))

    async def _send(self, outgoing: Outgoing) -> Outcome:
        if outgoing.doubts:
            return Outcome(Status.UNCERTAIN, "outcome_unknown", attempted=False)
        message = message_from_bytes(outgoing.payload, policy=policy.SMTPUTF8)
        outcome = await self._smtp.send_bytes(outgoing.payload, envelope_of(message))
        match outcome:
            case Sent():
                return Outcome(Status.SENT)
            case Permanent():
                return Outcome(Status.FAILED, outcome.reason)
            case Temporary() | Blocked():
                return _again(outgoing, outcome.reason)
            case _:
                return Outcome(Status.UNCERTAIN, outcome.reason, unknown=True)


def _again(outgoing: Outgoing, reason: str) -> Outcome:
    delay = next_delay(outgoing.attempts)
    if delay is None:
        return Outcome(Status.EXPIRED, reason, NO_PAUSE)
    return Outcome(Status.RETRYING, reason, delay)


def _body(content: Content) -> str:
    """The letter with what an envelope would say: who writes, where they live, who sends it."""
    address, writer = content.address, content.identity
    place = " ".join(filter(None, (address.state, address.zip)))
    lines = (
        writer.full_name,
        address.street,
        ", ".join(filter(None, (address.city, place))),
        writer.email,
        writer.phone,
    )
    sponsor = content.cause.sponsor.name
    sent_by = f"Sent for its writer, who confirmed it, by {sponsor}. An answer goes to the writer."
    return "\n\n".join((content.text, "\n".join(filter(None, lines)), f"-- \n{sent_by}\n"))


def _make(setup: Setup) -> Iterator[EmailChannel]:
    """In production, and in development only if a setting says so. Raises MailNotConfigured or
    HeaderRefused for invalid settings."""
    settings = setup.settings
    if settings.smtp_url is None or not (settings.production or settings.mail_letters):
        return

    def address(seat: str) -> str | None:
        office = setup.office(seat)
        return office.email if office else None

    smtp = Smtp(SmtpUrl.parse(settings.smtp_url.get_secret_value()))
    sender = Sender.parse(settings.mail_from)
    yield EmailChannel(smtp, sender, address, settings.env, settings.mail_letters_pace)


_REFUSED: Final = Told(N_("A mail server refused it."))

EMAIL: Final = ChannelKind(
    name=EmailChannel.name,
    names=EmailChannel.name,
    make=_make,
    arrived={EmailChannel.name: Status.SENT},
    ways={(SentBy.US, EmailChannel.name): N_("We send it, by email.")},
    states={
        (Status.SENT, "resolved"): Told(
            N_("The organizers have found out that it was sent to the office by mail.")
        ),
        (Status.FAILED, "recipient"): _REFUSED,
        (Status.FAILED, "content"): _REFUSED,
        (Status.FAILED, "smtputf8_unsupported"): Told(
            N_("Our mail server cannot write to the address that this office has.")
        ),
        (Status.FAILED, "bounced"): Told(
            N_("It came back: the mail could not be delivered to the office."), N_("Came back")
        ),
    },
)
