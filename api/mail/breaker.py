"""A circuit breaker for each recipient domain, shared by all processes.

Where a domain refuses us for what we are (policy, a block list), sending it one mail after the
other would fail them all and make our name worse. After three such refusals in a row its mails
wait; one at a time is sent as a probe, with a growing pause, and the first that gets through lets
all go on. Only what a server answers us directly counts, never a returned mail: those can be
forged.

Large providers are named in plain text, so that an operator sees them; other domains may be one
person's and are hashed. Nothing here commits.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.security.domain_hints import is_provider
from api.security.hashing import keyed_hash
from api.security.keys import KeyRing

__all__ = ["Stopped", "admit", "domain_name", "passed", "refused", "stopped"]

log = structlog.get_logger()

REFUSALS: Final = 3
PROBE: Final = timedelta(minutes=2)  # until a probe without an answer is taken for lost
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (2, 5, 15, 30, 60))
# A mail that was refused itself is a probe only where no other asks for it.
SHY: Final = timedelta(seconds=30)

_PROBE: Final = text("""
    UPDATE mail_breakers SET probe_at = now() + :probe
    WHERE domain = :domain AND status = 'open' AND probe_at <= now() - CAST(:shy AS interval)
    RETURNING 1
""")
_NEXT: Final = text("SELECT probe_at FROM mail_breakers WHERE domain = :domain AND status = 'open'")
_REFUSED: Final = text("""
    INSERT INTO mail_breakers AS b (domain, status, refusals, reply, since, probe_at)
    VALUES (:domain, 'closed', 1, :reply, now(), now())
    ON CONFLICT (domain) DO UPDATE SET reply = excluded.reply,
        refusals = b.refusals + CASE WHEN b.status = 'open' OR :counts THEN 1 ELSE 0 END
    RETURNING status, refusals
""")
_OPEN: Final = text("""
    UPDATE mail_breakers SET status = 'open', probe_at = now() + :pause,
        since = CASE WHEN status = 'open' THEN since ELSE now() END
    WHERE domain = :domain
""")
_PASSED: Final = text("DELETE FROM mail_breakers WHERE domain = :domain RETURNING status")
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


async def admit(
    connection: AsyncConnection, domain: str, *, refused_before: bool
) -> datetime | None:
    """None when a mail may go to the domain now, be it as the probe; else when to ask again."""
    shy = SHY if refused_before else timedelta(0)
    values = {"domain": domain, "probe": PROBE, "shy": shy}
    moment: datetime | None = await connection.scalar(_NEXT, {"domain": domain})
    if moment is None or (await connection.execute(_PROBE, values)).first() is not None:
        return None
    return moment + shy


async def refused(connection: AsyncConnection, domain: str, reply: str, *, counts: bool) -> None:
    """The domain refused us. ``counts``: not for a mail that it refused before, which may be of a
    mailbox that takes no mail of ours."""
    values = {"domain": domain, "reply": reply, "counts": counts}
    row = (await connection.execute(_REFUSED, values)).one()
    over = row.refusals - REFUSALS
    if row.status == "closed" and over < 0:
        return
    pause = PAUSES[min(max(over, 0), len(PAUSES) - 1)]
    await connection.execute(_OPEN, {"domain": domain, "pause": pause})
    log.warning("mails.domain_refuses", domain=domain, reply=reply, refusals=row.refusals)


async def passed(connection: AsyncConnection, domain: str) -> None:
    """A mail got through: all others may go on."""
    status = await connection.scalar(_PASSED, {"domain": domain})
    if status == "open":
        log.info("mails.domain_takes_again", domain=domain)


async def stopped(connection: AsyncConnection) -> list[Stopped]:
    """The domains whose mails wait now."""
    return [Stopped(*row) for row in await connection.execute(_STOPPED)]
