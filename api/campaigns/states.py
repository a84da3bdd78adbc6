"""The status of each campaign over time, in the database.

The files have the present status; ``campaign_states`` records when a campaign closed, even after
its file is gone, since the retention of its supporters' data counts from then.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.catalog import Catalog
from api.campaigns.published import PublishedCampaign

_KNOWN: Final = text("SELECT slug, status, since, closed_at FROM campaign_states")
_STORE: Final = text("""
    INSERT INTO campaign_states (slug, status, since, closed_at)
    VALUES (:slug, :status, :since, :closed_at)
    ON CONFLICT (slug) DO UPDATE SET status = excluded.status, since = excluded.since,
        closed_at = excluded.closed_at
""")


@dataclass(frozen=True, slots=True)
class _State:
    """A row of ``campaign_states``."""

    slug: str
    status: str
    since: datetime
    closed_at: datetime | None

    def as_row(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


async def remember_states(session: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Record what has changed since the last time; returns for how many campaigns.

    A campaign whose file vanished counts as closed from ``now`` on; so does one that was open
    and was made a draft again. One that is open (again) is not closed. Call it at the start,
    when files change and now and then, for campaigns open and close by the clock as well.
    """
    known = {row.slug: _State(*row) for row in await session.execute(_KNOWN)}
    states = [
        _state(campaign, known.get(slug), now) for slug, campaign in catalog.campaigns.items()
    ]
    states += [_gone(state, now) for slug, state in known.items() if slug not in catalog.campaigns]
    changed = sorted((s for s in states if s != known.get(s.slug)), key=lambda state: state.slug)
    for state in changed:  # always in the same order, so that two starts cannot deadlock
        await session.execute(_STORE, state.as_row())
    return len(changed)


def _state(campaign: PublishedCampaign, known: _State | None, now: datetime) -> _State:
    status = campaign.state(now)
    since = known.since if known and known.status == status else now
    return _State(campaign.slug, status, since, _closed_at(campaign, status, known, now))


def _closed_at(
    campaign: PublishedCampaign, status: str, known: _State | None, now: datetime
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


def _gone(known: _State, now: datetime) -> _State:
    if known.closed_at is not None and known.status == "closed":
        return known
    return _State(known.slug, "closed", now, known.closed_at or now)
