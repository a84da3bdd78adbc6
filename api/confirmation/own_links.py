"""Links to one's own data: asked for by address, mailed to the sealed one, good for one opening.

Everybody gets the same answer: a request is stored whether or not the address took part, and the
worker looks it up. Opening a link uses it up, and returns a token for the next step that is never
part of an address.
"""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.confirmation.ended import what_became
from api.confirmation.reminders import queue_mails
from api.errors import NotFound, TokenGone
from api.mail import budget
from api.mail.compose import MailKind
from api.security.addresses import canonical_address, earlier_forms
from api.security.hashing import keyed_hash
from api.security.identifiers import new_id
from api.security.keys import KeyRing
from api.supporters import tokens
from api.supporters.tokens import Purpose

AT_ONCE = 100
# An advisory lock's number (arbitrary): only its holder queues the requested mails.
LOCK = 0x756E6F77
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:lock)")
WHO = ("person", "representative")  # one address may be both, as two persons

# Any campaign that the public could take part in, even if its file is gone.
KNOWN = text("SELECT 1 FROM campaign_states WHERE slug = :slug AND status IN ('open', 'closed')")

ASK = text("""
    INSERT INTO link_requests (id, campaign, email_hash, at) VALUES (:id, :campaign, :hash, now())
""")

TAKE = text("""
    DELETE FROM link_requests WHERE id IN (
        SELECT id FROM link_requests ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING campaign, email_hash
""")

# The newest form of each person (two may share the mailbox) whose data still exists, unless such a
# mail is already queued for them.
FORMS = text("""
    SELECT DISTINCT ON (p.id) s.id FROM persons p JOIN supporters s ON s.person_id = p.id
    WHERE p.campaign = :campaign AND p.email_hash = :email_hash
      AND s.status = 'confirmed' AND s.identity IS NOT NULL
      AND NOT EXISTS (SELECT FROM mails m JOIN supporters o ON o.id = m.supporter_id
                      WHERE o.person_id = p.id AND m.kind = 'own_data'
                        AND m.status IN ('queued', 'sending'))
    ORDER BY p.id, s.hour DESC, s.id
""")


async def ask(session: AsyncSession, keys: KeyRing, campaign: str, email: str) -> None:
    """Note that somebody asks for the data of this address.

    Raises TextRefused for it, and NotFound for a campaign that nobody could take part in.
    """
    if (await session.execute(KNOWN, {"slug": campaign})).one_or_none() is None:
        raise NotFound("There is no such campaign: see the list of campaigns.")
    key, forms = keys.purpose("addresses"), (canonical_address(email), *earlier_forms(email))
    rows = [
        {
            "id": new_id(),
            "campaign": campaign,
            "hash": keyed_hash(key, f"{who}:{campaign}", form),
        }
        for who in WHO
        for form in forms
    ]
    await session.execute(ASK, rows)


async def queue_asked(session: AsyncSession) -> int:
    """Queue the mails that were asked for and say how many requests there were.

    One worker at a time, so that two requests are not two mails.
    """
    await session.execute(ONE_AT_A_TIME, {"lock": LOCK})
    asked = (await session.execute(TAKE, {"limit": AT_ONCE})).mappings().all()
    for request in {(row["campaign"], bytes(row["email_hash"])) for row in asked}:
        values = dict(zip(("campaign", "email_hash"), request, strict=True))
        found = (await session.execute(FORMS, values)).scalars().all()
        await queue_mails(session, MailKind.OWN_DATA, found)
    return len(asked)


async def open_link(session: AsyncSession, token: str) -> str:
    """Use up a mailed link; returns the token for the next step. Raises TokenGone."""
    try:
        found = await tokens.find(session, token, Purpose.OWN_LINK, lock=True)
    except TokenGone:
        raise (await what_became(session, token, Purpose.OWN_LINK)).error() from None
    await tokens.use_up(session, found)
    await budget.free_places(session, found.supporter_id)
    return await tokens.mint(session, found.supporter_id, Purpose.OWN_DATA)
