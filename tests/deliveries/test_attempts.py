"""Attempts: each is recorded, doubts are kept, and nothing is tried too often."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.session import transaction
from api.deliveries import recording
from api.deliveries.channels.base import Outcome, Outgoing, Pause
from api.deliveries.models import DeliveryStatus
from api.deliveries.schedule import DELIVERIES
from api.outbox import lease
from api.outbox.lease import claim_due
from api.privacy.erasure import Erased, erase
from api.settings import Settings
from api.supporters.vault import Vault
from tests.deliveries.conftest import MakeDeliverer
from tests.deliveries.queued import (
    StandIn,
    change,
    leases_run_out,
    queue,
    retrying,
    rows,
    states,
)
from tests.locks import waiting_for_locks

ATTEMPTS = """
    SELECT number, outcome, reason, unknown, ended >= began FROM attempts ORDER BY 1
"""


async def test_attempts_and_doubts_add_up(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = StandIn(
        [retrying("http_500"), retrying("timeout", unknown=True), Outcome(DeliveryStatus.ACCEPTED)]
    )
    worker = deliverer(channel)
    await queue(engine, vault, 1, channel.name)
    for _ in range(3):
        assert await worker.deliver(channel.name) == 1
    assert [(o.attempts, o.doubts) for o in channel.sent] == [(1, 0), (2, 0), (3, 1)]
    assert channel.sent[0].trying_for == timedelta(0) < channel.sent[2].trying_for
    assert len({o.payload for o in channel.sent}) == len({o.id for o in channel.sent}) == 1
    assert [tuple(row) for row in await rows(engine, ATTEMPTS)] == [
        (1, "retrying", "http_500", False, True),
        (2, "retrying", "timeout", True, True),
        (3, "accepted", None, False, True),
    ]
    assert await states(engine, "letters") == {"accepted": 1}


async def test_a_lost_worker_leaves_a_doubt(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = StandIn()
    await queue(engine, vault, 1, channel.name)
    async with transaction(engine) as session:
        _ = await claim_due(session, DELIVERIES, 5, channel=channel.name)
    worker = deliverer(channel)
    assert await worker.deliver(channel.name) == 0, "leased"
    await leases_run_out(engine)
    assert await worker.deliver(channel.name) == 1
    (sent,) = channel.sent
    assert (sent.attempts, sent.doubts) == (2, 1)
    assert sent.trying_for > timedelta(seconds=19)
    assert [tuple(row)[:4] for row in await rows(engine, ATTEMPTS)] == [
        (1, "lost", "lease_lost", True),
        (2, "accepted", None, False),
    ]


async def test_waiting_is_no_attempt(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = StandIn([Outcome(DeliveryStatus.QUEUED, "offices_unknown", attempted=False)])
    await queue(engine, vault, 1, channel.name)
    worker = deliverer(channel)
    for _ in range(3):
        await worker.deliver(channel.name)
    assert [o.attempts for o in channel.sent] == [1, 1, 1]
    assert await rows(engine, ATTEMPTS) == []


async def test_a_channel_that_fails_as_a_whole_leaves_doubts_and_harms_no_other(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = StandIn(name="broken"), StandIn(name="sound")

    async def fail(batch: object) -> list[Outcome]:
        raise OSError("disk full")

    monkeypatch.setattr(broken, "send", fail)
    for channel in (broken, sound):
        await queue(engine, vault, 2, channel.name)
    worker = deliverer(broken, sound)
    for name in await worker.ready():
        await worker.deliver(name)
    assert await states(engine) == {"sending": 2, "accepted": 2}
    await leases_run_out(engine)
    monkeypatch.undo()
    await worker.deliver(broken.name)
    assert [o.doubts for o in broken.sent] == [1, 1]


async def test_a_letter_is_rerouted_into_its_writers_hands(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = StandIn([Outcome(DeliveryStatus.FAILED, "office_not_listed", reroute=True)])
    (letter,) = await queue(engine, vault, 1, channel.name)
    await deliverer(channel).deliver(channel.name)
    found = await rows(
        engine, "SELECT id, letter_id, channel, status, reason FROM deliveries ORDER BY opened_at"
    )
    assert [tuple(row)[1:] for row in found] == [
        (letter, "stand_in", "failed", "office_not_listed"),
        (letter, "hand_over", "needs_user_action", "office_not_listed"),
    ]
    assert found[0].id == letter != found[1].id
    assert await states(engine, "letters") == {"needs_user_action": 1}


async def test_a_letter_whose_writer_was_erased_meanwhile_is_in_nobodys_hands(
    engine: AsyncEngine,
    vault: Vault,
    deliverer: MakeDeliverer,
    owner_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Erased while the office's system was asked, and in the midst of the answer's recording."""
    channel = StandIn([Outcome(DeliveryStatus.FAILED, "office_not_listed", reroute=True)])
    first, second = await queue(engine, vault, 2, channel.name)
    erased: list[asyncio.Task[Erased]] = []

    async def erase_person(person: UUID) -> Erased:
        async with transaction(engine) as session:
            return await erase(session, person, Settings(state_dir=tmp_path), vault)

    send, record = channel.send, lease.record

    async def erased_while_sent(batch: Sequence[Outgoing]) -> list[Outcome]:
        await erase_person(first)
        return await send(batch)

    async def erased_while_recorded(*args: Any) -> Any:
        fresh = await record(*args)
        erased.append(asyncio.create_task(erase_person(second)))
        await waiting_for_locks(owner_url)
        return fresh

    monkeypatch.setattr(channel, "send", erased_while_sent)
    monkeypatch.setattr(lease, "record", erased_while_recorded)
    await deliverer(channel).deliver(channel.name)
    await erased[0]
    found = await rows(
        engine, "SELECT letter_id, status, reason FROM deliveries WHERE channel = 'hand_over'"
    )
    assert {tuple(row) for row in found} == {
        (first, "cancelled", "erased"),
        (second, "cancelled", "erased"),
    }
    assert await states(engine, "letters") == {"cancelled": 2}
    kept = "SELECT count(*) FROM deliveries WHERE payload IS NOT NULL"
    assert await rows(engine, kept) == [(0,)], "nothing else would ever take it away"


