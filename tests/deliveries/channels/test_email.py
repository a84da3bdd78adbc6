"""Letters by mail to an office with an address, against a real mail server."""

import mailbox
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from api.cli.bounces import _record as read_mailbox
from api.database.session import transaction
from api.deliveries.channels.base import Outcome, Outgoing
from api.deliveries.channels.email import EmailChannel
from api.deliveries.models import DeliveryStatus as Status
from api.mail.bounces import Failure, read_bounce
from api.mail.message import Sender
from api.mail.refusals import Meaning
from api.mail.smtp import Smtp, SmtpUrl
from api.services import Published, Services
from api.settings import Settings
from tests.app_fixtures import Outbox
from tests.deliveries.channels.cwc.messages import at, by, content
from tests.deliveries.channels.test_whole_way import confirmed, letters
from tests.deliveries.test_schedule import Make
from tests.mail.test_smtp import Mailbox, listening, scripted

OFFICE = "letters@office.example.org"
SENDER = Sender("Example Campaigns", "campaigns@act.example.org")


def only(seat: str) -> str | None:
    return OFFICE if seat == "president" else None


@asynccontextmanager
async def channel(port: int) -> AsyncIterator[EmailChannel]:
    smtp = Smtp(SmtpUrl.parse(f"smtp://127.0.0.1:{port}?starttls=never"), timeout=60)
    made = EmailChannel(smtp, SENDER, only, "production", 2.0)
    yield made
    await made.close()


def outgoing(channel: EmailChannel, **changed: Any) -> Outgoing:
    letter = content(seat="president", **changed)
    payload = channel.prepare(letter)
    return Outgoing(letter.delivery_id, uuid4(), "president", payload, 1, 0, timedelta(0))


async def sent(channel: EmailChannel, letter: Outgoing) -> Outcome:
    (outcome,) = await channel.send([letter])
    return outcome


async def test_a_letter_is_a_mail_with_its_writer_to_answer_to() -> None:
    box = Mailbox()
    async with listening(box) as port, channel(port) as ours:
        letter = outgoing(ours)
        assert await sent(ours, letter) == Outcome(Status.SENT)
    (envelope,) = box.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER.address, [OFFICE])
    assert envelope.original_content == letter.payload, "to the byte"
    mail = message_from_bytes(letter.payload, policy=policy.default)
    assert mail["Message-ID"] == f"<{letter.id}@act.example.org>"
    assert mail["From"] == "Example Campaigns <campaigns@act.example.org>"
    assert mail["Reply-To"] == "Ani Petrosyan <ani@example.org>"
    assert mail["Subject"] == content().subject
    body = mail.get_content()
    assert body.startswith("Dear Representative Friedman, …")
    for line in ("Ani Petrosyan", "12 Main St", "Glendale, CA 91204", "Example Campaigns"):
        assert line in body


async def test_the_same_bytes_at_every_attempt() -> None:
    box = Mailbox(replies={"DATA": "451 4.3.0 Later"})
    async with listening(box) as port, channel(port) as ours:
        letter = outgoing(ours)
        first = await sent(ours, letter)
        assert (first.status, first.unknown) == (Status.RETRYING, False)
        assert first.delay > timedelta(0)
        box.replies.clear()
        assert (await sent(ours, replace(letter, attempts=2))).status is Status.SENT
    assert [envelope.original_content for envelope in box.envelopes] == [letter.payload]


@pytest.mark.parametrize(
    ("replies", "status", "reason"),
    [
        ({"RCPT": "550 5.1.1 No such user letters@office"}, Status.FAILED, "recipient_550_5.1.1"),
        ({"RCPT": "452 4.2.2 Full"}, Status.RETRYING, "recipient_452_4.2.2"),
        ({"MAIL": "550 5.7.1 You may not"}, Status.RETRYING, "sender_550_5.7.1"),
        ({"DATA": "554 5.7.1 Spam by ani@example.org"}, Status.RETRYING, "content_554_5.7.1"),
        ({"DATA": "451 4.7.1 Greylisted"}, Status.RETRYING, "content_451_4.7.1"),
    ],
    ids=str,
)
async def test_refusals(replies: dict[str, str], status: Status, reason: str) -> None:
    box = Mailbox(replies=replies)
    async with listening(box) as port, channel(port) as ours:
        outcome = await sent(ours, outgoing(ours))
    assert (outcome.status, outcome.reason, outcome.unknown) == (status, reason, False)


