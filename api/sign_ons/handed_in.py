"""When a statement was handed in, and to whom: recorded by an organizer, shown with it.

What the campaign's file says (``sign_on.delivered``) comes first; nothing is shown twice.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.campaigns.schema import SignOnForm
from api.database.session import changed_rows
from api.errors import NotFound
from api.security.identifiers import new_id

LIST = text("SELECT id, recipient, day FROM handed_in WHERE campaign = :campaign ORDER BY day, id")
ADD = text("INSERT INTO handed_in (id, campaign, recipient, day) VALUES (:id, :campaign, :to, :on)")
REMOVE = text("DELETE FROM handed_in WHERE id = :id AND campaign = :campaign")


@dataclass(frozen=True, slots=True)
class HandedIn:
    id: UUID
    to: str
    on: date


async def list_handed_in(session: AsyncSession, campaign: str) -> list[HandedIn]:
    """What organizers recorded, the earliest first."""
    return [HandedIn(*row) for row in await session.execute(LIST, {"campaign": campaign})]


async def add(session: AsyncSession, campaign: str, to: str, on: date, *, actor: str) -> HandedIn:
    """Record that it was handed to somebody on a day."""
    made = HandedIn(new_id(), to, on)
    values = {"id": made.id, "campaign": campaign, "to": to, "on": on}
    await session.execute(ADD, values)
    await record(session, actor, "statement.handed_in", str(made.id))
    return made


async def remove(session: AsyncSession, campaign: str, entry: UUID, *, actor: str) -> None:
    """Remove an entry. Raises NotFound."""
    if not changed_rows(await session.execute(REMOVE, {"id": entry, "campaign": campaign})):
        raise NotFound("There is no such entry.")
    await record(session, actor, "statement.not_handed_in", str(entry))


async def occasions(
    session: AsyncSession, campaign: str, form: SignOnForm
) -> list[tuple[str, date]]:
    """To whom and when, of the campaign's file and of organizers, the earliest first."""
    told = {(each.to, each.on) for each in form.delivered}
    told |= {(each.to, each.on) for each in await list_handed_in(session, campaign)}
    return sorted(told, key=lambda pair: (pair[1], pair[0]))
