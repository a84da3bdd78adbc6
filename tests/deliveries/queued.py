"""Queue many letters at a time, stored as a confirmation would have stored them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.session import transaction
from api.deliveries.channels.base import Channel, Outcome, Outgoing
from api.deliveries.models import DeliveryStatus
from api.security.identifiers import new_ids
from api.supporters.vault import Vault

CAMPAIGN = "reverse-907-waiver"

STORE = text("""
    WITH input AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS bytea[]),
                             CAST(:payloads AS bytea[])) AS i(id, data_key, payload)
    ), people AS (
        INSERT INTO persons (id, campaign, email_hash, standing)
        SELECT id, :campaign, uuid_send(id), 'counted' FROM input
    ), forms AS (
        INSERT INTO supporters (id, campaign, person_id, hash_key_id, canonical_version, data_key,
            country, state, district, language, consents, consents_version, hour, status)
        SELECT id, :campaign, id, '0', 1, data_key, 'US', 'CA', 'CA-30', 'en', '{}', 1, now(),
            'confirmed' FROM input
    ), submissions_ AS (
        INSERT INTO submissions (id, supporter_id, bundle, demands, letters, status)
        SELECT id, id, 'b1:0', '[]', '[]', 'confirmed' FROM input
    ), letters_ AS (
        INSERT INTO letters (id, person_id, submission_id, seat, text, edited, personal_share,
            status)
        SELECT id, id, id, :seat, :digest, false, 0, 'queued' FROM input
    )
    INSERT INTO deliveries (id, letter_id, channel, environment, status, due_at, epoch, attempts,
        payload)
    SELECT id, id, :channel, 'development', 'queued', now(), 0, 0, payload FROM input
""")


async def queue(
    engine: AsyncEngine,
    vault: Vault,
    count: int,
    channel: str = "folder",
    seat: str = "president",
    payload: bytes | Callable[[UUID], bytes] = b"A letter.",
    digest: str = "lt1:0",
) -> list[UUID]:
    """Queue letters, each by another person; form, letter and delivery share an id.

    ``payload`` may be made of the id; ``digest`` is the letter text's.
    """
    write = payload if callable(payload) else lambda _: payload
    made: list[UUID] = []
    while len(made) < count:
        ids = new_ids(min(count - len(made), 2_000))
        seals = [vault.new_form(CAMPAIGN, each) for each in ids]
        values = {
            "ids": ids,
            "keys": [wrapped for _, wrapped in seals],
            "payloads": [
                seal.seal_payload(write(each), each)
                for each, (seal, _) in zip(ids, seals, strict=True)
            ],
        }
        place = {"campaign": CAMPAIGN, "channel": channel, "seat": seat, "digest": digest}
        async with transaction(engine) as session:
            await session.execute(STORE, {**values, **place})
        made += ids
    return made


async def states(engine: AsyncEngine, table: str = "deliveries") -> dict[str, int]:
    """How many rows are in which state."""
    query = text(f"SELECT status, count(*) FROM {table} GROUP BY status")
    async with transaction(engine) as session:
        return {row[0]: row[1] for row in await session.execute(query)}


async def rows(engine: AsyncEngine, query: str, **values: Any) -> list[Any]:
    async with transaction(engine) as session:
        return list((await session.execute(text(query), values)).all())


async def change(engine: AsyncEngine, statement: str, **values: Any) -> None:
    async with transaction(engine) as session:
        await session.execute(text(statement), values)


async def leases_run_out(engine: AsyncEngine) -> None:
    """Let all leases expire."""
    await change(
        engine,
        "UPDATE deliveries SET lease_until = now() - interval '1 s' WHERE status = 'sending'",
    )


@dataclass
class StandIn(Channel):
    """A channel that answers what it is told to, and keeps what it was given and when.

    It repeats its last outcome forever. ``closed`` is when its maintenance ends.
    """

    outcomes: Sequence[Outcome] = (Outcome(DeliveryStatus.ACCEPTED),)
    name: str = "stand_in"
    pace: float | None = None
    closed: datetime | None = None
    requires: tuple[str, ...] = ()
    first_status: DeliveryStatus = DeliveryStatus.QUEUED

    def __post_init__(self) -> None:
        self.sent: list[Outgoing] = []

    def closed_until(self, now: datetime) -> datetime | None:
        return self.closed if self.closed and now < self.closed else None

    def prepare(self, content: Any) -> bytes:
        raise NotImplementedError

    async def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        first = len(self.sent)
        self.sent += batch
        last = len(self.outcomes) - 1
        return [self.outcomes[min(first + i, last)] for i in range(len(batch))]


def retrying(reason: str, *, unknown: bool = False, delay: float = 0) -> Outcome:
    return Outcome(DeliveryStatus.RETRYING, reason, timedelta(seconds=delay), unknown=unknown)
