"""Against real servers on the loopback: aiosmtpd where one behaves, our own where one does not."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import partial
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope

from api.mail.outcomes import Blocked, Outcome, Permanent, Sent, Temporary, Unknown
from api.mail.smtp import _IDLE_SHARE, MailNotConfigured, Smtp, SmtpUrl, StartTls
from tests.clocks import LoopClock
from tests.tls import make_contexts

Make = Callable[..., EmailMessage]
TIMEOUT = 60.0  # seconds; where it ends, the test lets the event loop's time go on


@dataclass
class Mailbox:
    """What a server was handed, and what it is told to answer."""

    replies: dict[str, str] = field(default_factory=dict)
    envelopes: list[Envelope] = field(default_factory=list)
    protocols: list[SMTP] = field(default_factory=list)
    dawdle: Callable[[], Awaitable[None]] | None = None  # before each answer

    @property
    def connections(self) -> int:
        return len(self.protocols)

    def hang_up(self) -> None:
        for protocol in self.protocols:
            assert protocol.transport is not None
            protocol.transport.close()

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's names
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.dawdle:
            await self.dawdle()
        envelope.mail_from, envelope.mail_options = address, options
        return self.replies.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.dawdle:
            await self.dawdle()
        if "RCPT" not in self.replies:
            envelope.rcpt_tos.append(address)
        return self.replies.get("RCPT", "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if "DATA" not in self.replies:
            self.envelopes.append(envelope)
        return self.replies.get("DATA", "250 OK")


@asynccontextmanager
async def listening(mailbox: Mailbox, **options: Any) -> AsyncIterator[int]:
    def protocol() -> SMTP:
        mailbox.protocols.append(
            SMTP(mailbox, hostname="loopback", enable_SMTPUTF8=True, **options)
        )
        return mailbox.protocols[-1]

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def scripted(talk: Callable[..., Any]) -> AsyncIterator[int]:
    """A server that does what ``talk(reader, writer)`` does, once a connection."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def conversation(*answers: str | None, hold: LoopClock | None = None) -> Callable[..., Any]:
    """Greets, then answers line by line; None reads a mail's content. Then hangs up, or lets so
    much time go on that the client does."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 loopback\r\n")
        for answer in answers:
            if answer is None:
                await reader.readuntil(b"\r\n.\r\n")
            else:
                await reader.readline()
                writer.write(answer.encode() + b"\r\n")
        if hold:
            if answers[-1:] != (None,):  # the client waits for an answer already
                await reader.readline()
            await hold.go_on(TIMEOUT)
            await reader.read()

    return talk


async def send(port: int, mail: EmailMessage, **options: Any) -> Outcome:
    transport = Smtp(SmtpUrl.parse(f"smtp://127.0.0.1:{port}"), timeout=TIMEOUT, **options)
    try:
        return await transport.send(mail)
    finally:
        await transport.close()


async def test_a_mail_is_handed_over_whole(make: Make) -> None:
    mailbox, mail = Mailbox(), make()
    async with listening(mailbox) as port:
        assert await send(port, mail) == Sent()
    (envelope,) = mailbox.envelopes
    assert envelope.mail_from == "no-reply@letters.example.org"
    assert envelope.rcpt_tos == ["ani@example.org"]
    assert isinstance(envelope.content, bytes)
    assert envelope.content == bytes(mail)


@pytest.mark.parametrize(
    ("stage", "reply", "outcome"),
    [
        ("RCPT", "550 5.1.1 <ani@example.org> unknown", Permanent("recipient_550_5.1.1", True)),
        ("RCPT", "550 no such user ani@example.org", Permanent("recipient_550", False)),
        ("RCPT", "550 5.7.1 blocked", Blocked("recipient_550_5.7.1")),
        ("RCPT", "554 5.7.1 refused", Blocked("recipient_554_5.7.1")),
        ("RCPT", "450 4.2.1 busy", Temporary("recipient_450_4.2.1")),
        ("RCPT", "451 greylisted", Temporary("recipient_451")),
        ("RCPT", "452 4.2.2 full", Temporary("recipient_452_4.2.2")),
        ("RCPT", "552 5.2.2 full", Temporary("recipient_552_5.2.2")),
        ("RCPT", "530 5.7.0 log in", Temporary("recipient_530_5.7.0")),
        ("MAIL", "550 5.7.1 not you", Temporary("sender_550_5.7.1")),
        ("MAIL", "451 later", Temporary("sender_451")),
        ("DATA", "554 5.6.0 ani@example.org", Permanent("content_554_5.6.0", False)),
        ("DATA", "550 spam", Blocked("content_550")),
        ("RCPT", "553 no", Permanent("recipient_553", False)),
        ("RCPT", "550 5.2.2 over quota", Permanent("recipient_550_5.2.2", False)),
        ("RCPT", "550 5.1.1 mailbox is full", Permanent("recipient_550_5.1.1", False)),
        ("RCPT", "450 5.1.1 unknown", Temporary("recipient_450_5.1.1")),
        ("RCPT", "421 4.7.0 unusual rate", Blocked("recipient_421_4.7.0")),
        ("RCPT", "451 4.7.1 Greylisted", Temporary("recipient_451_4.7.1")),
        ("DATA", "550 5.1.1 unknown", Permanent("content_550_5.1.1", True)),
        ("DATA", "451 4.3.0 later", Temporary("content_451_4.3.0")),
        ("DATA", "421 closing", Temporary("content_421")),
        ("DATA", "299 what", Unknown("content_299")),
    ],
)
async def test_refusals(make: Make, stage: str, reply: str, outcome: Outcome) -> None:
    mailbox = Mailbox({stage: reply})
    async with listening(mailbox) as port:
        assert await send(port, make()) == outcome
    assert not mailbox.envelopes


HELLO = "250 loopback"


@pytest.mark.parametrize(
    ("answers", "hold", "outcome"),
    [
        ([HELLO], False, Temporary("sender_disconnected")),
        ([HELLO], True, Temporary("sender_timeout")),
        ([HELLO, "250 OK"], False, Temporary("recipient_disconnected")),
        ([HELLO, "250 OK", "250 OK", "354 go", None], False, Unknown("content_disconnected")),
        ([HELLO, "250 OK", "250 OK", "354 go", None], True, Unknown("content_timeout")),
    ],
)
async def test_a_connection_that_breaks(
    make: Make,
    answers: list[str | None],
    hold: bool,
    outcome: Outcome,
    loop_clock: LoopClock,
) -> None:
    talk = conversation(*answers, hold=loop_clock if hold else None)
    async with scripted(talk) as port:
        assert await send(port, make()) == outcome


async def test_a_server_that_is_not_there_or_says_nothing(
    make: Make, loop_clock: LoopClock
) -> None:
    async with scripted(conversation()) as port:
        pass
    assert await send(port, make()) == Temporary("connect_failed")

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone = asyncio.create_task(reader.read())
        while not gone.done():  # a client may begin to wait for the greeting at any time
            await loop_clock.go_on(TIMEOUT)

    async with scripted(silent) as port:
        assert await send(port, make()) == Temporary("connect_timeout")

    async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"421 4.7.0 too many from ani\r\n")
        await writer.drain()

    async with scripted(busy) as port:
        assert await send(port, make()) == Temporary("connect_421_4.7.0")


async def test_a_server_that_is_late_with_each_answer_keeps_nobody_longer(
    make: Make, loop_clock: LoopClock
) -> None:
    mailbox = Mailbox(dawdle=partial(loop_clock.go_on, 0.6 * TIMEOUT))
    async with listening(mailbox) as port:
        assert await send(port, make()) == Temporary("recipient_timeout")
    assert not mailbox.envelopes


async def test_connections_are_used_again_also_after_a_refusal(make: Make) -> None:
    mailbox = Mailbox()
    async with listening(mailbox) as port:
        transport = Smtp(SmtpUrl.parse(f"smtp://127.0.0.1:{port}"), timeout=TIMEOUT)
        for reply in ("250 OK", "550 no"):
            mailbox.replies["RCPT"] = reply
            await transport.send(make())
        mailbox.replies.clear()
        assert await transport.send(make()) == Sent()
        assert mailbox.connections == 1
        assert await asyncio.gather(*(transport.send(make()) for _ in range(10))) == [Sent()] * 10
        assert len(mailbox.envelopes) == 11
        await transport.close()


async def test_a_kept_connection_that_died_is_replaced(make: Make) -> None:
    mailbox = Mailbox()
    async with listening(mailbox) as port:
        transport = Smtp(SmtpUrl.parse(f"smtp://127.0.0.1:{port}"), timeout=TIMEOUT)
        assert await transport.send(make()) == Sent()
        mailbox.hang_up()
        assert await transport.send(make()) == Sent()
        assert mailbox.connections == 2
        await transport.close()


class SilentOnReset:
    """Takes mails; what is sent on a connection after RSET is read and never answered."""

    def __init__(self, clock: LoopClock | None = None) -> None:
        self.began, self.clock = 0, clock
        self._ended = asyncio.Semaphore(0)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.began += 1
        writer.write(b"220 loopback\r\n")
        while line := await reader.readline():
            if line.startswith(b"RSET"):
                if self.clock:
                    await self.clock.go_on(TIMEOUT * _IDLE_SHARE)
                await reader.read()
                break
            if line.startswith(b"DATA"):
                writer.write(b"354 go\r\n")
                await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"250 OK\r\n")
        self._ended.release()

    async def sees_the_end_of(self, connections: int) -> None:
        for _ in range(connections):
            await self._ended.acquire()


async def test_kept_connections_that_are_silent_are_closed_and_replaced(
    make: Make, loop_clock: LoopClock
) -> None:
    server = SilentOnReset(loop_clock)
    async with scripted(server) as port:
        transport = Smtp(SmtpUrl.parse(f"smtp://127.0.0.1:{port}"), timeout=TIMEOUT)
        together = await asyncio.gather(*(transport.send(make()) for _ in range(4)))
        assert together == [Sent()] * 4
        assert await transport.send(make()) == Sent()
        assert server.began == 5
        await server.sees_the_end_of(4)
        await transport.close()


async def test_whoever_gives_up_on_a_silent_connection_leaves_none_open(make: Make) -> None:
    server = SilentOnReset()
    async with scripted(server) as port:
        transport = Smtp(SmtpUrl.parse(f"smtp://127.0.0.1:{port}"))
        assert await transport.send(make()) == Sent()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(transport.send(make()), 0.05)
        await server.sees_the_end_of(1)


async def test_an_address_beyond_ascii_needs_a_server_that_can(make: Make) -> None:
    mailbox, mail = Mailbox(), make("անի@example.org")
    async with listening(mailbox) as port:
        assert await send(port, mail) == Sent()
    assert mailbox.envelopes[0].rcpt_tos == ["անի@example.org"]
    async with scripted(conversation(HELLO)) as port:
        assert await send(port, mail) == Permanent("smtputf8_unsupported")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return make_contexts(tmp_path_factory.mktemp("tls"))


Contexts = tuple[ssl.SSLContext, ssl.SSLContext]


async def test_a_password_goes_through_starttls_only(make: Make, certificate: Contexts) -> None:
    seen: list[tuple[bytes, bytes]] = []

    def check(server: Any, session: Any, envelope: Any, mechanism: Any, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"hu:sh", handled=False)

    mailbox = Mailbox()
    options = {"tls_context": certificate[0], "authenticator": check, "auth_required": True}
    async with listening(mailbox, require_starttls=True, **options) as port:
        for password, outcome in (
            ("hu%3Ash", Sent()),
            ("wrong", Temporary("connect_535_5.7.8")),
        ):
            url = SmtpUrl.parse(f"smtp://ani:{password}@127.0.0.1:{port}?starttls=required")
            transport = Smtp(url, timeout=TIMEOUT, tls_context=certificate[1])
            assert await transport.send(make()) == outcome
            await transport.close()
    assert seen[0] == (b"ani", b"hu:sh")


async def test_a_server_without_starttls_gets_nothing(make: Make) -> None:
    mailbox = Mailbox()
    async with listening(mailbox) as port:
        url = SmtpUrl.parse(f"smtp://ani:hush@127.0.0.1:{port}?starttls=required")
        assert await Smtp(url, timeout=TIMEOUT).send(make()) == Temporary("connect_failed")
    assert not mailbox.envelopes


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    make: Make, certificate: Contexts
) -> None:
    mailbox = Mailbox()
    async with listening(mailbox, tls_context=certificate[0]) as port:
        url = SmtpUrl.parse(f"smtp://127.0.0.1:{port}?starttls=required")
        assert await Smtp(url, timeout=TIMEOUT).send(make()) == Temporary("connect_failed")
    assert not mailbox.envelopes


async def test_smtps_is_encrypted_from_the_start(make: Make, certificate: Contexts) -> None:
    mailbox = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox), "127.0.0.1", 0, ssl=certificate[0])
    async with server:
        url = SmtpUrl.parse(f"smtps://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        transport = Smtp(url, timeout=TIMEOUT, tls_context=certificate[1])
        assert await transport.send(make()) == Sent()
        await transport.close()


def test_urls() -> None:
    assert SmtpUrl.parse("smtp://mail.example.org") == SmtpUrl(
        "mail.example.org", 587, tls=False, start_tls=StartTls.REQUIRED
    )
    assert SmtpUrl.parse("smtps://a%40b:c%2Fd@mail.example.org").port == 465
    assert SmtpUrl.parse("smtps://a%40b:c%2Fd@mail.example.org").user == "a@b"
    assert SmtpUrl.parse("smtps://a%40b:c%2Fd@mail.example.org").password == "c/d"
    assert SmtpUrl.parse("smtp://localhost:25").start_tls is StartTls.AUTO
    assert SmtpUrl.parse("smtp://relay:25?starttls=never").start_tls is StartTls.NEVER
    assert "hush" not in repr(SmtpUrl.parse("smtps://a:hush@mail.example.org"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "http://a:hush@mail.example.org",
        "smtp://",
        "smtp://a:hush@mail.example.org:port",
        "smtp://a:hush@mail.example.org/x",
        "smtp://a:hush@mail.example.org?starttls=maybe",
        "smtp://a:hush@mail.example.org?starttls=never",
        "smtp://a:hush@mail.example.org?starttls=auto",
        "smtp://a:hush@mail.example.org?other=1",
        "smtp://a:hush@[::1",
    ],
)
def test_urls_that_do_not_do(url: str) -> None:
    with pytest.raises(MailNotConfigured, match="UNDERSIGNED_SMTP_URL") as caught:
        SmtpUrl.parse(url)
    assert "hush" not in str(caught.value)
    assert caught.value.__suppress_context__
