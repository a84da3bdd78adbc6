"""Stops: orders to send nothing through a channel, to a seat, or for a campaign.

Workers read this whenever they claim, so a stop holds within two seconds. A stopped channel's
letters stay queued; letters to a stopped seat or of a stopped campaign are paused, and go on
when it is resumed. Nothing here commits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog
from sqlalchemy import literal
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, exists, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api import metrics
from api.audit.log import record
from api.campaigns.models import CampaignState
from api.deliveries.channels.hand_over import HAND_OVER
from api.deliveries.channels.registry import KINDS
from api.deliveries.models import ChannelControl, Delivery
from api.deliveries.transitions import (
    CAMPAIGN_STOPPED,
    SEAT_STOPPED,
    WITH_LETTERS,
    WITH_PERSONS,
    move,
)
from api.errors import NotFound
from api.letters.models import StoredText

log = structlog.get_logger()

SYSTEM = "system"


class Kind(StrEnum):
    CHANNEL = "channel"
    SEAT = "seat"
    CAMPAIGN = "campaign"


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
class Controls:
    """All present stops, by kind and name."""

    stopped: Mapping[tuple[str, str], ChannelControl]

    def channel(self, name: str) -> bool:
        return (Kind.CHANNEL, name) in self.stopped

    def hindrance(self, seat: str, campaign: str) -> str | None:
        """Why a letter to this seat of this campaign does not go out; None when it may."""
        if (Kind.SEAT, seat) in self.stopped:
            return SEAT_STOPPED
        return CAMPAIGN_STOPPED if (Kind.CAMPAIGN, campaign) in self.stopped else None


# Of those that send.
CHANNELS: Final = "|".join(kind.names for kind in KINDS if kind is not HAND_OVER)
# What a name looks like, and where else it stands. Campaigns have no form of their own.
KNOWN: Final = {
    Kind.CHANNEL: (f"^({CHANNELS})$", col(Delivery.channel)),
    Kind.SEAT: (
        r"^(house:[A-Z]{2}-[0-9]{1,2}|senate:[A-Z]{2}:[123])$",
        col(StoredText.seat),
    ),
    Kind.CAMPAIGN: ("^$", col(CampaignState.slug)),
}


async def require_known(session: AsyncSession, kind: Kind, name: str) -> None:
    """Raises NotFound for a channel, seat or campaign that does not exist: a stop with a mistyped
    name would stop nothing, and nobody would notice."""
    shape, column = KNOWN[kind]
    known = or_(literal(name).regexp_match(shape), exists().where(column == name))
    if not (await session.exec(select(known))).one():
        raise NotFound(f"There is no {kind} {name}: look at `undersigned deliveries status`.")


async def read(session: AsyncSession) -> Controls:
    """What is stopped now."""
    present = select(ChannelControl).order_by(col(ChannelControl.kind), col(ChannelControl.name))
    found = await session.exec(present)
    return Controls({(control.kind, control.name): control for control in found})


async def stop(session: AsyncSession, kind: Kind, name: str, *, reason: str, actor: str) -> bool:
    """Stop it; False if it was stopped before, and then that stop stays unchanged."""
    row = {"kind": kind, "name": name, "reason": reason, "actor": actor, "since": func.now()}
    new = insert(ChannelControl).values(row).on_conflict_do_nothing()
    if (await session.exec(new.returning(col(ChannelControl.name)))).one_or_none() is None:
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
    this = (col(ChannelControl.kind) == kind, col(ChannelControl.name) == name)
    if not (await session.exec(delete(ChannelControl).where(*this))).rowcount:
        return False
    await record(session, actor, "deliveries.resume", f"{kind}:{name}")
    await lift(session)
    return True


async def lift(session: AsyncSession) -> int:
    """Resume letters that were paused for a stop that has ended; returns how many."""
    return sum(
        one.letters for one in await move(session, "end_stop", NOT_STOPPED_NOW, WITH_PERSONS)
    )
