"""What comes back of mails to supporters, and the next mail to the same person."""

from collections.abc import Awaitable, Callable
from email import message_from_string
from email.message import Message
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from api.confirmation.bounces import mail_bounced
from api.database.session import transaction
from api.mail.bounces import read_bounce
from api.mail.message import mail_id_of
from api.mail.refusals import Meaning
from api.services import Services
from tests.app_fixtures import CAMPAIGN, Body, Outbox

VICTIM, TAGGED = "victim@gmail.com", "victim+x@gmail.com"
Submit = Callable[[str], Awaitable[UUID]]
HEAD = """\
From: MAILER-DAEMON@mx.example.net
Content-Type: multipart/report; report-type={kind}; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

{blocks}

--b
Content-Type: text/rfc822-headers

Message-ID: <{mail_id}@act.example.org>

--b--
"""
BLOCK = """\
Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}
"""


def block(
    to: str, status: str = "5.1.1", action: str = "failed", words: str = "550 5.1.1 no such user"
) -> str:
    return BLOCK.format(to=to, status=status, action=action, words=words)


def dsn(mail_id: UUID, *blocks: str, kind: str = "delivery-status") -> Message:
    return message_from_string(HEAD.format(mail_id=mail_id, blocks="\n".join(blocks), kind=kind))


@pytest.fixture
def submit(client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body]) -> Submit:
    """Fill in a form for an address; the id of the mail that went out."""

    async def one(to: str) -> UUID:
        before = {mail_id_of(mail) for mail in outbox.mails}
        body = form({"story": f"A story {uuid4()}"}, email=to)
        answer = await client.post(f"/api/v1/campaigns/{CAMPAIGN}/submissions", json=body)
        assert answer.status_code == 202
        await outbox.send_mails()
        (new,) = {mail_id_of(mail) for mail in outbox.mails} - before
        return new

    return one


async def read(services: Services, report: Message) -> Meaning | None:
    bounce = read_bounce(report)
    if bounce is None:
        return None
    async with transaction(services.engine) as session:
        return await mail_bounced(session, bounce, services.vault, services.keys)


async def state(services: Services, mail_id: UUID) -> str:
    query = text("SELECT status FROM mails WHERE id = :id")
    async with transaction(services.engine) as session:
        return str(await session.scalar(query, {"id": mail_id}))


async def days_pass(services: Services, days: int) -> None:
    """Everything that the product remembers of mail happened so many days earlier."""
    async with transaction(services.engine) as session:
        for change in (
            "UPDATE mails SET due_at = due_at - :days",
            "UPDATE mail_budget SET at = at - :days",
            "UPDATE gone_reports SET day = day - CAST(EXTRACT(day FROM :days) AS int)",
        ):
            await session.execute(text(change.replace(":days", f"interval '{days} days'")))


async def test_a_mailbox_that_is_not_there_twice_gets_no_more_and_its_namesake_does(
    services: Services, submit: Submit
) -> None:
    first = await submit(TAGGED)
    assert await read(services, dsn(first, block(TAGGED))) is Meaning.NO_MAILBOX
    assert await state(services, first) == "failed"
    await days_pass(services, 1)
    second = await submit(TAGGED)
    assert await read(services, dsn(second, block(TAGGED))) is Meaning.NO_MAILBOX
    with pytest.raises(ValueError, match="not enough values"):
        await submit(TAGGED)
    assert await state(services, await submit(VICTIM)) == "sent"
    assert await state(services, await submit("v.i.c.t.i.m@gmail.com")) == "sent"


