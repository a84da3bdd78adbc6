"""Mail over SMTP (RFC 5321), one recipient per transaction, with a name for every outcome."""

import asyncio
import contextlib
import ssl
import time
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from api.errors import DomainError
from api.mail.outcomes import Blocked, Outcome, Permanent, Sent, Temporary, Unknown
from api.mail.refusals import Meaning, enhanced_status, meaning_of

__all__ = [
    "PERMANENT_REPLIES",
    "Envelope",
    "MailNotConfigured",
    "Smtp",
    "SmtpUrl",
    "StartTls",
    "envelope_of",
]

# Replies after which the same mail to the same address is not tried again, by stage of the
# transaction. Every other refusal is temporary: most of all those of our sender or password, which
# an operator can fix.
PERMANENT_REPLIES: Final = {
    "recipient": frozenset({501, 510, 511, 521, 550, 551, 553, 554, 556}),
    "content": frozenset({550, 552, 553, 554, 555}),
}

_IDLE_SECONDS: Final = 20.0
_IDLE_MOST: Final = 4
# The share of a mail's time in which a kept connection has to answer: if none of them does, half
# of the time is left for a new connection.
_IDLE_SHARE: Final = 1 / (2 * _IDLE_MOST)


class MailNotConfigured(DomainError):
    """The mail settings cannot work; the sentence says which one and what is needed."""

    status = 500
    code = "mail_not_configured"
    title = "Mail is not set up"


@dataclass(frozen=True, slots=True)
class Envelope:
    """The envelope's addresses; bounces go to the sender."""

    sender: str
    recipient: str