async def test_writers_are_locked_in_one_order_whatever_became_of_their_letters(
    engine: AsyncEngine,
    vault: Vault,
    deliverer: MakeDeliverer,
    owner_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An invalidation locks the same rows one by one, and would deadlock with another order."""
    channel = StandIn()
    first, second = sorted(await queue(engine, vault, 2, channel.name))
    reroute = Outcome(DeliveryStatus.FAILED, "office_not_listed", reroute=True)

    async def send(batch: Sequence[Outgoing]) -> list[Outcome]:
        return [reroute if one.id == second else Outcome(DeliveryStatus.ACCEPTED) for one in batch]

    monkeypatch.setattr(channel, "send", send)
    lock = text("SELECT id FROM persons WHERE id = :id FOR NO KEY UPDATE")
    async with engine.begin() as other:
        await other.execute(lock, {"id": first})
        delivering = asyncio.create_task(deliverer(channel).deliver(channel.name))
        await waiting_for_locks(owner_url)
        # Sooner than PostgreSQL looks for deadlocks, after which we would try again.
        await other.execute(text("SET LOCAL lock_timeout = '500ms'"))
        await other.execute(lock, {"id": second})
    assert await delivering == 2
    assert await states(engine, "letters") == {"accepted": 1, "needs_user_action": 1}


@pytest.mark.parametrize(("pause", "kind"), [(Pause.CHANNEL, "channel"), (Pause.SEAT, "seat")])
async def test_what_refuses_everything_is_stopped_once_and_by_the_system(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer, pause: Pause, kind: str
) -> None:
    refused = Outcome(DeliveryStatus.RETRYING, "http_401", attempted=False, pause=pause)
    channel = StandIn([refused])
    await queue(engine, vault, 3, channel.name)
    worker = deliverer(channel)
    await worker.deliver(channel.name)
    controls = await rows(engine, "SELECT kind, name, actor, reason FROM channel_controls")
    name = channel.name if kind == "channel" else "president"
    assert [tuple(row) for row in controls] == [(kind, name, "system", "http_401")]
    audited = await rows(engine, "SELECT actor, action, object FROM audit")
    assert [tuple(row) for row in audited] == [("system", "deliveries.stop", f"{kind}:{name}")]
    assert len(channel.sent) == 3
    for name in await worker.ready():
        await worker.deliver(name)
    assert len(channel.sent) == 3, "nothing more goes out"
    assert await rows(engine, ATTEMPTS) == []


async def test_a_paused_workers_result_changes_nothing(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It wakes up past its lease; its successor has sent the letter meanwhile."""
    stale = Outcome(DeliveryStatus.FAILED, "stale", reroute=True, pause=Pause.CHANNEL)
    slow, quick = StandIn([stale]), StandIn()
    await queue(engine, vault, 2, slow.name)
    plain = slow.send

    async def sleep_on(batch: list) -> list[Outcome]:  # type: ignore[type-arg]
        outcomes = await plain(batch)
        await leases_run_out(engine)
        assert await deliverer(quick).deliver(quick.name) == 2
        return outcomes

    monkeypatch.setattr(slow, "send", sleep_on)
    await deliverer(slow).deliver(slow.name)
    assert await states(engine) == await states(engine, "letters") == {"accepted": 2}
    assert {row.outcome for row in await rows(engine, ATTEMPTS)} == {"lost", "accepted"}
    (count,) = await rows(engine, "SELECT sum(delta) AS n FROM count_deltas")
    assert count.n == 2
    assert await rows(engine, "SELECT name FROM channel_controls") == [], "nothing is stopped"


async def test_what_waited_too_long_expires_unless_it_may_have_arrived(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = StandIn([retrying("timeout", unknown=True), retrying("busy")])
    await queue(engine, vault, 2, channel.name)
    await deliverer(channel).deliver(channel.name)
    await queue(engine, vault, 1, channel.name)
    await change(engine, "UPDATE deliveries SET opened_at = now() - interval '61 days'")
    await queue(engine, vault, 1, channel.name)
    assert await deliverer(channel).sweep() == 3
    assert await states(engine, "letters") == {"uncertain": 1, "expired": 2, "queued": 1}


async def test_a_result_that_cannot_be_written_at_once_is_no_doubt(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, tries = StandIn(), 0
    plain = recording.write

    async def write(*arguments: Any) -> None:
        nonlocal tries
        tries += 1
        await plain(*arguments)
        if tries == 1:
            raise OperationalError("the connection is lost before the commit", {}, Exception())

    monkeypatch.setattr(recording, "write", write)
    await queue(engine, vault, 2, channel.name)
    assert await deliverer(channel).deliver(channel.name) == 2
    assert tries == 2
    assert await states(engine) == {"accepted": 2}
    assert len(channel.sent) == 2
    assert {row.unknown for row in await rows(engine, ATTEMPTS)} == {False}