async def test_twice_on_one_day_or_for_one_mail_is_once(services: Services, submit: Submit) -> None:
    first, second = await submit(TAGGED), await submit(TAGGED)
    assert await read(services, dsn(first, block(TAGGED))) is Meaning.NO_MAILBOX
    assert await read(services, dsn(second, block(TAGGED))) is Meaning.NO_MAILBOX
    await days_pass(services, 1)
    assert await read(services, dsn(second, block(TAGGED))) is None, "said before"
    assert await state(services, await submit(TAGGED)) == "sent"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("5.2.2", "552 5.2.2 mailbox is over quota"),
        ("5.4.1", "550 5.4.1 recipient address rejected: access denied"),
        ("5.3.4", "552 5.3.4 message too big"),
        ("5.4.7", "delivery time expired"),
        ("4.4.7", "delivery time expired"),
        ("5.0.0", "550 no such user"),
        ("5.1.1", "550 5.1.1 mailbox full"),
        ("5.1.2", "550 5.1.2 no such domain"),
    ],
)
async def test_all_else_fails_that_mail_alone(
    services: Services, submit: Submit, status: str, words: str
) -> None:
    for _ in range(2):
        mail_id = await submit(VICTIM)
        report = dsn(mail_id, block(VICTIM, status, words=words))
        assert await read(services, report) is Meaning.THIS_MAIL
        assert await state(services, mail_id) == "failed"
        await days_pass(services, 1)
    assert await state(services, await submit(VICTIM)) == "sent"


async def test_a_mail_that_a_block_list_sent_back_goes_out_again(
    services: Services, submit: Submit, outbox: Outbox
) -> None:
    mail_id = await submit(VICTIM)
    blocked = block(VICTIM, "5.7.1", words="550 5.7.1 you are on our block list")
    assert await read(services, dsn(mail_id, blocked)) is Meaning.BLOCKED
    assert await state(services, mail_id) == "queued"
    async with transaction(services.engine) as session:
        await session.execute(text("UPDATE mails SET due_at = now()"))
    await outbox.send_mails()
    assert await state(services, mail_id) == "sent"


@pytest.mark.parametrize("to", ["victim@example.net", "victim@gmail.com", "", "not an address"])
async def test_a_report_of_another_address_fails_the_mail_at_most(
    services: Services, submit: Submit, to: str
) -> None:
    for _ in range(2):
        mail_id = await submit(TAGGED)
        assert await read(services, dsn(mail_id, block(to))) is Meaning.THIS_MAIL
        assert await state(services, mail_id) == "failed"
        await days_pass(services, 1)
    assert await state(services, await submit(TAGGED)) == "sent"


async def test_of_several_recipients_the_mails_own_counts(
    services: Services, submit: Submit
) -> None:
    mail_id = await submit(VICTIM)
    own = block(VICTIM, "2.1.5", "expanded", "250 expanded")
    assert await read(services, dsn(mail_id, block("one@example.net"), own)) is None
    assert await state(services, mail_id) == "sent", "one of those whom it was passed on to"
    full = block(VICTIM, "5.2.2", words="552 5.2.2 full")
    assert await read(services, dsn(mail_id, block("one@example.net"), full)) is Meaning.THIS_MAIL


@pytest.mark.parametrize(
    ("action", "status"),
    [("delayed", "4.2.2"), ("relayed", "2.0.0"), ("expanded", "2.0.0"), ("delivered", "2.0.0")],
)
async def test_what_did_not_fail_changes_nothing(
    services: Services, submit: Submit, action: str, status: str
) -> None:
    mail_id = await submit(VICTIM)
    assert await read(services, dsn(mail_id, block(VICTIM, status, action))) is None
    assert await state(services, mail_id) == "sent"


async def test_a_complaint_is_no_bounce(services: Services, submit: Submit) -> None:
    mail_id = await submit(VICTIM)
    assert await read(services, dsn(mail_id, block(VICTIM), kind="feedback-report")) is None
    assert await state(services, mail_id) == "sent"


async def test_of_a_form_that_was_wiped_only_the_mail_is_left(
    client: httpx.AsyncClient, services: Services, submit: Submit, outbox: Outbox
) -> None:
    mail_id = await submit(VICTIM)
    link = {"token": outbox.tokens("confirm")[0]}
    assert (await client.post("/api/v1/confirmations/discard", json=link)).status_code == 204
    assert await read(services, dsn(mail_id, block(VICTIM))) is Meaning.THIS_MAIL
    async with transaction(services.engine) as session:
        assert await session.scalar(text("SELECT count(*) FROM gone_reports")) == 0


async def test_a_mail_of_nobody(services: Services) -> None:
    assert await read(services, dsn(uuid4(), block(VICTIM))) is None
