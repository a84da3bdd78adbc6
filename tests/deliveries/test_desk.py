"""What organizers see and do: a preview has exact numbers, and the act meets exactly these
letters."""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.session import transaction
from api.deliveries import desk
from api.deliveries.channels.base import Outcome
from api.deliveries.desk import Act, Filter
from api.deliveries.models import DeliveryStatus
from api.deliveries.transitions import MOVES, Move
from api.errors import NotFound, NumberChanged
from api.supporters.vault import Vault
from tests.deliveries.conftest import MakeDeliverer
from tests.deliveries.queued import CAMPAIGN, StandIn, change, queue, retrying, rows, states

UNCERTAIN = Outcome(DeliveryStatus.UNCERTAIN, "timeout", unknown=True)
FAILED = Outcome(DeliveryStatus.FAILED, "http_400")


async def carry_out(engine: AsyncEngine, act: Act, chosen: Filter, expected: int) -> int:
    async with transaction(engine) as session:
        return await desk.carry_out(session, act, chosen, expected=expected, actor="test")


async def preview(engine: AsyncEngine, act: Act, chosen: Filter) -> int:
    async with transaction(engine) as session:
        return await desk.preview(session, act, chosen)


async def test_only_what_failed_is_retried(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = StandIn([FAILED, FAILED, retrying("busy", delay=3600), Outcome(DeliveryStatus.SENT)])
    await queue(engine, vault, 4, channel.name)
    worker = deliverer(channel)
    await worker.deliver(channel.name)
    assert await preview(engine, "retry", Filter()) == 3
    assert await preview(engine, "retry", Filter(reason="http_400")) == 2
    assert await preview(engine, "retry", Filter(campaign="another")) == 0
    with pytest.raises(NumberChanged):
        await carry_out(engine, "retry", Filter(reason="http_400"), 3)
    assert await states(engine) == {"failed": 2, "retrying": 1, "sent": 1}
    assert await carry_out(engine, "retry", Filter(campaign=CAMPAIGN), 3) == 3
    assert await states(engine, "letters") == {"queued": 2, "retrying": 1, "sent": 1}
    assert await worker.deliver(channel.name) == 3
    assert await states(engine) == {"sent": 4}
    assert sorted(o.attempts for o in channel.sent[4:]) == [2, 2, 2]
    (entry,) = await rows(engine, "SELECT actor, action, object FROM audit")
    assert tuple(entry) == ("test", "deliveries.retry", f"campaign={CAMPAIGN}: 3")


async def test_a_rerouted_letter_is_not_sent_a_second_way(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = StandIn([Outcome(DeliveryStatus.FAILED, "office_not_listed", reroute=True)])
    await queue(engine, vault, 1, channel.name)
    await deliverer(channel).deliver(channel.name)
    assert await preview(engine, "retry", Filter()) == 0


async def test_an_erased_letter_is_not_tried_again(engine: AsyncEngine, vault: Vault) -> None:
    await queue(engine, vault, 2)
    await change(engine, "UPDATE deliveries SET status = 'failed', payload = NULL")
    assert await preview(engine, "retry", Filter()) == 0
    await change(engine, "UPDATE deliveries SET status = 'uncertain'")
    assert await preview(engine, "again", Filter()) == 0
    assert await preview(engine, "sent", Filter()) == 2


@pytest.mark.parametrize(
    ("channel", "status", "counted"),
    [("cwc_house", "accepted", 2), ("email", "sent", 2), ("folder", "written", 0)],
)
async def test_a_person_says_that_it_arrived(
    engine: AsyncEngine, vault: Vault, channel: str, status: str, counted: int
) -> None:
    await queue(engine, vault, 2, channel)
    await change(engine, "UPDATE deliveries SET status = 'uncertain', reason = 'timeout'")
    assert await carry_out(engine, "sent", Filter(reason="timeout"), 2) == 2
    assert await states(engine, "letters") == {status: 2}
    found = await rows(engine, "SELECT sum(delta) AS n FROM count_deltas WHERE name = 'delivered'")
    assert (found[0].n or 0) == counted


async def test_a_person_has_it_sent_once_more_without_the_old_doubts(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = StandIn([UNCERTAIN, Outcome(DeliveryStatus.SENT)])
    (letter,) = await queue(engine, vault, 1, channel.name)
    worker = deliverer(channel)
    await worker.deliver(channel.name)
    assert await worker.deliver(channel.name) == 0, "never resent blindly"
    assert await carry_out(engine, "again", Filter(delivery=letter), 1) == 1
    assert await worker.deliver(channel.name) == 1
    assert [(o.id, o.attempts, o.doubts) for o in channel.sent] == [(letter, 1, 0), (letter, 2, 0)]
    async with transaction(engine) as session:
        one, tried = await desk.attempts(session, letter)
        with pytest.raises(NotFound):
            await desk.attempts(session, UUID(int=1))
    assert (one.status, one.attempts) == ("sent", 2)
    assert [(t.number, t.outcome, t.unknown) for t in tried] == [
        (1, "uncertain", True),
        (2, "sent", False),
    ]


async def test_what_is_on_hold_goes_on_but_not_what_waits_for_another_decision(
    engine: AsyncEngine, vault: Vault
) -> None:
    await queue(engine, vault, 3)
    reasons = ("channel_not_configured", "seat_stopped", "campaign_stopped")
    for reason, row in zip(reasons, await rows(engine, "SELECT id FROM deliveries"), strict=True):
        query = "UPDATE deliveries SET status = 'paused', reason = :reason WHERE id = :id"
        await change(engine, query, reason=reason, id=row.id)
    assert await carry_out(engine, "release", Filter(), 1) == 1
    assert await states(engine) == {"queued": 1, "paused": 2}


async def test_an_act_of_organizers_is_a_row_of_the_table(
    engine: AsyncEngine, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Move((DeliveryStatus.UNCERTAIN,), DeliveryStatus.FAILED, reason="given_up", asked="end")
    monkeypatch.setitem(MOVES, "give_up", row)
    await queue(engine, vault, 2)
    await change(engine, "UPDATE deliveries SET status = 'uncertain'")
    assert await preview(engine, "end", Filter()) == 2
    assert await carry_out(engine, "end", Filter(), 2) == 2
    assert await states(engine) == await states(engine, "letters") == {"failed": 2}


async def test_the_overview_counts_what_waits_and_what_is_in_trouble(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = StandIn([FAILED, UNCERTAIN, retrying("busy", delay=60), Outcome(DeliveryStatus.SENT)])
    await queue(engine, vault, 4, channel.name)
    await deliverer(channel).deliver(channel.name)
    await queue(engine, vault, 3, "folder")
    await change(engine, "UPDATE deliveries SET opened_at = now() - interval '2 hours'")
    async with transaction(engine) as session:
        seen = await desk.overview(session)
    waiting = [(w.channel, w.queued, w.retrying, w.sending) for w in seen.waiting]
    assert waiting == [("folder", 3, 0, 0), ("stand_in", 0, 1, 0)]
    assert all(7200 <= w.oldest.total_seconds() < 7300 for w in seen.waiting)
    assert [(t.status, t.reason, t.letters) for t in seen.troubles] == [
        ("failed", "http_400", 1),
        ("uncertain", "timeout", 1),
    ]


async def test_pages_follow_on_each_other(engine: AsyncEngine, vault: Vault) -> None:
    made = sorted(await queue(engine, vault, 25))
    found: list[UUID] = []
    async with transaction(engine) as session:
        while more := await desk.page(
            session, Filter(), after=found[-1] if found else None, limit=10
        ):
            found += [one.id for one in more]
    assert found == made
