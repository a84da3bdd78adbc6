"""Every row of the table of moves does what it says, to the letter as well, and to no other."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.session import transaction
from api.deliveries.models import DeliveryStatus as Status
from api.deliveries.transitions import (
    ENDED,
    LIVE,
    MOVES,
    RUNNING,
    UNCHANGED,
    WITH_PERSONS,
    Moved,
    count,
    move,
    record,
)
from api.outbox.lease import Claim, Result
from api.settings import ROOT
from api.supporters.vault import Vault
from tests.deliveries.queued import change, queue, rows
from tests.locks import waiting_for_locks

# The reasons of paused rows that a move takes, a gate's among them.
REASONS = {
    "change_seat": "seat_changed",
    "keep_seat": "term_ended",
    "end_term": "seat_vacant",
    "vacate_seat": "term_ended",
    "redraw_seat": "term_ended",
    "keep_district": "lines_moved",
    "leave_district": "lines_moved",
}
# Acts that are only called where nothing is in doubt.
SURE = {"replace"}
KNOWN = """
    SELECT d.id, d.status, l.status AS shown, d.reason, d.payload IS NULL AS wiped,
        d.attempts_before, d.lease_until, d.due_at > now() - interval '1 hour' AS now,
        d.opened_at > now() - interval '1 hour' AS opened
    FROM deliveries d JOIN letters l ON l.id = d.letter_id ORDER BY d.id
"""
DOUBT = """
    INSERT INTO attempts (delivery_id, number, began, ended, outcome, unknown)
    SELECT id, 1, now(), now(), 'lost', true FROM deliveries WHERE id = :id
