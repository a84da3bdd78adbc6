"""Bearer tokens of organizers' programs: made, listed and revoked by command, found by request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import LargeBinary, bindparam, literal
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import and_, case, col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.errors import NotFound
from api.limits.models import WrongTokens
from api.organizers.models import ApiToken
from api.security.identifiers import new_id
from api.security.tokens import new_token, token_digest

# A client that sends this many wrong tokens has to wait: see find.
WRONG_MAX = 20
WINDOW = timedelta(minutes=10)
# By the database's clock: processes on several machines share these rows.
LATELY = func.now() - WINDOW
THIS_HOUR = func.date_trunc("hour", func.now())
# One query for both, built once, since each request asks it: how often this client was wrong, and
# whose token it is.
_FINDING: Final = (
    select(
        ApiToken.id,
        ApiToken.scopes,
        func.coalesce(WrongTokens.wrong, 0),
        col(ApiToken.used).is_distinct_from(THIS_HOUR),
    )
    .select_from(select(literal(1)).subquery("one"))
    .outerjoin(
        ApiToken,
        and_(
            col(ApiToken.hash) == bindparam("hash", type_=LargeBinary),
            col(ApiToken.revoked).is_(None),
        ),
    )
    .outerjoin(
        WrongTokens,
        and_(
            col(WrongTokens.client_hash) == bindparam("client", type_=LargeBinary),
            col(WrongTokens.since) > LATELY,
        ),
    )
)


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
    made = ApiToken(id=new_id(), hash=digest, name=name, scopes=sorted(set(scopes)))
    session.add(made)
    await record(session, actor, "token.create", str(made.id))
    return made.id, token


async def list_tokens(session: AsyncSession) -> Sequence[ApiToken]:
    """All tokens, the oldest first, revoked ones too."""
    return (
        await session.exec(select(ApiToken).order_by(col(ApiToken.created), col(ApiToken.id)))
    ).all()


async def revoke(session: AsyncSession, token_id: UUID, *, actor: str) -> None:
    """Revoke a token, effective immediately. Raises NotFound."""
    good = update(ApiToken).where(col(ApiToken.id) == token_id, col(ApiToken.revoked).is_(None))
    if not (await session.exec(good.values(revoked=func.now()))).rowcount:
        raise NotFound("There is no such token, or it was revoked before.")
    await record(session, actor, "token.revoke", str(token_id))


async def find(session: AsyncSession, token: str, client: bytes) -> Found:
    """Whose token this is; a wrong one is counted against the client, in the caller's
    transaction, which must commit whatever is found.

    A right token enters whatever else came from its address: others may be behind it, too.
    """
    values = {"hash": token_digest(token), "client": client}
    token_id, scopes, wrong, unused = (await session.exec(_FINDING, params=values)).one()
    if token_id is None:
        barred = wrong >= WRONG_MAX
        if not barred:
            await _count_wrong(session, client)
        return Found(None, frozenset(), barred=barred)
    if unused:
        used = update(ApiToken).where(col(ApiToken.id) == token_id)
        await session.exec(used.values(used=THIS_HOUR))
    return Found(token_id, frozenset(scopes), barred=False)


async def _count_wrong(session: AsyncSession, client: bytes) -> None:
    """Count one more within the window, or begin a new one."""
    lately = col(WrongTokens.since) > LATELY
    again = {
        "wrong": case((lately, WrongTokens.wrong + 1), else_=1),
        "since": case((lately, WrongTokens.since), else_=func.now()),
    }
    first = insert(WrongTokens).values(client_hash=client, since=func.now(), wrong=1)
    await session.exec(first.on_conflict_do_update(index_elements=["client_hash"], set_=again))
