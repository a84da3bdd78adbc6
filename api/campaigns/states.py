"""The status of each campaign over time, in the database.

The files have the present status; ``campaign_states`` records when a campaign closed, even after
its file is gone, since the retention of its supporters' data counts from then.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.catalog import Catalog
from api.campaigns.models import CampaignState
from api.campaigns.published import PublishedCampaign
from api.campaigns.schema import State


async def remember_states(session: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Record what has changed since the last time; returns for how many campaigns.

    A campaign whose file vanished counts as closed from ``now`` on; so does one that was open
    and was made a draft again. One that is open (again) is not closed. Call it at the start,
    when files change and now and then, for campaigns open and close by the clock as well.
    """
    known = {row.slug: row for row in await session.exec(select(CampaignState))}
    states = [
        _state(campaign, known.get(slug), now) for slug, campaign in catalog.campaigns.items()
    ]
    states += [_gone(state, now) for slug, state in known.items() if slug not in catalog.campaigns]
    changed = [state for state in states if not _same(state, known.get(state.slug))]
    if changed:
        await _store(session, changed)
    return len(changed)


def _same(state: CampaignState, known: CampaignState | None) -> bool:
    return known is not None and state.model_dump() == known.model_dump()


async def _store(session: AsyncSession, states: Sequence[CampaignState]) -> None:
    """Always in the same order, so that two starts cannot deadlock."""
    rows = sorted((state.model_dump() for state in states), key=lambda row: str(row["slug"]))
    new = insert(CampaignState).values(rows)
    changes = {name: new.excluded[name] for name in ("status", "since", "closed_at")}
    await session.exec(new.on_conflict_do_update(index_elements=["slug"], set_=changes))


def _state(
    campaign: PublishedCampaign, known: CampaignState | None, now: datetime
) -> CampaignState:
    status = campaign.state(now)
    since = known.since if known and known.status == status else now
    closed_at = _closed_at(campaign, status, known, now)
    return CampaignState(slug=campaign.slug, status=status, since=since, closed_at=closed_at)


def _closed_at(
    campaign: PublishedCampaign, status: State, known: CampaignState | None, now: datetime
) -> datetime | None:
    """When the campaign stopped taking letters; None while it takes them, or never did."""
    if status == "open":
        return None
    if status == "closed":
        closes = campaign.campaign.closes
        if closes and closes <= now:
            return closes
    elif known is None or (known.status != "open" and known.closed_at is None):
        return None  # a draft, or not yet open
    return (known and known.closed_at) or now


def _gone(known: CampaignState, now: datetime) -> CampaignState:
    if known.closed_at is not None and known.status == "closed":
        return known
    closed_at = known.closed_at or now
    return CampaignState(slug=known.slug, status="closed", since=now, closed_at=closed_at)
