"""Stores accepted forms, by group commit.

All forms that arrive while a commit is running are stored by the next one, in one statement. So
under load a commit is shared, and nobody waits for a timer. ``put`` returns only after
the commit. This module works on connections of its own, raw psycopg, since it is the one hot
path of the product (see ``docs/decisions/0003-intake.md``).
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

import orjson
import psycopg
import structlog

from api import metrics
from api.errors import DomainError, IdempotencyConflict, Unavailable, unstorable
from api.submissions.intake_sql import FIND_ANSWER, FIND_STORED, STORE

log = structlog.get_logger()

Connect = Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]
BATCH = 100
LANES = 2
QUEUE_LIMIT = 5_000
PATIENCE = 8.0  # seconds that a form waits for the database before its sender gets an error


class IdempotencyClaim(NamedTuple):
    """Keyed hashes of a route's ``Idempotency-Key`` and of the body that came with it."""

    route: str
    key_hash: bytes
    body_hash: bytes


class SharedColumns(TypedDict):
    """What every form has, whether it asks for letters or signs."""

    supporter_id: UUID
    submission_id: UUID
    mail_id: UUID
    campaign: str
    email_hash: bytes
    hash_key_id: str
    canonical_version: int
    data_key: bytes
    language: str
    consents_version: int
    partner: str | None
    referral: str | None
    client_hash: bytes | None
    domain_hash: bytes
    form_hash: bytes
    bundle: str
    demands: str
    letters: str
    surface: str


class FormRow(SharedColumns):
    """One form by the columns that ``STORE`` takes."""

    identity: bytes
    address: bytes
    country: str
    consents: str
    state: str | None
    district: str | None
    district_basis: str | None
    words: bytes | None
    sign_on: dict[str, Any] | None
    """``id``, ``statement``, ``display`` and ``words`` of a person who signs."""
    organization: dict[str, Any] | None
    """``id``, ``statement``, ``entry`` and so on of an organization, as its table has them."""


class AcceptedForm(NamedTuple):
    """One accepted form: its row, the answer that goes out once it is stored, and its claim."""

    row: FormRow
    answer: bytes
    claim: IdempotencyClaim | None = None

    @property
    def supporter_id(self) -> UUID:
        return self.row["supporter_id"]

    @property
    def submission_id(self) -> UUID:
        return self.row["submission_id"]

    def encode(self) -> bytes:
        """The form as ``STORE`` takes it: a JSON object that names the columns."""
        claim = {} if self.claim is None else {**self.claim._asdict(), "answer": self.answer}
        return orjson.dumps({**self.row, **claim}, default=_hex)


def _hex(value: object) -> str:
    """Bytes as PostgreSQL reads them from text (its manual, 8.4.1: hex format)."""
    if isinstance(value, bytes):
        return rf"\x{value.hex()}"
    raise TypeError(type(value).__name__)


Finish = Callable[[], AcceptedForm]


@dataclass(slots=True)
class _Waiting:
    form: AcceptedForm
    document: bytes
    future: asyncio.Future[bytes]


