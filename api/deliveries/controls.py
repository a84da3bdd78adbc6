"""Stops: orders to send nothing through a channel, to a seat, or for a campaign.

Workers read this whenever they claim, so a stop holds within two seconds. A stopped channel's
letters stay queued; letters to a stopped seat or of a stopped campaign are paused, and go on
when it is resumed. Nothing here commits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api import metrics
from api.audit.log import record
from api.deliveries.channels.hand_over import HAND_OVER
from api.deliveries.channels.registry import KINDS
from api.deliveries.transitions import (
    CAMPAIGN_STOPPED,
    SEAT_STOPPED,
    WITH_LETTERS,
    WITH_PERSONS,
    move,
)
from api.errors import NotFound

log = structlog.get_logger()

SYSTEM = "system"


class Kind(StrEnum):
    CHANNEL = "channel"
    SEAT = "seat"
    CAMPAIGN = "campaign"


ALL = text("SELECT kind, name, actor, reason, since FROM channel_controls ORDER BY kind, name")
STOP = text("""
    INSERT INTO channel_controls (kind, name, actor, reason, since)
    VALUES (:kind, :name, :actor, :reason, now()) ON CONFLICT DO NOTHING RETURNING name
""")
RESUME = text("DELETE FROM channel_controls WHERE kind = :kind AND name = :name RETURNING name")

# Waiting letters are paused immediately, so that they do not use up the others' rate limit.
PAUSES = {
    Kind.SEAT: ("stop_seat", "l.seat = :name", WITH_LETTERS),
    Kind.CAMPAIGN: ("stop_campaign", "p.campaign = :name", WITH_PERSONS),
}
# Letters that were paused for a stop that has ended. A worker may have read the stop just before
# its end, so this is repeated.
NOT_STOPPED_NOW = f"""
    (d.reason = '{SEAT_STOPPED}' AND NOT EXISTS (
        SELECT FROM channel_controls WHERE kind = 'seat' AND name = l.seat))
    OR (d.reason = '{CAMPAIGN_STOPPED}' AND NOT EXISTS (
        SELECT FROM channel_controls WHERE kind = 'campaign' AND name = p.campaign))
"""  # noqa: S608 (our own text)


@dataclass(frozen=True, slots=True)
class Control:
    kind: str
    name: str
    actor: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Controls:
    """All present stops, by kind and name."""

    stopped: Mapping[tuple[str, str], Control]

    def channel(self, name: str) -> bool:
        return (Kind.CHANNEL, name) in self.stopped

    def hindrance(self, seat: str, campaign: str) -> str | None:
        """Why a letter to this seat of this campaign does not go out; None when it may."""
        if (Kind.SEAT, seat) in self.stopped:
            return SEAT_STOPPED
        return CAMPAIGN_STOPPED if (Kind.CAMPAIGN, campaign) in self.stopped else None


# Of those that send.
CHANNELS = "|".join(kind.names for kind in KINDS if kind is not HAND_OVER)
KNOWN = {
    Kind.CHANNEL: text(f"""
        SELECT :name ~ '^({CHANNELS})$'
            OR EXISTS (SELECT FROM deliveries WHERE channel = :name)
    """),  # noqa: S608 (our own text)
    Kind.SEAT: text("""
        SELECT :name ~ '^(house:[A-Z]{2}-[0-9]{1,2}|senate:[A-Z]{2}:[123])$'
            OR EXISTS (SELECT FROM letter_texts WHERE seat = :name)
    """),
    Kind.CAMPAIGN: text("SELECT EXISTS (SELECT FROM campaign_states WHERE slug = :name)"),
}


async def require_known(session: AsyncSession, kind: Kind, name: str) -> None:
    """Raises NotFound for a channel, seat or campaign that does not exist: a stop with a mistyped
    name would stop nothing, and nobody would notice."""
    if not await session.scalar(KNOWN[kind], {"name": name}):
        raise NotFound(f"There is no {kind} {name}: look at `undersigned deliveries status`.")


async def read(session: AsyncSession) -> Controls:
    """What is stopped now."""
    rows = (Control(*row) for row in await session.execute(ALL))
    return Controls({(control.kind, control.name): control for control in rows})


async def stop(session: AsyncSession, kind: Kind, name: str, *, reason: str, actor: str) -> bool:
    """Stop it; False if it was stopped before, and then that stop stays unchanged."""
    values = {"kind": kind, "name": name, "reason": reason, "actor": actor}
    if (await session.execute(STOP, values)).one_or_none() is None:
        return False
    if kind in PAUSES:
        await move(session, *PAUSES[kind], name=name)
    await record(session, actor, "deliveries.stop", f"{kind}:{name}")
    # A reason that a person typed is shown to organizers only, and is not logged.
    known = reason if actor == SYSTEM else "by_hand"
    log.error("deliveries.stopped", kind=str(kind), name=name, reason=known)
    metrics.deliveries_stopped(kind, known)
    return True


async def resume(session: AsyncSession, kind: Kind, name: str, *, actor: str) -> bool:
    """Resume it, and the letters that were paused for it; False if it was not stopped."""
    values = {"kind": kind, "name": name}
    if (await session.execute(RESUME, values)).one_or_none() is None:
        return False
    await record(session, actor, "deliveries.resume", f"{kind}:{name}")
    await lift(session)
    return True


async def lift(session: AsyncSession) -> int:
    """Resume letters that were paused for a stop that has ended; returns how many."""
    return sum(
        one.letters for one in await move(session, "end_stop", NOT_STOPPED_NOW, WITH_PERSONS)
    )
