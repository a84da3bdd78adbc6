"""``Idempotency-Key``: the same key and body, the same answer; another body, a conflict."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.columns import utc_now
from api.database.locks import lock
from api.errors import DomainError
from api.security.hashing import keyed_hash
from api.security.keys import KeyRing
from api.security.sealing import DataKey, Seal
from api.submissions.intake import IdempotencyClaim, conflict
from api.submissions.models import Idempotency

KEY = re.compile(r"[\x21-\x7e]{1,255}")

_LIFETIME = timedelta(hours=24)


class KeyMalformed(DomainError):
    status = 400
    code = "idempotency_key_malformed"
    title = "The Idempotency-Key cannot be used"


def make_claim(keys: KeyRing, route: str, key: str | None, body: bytes) -> IdempotencyClaim | None:
    """Keyed hashes of key and body, or None without a key. Raises KeyMalformed."""
    if key is None:
        return None
    if not KEY.fullmatch(key):
        raise KeyMalformed("Use 1 to 255 visible ASCII characters, for example a UUID.")
    purpose = keys.purpose("idempotency")
    return IdempotencyClaim(
        route, keyed_hash(purpose, f"key:{route}", key), keyed_hash(purpose, "body", body)
    )


class SealedAnswers:
    """Answers that contain a secret, such as a link's token: only the key can open one."""

    def __init__(self, keys: KeyRing, key: str, claim: IdempotencyClaim) -> None:
        secret = keyed_hash(keys.purpose("idempotency"), "answer", key)
        self._seal = Seal(DataKey(secret))
        self._row = UUID(bytes=claim.key_hash[:16])
        self._claim = claim

    async def begin(self, session: AsyncSession) -> bytes | None:
        """The answer given before, or None; others with this key wait until the transaction ends.

        Raises IdempotencyConflict for another body.
        """
        # Two requests with one key: the second waits for the first one's answer.
        key = int.from_bytes(self._claim.key_hash[:8], "big", signed=True)
        await lock(session, key)
        known = await session.get(Idempotency, (self._claim.route, self._claim.key_hash))
        if known is None:
            return None
        if known.body_hash != self._claim.body_hash:
            raise conflict()
        return self._seal.open(known.answer, "idempotency", "answer", self._row)

    async def remember(self, session: AsyncSession, answer: bytes) -> None:
        """Store the answer for a day."""
        sealed = self._seal.seal(answer, "idempotency", "answer", self._row)
        values = {**self._claim._asdict(), "answer": sealed, "expires": utc_now() + _LIFETIME}
        await session.exec(insert(Idempotency).values(values).on_conflict_do_nothing())


def answers_of(keys: KeyRing, place: str, key: str, body: str) -> SealedAnswers | None:
    """The answers for a page's own ``key``, so that a button may be pressed twice; None without."""
    claim = make_claim(keys, place, key or None, body.encode())
    return SealedAnswers(keys, key, claim) if claim else None


async def once(
    session: AsyncSession, answers: SealedAnswers | None, act: Callable[[], Awaitable[str]]
) -> str:
    """Run ``act`` once: a second call returns the same result without running it.

    The connection's transaction holds both the effect and the answer.
    """
    if answers is None:
        return await act()
    known = await answers.begin(session)
    if known is not None:
        return known.decode()
    answer = await act()
    await answers.remember(session, answer.encode())
    return answer