class Intake:
    """Stores accepted forms over a few connections of its own.

    ``connect`` opens an autocommit connection; it is called again after a failure.
    """

    def __init__(self, connect: Connect, *, batch: int = BATCH, lanes: int = LANES) -> None:
        self._connect = connect
        self._batch = batch
        self._queue: deque[tuple[Finish, asyncio.Future[bytes]]] = deque()
        self._wake = asyncio.Event()
        self._lanes = lanes
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._lane()) for _ in range(self._lanes)]

    async def close(self) -> None:
        """Store what has queued, then end."""
        self._closing = True
        self._wake.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def put(self, finish: Finish) -> bytes:
        """Store the form that ``finish`` makes and return its answer, after the commit.

        The forms of a batch are made one right after the other: with the processor's caches warm,
        each takes half the time that it takes between two requests. What ``finish`` raises is
        raised here. With an ``Idempotency-Key`` that was used for the same body, the stored answer
        is returned and nothing is stored. Raises IdempotencyConflict when the body was another,
        and Unavailable when the database cannot be reached: the form may be sent again with
        the same key then.
        """
        if self._closing or len(self._queue) >= QUEUE_LIMIT:
            raise Unavailable("There are more forms than can be taken now: try again in a minute.")
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._queue.append((finish, future))
        self._wake.set()
        return await future

    async def _lane(self) -> None:
        connection: psycopg.AsyncConnection[Any] | None = None
        while await self._has_work():
            batch = self._next_batch()
            if batch:
                connection = await self._store(connection, batch)
        if connection is not None:
            await connection.close()

    def _next_batch(self) -> list[_Waiting]:
        """The queued forms, finished. A form that fails does not affect the others."""
        batch = []
        for _ in range(min(self._batch, len(self._queue))):
            finish, future = self._queue.popleft()
            try:
                form = finish()
                batch.append(_Waiting(form, form.encode(), future))
            except Exception as error:  # noqa: BLE001 (its sender's to be told)
                if not future.done():
                    future.set_exception(error)
        return batch

    async def _has_work(self) -> bool:
        while not self._queue:
            if self._closing:
                return False
            self._wake.clear()
            await self._wake.wait()
        return True

    async def _store(
        self, connection: psycopg.AsyncConnection[Any] | None, batch: list[_Waiting]
    ) -> psycopg.AsyncConnection[Any] | None:
        try:
            connection = connection or await self._connect()
            await self._store_batch(connection, batch)
        except (psycopg.Error, OSError) as error:
            log.warning("intake.batch_failed", error=type(error).__name__, forms=len(batch))
            connection = await self._store_singly(connection, batch)
        except BaseException as error:
            _fail(batch, error)
            raise
        return connection

    async def _store_batch(
        self, connection: psycopg.AsyncConnection[Any], batch: list[_Waiting]
    ) -> None:
        documents = b",".join(waiting.document for waiting in batch)
        cursor = await connection.execute(STORE, [f"[{documents.decode()}]"])
        stored = {row[0] for row in await cursor.fetchall()}
        metrics.batch_stored(len(batch), len(stored), len(self._queue))
        for waiting in batch:
            if waiting.form.submission_id in stored:
                _answer(waiting, waiting.form.answer)
        for waiting in batch:
            if waiting.form.submission_id not in stored:
                await _answer_from_memory(connection, waiting)

    async def _store_singly(
        self, connection: psycopg.AsyncConnection[Any] | None, batch: list[_Waiting]
    ) -> psycopg.AsyncConnection[Any] | None:
        """After a failure store forms one by one: one bad form must not fail the others, and a
        commit whose result is unknown must not be repeated."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        for waiting in batch:
            if not waiting.future.done():
                connection = await self._settle(connection, waiting, deadline)
        return connection

    async def _settle(
        self,
        connection: psycopg.AsyncConnection[Any] | None,
        waiting: _Waiting,
        deadline: float,
    ) -> psycopg.AsyncConnection[Any] | None:
        """Store one form, over as many connections as break before the deadline (loop time)."""
        while True:
            connection = await self._reconnected(connection, deadline)
            if connection is None:
                _fail(
                    [waiting], Unavailable("The database does not answer: try again in a minute.")
                )
                return None
            try:
                if await _is_stored(connection, waiting.form):
                    _answer(waiting, waiting.form.answer)
                else:
                    await self._store_batch(connection, [waiting])
            except (psycopg.Error, OSError) as error:
                if connection.broken or connection.closed:
                    continue
                log.error("intake.form_failed", error=type(error).__name__)
                _fail([waiting], _refusal(error))
            return connection

    async def _reconnected(
        self, connection: psycopg.AsyncConnection[Any] | None, deadline: float
    ) -> psycopg.AsyncConnection[Any] | None:
        """A connection that works, or None when there is none before the deadline (loop time)."""
        while True:
            try:
                if connection is None or connection.broken or connection.closed:
                    connection = await self._connect()
                await connection.execute("SELECT 1")
            except (psycopg.Error, OSError):
                if connection is not None:
                    with contextlib.suppress(psycopg.Error, OSError):
                        await connection.close()
                connection = None
                if asyncio.get_running_loop().time() > deadline:
                    return None
                await asyncio.sleep(0.1)
            else:
                return connection


async def _is_stored(connection: psycopg.AsyncConnection[Any], form: AcceptedForm) -> bool:
    cursor = await connection.execute(FIND_STORED, [form.supporter_id])
    return await cursor.fetchone() is not None


async def _answer_from_memory(connection: psycopg.AsyncConnection[Any], waiting: _Waiting) -> None:
    """Answer a form that lost the race for its key as the winner was answered."""
    claim = waiting.form.claim
    assert claim is not None
    cursor = await connection.execute(FIND_ANSWER, [claim.route, claim.key_hash])
    found = await cursor.fetchone()
    if found is None:
        _fail([waiting], Unavailable("The answer to this key has just expired: send it again."))
    elif bytes(found[0]) != claim.body_hash:
        _fail([waiting], conflict())
    else:
        _answer(waiting, bytes(found[1]))


def _refusal(error: Exception) -> DomainError:
    """The error for a form that the database cannot store: unlike in an outage, trying again is
    useless."""
    if isinstance(error, psycopg.DataError):
        return unstorable()
    return Unavailable("This form could not be stored: try again in a minute.")


def conflict() -> IdempotencyConflict:
    return IdempotencyConflict("Use a new Idempotency-Key for a request that differs.")


def _answer(waiting: _Waiting, answer: bytes) -> None:
    if not waiting.future.done():
        waiting.future.set_result(answer)


def _fail(batch: list[_Waiting], error: BaseException) -> None:
    for waiting in batch:
        if not waiting.future.done():
            waiting.future.set_exception(error)


__all__ = ["AcceptedForm", "FormRow", "IdempotencyClaim", "Intake", "conflict"]
