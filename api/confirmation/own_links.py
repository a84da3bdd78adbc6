"""Links to one's own data: asked for by address, mailed to the sealed one, good for one opening.

Everybody gets the same answer: a request is stored whether or not the address took part, and the
worker looks it up. Opening a link uses it up, and returns a token for the next step that is never
part of an address.
"""

from uuid import UUID

from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from api.campaigns.models import CampaignState
from api.confirmation.ended import what_became
from api.confirmation.queueing import queue_mails
from api.database.columns import utc_now
from api.database.locks import lock
from api.database.session import NOT_LOADED
from api.errors import NotFound, TokenGone
from api.mail import budget
from api.mail.compose import MailKind
from api.mail.models import Mail, MailStatus
from api.security.addresses import canonical_address, earlier_forms
from api.security.hashing import keyed_hash
from api.security.identifiers import new_id
from api.security.keys import KeyRing
from api.supporters import tokens
from api.supporters.models import LinkRequest, Person, Supporter, SupporterStatus
from api.supporters.tokens import Purpose

AT_ONCE = 100
# An advisory lock's number (arbitrary): only its holder queues the requested mails.
LOCK = 0x756E6F77
WHO = ("person", "representative")  # one address may be both, as two persons


async def ask(session: AsyncSession, keys: KeyRing, campaign: str, email: str) -> None:
    """Note that somebody asks for the data of this address.

    Raises TextRefused for it, and NotFound for a campaign that nobody could take part in.
    """
    # Any that the public could take part in, even if its file is gone.
    known = select(CampaignState.slug).where(
        CampaignState.slug == campaign, col(CampaignState.status).in_(["open", "closed"])
    )
    if (await session.exec(known)).one_or_none() is None:
        raise NotFound("There is no such campaign: see the list of campaigns.")
    key, forms = keys.purpose("addresses"), (canonical_address(email), *earlier_forms(email))
    hashes = (keyed_hash(key, f"{who}:{campaign}", form) for who in WHO for form in forms)
    session.add_all(
        LinkRequest(id=new_id(), campaign=campaign, email_hash=each, at=utc_now())
        for each in hashes
    )


async def queue_asked(session: AsyncSession) -> int:
    """Queue the mails that were asked for and say how many requests there were.

    One worker at a time, so that two requests are not two mails.
    """
    await lock(session, LOCK)
    asked = await _take(session)
    for campaign, email_hash in set(asked):
        query = _forms(campaign, email_hash)
        await queue_mails(session, MailKind.OWN_DATA, (await session.exec(query)).all())
    return len(asked)


async def _take(session: AsyncSession) -> list[tuple[str, bytes]]:
    """Remove the oldest requests, and return whose data was asked for."""
    oldest = select(LinkRequest.id).order_by(col(LinkRequest.id)).limit(AT_ONCE)
    locked = oldest.with_for_update(skip_locked=True)
    take = delete(LinkRequest).where(col(LinkRequest.id).in_(locked))
    whose = take.returning(col(LinkRequest.campaign), col(LinkRequest.email_hash))
    rows = (await session.exec(whose, execution_options=NOT_LOADED)).all()
    return [(row.campaign, row.email_hash) for row in rows]


def _forms(campaign: str, email_hash: bytes) -> SelectOfScalar[UUID]:
    """The newest form of each person (two may share the mailbox) whose data still exists, unless
    such a mail is already queued for them."""
    other = aliased(Supporter)
    queued = (
        select(Mail.id)
        .join(other, col(Mail.supporter_id) == other.id)
        .where(
            other.person_id == Person.id,
            Mail.kind == MailKind.OWN_DATA,
            col(Mail.status).in_([MailStatus.QUEUED, MailStatus.SENDING]),
        )
    )
    query = (
        select(Supporter.id)
        .join(Person)
        .where(
            Person.campaign == campaign,
            Person.email_hash == email_hash,
            Supporter.status == SupporterStatus.CONFIRMED,
            col(Supporter.identity).is_not(None),
            ~queued.exists(),
        )
    )
    person, form = col(Person.id), col(Supporter.id)
    return query.ext(distinct_on(person)).order_by(person, col(Supporter.hour).desc(), form)


async def open_link(session: AsyncSession, token: str) -> str:
    """Use up a mailed link; returns the token for the next step. Raises TokenGone."""
    try:
        found = await tokens.find(session, token, Purpose.OWN_LINK, lock=True)
    except TokenGone:
        raise (await what_became(session, token, Purpose.OWN_LINK)).error() from None
    await tokens.use_up(session, found)
    await budget.free_places(session, found.supporter_id)
    return await tokens.mint(session, found.supporter_id, Purpose.OWN_DATA)
