"""Open letters as PDFs, made by the worker when somebody wants one, and kept for everybody.

A web process only reads the stored PDF, and asks for a new one; so a list of thousands is typeset
once, whatever the number of readers and nodes, and no connection is kept meanwhile.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.campaigns.catalog import Catalog
from api.counts.reader import CountReader
from api.database.session import session_scope, transaction
from api.errors import NotFound
from api.printing.statement import PrintedStatement
from api.printing.workshop import STATEMENT_SECONDS, Busy, Workshop
from api.sign_ons.printed import compose

FRESH: Final = timedelta(minutes=1)
"""From this age on a new one is made, if somebody asks, while the old one is still given out."""

LIFETIME: Final = timedelta(minutes=10)
"""From this age on it is given out no more: people on it may have withdrawn."""

PATIENCE: Final = 10.0
POLL_SECONDS: Final = 0.25
REMEMBERED_SECONDS: Final = 5.0

_WANT: Final = text("""
    INSERT INTO statement_prints (campaign, language, wanted_at)
    VALUES (:campaign, :language, now())
    ON CONFLICT (campaign, language) DO UPDATE SET wanted_at = now()
    WHERE statement_prints.wanted_at IS NULL
""")
_FIND: Final = text("""
    SELECT digest, made_at > now() - :fresh AS is_fresh,
        CASE WHEN digest IS DISTINCT FROM :known THEN pdf END AS pdf
    FROM statement_prints WHERE campaign = :campaign AND language = :language
        AND made_at > now() - :lifetime AND pdf IS NOT NULL
""")
_CLAIM: Final = text("""
    UPDATE statement_prints SET lease_until = now() + :lease
    WHERE (campaign, language) = (
        SELECT campaign, language FROM statement_prints
        WHERE wanted_at IS NOT NULL AND (lease_until IS NULL OR lease_until < now())
        ORDER BY wanted_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING campaign, language, digest, lease_until
""")
# Only by whoever claimed this very row: erasing somebody deletes it, and a reader who comes then
# makes another, which must not get the PDF that was begun before.
_KEEP: Final = text("""
    UPDATE statement_prints SET digest = :digest, pdf = coalesce(:pdf, pdf), made_at = now(),
        wanted_at = NULL, lease_until = NULL
    WHERE campaign = :campaign AND language = :language AND lease_until = :lease_until
""")
_DROP: Final = text("""
    DELETE FROM statement_prints
    WHERE campaign = :campaign AND language = :language AND lease_until = :lease_until
""")


@dataclass(frozen=True, slots=True)
class Print:
    digest: str
    pdf: bytes

    @property
    def etag(self) -> str:
        return f'"{self.digest}"'


class StatementPrints:
    """The PDFs for one web process: one query per PDF, however many requests wait for it."""

    def __init__(self, engine: AsyncEngine, patience: float = PATIENCE) -> None:
        self._engine, self._patience = engine, patience
        self._kept: dict[tuple[str, str], tuple[float, Print]] = {}
        self._looking: dict[tuple[str, str], asyncio.Task[Print]] = {}

    async def find(self, campaign: str, language: str) -> Print:
        """The letter's PDF. Raises Busy when it is not made within a few seconds."""
        key = (campaign, language)
        at, kept = self._kept.get(key, (0.0, None))
        if kept is not None and asyncio.get_running_loop().time() - at < REMEMBERED_SECONDS:
            return kept
        if key not in self._looking:
            task = self._looking[key] = asyncio.create_task(self._awaited(campaign, language))
            task.add_done_callback(lambda _: self._looking.pop(key))
        return await asyncio.shield(self._looking[key])

    async def _awaited(self, campaign: str, language: str) -> Print:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        while True:
            found = await self._look(campaign, language)
            if found is not None:
                self._kept[campaign, language] = (loop.time(), found)
                return found
            if loop.time() > deadline:
                raise Busy("This PDF is being made: open its address again in ten seconds.")
            await asyncio.sleep(POLL_SECONDS)

    async def _look(self, campaign: str, language: str) -> Print | None:
        """The stored PDF, if any; asks for a new one if it is old or missing."""
        key = {"campaign": campaign, "language": language}
        _, known = self._kept.get((campaign, language), (0.0, None))
        bounds = {"fresh": FRESH, "lifetime": LIFETIME, "known": known and known.digest}
        async with session_scope(self._engine) as session:
            row = (await session.execute(_FIND, {**key, **bounds})).one_or_none()
            if row is None or not row.is_fresh:
                await session.execute(_WANT, key)
        if row is None:
            return None
        return known if row.pdf is None else Print(row.digest, bytes(row.pdf))


@dataclass(frozen=True)
class StatementPrinting:
    """The worker's part: makes the PDFs that were asked for."""

    engine: AsyncEngine
    catalog: Callable[[], Catalog]
    counts: CountReader
    workshop: Workshop
    locale_dir: Path

    async def print_wanted(self) -> int:
        """Make one that is wanted, unless the list is as it was; how many, 0 or 1.

        One that fails is tried again when its lease has ended.
        """
        claimed = await self._claim()
        if claimed is None:
            return 0
        key = dict(claimed)
        try:
            made = await self._compose(key["campaign"], key["language"])
        except NotFound:
            await self._write(_DROP, key)
            return 1
        digest = _digest(made)
        pdf = None if digest == key["digest"] else await self.workshop.print(made)
        await self._write(_KEEP, {**key, "digest": digest, "pdf": pdf})
        return 1

    async def _claim(self) -> Any:
        lease = timedelta(seconds=STATEMENT_SECONDS + 30)
        async with transaction(self.engine) as session:
            claimed = await session.execute(_CLAIM, {"lease": lease})
            return claimed.mappings().one_or_none()

    async def _compose(self, campaign: str, language: str) -> PrintedStatement:
        published = self.catalog().get(campaign)
        counts = await self.counts.read(campaign)
        async with transaction(self.engine) as session:
            return await compose(session, published, language, counts, self.locale_dir)

    async def _write(self, statement: Any, values: dict[str, Any]) -> None:
        async with transaction(self.engine) as session:
            await session.execute(statement, values)


def _digest(made: PrintedStatement) -> str:
    raw = json.dumps(asdict(made), default=str).encode()
    return hashlib.sha256(raw).hexdigest()[:32]
