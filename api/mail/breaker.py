"""A circuit breaker for each recipient domain, shared by all processes.

If a domain refuses us as a sender (policy, a block list), sending it all its mails would fail each
of them and hurt our reputation. After three such refusals in a row the circuit opens: its mails
wait, one at a time is sent as a probe, with growing pauses, and the first that is accepted closes
the circuit. The refusals have to be for three addresses, since one mailbox may accept no mail.

Behind a relay only bounces tell of a block list, and the recipient of a mail can forge its bounce.
So more bounces are needed (``RETURNS``), for as many addresses within a day, and the circuit opens
only for a short time: after ``PROBES_AFTER`` one mail is the probe, and the circuit closes unless
that mail bounces within ``RETURNED_WITHIN``. This has a row of its own (``returned:``), since a
relay accepts every mail.

Large providers are named in plain text, so that an operator sees them; other domains may be one
person's and are hashed. Nothing here commits.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.security.addresses import canonical_address
from api.security.domain_hints import is_provider
from api.security.hashing import keyed_hash
from api.security.keys import KeyRing

__all__ = [
    "Stopped",
    "address_mark",
    "admit",
    "domain_name",
    "passed",
    "refused",
    "returned",
    "stopped",
]

log = structlog.get_logger()

RETURNED: Final = "returned:"
REFUSALS: Final = 3
RETURNS: Final = 5
RETURNED_WITHIN: Final = timedelta(minutes=30)
PROBES_AFTER: Final = tuple(timedelta(minutes=minutes) for minutes in (30, 60, 120, 240))
PROBE: Final = timedelta(minutes=2)  # after which a probe without an answer counts as lost
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (2, 5, 15, 30, 60))
# A mail that was refused before becomes the probe only if no other mail is due.
SHY: Final = timedelta(seconds=30)

_PROBE: Final = text("""
    UPDATE mail_breakers SET probe_id = :mail_id, probe_at = now() + :probe
    WHERE domain = :domain AND status = 'open' AND probe_at <= now() - CAST(:shy AS interval)
    RETURNING 1
""")
_NEXT: Final = text("SELECT probe_at FROM mail_breakers WHERE domain = :domain AND status = 'open'")
_REFUSED: Final = text("""
    INSERT INTO mail_breakers AS b (domain, status, refusals, reply, since, probe_at, addresses)
    VALUES (:domain, 'closed', 1, :reply, now(), now(), ARRAY[CAST(:address AS bytea)])
    ON CONFLICT (domain) DO UPDATE SET reply = excluded.reply,
        refusals = b.refusals + CASE
            WHEN b.status = 'open' AND b.probe_id IS NOT NULL
              OR b.status = 'closed' AND :counts AND :address <> ALL(b.addresses)
            THEN 1 ELSE 0 END,
        addresses = CASE WHEN b.status = 'open' OR :address = ANY(b.addresses) THEN b.addresses
                         ELSE b.addresses || CAST(:address AS bytea) END
    RETURNING status, refusals, probe_id
""")
_OPEN: Final = text("""
    UPDATE mail_breakers SET status = 'open', probe_at = now() + :pause, probe_id = NULL,
        since = CASE WHEN status = 'open' THEN since ELSE now() END
    WHERE domain = :domain
""")
_PASSED: Final = text("DELETE FROM mail_breakers WHERE domain = :domain RETURNING status")
# Bounces of one day: older ones do not count.
_FORGET: Final = text("""
    DELETE FROM mail_breakers
    WHERE domain = :domain AND status = 'closed' AND since < now() - interval '1 day'
""")
_CAME_BACK: Final = text("""
    UPDATE mail_breakers SET refusals = refusals + 1, reply = :reply
    WHERE domain = :domain AND status = 'open' AND probe_id = :mail_id RETURNING refusals
""")
# One mail is the probe; if it does not bounce in time, the circuit closes.
_PROBE_RETURN: Final = text("""
    UPDATE mail_breakers SET probe_id = :mail_id, probe_at = now() + :within
    WHERE domain = :domain AND status = 'open' AND probe_id IS NULL AND probe_at <= now()
    RETURNING 1
""")
_GO_ON: Final = text("""
    DELETE FROM mail_breakers
    WHERE domain = :domain AND status = 'open' AND probe_id IS NOT NULL AND probe_at <= now()
    RETURNING 1
""")
_STOPPED: Final = text("""
    SELECT domain, reply, since, probe_at,
        (SELECT count(*) FROM mails WHERE status = 'queued' AND reason = 'domain_refuses')
            AS waiting
    FROM mail_breakers WHERE status = 'open' ORDER BY since, domain
