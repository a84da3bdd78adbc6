"""Bearer tokens of organizers' programs: made, listed and revoked by command, found by request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.database.session import changed_rows
from api.errors import NotFound
from api.security.identifiers import new_id
from api.security.tokens import new_token, token_digest

# A client that sends this many wrong tokens has to wait: see find.
WRONG_MAX = 20
WINDOW = timedelta(minutes=10)


class Scope(StrEnum):
    """What a token may do; ``…:write`` changes something, and does not let read."""

    SIGN_ONS = "sign-ons"
    SIGN_ONS_WRITE = "sign-ons:write"
    INVALIDATION = "invalidation"
    RECORDS_WRITE = "records:write"
    DELIVERIES = "deliveries"
    DELIVERIES_WRITE = "deliveries:write"
    STATS = "stats"
    EXPORTS = "exports"


CREATE = text("""
    INSERT INTO api_tokens (id, hash, name, scopes, created)
    VALUES (:id, :hash, :name, CAST(:scopes AS jsonb), now())
""")
LIST = text("SELECT id, name, scopes, created, used, revoked FROM api_tokens ORDER BY created, id")
REVOKE = text("UPDATE api_tokens SET revoked = now() WHERE id = :id AND revoked IS NULL")

# One query for both: how often this client was wrong, and whose token it is.
FIND = text("""
    SELECT t.id, t.scopes, coalesce(w.wrong, 0) AS wrong,
        t.used IS DISTINCT FROM date_trunc('hour', now()) AS unused
    FROM (VALUES (1)) AS one
    LEFT JOIN api_tokens t ON t.hash = :hash AND t.revoked IS NULL
    LEFT JOIN wrong_tokens w ON w.client_hash = :client AND w.since > now() - :window
""")
USE = text("UPDATE api_tokens SET used = date_trunc('hour', now()) WHERE id = :id")
WRONG = text("""
    INSERT INTO wrong_tokens (client_hash, since, wrong) VALUES (:client, now(), 1)
    ON CONFLICT (client_hash) DO UPDATE SET
        wrong = CASE WHEN wrong_tokens.since > now() - :window THEN wrong_tokens.wrong + 1 ELSE 1
            END,
        since = CASE WHEN wrong_tokens.since > now() - :window THEN wrong_tokens.since ELSE now()
            END
""")


@dataclass(frozen=True, slots=True)
class Listed:
    id: UUID
    name: str
    scopes: Sequence[str]
    created: datetime
    used: datetime | None
    revoked: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """``id`` is None for a wrong token; ``barred``: and this client sent too many of those."""

    id: UUID | None
    scopes: frozenset[str]
    barred: bool


async def create(
    session: AsyncSession, name: str, scopes: Sequence[Scope], *, actor: str
) -> tuple[UUID, str]:
    """The id and the token itself, which cannot be shown again: only its digest is stored."""
    token, digest = new_token()
    values = {"id": new_id(), "hash": digest, "name": name}
    wanted = orjson.dumps(sorted(set(scopes))).decode()
    await session.execute(CREATE, {**values, "scopes": wanted})
    await record(session, actor, "token.create", str(values["id"]))
    return UUID(str(values["id"])), token


async def list_tokens(session: AsyncSession) -> list[Listed]:
    """All tokens, the oldest first, revoked ones too."""
    return [Listed(*row) for row in await session.execute(LIST)]


async def revoke(session: AsyncSession, token_id: UUID, *, actor: str) -> None:
    """Revoke a token, effective immediately. Raises NotFound."""
    if not changed_rows(await session.execute(REVOKE, {"id": token_id})):
        raise NotFound("There is no such token, or it was revoked before.")
    await record(session, actor, "token.revoke", str(token_id))


async def find(session: AsyncSession, token: str, client: bytes) -> Found:
    """Whose token this is; a wrong one is counted against the client, in the caller's
    transaction, which must commit whatever is found.

    A right token enters whatever else came from its address: others may be behind it, too.
    """
    values = {"hash": token_digest(token), "client": client, "window": WINDOW}
    row = (await session.execute(FIND, values)).one()
    if row.id is None:
        barred = row.wrong >= WRONG_MAX
        if not barred:
            await session.execute(WRONG, {"client": client, "window": WINDOW})
        return Found(None, frozenset(), barred=barred)
    if row.unused:
        await session.execute(USE, {"id": row.id})
    return Found(row.id, frozenset(row.scopes), barred=False)
