"""Queues mails to supporters."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Text, Uuid
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import func, literal, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from api.mail.models import Mail, MailStatus
from api.security.identifiers import new_id


async def queue_mails(session: AsyncSession, kind: str, supporters: Sequence[UUID]) -> None:
    """Queue one mail of a kind to each of these supporters."""
    session.add_all(Mail(supporter_id=each, kind=kind) for each in supporters)
    await session.flush()


async def queue_mail_to(session: AsyncSession, kind: str, whom: SelectOfScalar[UUID]) -> None:
    """Queue a mail of a kind to the supporter that a query finds, if it finds one.

    In one statement, so that it takes about as long where there is nobody.
    """
    found = whom.subquery()
    values = {
        "id": literal(new_id(), Uuid),
        "supporter_id": found.c.id,
        "kind": literal(kind, Text),
        "status": literal(MailStatus.QUEUED, Text),
        "due_at": func.now(),
        "epoch": literal(0),
        "attempts": literal(0),
    }
    row = select(*values.values())
    await session.exec(insert(Mail).from_select(list(values), row))
