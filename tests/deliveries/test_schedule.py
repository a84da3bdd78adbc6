"""The delivery step: what is due goes out once, and a state never claims too much."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import text

from api.database.session import transaction
from api.deliveries.by_hand import report_done
from api.deliveries.channels.base import Channel, Outcome, Outgoing
from api.deliveries.channels.folder import TEST_INSTALLATION, FolderChannel
from api.deliveries.channels.hand_over import HandOverChannel
from api.deliveries.models import DeliveryStatus
from api.deliveries.routing import Router, make_router
from api.deliveries.schedule import deliver_due
from api.services import Services, now
from api.settings import Environment, Settings
from tests.app_fixtures import CAMPAIGN, Body, Outbox

Make = Callable[..., Body]


async def confirmed(client: httpx.AsyncClient, outbox: Outbox, body: Body) -> Body:
    await client.post(f"/api/v1/campaigns/{CAMPAIGN}/submissions", json=body)
    await outbox.work()
    token = outbox.tokens("confirm")[-1]
    answer = await client.post("/api/v1/confirmations", json={"token": token})
    made: Body = answer.json()
    return made


async def statuses(services: Services, table: str) -> dict[str, int]:
    async with transaction(services.engine) as session:
        query = text(f"SELECT status, count(*) AS n FROM {table} GROUP BY status")
        return {row.status: row.n for row in await session.execute(query)}


class ChannelOf(Channel):
    """A channel that answers what it is told to, and keeps what it was given."""

    name = "folder"
    test = TEST_INSTALLATION

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[Outgoing] = []

    def prepare(self, content: Any) -> bytes:
        return content.text.encode()  # type: ignore[no-any-return]

    async def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        self.sent += batch
        return [self.outcomes[i % len(self.outcomes)] for i in range(len(batch))]


def router_with(services: Services, channel: ChannelOf) -> Router:
    return replace(services.router, channels={**services.router.channels, "folder": channel})


async def test_a_letter_is_written_once(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make
) -> None:
    await confirmed(client, outbox, form())
    await outbox.work()
    assert await statuses(services, "letters") == {"written": 4}
    assert len(outbox.letters) == 4
    text_ = outbox.letters["house:CA-30"]
    head, body = text_.split("\n\n", 1)
    assert [line.split(":")[0] for line in head.split("\n")] == [
        "Seat",
        "To",
        "Campaign",
        "Subject",
    ]
    assert body.startswith("Dear Representative Friedman,")
    assert await deliver_due(services.engine, services.router, services.vault, services.seats) == 0


async def test_only_what_an_office_or_a_mail_server_took_counts_as_delivered(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make
) -> None:
    await confirmed(client, outbox, form())
    outcomes = [
        Outcome(DeliveryStatus.ACCEPTED),
        Outcome(DeliveryStatus.SENT),
        Outcome(DeliveryStatus.WRITTEN),
        Outcome(DeliveryStatus.UNCERTAIN, "timeout"),
    ]
    router = router_with(services, ChannelOf(*outcomes))
    await deliver_due(services.engine, router, services.vault, services.seats)
    async with transaction(services.engine) as session:
        query = text("SELECT sum(delta) FROM count_deltas WHERE name = 'delivered'")
        assert await session.scalar(query) == 2
    expected = {"accepted": 1, "sent": 1, "written": 1, "uncertain": 1}
    assert await statuses(services, "letters") == expected
    assert await statuses(services, "deliveries") == expected


async def test_what_was_approved_is_what_is_sent_to_the_byte_on_every_attempt(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make
) -> None:
    await confirmed(client, outbox, form({"story": "Line one.\r\nLine two: Ծնունդ."}))
    channel = ChannelOf(Outcome(DeliveryStatus.RETRYING, "busy"))
    router = router_with(services, channel)
    await deliver_due(services.engine, router, services.vault, services.seats)
    await deliver_due(services.engine, router, services.vault, services.seats)
    first, second = channel.sent[:4], channel.sent[4:]
    assert len(second) == 4
    assert {o.id: o.payload for o in first} == {o.id: o.payload for o in second}
    assert all("Line one.\nLine two: Ծնունդ.".encode() in o.payload for o in first)


async def test_a_letter_whose_channel_is_gone_waits_for_a_person(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make
) -> None:
    await confirmed(client, outbox, form())
    router = replace(services.router, channels={"hand_over": HandOverChannel()})
    await deliver_due(services.engine, router, services.vault, services.seats)
    assert await statuses(services, "deliveries") == {"paused": 4}


async def test_a_wiped_letter_is_cancelled_and_harms_no_other(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make
) -> None:
    await confirmed(client, outbox, form())
    async with transaction(services.engine) as session:
        await session.execute(
            text("""UPDATE deliveries SET payload = NULL WHERE letter_id IN
                    (SELECT id FROM letters WHERE seat = 'president')""")
        )
        await session.execute(
            text("""UPDATE deliveries SET payload = '\\x01' WHERE letter_id IN
                    (SELECT id FROM letters WHERE seat = 'house:CA-30')""")
        )
    await deliver_due(services.engine, services.router, services.vault, services.seats)
    assert await statuses(services, "letters") == {"cancelled": 1, "retrying": 1, "written": 2}


async def test_production_without_credentials_hands_over_and_claims_nothing(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make
) -> None:
    router = make_router(Settings(env=Environment.PRODUCTION), services.engine, now)
    assert set(router.channels) == {"hand_over"}, "no folder channel in production"
    object.__setattr__(services.confirmations, "router", router)
    made = await confirmed(client, outbox, form())
    assert {letter["status"] for letter in made["letters"]} == {"needs_user_action"}
    assert await deliver_due(services.engine, router, services.vault, services.seats) == 0

    async with transaction(services.engine) as session:
        query = text("SELECT id, person_id FROM letters WHERE seat = 'president'")
        letter = (await session.execute(query)).one()
        stranger = made["letters"][0]["id"]
        assert not await report_done(session, stranger, letter.id)
        assert await report_done(session, letter.person_id, letter.id)
        assert not await report_done(session, letter.person_id, letter.id), "only once"
    assert await statuses(services, "letters") == {"needs_user_action": 3, "self_reported": 1}


async def test_the_folder_channel_replaces_a_file_and_leaves_no_part(tmp_path: Any) -> None:
    channel = FolderChannel(tmp_path / "letters")
    letter = Outgoing(
        id=uuid4(),
        letter_id=uuid4(),
        seat="president",
        payload=b"Text",
        attempts=1,
        doubts=0,
        trying_for=timedelta(0),
    )
    for _ in range(2):
        (outcome,) = await channel.send([letter])
        assert outcome.status is DeliveryStatus.WRITTEN
    (file,) = (tmp_path / "letters").iterdir()
    assert (file.name, file.read_bytes()) == (f"{letter.letter_id}.txt", b"Text")
    assert file.stat().st_mode & 0o777 == 0o600
