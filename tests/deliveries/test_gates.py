"""Each gate shuts for its own stable reason, and fails closed."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.session import transaction
from api.deliveries import controls
from api.deliveries.controls import Kind
from api.deliveries.gates import represents
from api.deliveries.schedule import DELIVERIES
from api.outbox.lease import claim_due
from api.supporters.vault import Vault
from tests.deliveries.conftest import MakeDeliverer
from tests.deliveries.queued import (
    CAMPAIGN,
    StandIn,
    change,
    leases_run_out,
    queue,
    rows,
    states,
)

# What is wrong, and the state and reason of the delivery that becomes of it.
SHUT: dict[str, tuple[str, str | None]] = {
    "UPDATE deliveries SET payload = NULL": ("cancelled", "erased"),
    "UPDATE supporters SET consents_version = 0": ("paused", "no_consent"),
    "UPDATE supporters SET status = 'unconfirmed'": ("paused", "not_confirmed"),
    "UPDATE submissions SET status = 'withdrawn'": ("cancelled", "withdrawn"),
    "UPDATE supporters SET status = 'withdrawn'": ("cancelled", "withdrawn"),
    "UPDATE persons SET standing = 'suspect'": ("queued", None),
    "UPDATE letters SET seat = 'house:CA-12'": ("paused", "not_constituent"),
    "UPDATE letters SET seat = 'senate:MA:1'": ("paused", "not_constituent"),
    "UPDATE supporters SET country = 'AM'": ("paused", "not_constituent"),
    "UPDATE letters SET seat = 'house:CA-30'": ("paused", "seat_changed"),
    f"""INSERT INTO campaign_states (slug, status, since)
        VALUES ('{CAMPAIGN}', 'draft', now())""": ("queued", "campaign_draft"),
}


@pytest.mark.parametrize("wrong", SHUT)
async def test_each_gate(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer, wrong: str
) -> None:
    channel = StandIn()
    await queue(engine, vault, 1, channel.name)
    await change(engine, wrong)
    await deliverer(channel).deliver(channel.name)
    assert channel.sent == []
    (row,) = await rows(engine, "SELECT status, reason, attempts FROM deliveries")
    assert (row.status, row.reason, row.attempts) == (*SHUT[wrong], 0)
    assert await states(engine, "letters") == {SHUT[wrong][0]: 1}


@pytest.mark.parametrize("wrong", SHUT)
async def test_what_an_office_may_have_is_not_called_unsent(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer, wrong: str
) -> None:
    channel = StandIn()
    await queue(engine, vault, 1, channel.name)
    async with transaction(engine) as session:
        await claim_due(session, DELIVERIES, 1, channel=channel.name)
    await leases_run_out(engine)
    await change(engine, wrong)
    await deliverer(channel).deliver(channel.name)
    (row,) = await rows(engine, "SELECT status, reason FROM deliveries")
    waits = SHUT[wrong][0] == "queued"
    assert row.status == ("queued" if waits else "uncertain")
    assert row.reason == SHUT[wrong][1]


async def test_the_gates_stand_in_order(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    """Everything is wrong at once; put right one by one, each gate shows in its turn."""
    channel = StandIn()
    await queue(engine, vault, 1, channel.name)
    await change(engine, "UPDATE supporters SET consents_version = 0, status = 'unconfirmed'")
    await change(engine, "UPDATE persons SET standing = 'suspect'")
    await change(engine, "UPDATE letters SET seat = 'house:CA-12'")
    async with transaction(engine) as session:
        await controls.stop(session, Kind.CAMPAIGN, CAMPAIGN, reason="x", actor="test")
    await change(engine, "UPDATE deliveries SET status = 'queued'")
    seen = []
    for right in (
        "UPDATE supporters SET consents_version = 1",
        "UPDATE supporters SET status = 'confirmed'",
        "UPDATE persons SET standing = 'counted'",
        "UPDATE supporters SET district = 'CA-12'",
        "UPDATE letters SET seat = 'president'",
        "DELETE FROM channel_controls",
        "",
    ):
        await deliverer(channel).deliver(channel.name)
        (row,) = await rows(engine, "SELECT status, reason FROM deliveries")
        seen.append(row.reason or row.status)
        if right:
            await change(engine, right)
            await change(engine, "UPDATE deliveries SET status = 'queued', due_at = now()")
    stable = ["no_consent", "not_confirmed", "queued", "not_constituent", "seat_changed"]
    assert seen == [*stable, "campaign_stopped", "accepted"]


async def test_a_letter_outlives_its_campaigns_close(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = StandIn()
    await queue(engine, vault, 1, channel.name)
    closed = "INSERT INTO campaign_states VALUES (:slug, 'closed', now(), now())"
    await change(engine, closed, slug=CAMPAIGN)
    await deliverer(channel).deliver(channel.name)
    assert await states(engine) == {"accepted": 1}


async def test_a_letter_has_one_living_delivery(engine: AsyncEngine, vault: Vault) -> None:
    await queue(engine, vault, 1)
    with pytest.raises(IntegrityError):
        await change(
            engine,
            """INSERT INTO deliveries (id, letter_id, channel, environment, status, due_at, epoch,
                attempts) SELECT gen_random_uuid(), id, 'x', 'x', 'queued', now(), 0, 0
            FROM letters""",
        )


WHERE: dict[str, tuple[str | None, str | None]] = {
    "house:CA-30": ("CA", "CA-30"),
    "house:WY-0": ("WY", "WY-0"),
    "senate:MA:1": ("MA", None),
    "president": (None, None),
}


@pytest.mark.parametrize("seat", WHERE)
def test_a_constituent_is_one_of_that_very_seat(seat: str) -> None:
    state, district = WHERE[seat]
    assert represents(seat, "US", state, district)
    assert not represents(seat, "AM", state, district)
    if seat != "president":
        assert not represents(seat, "US", None, None)
        assert not represents(seat, "US", "TX", "TX-30")
