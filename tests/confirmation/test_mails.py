"""The mail worker against servers that refuse, and under the hourly cap."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from api.confirmation.mails import Mailer
from api.confirmation.pending import Linked, link_one, mint_list
from api.database.session import transaction
from api.services import Services, make_mailer
from api.settings import Settings
from tests.app_fixtures import CAMPAIGN, Body
from tests.mail.test_smtp import Mailbox, listening

Submit = Callable[[str], Awaitable[None]]


@dataclass
class Server(Mailbox):
    """Refuses the domains that it is told to, and counts whom it was asked for."""

    refuses: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.asked.append(address)
        envelope.rcpt_tos.append(address)
        return self.refuses.get(address.partition("@")[2], "250 OK")

    @property
    def taken(self) -> list[str]:
        return [envelope.rcpt_tos[-1] for envelope in self.envelopes]


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, int]]:
    made = Server()
    async with listening(made) as port:
        yield made, port


@pytest.fixture
def settings(settings: Settings, server: tuple[Server, int]) -> Settings:
    url = SecretStr(f"smtp://127.0.0.1:{server[1]}?starttls=never")
    return settings.model_copy(update={"smtp_url": url})


@pytest.fixture
def submit(client: httpx.AsyncClient, form: Callable[..., Body]) -> Submit:
    async def one(to: str) -> None:
        body = form({"story": f"Story {uuid4()}"}, email=to)
        answer = await client.post(f"/api/v1/campaigns/{CAMPAIGN}/submissions", json=body)
        assert answer.status_code == 202

    return one


async def work(mailer: Mailer) -> None:
    while await mailer.send_due():
        pass


async def run(services: Services, *changes: str) -> list[Any]:
    async with transaction(services.engine) as session:
        for change in changes:
            rows = await (await session.connection()).execute(text(change))
        return list(rows.all()) if rows.returns_rows else []


async def reasons(services: Services) -> Counter[tuple[str, str | None]]:
    return Counter(
        (row.status, row.reason) for row in await run(services, "SELECT status, reason FROM mails")
    )


async def test_one_block_listing_loses_nobody(
    services: Services, server: tuple[Server, int], submit: Submit
) -> None:
    box, mailer = server[0], make_mailer(services)
    box.refuses["gmail.com"] = "550 5.7.1 you are on our block list"
    for number in range(4):
        await submit(f"first{number}@gmail.com")
    await work(mailer)
    assert len(box.asked) == 4, "they were on their way together"
    for number in range(20):
        await submit(f"ani{number}@gmail.com")
    await submit("nare@example.org")
    await work(mailer)
    assert box.taken == ["nare@example.org"]
    assert len(box.asked) == 5, "not one after the other"
    found = await reasons(services)
    assert found["queued", "domain_refuses"] == 20
    assert not any(status == "failed" for status, _ in found)
    # A probe that is refused as well, then one that gets through.
    due = "UPDATE mails SET due_at = now() WHERE status = 'queued'"
    probe = "UPDATE mail_breakers SET probe_at = now() - interval '1 hour'"
    await run(services, due, probe)
    await work(mailer)
    assert len(box.asked) == 6
    box.refuses.clear()
    await run(services, due, probe)
    await work(mailer)
    await run(services, due)
    await work(mailer)
    assert set((await reasons(services)).elements()) == {("sent", None)}
    assert len(box.taken) == 25
    await mailer.transport.close()


async def test_a_refusal_of_one_mailbox_is_of_that_mail_alone(
    services: Services, server: tuple[Server, int], submit: Submit
) -> None:
    box, mailer = server[0], make_mailer(services)
    box.refuses["gmail.com"] = "550 no such user"
    for number in range(5):
        await submit(f"ani{number}@gmail.com")
    await work(mailer)
    assert await reasons(services) == {("failed", "recipient_550"): 5}
    box.refuses.clear()
    for number in range(5):
        await submit(f"ani{number}@gmail.com")
    await work(mailer)
    assert len(box.taken) == 5
    await mailer.transport.close()


class TestHourlyCap:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"mail_per_hour": 10})

    async def test_what_is_over_it_waits_in_its_order_over_all_workers(
        self, services: Services, server: tuple[Server, int], submit: Submit
    ) -> None:
        box = server[0]
        everybody = [f"ani{number:02}@example.org" for number in range(16)]
        for address in everybody:
            await submit(address)
        mailers = [make_mailer(services) for _ in range(3)]
        await asyncio.gather(*(work(mailer) for mailer in mailers))
        assert sorted(box.taken) == everybody[:10]
        await run(services, "UPDATE mail_minutes SET minute = minute - interval '62 minutes'")
        await asyncio.gather(*(work(mailer) for mailer in mailers))
        assert sorted(box.taken) == everybody
        for mailer in mailers:
            await mailer.transport.close()

    async def test_receipts_go_before_and_first_mails_before_second_ones(
        self, services: Services, server: tuple[Server, int], submit: Submit
    ) -> None:
        box, mailer = server[0], make_mailer(services)
        for number in range(8):
            await submit(f"ani{number}@example.org")
        await work(mailer)
        for _ in range(3):
            await submit("ani0@example.org")
        await submit("nare@example.org")
        await work(mailer)
        assert box.taken[8:] == ["nare@example.org"]
        await submit("davit@example.org")
        await work(mailer)
        await submit("late@example.org")
        await run(
            services,
            """UPDATE supporters SET status = 'confirmed' WHERE id IN
               (SELECT supporter_id FROM mails WHERE status = 'sent' ORDER BY id LIMIT 1)""",
            """INSERT INTO mails (id, supporter_id, kind, status, due_at, epoch, attempts)
               SELECT gen_random_uuid(), id, 'receipt', 'queued', now(), 0, 0
               FROM supporters WHERE status = 'confirmed'""",
        )
        await work(mailer)
        assert len(box.taken) == 11
        assert "late@example.org" not in box.taken
        await mailer.transport.close()

    async def test_nobody_is_made_to_wait_for_others_first_mails_for_good(
        self, services: Services, server: tuple[Server, int], submit: Submit
    ) -> None:
        """One hostile form took the first place, and the cap stays nearly used up."""
        box, mailer = server[0], make_mailer(services)
        await submit("nare@example.org")
        for number in range(8):
            await submit(f"ani{number}@example.org")
        await work(mailer)
        await submit("nare@example.org")
        await work(mailer)
        assert box.taken.count("nare@example.org") == 1
        hours = "UPDATE supporters SET hour = hour - interval '4 hours'"
        await run(services, hours, "UPDATE mails SET due_at = now() WHERE status = 'queued'")
        await work(mailer)
        assert box.taken.count("nare@example.org") == 2
        await mailer.transport.close()

    async def test_a_link_that_an_owner_asked_for_does_not_wait_for_the_cap(
        self, services: Services, server: tuple[Server, int], submit: Submit
    ) -> None:
        box, mailer = server[0], make_mailer(services)
        await submit("nare@example.org")
        for number in range(12):
            await submit(f"ani{number}@example.org")
        await work(mailer)
        (form,) = await run(
            services,
            """SELECT m.supporter_id, b.address_hash FROM mail_budget b
               JOIN mails m ON m.id = b.mail_id ORDER BY m.id LIMIT 1""",
        )
        async with transaction(services.engine) as session:
            token = await mint_list(session, form.address_hash, "en", timedelta(hours=1))
            assert await link_one(session, token, form.supporter_id, "form") is Linked.QUEUED
        assert len(box.taken) == 10
        await work(mailer)
        assert len(box.taken) == 11
        assert box.taken[-1] in box.taken[:10]
        await mailer.transport.close()

    async def test_what_is_not_sent_counts_for_nothing(
        self, services: Services, server: tuple[Server, int], submit: Submit
    ) -> None:
        mailer = make_mailer(services)
        for _ in range(30):
            await submit("ani@example.org")
        await work(mailer)
        (row,) = await run(services, "SELECT sum(taken) FROM mail_minutes")
        assert row[0] <= 3
        await mailer.transport.close()
