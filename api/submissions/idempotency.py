"""``Idempotency-Key``: the same key and body, the same answer; another body, a conflict."""

import re
from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.errors import DomainError
from api.security.hashing import keyed_hash
from api.security.keys import KeyRing
from api.security.sealing import DataKey, Seal
from api.submissions.intake import IdempotencyClaim, conflict

KEY = re.compile(r"[\x21-\x7e]{1,255}")

FIND = text("""
    SELECT body_hash, answer FROM idempotency WHERE route = :route AND key_hash = :key_hash
""")

# Two requests with one key: the second waits for the first one's answer.
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:lock)")

REMEMBER = text("""
    INSERT INTO idempotency (route, key_hash, body_hash, answer, expires)
    VALUES (:route, :key_hash, :body_hash, :answer, now() + interval '24 hours')
    ON CONFLICT DO NOTHING
""")


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
        lock = int.from_bytes(self._claim.key_hash[:8], "big", signed=True)
        await session.execute(ONE_AT_A_TIME, {"lock": lock})
        values = {"route": self._claim.route, "key_hash": self._claim.key_hash}
        row = (await session.execute(FIND, values)).one_or_none()
        if row is None:
            return None
        if bytes(row.body_hash) != self._claim.body_hash:
            raise conflict()
        return self._seal.open(bytes(row.answer), "idempotency", "answer", self._row)

    async def remember(self, session: AsyncSession, answer: bytes) -> None:
        sealed = self._seal.seal(answer, "idempotency", "answer", self._row)
        await session.execute(REMEMBER, {**self._claim._asdict(), "answer": sealed})


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