async def test_a_server_that_falls_silent_after_the_text_leaves_a_doubt() -> None:
    async def silent(reader: Any, writer: Any) -> None:
        writer.write(b"220 here\r\n")
        answers = {b"EHLO": b"250 here\r\n", b"MAIL": b"250 OK\r\n", b"RCPT": b"250 OK\r\n"}
        while line := await reader.readline():
            if line.startswith(b"DATA"):
                writer.write(b"354 Go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                break
            writer.write(answers[line[:4].upper()])
        writer.close()

    async with scripted(silent) as port, channel(port) as ours:
        letter = outgoing(ours)
        outcome = await sent(ours, letter)
        assert (outcome.status, outcome.unknown) == (Status.UNCERTAIN, True)
        again = await sent(ours, replace(letter, attempts=2, doubts=1))
        assert again == Outcome(Status.UNCERTAIN, "outcome_unknown", attempted=False)


async def test_after_the_last_attempt_it_expires() -> None:
    box = Mailbox(replies={"RCPT": "452 4.2.2 Full"})
    async with listening(box) as port, channel(port) as ours:
        outcome = await sent(ours, replace(outgoing(ours), attempts=10))
    assert (outcome.status, outcome.reason) == (Status.EXPIRED, "recipient_452_4.2.2")


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": "=?utf-8?q?a=0D=0ABcc:_v@x.org?="},
        {"subject": "Hello\r\nBcc: victim@example.org"},
        {"identity": by("=?utf-8?q?a=0D=0ABcc:_v@x.org?=")},
        {"identity": by("Ani\nBcc: v@example.org")},
        {"identity": by(email="ani\r\nBcc: v@example.org")},
    ],
    ids=str,
)
def test_what_no_header_can_hold_is_not_mailed(changed: dict[str, Any]) -> None:
    ours = EmailChannel(Smtp(SmtpUrl.parse("smtp://127.0.0.1")), SENDER, only, "production", 2.0)
    assert ours.hindrance(content(seat="president", **changed)) == "not_valid"


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"subject": "Ծովինար, José, 🕊", "identity": by("Ծովինար", "O'Brien, Jr. <x>")},
        {"address": at(street=None, city=None), "own_words": "", "text": "x" * 9000},
        {"text": ".\n.leading dots\nFrom here on\n" + "é" * 5000},
    ],
    ids=["plain", "every script", "no street", "dots"],
)
async def test_what_can_be_mailed_arrives_as_it_was(changed: dict[str, Any]) -> None:
    box = Mailbox()
    async with listening(box) as port, channel(port) as ours:
        letter = content(seat="president", **changed)
        assert ours.hindrance(letter) is None
        await sent(ours, outgoing(ours, **changed))
    raw = box.envelopes[0].content
    assert isinstance(raw, bytes)
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Subject"] == letter.subject
    assert mail["Reply-To"].addresses[0].display_name == letter.identity.full_name
    assert mail.get_content().replace("\r\n", "\n").startswith(letter.text)