""")


@dataclass(frozen=True, slots=True)
class Stopped:
    """A domain whose mails wait. ``waiting`` is the number of all mails that wait for a domain."""

    domain: str
    reply: str
    since: datetime
    probe_at: datetime
    waiting: int


def domain_name(ring: KeyRing, address: str) -> str:
    """How the breaker knows the domain of an address: plain, or ``#`` and a keyed hash."""
    domain = address.rpartition("@")[2].lower()
    if is_provider(domain):
        return domain
    return "#" + keyed_hash(ring.purpose("addresses"), "breakers", domain).hex()[:24]


def address_mark(ring: KeyRing, address: str) -> bytes:
    """A keyed hash by which the breaker tells addresses apart."""
    return keyed_hash(ring.purpose("addresses"), "breakers:address", canonical_address(address))


async def admit(
    session: AsyncSession, domain: str, mail_id: UUID, *, refused_before: bool
) -> datetime | None:
    """None if a mail may go to the domain now, normally or as the probe; else when to ask again."""
    returned = await _admit_returned(session, RETURNED + domain, mail_id)
    return returned or await _admit(session, domain, mail_id, refused_before=refused_before)


async def _admit_returned(session: AsyncSession, domain: str, mail_id: UUID) -> datetime | None:
    values = {"domain": domain, "mail_id": mail_id, "within": RETURNED_WITHIN}
    moment: datetime | None = await session.scalar(_NEXT, values)
    if moment is None:
        return None
    if (await session.execute(_GO_ON, values)).first() is not None:
        log.info("mails.domain_takes_again", domain=domain)
        return None
    probe = (await session.execute(_PROBE_RETURN, values)).first() is not None
    return None if probe else max(moment, datetime.now(UTC) + SHY)


async def _admit(
    session: AsyncSession, domain: str, mail_id: UUID, *, refused_before: bool
) -> datetime | None:
    shy = SHY if refused_before else timedelta(0)
    values = {"domain": domain, "mail_id": mail_id, "probe": PROBE, "shy": shy}
    moment: datetime | None = await session.scalar(_NEXT, {"domain": domain})
    if moment is None or (await session.execute(_PROBE, values)).first() is not None:
        return None
    return moment + shy


async def refused(
    session: AsyncSession, domain: str, reply: str, address: bytes, *, counts: bool
) -> None:
    """Record that the domain refused us. ``counts`` is False for a mail that it refused before,
    since that mailbox may accept no mail from us."""
    values = {"domain": domain, "reply": reply, "address": address, "counts": counts}
    row = (await session.execute(_REFUSED, values)).one()
    over = row.refusals - REFUSALS
    if row.status == "closed" and over < 0:
        return
    if row.status == "open" and row.probe_id is None:
        return  # it was on its way when the circuit opened
    pause = PAUSES[min(max(over, 0), len(PAUSES) - 1)]
    await session.execute(_OPEN, {"domain": domain, "pause": pause})
    log.warning("mails.domain_refuses", domain=domain, reply=reply, refusals=row.refusals)


async def returned(
    session: AsyncSession, domain: str, reply: str, address: bytes, mail_id: UUID
) -> None:
    """A mail to the domain came back, since it refuses us."""
    domain = RETURNED + domain
    values = {"domain": domain, "reply": reply, "address": address, "mail_id": mail_id}
    again: int | None = await session.scalar(_CAME_BACK, values)
    if again is None and await session.scalar(_NEXT, values) is not None:
        return  # it was sent before the circuit opened
    if again is None:
        await session.execute(_FORGET, values)
        again = (await session.execute(_REFUSED, {**values, "counts": True})).one().refusals
    over = again - RETURNS
    if over >= 0:
        pause = PROBES_AFTER[min(over, len(PROBES_AFTER) - 1)]
        await session.execute(_OPEN, {"domain": domain, "pause": pause})
        log.warning("mails.domain_refuses", domain=domain, reply=reply, refusals=again)


async def passed(session: AsyncSession, domain: str) -> None:
    """A mail was accepted: close the circuit."""
    status = await session.scalar(_PASSED, {"domain": domain})
    if status == "open":
        log.info("mails.domain_takes_again", domain=domain)


async def stopped(session: AsyncSession) -> list[Stopped]:
    """The domains whose mails wait now."""
    return [Stopped(**row) for row in (await session.execute(_STOPPED)).mappings()]