"""


async def stand(engine: AsyncEngine, ids: list[UUID], statuses: list[Status], act: str) -> None:
    """One delivery in each of these states, tried once, for some hours."""
    for one, status in zip(ids, statuses, strict=True):
        await change(
            engine,
            """WITH d AS (UPDATE deliveries SET status = :status, reason = :reason, attempts = 1,
                channel = 'email', lease_until = now(), opened_at = now() - interval '2 hours',
                due_at = now() - interval '2 hours' WHERE id = :id)
            UPDATE letters SET status = :status WHERE id = :id""",
            id=one,
            status=status,
            reason=REASONS.get(act, "before"),
        )


async def do(engine: AsyncEngine, act: str, ids: list[UUID]) -> list[Moved]:
    async with transaction(engine) as session:
        return await move(session, act, ids=ids)


def end_of(act: str) -> Status:
    to = MOVES[act].to
    return to if isinstance(to, Status) else to.named.get("email", to.others)


@pytest.mark.parametrize("act", MOVES)
async def test_a_move_takes_its_states_and_leaves_the_others(
    engine: AsyncEngine, vault: Vault, act: str
) -> None:
    chosen, statuses = MOVES[act], list(Status)
    ids = sorted(await queue(engine, vault, len(statuses) + 1, "email"))
    other, ids = ids[-1], ids[:-1]
    await stand(engine, ids, statuses, act)
    moved = await do(engine, act, ids)
    found = await rows(engine, KNOWN)
    before = REASONS.get(act, "before")
    for row, status in zip(found, statuses, strict=False):
        assert row.shown == row.status
        if status not in chosen.source:
            assert (row.status, row.reason) == (status, before), status
            continue
        doubted = chosen.in_doubt and status is Status.SENDING
        assert row.status == (chosen.in_doubt if doubted else end_of(act))
        assert row.reason == (before if chosen.reason == UNCHANGED else chosen.reason)
        assert row.wiped == ("payload = NULL" in chosen.sets)
        assert row.now == ("due_at = now()" in chosen.sets)
        assert row.opened == ("opened_at = now()" in chosen.sets)
        assert row.attempts_before == int("attempts_before" in chosen.sets)
        assert (row.lease_until is None) == ("lease_until = NULL" in chosen.sets)
    assert (found[-1].id, found[-1].status) == (other, "queued"), "not among those asked for"
    assert sum(one.letters for one in moved) == len(chosen.source)


@pytest.mark.parametrize("act", sorted(act for act in MOVES if MOVES[act].in_doubt))
async def test_what_may_have_arrived_is_not_called_unsent(
    engine: AsyncEngine, vault: Vault, act: str
) -> None:
    source = list(MOVES[act].source)
    ids = sorted(await queue(engine, vault, len(source), "email"))
    await stand(engine, ids, source, act)
    for one in ids:
        await change(engine, DOUBT, id=one)
    moved = await do(engine, act, ids)
    assert {(row.status, row.shown) for row in await rows(engine, KNOWN)} == {
        ("uncertain", "uncertain")
    }
    assert all(value == 0 for one in moved for value in one.deltas().values())


def test_no_row_forgets_a_doubt() -> None:
    """What a worker may have tried before ends in ``uncertain`` or goes on being tried."""
    for act, chosen in MOVES.items():
        tried = set(chosen.source) & set(RUNNING)
        if tried and chosen.ends & set(ENDED) and act not in SURE:
            assert chosen.in_doubt is Status.UNCERTAIN, act


def test_the_unique_index_knows_the_same_ends() -> None:
    assert set(LIVE) | set(ENDED) == set(Status)
    assert set(ENDED) == {"failed", "cancelled", "expired"}, "as deliveries_live has it"


async def test_counts_change_for_those_who_count(engine: AsyncEngine, vault: Vault) -> None:
    ids = await queue(engine, vault, 5, "email")
    await change(engine, "UPDATE persons SET standing = 'suspect' WHERE id = :id", id=ids[0])

    async def totals() -> Mapping[str, Any]:
        found = await rows(engine, "SELECT name, sum(delta) FROM count_deltas GROUP BY name")
        return {row[0]: row[1] for row in found}

    async def moved(act: str) -> list[Moved]:
        async with transaction(engine) as session:
            done = await move(session, act, "p.campaign <> ''", WITH_PERSONS)
            await count(session, done)
        return done

    await change(engine, "UPDATE deliveries SET status = 'uncertain'")
    (sent,) = await moved("resolve_sent")
    assert (sent.letters, sent.counted, sent.after) == (5, 4, "sent")
    assert await totals() == {"delivered": 4}
    await moved("bounce")
    assert await totals() == {"delivered": 0}
    await moved("report")
    assert await totals() == {"delivered": 0, "self_reported": 4}
    await change(engine, "UPDATE deliveries SET status = 'queued'")
    await moved("erase")
    assert await totals() == {"delivered": 0, "self_reported": 4, "letters": -4}


async def test_a_result_shows_on_the_letter_and_a_stale_one_nowhere(
    engine: AsyncEngine, vault: Vault
) -> None:
    ours, lost = await queue(engine, vault, 2)
    await change(engine, "UPDATE deliveries SET status = 'sending', epoch = 2")
    (now,) = await rows(engine, "SELECT now()")
    results = [
        Result(Claim(one, epoch, 1, now[0]), Status.FAILED) for one, epoch in ((ours, 2), (lost, 1))
    ]
    successor = UUID(int=7)
    async with transaction(engine) as session:
        assert await record(session, results, {ours: successor, lost: UUID(int=8)}) == {ours}
        assert await record(session, [], {}) == set()
    found = {row.id: (row.status, row.shown) for row in await rows(engine, KNOWN)}
    handed = ("cancelled", "cancelled")
    assert found.pop(successor)[0] in {"needs_user_action", *handed}
    assert found[lost] == ("sending", "queued")
    assert found[ours][0] == "failed"


@pytest.mark.parametrize("way", ["move", "record"])
async def test_persons_are_locked_first(
    engine: AsyncEngine, vault: Vault, owner_url: str, way: str
) -> None:
    """Whoever erases or invalidates a person has it locked, and waits for no delivery of ours."""
    ids = await queue(engine, vault, 1)
    if way == "record":
        await change(engine, "UPDATE deliveries SET status = 'sending', epoch = 1")
    (now,) = await rows(engine, "SELECT now()")

    async def act() -> None:
        async with transaction(engine) as session:
            if way == "move":
                await move(session, "erase", ids=ids)
            else:
                await record(session, [Result(Claim(ids[0], 1, 1, now[0]), Status.FAILED)], {})

    async with transaction(engine) as other:
        await other.execute(text("SELECT id FROM persons FOR UPDATE"))
        acting = asyncio.create_task(act())
        waiting = asyncio.create_task(waiting_for_locks(owner_url))
        await asyncio.wait((acting, waiting), return_when=asyncio.FIRST_COMPLETED)
        assert not acting.done()
        await other.execute(text("SELECT id FROM deliveries FOR UPDATE NOWAIT"))
    await asyncio.gather(acting, waiting)
    running = "SELECT 1 FROM deliveries WHERE status IN ('queued', 'sending')"
    assert await rows(engine, running) == []


async def test_what_changes_no_count_waits_for_no_person(engine: AsyncEngine, vault: Vault) -> None:
    """A person may be locked for long, by an erasure for instance: a stop has to work at once."""
    ids = await queue(engine, vault, 1)
    async with transaction(engine) as other:
        await other.execute(text("SELECT id FROM persons FOR UPDATE"))
        async with transaction(engine) as session:
            await session.execute(text("SET LOCAL lock_timeout = '2s'"))
            moved = await move(session, "stop_campaign", ids=ids)
            assert [(one.campaign, one.letters) for one in moved] == [(None, 1)]


def test_only_stops_pass_over_what_is_locked() -> None:
    assert {act for act, one in MOVES.items() if not one.waits} == {"stop_seat", "stop_campaign"}


def test_every_state_is_documented() -> None:
    told = (ROOT / "ARCHITECTURE.md").read_text()
    section = told.partition("## The states of a letter")[2].partition("\n## ")[0]
    table = {line.split("|")[1].strip(" `") for line in section.splitlines() if "|" in line}
    assert set(map(str, Status)) <= table
