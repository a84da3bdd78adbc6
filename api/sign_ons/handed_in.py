"""When a statement was handed in, and to whom: recorded by an organizer, shown with it.

What the campaign's file says (``sign_on.delivered``) comes first; nothing is shown twice.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.campaigns.schema import SignOnForm
from api.errors import NotFound
from api.security.identifiers import new_id
from api.sign_ons import models


@dataclass(frozen=True, slots=True)
class HandedIn:
    """``to`` is whom it was handed to, ``on`` the day."""

    id: UUID
    to: str
    on: date


async def list_handed_in(session: AsyncSession, campaign: str) -> list[HandedIn]:
    """What organizers recorded, the earliest first."""
    entries = select(models.HandedIn).where(models.HandedIn.campaign == campaign)
    query = entries.order_by(col(models.HandedIn.day), col(models.HandedIn.id))
    found = (await session.exec(query)).all()
    return [HandedIn(id=each.id, to=each.recipient, on=each.day) for each in found]


async def add(session: AsyncSession, campaign: str, to: str, on: date, *, actor: str) -> HandedIn:
    """Record that it was handed to somebody on a day."""
    made = models.HandedIn(id=new_id(), campaign=campaign, recipient=to, day=on)
    session.add(made)
    await record(session, actor, "statement.handed_in", str(made.id))
    return HandedIn(id=made.id, to=to, on=on)


async def remove(session: AsyncSession, campaign: str, entry: UUID, *, actor: str) -> None:
    """Remove an entry. Raises NotFound."""
    entries = col(models.HandedIn.id) == entry, col(models.HandedIn.campaign) == campaign
    if not (await session.exec(delete(models.HandedIn).where(*entries))).rowcount:
        raise NotFound("There is no such entry.")
    await record(session, actor, "statement.not_handed_in", str(entry))


async def occasions(
    session: AsyncSession, campaign: str, form: SignOnForm
) -> list[tuple[str, date]]:
    """To whom and when, of the campaign's file and of organizers, the earliest first."""
    told = {(each.to, each.on) for each in form.delivered}
    told |= {(each.to, each.on) for each in await list_handed_in(session, campaign)}
    return sorted(told, key=lambda pair: (pair[1], pair[0]))