def report(mail_id: UUID, *, action: str = "failed", status: str = "5.1.1", **odd: str) -> bytes:
    """A report as a mail server makes it; ``others`` are blocks of further recipients."""
    returned, others = odd.get("returned", "message/rfc822"), odd.get("others", "")
    return (
        "From: MAILER-DAEMON@mx.example.org\r\nTo: campaigns@act.example.org\r\n"
        "Subject: Undelivered Mail\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; {OFFICE}\r\nAction: {action}\r\nStatus: {status}\r\n{others}"
        f"--b\r\nContent-Type: {returned}\r\n\r\n"
        f"From: campaigns@act.example.org\r\nMessage-ID: <{mail_id}@act.example.org>\r\n"
        "Subject: Reports\r\n\r\nDear …\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_reading_a_bounce(returned: str) -> None:
    mail_id = uuid4()
    message = message_from_bytes(report(mail_id, returned=returned))
    bounce = read_bounce(message)
    assert bounce is not None
    assert bounce.mail_id == mail_id
    assert bounce.failure(OFFICE) == Failure("5.1.1", Meaning.NO_MAILBOX)


def test_an_office_that_is_a_list_of_people_was_reached_if_one_of_them_was() -> None:
    one = "\r\nFinal-Recipient: rfc822; b@office.example.org\r\nAction: {}\r\nStatus: {}\r\n"
    reached, gone = one.format("relayed", "2.0.0"), one.format("failed", "5.1.1")
    for others, failed in ((reached, False), (gone, True)):
        bounce = read_bounce(message_from_bytes(report(uuid4(), others=others)))
        assert bounce is not None
        assert (bounce.failure(None) is not None) is failed


@pytest.mark.parametrize(
    "raw",
    [
        report(uuid4(), action="delayed", status="4.4.1"),
        report(uuid4(), action="delivered", status="2.0.0"),
        report(uuid4(), status="nonsense"),
        report(uuid4()).replace(b"Message-ID", b"X-Other"),
        b"From: a@example.org\r\nSubject: Out of office\r\n\r\n<%s@x> failed 5.1.1" % b"0" * 36,
        b"Content-Type: multipart/report\r\n\r\nnothing",
        b"",
    ],
)
def test_what_is_no_bounce(raw: bytes) -> None:
    assert read_bounce(message_from_bytes(raw)) is None


class TestWholeWay:
    """An office of the dossier with an address, in development that is told to mail letters."""

    @pytest.fixture
    async def box(self) -> AsyncIterator[tuple[Mailbox, int]]:
        made = Mailbox()
        async with listening(made) as port:
            yield made, port

    @pytest.fixture
    def settings(self, settings: Settings, box: tuple[Mailbox, int]) -> Settings:
        url = SecretStr(f"smtp://127.0.0.1:{box[1]}?starttls=never")
        return settings.model_copy(update={"smtp_url": url, "mail_letters": True})

    @pytest.fixture
    def president(self, services: Services, published: Published) -> None:
        offices = dict(published.catalog.dossier.offices)
        offices["president"] = offices["president"].model_copy(update={"email": OFFICE})
        dossier = replace(published.catalog.dossier, offices=offices)
        catalog = type(published.catalog)(published.catalog.campaigns, dossier=dossier)
        services.published = Published(published.directory, catalog)

    async def test_it_goes_by_mail_and_comes_back(
        self,
        client: httpx.AsyncClient,
        services: Services,
        outbox: Outbox,
        form: Make,
        box: tuple[Mailbox, int],
        president: None,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(Outbox, "mails", property(lambda _: _mails(box[0])))
        await confirmed(client, outbox, form())
        await outbox.work()
        assert (await letters(services))["president"] == ("email", "sent", None)
        (envelope,) = [sent for sent in box[0].envelopes if sent.rcpt_tos == [OFFICE]]
        mail = message_from_bytes(_raw(envelope))
        delivery_id = UUID(mail["Message-ID"][1:37])
        async with transaction(services.engine) as session:
            delivered = text("SELECT sum(delta) FROM count_deltas WHERE name = 'delivered'")
            assert await session.scalar(delivered) == 1
            receipts = text("SELECT id FROM mails WHERE kind = 'receipt'")
            receipt = await session.scalar(receipts)
        reports = (report(delivery_id), report(receipt), report(uuid4()), b"Subject: Hi\r\n\r\nHi")
        folder = _mailbox(tmp_path / "in.mbox", *reports)
        found = {"letters": 1, "this_mail": 1, "known": 1, "other": 1}
        assert await read_mailbox(services.engine, services.settings, folder) == found
        found = {"known": 3, "other": 1}
        again = await read_mailbox(services.engine, services.settings, folder)
        assert again == found, "once is enough"
        async with transaction(services.engine) as session:
            assert await session.scalar(delivered) == 0
            said = text("SELECT count(*) FROM gone_reports")
            assert await session.scalar(said) == 0, "the office's address is not the receipt's"
        assert (await letters(services))["president"] == ("email", "failed", "bounced")


def _mailbox(file: Path, *messages: bytes) -> Path:
    box = mailbox.mbox(file)
    for message in messages:
        box.add(message)
    box.close()
    return file


def _raw(envelope: Any) -> bytes:
    raw: bytes = envelope.original_content
    return raw


def _mails(box: Mailbox) -> list[EmailMessage]:
    return [message_from_bytes(_raw(sent), policy=policy.default) for sent in box.envelopes]