class StartTls(StrEnum):
    REQUIRED = "required"
    AUTO = "auto"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class SmtpUrl:
    """``smtp://user:password@host:port`` or ``smtps://…``, with ``?starttls=required|auto|never``.

    ``smtps`` is encrypted from the first byte. ``smtp`` asks for STARTTLS and refuses a server
    without it, except on this machine, where it is used if offered.
    """

    host: str
    port: int
    tls: bool
    start_tls: StartTls
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises MailNotConfigured; the URL is not in its text, since it holds a password."""
        try:
            return cls._parse(url)
        except ValueError:
            raise MailNotConfigured(
                "UNDERSIGNED_SMTP_URL has to be of the form smtp://user:password@host:587 or "
                "smtps://user:password@host:465, with user and password percent-encoded, and at "
                "most ?starttls=required, auto or never; a password never goes unencrypted."
            ) from None

    @classmethod
    def _parse(cls, url: str) -> Self:
        parts = urlsplit(url)
        options = parse_qs(parts.query, strict_parsing=bool(parts.query))
        tls = parts.scheme == "smtps"
        host = parts.hostname or ""
        if parts.scheme not in {"smtp", "smtps"} or not host or parts.path not in {"", "/"}:
            raise ValueError("form")
        default = StartTls.AUTO if _is_here(host) else StartTls.REQUIRED
        start_tls = StartTls(options.pop("starttls", [default])[0])
        user = unquote(parts.username) if parts.username else None
        plain = not tls and start_tls is not StartTls.REQUIRED and not _is_here(host)
        if options or (plain and user):
            raise ValueError("options")
        password = unquote(parts.password) if parts.password else None
        return cls(host, parts.port or (465 if tls else 587), tls, start_tls, user, password)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ip_address(host).is_loopback
    return False


class Smtp:
    """Sends through one server; a few connections are kept for the next mails.

    ``timeout`` is in seconds for a whole mail, connecting included: a server that answers each
    step late cannot delay a worker any longer.
    """

    def __init__(
        self, url: SmtpUrl, *, timeout: float = 30.0, tls_context: ssl.SSLContext | None = None
    ) -> None:
        self._url = url
        self._timeout = timeout
        self._tls_context = tls_context
        self._idle: list[tuple[float, aiosmtplib.SMTP]] = []

    @property
    def server(self) -> str:
        """The server that mail is handed to, without credentials."""
        return f"{self._url.host}:{self._url.port}"

    async def send(self, message: EmailMessage) -> Outcome:
        """Hands one mail over. Never raises for what a server or a network does."""
        return await self.send_bytes(bytes(message), envelope_of(message))

    async def send_bytes(self, data: bytes, envelope: Envelope) -> Outcome:
        """The same for a mail that was built before."""
        deadline = asyncio.get_running_loop().time() + self._timeout
        try:
            async with asyncio.timeout_at(deadline):
                client = await self._client()
        except aiosmtplib.SMTPResponseException as refusal:
            return Temporary(f"connect_{_reply(refusal)}")
        except TimeoutError:
            return Temporary("connect_timeout")
        except (aiosmtplib.SMTPException, OSError):
            return Temporary("connect_failed")
        outcome, reusable = await _transact(client, data, envelope, deadline)
        await self._leave(client, reusable=reusable)
        return outcome

    async def close(self) -> None:
        """Ends the connections that were kept."""
        while self._idle:
            await _quit(self._idle.pop()[1])

    async def _client(self) -> aiosmtplib.SMTP:
        """A connection that just answered: one that was kept, or a new one."""
        while self._idle:
            since, client = self._idle.pop()
            if time.monotonic() - since < _IDLE_SECONDS and await self._answers(client):
                return client
            client.close()
        return await self._connect()

    async def _answers(self, client: aiosmtplib.SMTP) -> bool:
        try:
            await client.rset(timeout=self._timeout * _IDLE_SHARE)
        except (aiosmtplib.SMTPException, OSError):
            return False
        except BaseException:
            client.close()
            raise
        return True

    async def _connect(self) -> aiosmtplib.SMTP:
        url = self._url
        start_tls = {StartTls.REQUIRED: True, StartTls.AUTO: None, StartTls.NEVER: False}
        client = aiosmtplib.SMTP(
            hostname=url.host,
            port=url.port,
            username=url.user,
            password=url.password,
            use_tls=url.tls,
            start_tls=False if url.tls else start_tls[url.start_tls],
            timeout=self._timeout,
            tls_context=self._tls_context,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except BaseException:
            client.close()
            raise
        return client

    async def _leave(self, client: aiosmtplib.SMTP, *, reusable: bool) -> None:
        if reusable and client.is_connected and len(self._idle) < _IDLE_MOST:
            self._idle.append((time.monotonic(), client))
        elif reusable:
            await _quit(client)
        else:
            client.close()

    def __repr__(self) -> str:
        return f"Smtp({self._url.host}:{self._url.port})"


def envelope_of(message: Message) -> Envelope:
    """Sender and recipient of a mail of ours: it has one of each."""
    headers: list[Any] = [message["From"], message["To"]]
    sender, recipient = (header.addresses[0].addr_spec for header in headers)
    return Envelope(sender, recipient)


async def _transact(
    client: aiosmtplib.SMTP, data: bytes, envelope: Envelope, deadline: float
) -> tuple[Outcome, bool]:
    """One mail over an open connection, and whether the connection is good for another.

    A mail may have been taken once its content was on its way; before that, a broken
    connection is certain to have left nothing behind.
    """
    sender, recipient = envelope.sender, envelope.recipient
    stage = "sender"
    try:
        options, encoding = [], "ascii"
        if not recipient.isascii():
            if not client.supports_extension("smtputf8"):
                return Permanent("smtputf8_unsupported"), True
            options, encoding = ["SMTPUTF8", "BODY=8BITMIME"], "utf-8"
        async with asyncio.timeout_at(deadline):
            await client.mail(sender, options=options, encoding=encoding)
            stage = "recipient"
            await client.rcpt(recipient, encoding=encoding)
            stage = "content"
            await client.data(data)
    except aiosmtplib.SMTPResponseException as refusal:
        return _refused(stage, refusal), refusal.code != 421  # noqa: PLR2004 - closing
    except (aiosmtplib.SMTPException, OSError) as failure:
        reason = f"{stage}_{'timeout' if isinstance(failure, TimeoutError) else 'disconnected'}"
        return (Unknown(reason) if stage == "content" else Temporary(reason)), False
    except asyncio.CancelledError:
        client.close()
        raise
    return Sent(), True


def _refused(stage: str, refusal: aiosmtplib.SMTPResponseException) -> Outcome:
    reason = f"{stage}_{_reply(refusal)}"
    if refusal.code < 400:  # noqa: PLR2004 - a reply that SMTP does not have in this place
        return Unknown(reason) if stage == "content" else Temporary(reason)
    status = enhanced_status(refusal.message)
    meaning = meaning_of(refusal.code, status, refusal.message)
    if stage != "sender" and meaning is Meaning.BLOCKED:
        return Blocked(reason)
    if refusal.code not in PERMANENT_REPLIES.get(stage, ()) or meaning is Meaning.OUR_ACCOUNT:
        return Temporary(reason)
    return Permanent(reason, address_gone=meaning is Meaning.NO_MAILBOX)


def _reply(refusal: aiosmtplib.SMTPResponseException) -> str:
    """Only the reply's numbers, since servers quote addresses in their texts."""
    status = enhanced_status(refusal.message)
    return f"{refusal.code}_{status}" if status else str(refusal.code)


async def _quit(client: aiosmtplib.SMTP) -> None:
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=2)
    client.close()
