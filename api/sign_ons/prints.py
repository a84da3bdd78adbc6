"""Open letters as PDFs, made by the worker when somebody wants one, and kept for everybody.

A web process only reads the stored PDF, and asks for a new one; so a list of thousands is typeset
once, whatever the number of readers and nodes, and no connection is kept meanwhile.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, UpdateBase, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import case, col, delete, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.catalog import Catalog
from api.counts.reader import CountReader
from api.database.columns import utc_now
from api.database.session import NOT_LOADED, session_scope, transaction
from api.errors import NotFound
from api.printing.statement import PrintedStatement
from api.printing.workshop import STATEMENT_SECONDS, Busy, Workshop
from api.sign_ons.models import StatementPrint
from api.sign_ons.printed import compose

FRESH: Final = timedelta(minutes=1)
"""From this age on a new one is made, if somebody asks, while the old one is still given out."""

LIFETIME: Final = timedelta(minutes=10)
"""From this age on it is given out no more: people on it may have withdrawn."""

PATIENCE: Final = 10.0
POLL_SECONDS: Final = 0.25
REMEMBERED_SECONDS: Final = 5.0

_CLAIM: Final = text("""
    UPDATE statement_prints SET lease_until = now() + :lease
    WHERE (campaign, language) = (
        SELECT campaign, language FROM statement_prints
        WHERE wanted_at IS NOT NULL AND (lease_until IS NULL OR lease_until < now())
        ORDER BY wanted_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING campaign, language, digest, lease_until
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
        _, known = self._kept.get((campaign, language), (0.0, None))
        async with session_scope(self._engine) as session:
            row = await _find(session, campaign, language, known)
            if row is None or not row.is_fresh:
                await _want(session, campaign, language)
        if row is None:
            return None
        return known if row.pdf is None else Print(row.digest, row.pdf)


async def _find(
    session: AsyncSession, campaign: str, language: str, known: Print | None
) -> Any | None:
    """The stored PDF; without its bytes if it is the ``known`` one."""
    pdf, age = col(StatementPrint.pdf), func.now() - col(StatementPrint.made_at)
    another = col(StatementPrint.digest).is_distinct_from(known.digest if known else None)
    columns: tuple[Any, ...] = (
        StatementPrint.digest,
        (age < FRESH).label("is_fresh"),
        case((another, pdf)).label("pdf"),
    )
    query = select(*columns).where(
        StatementPrint.campaign == campaign,
        StatementPrint.language == language,
        age < LIFETIME,
        pdf.is_not(None),
    )
    return (await session.exec(query)).one_or_none()


async def _want(session: AsyncSession, campaign: str, language: str) -> None:
    """Ask for a new one, unless somebody did already."""
    now = utc_now()
    want = insert(StatementPrint).values(campaign=campaign, language=language, wanted_at=now)
    await session.exec(
        want.on_conflict_do_update(
            index_elements=["campaign", "language"],
            set_={"wanted_at": now},
            where=col(StatementPrint.wanted_at).is_(None),
        )
    )


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
        own = _own(claimed)
        try:
            made = await self._compose(claimed.campaign, claimed.language)
        except NotFound:
            await self._write(delete(StatementPrint).where(*own))
            return 1
        digest = _digest(made)
        values: dict[str, Any] = {"digest": digest, "made_at": func.now()}
        values |= {"wanted_at": None, "lease_until": None}
        if digest != claimed.digest:
            values["pdf"] = await self.workshop.print(made)
        await self._write(update(StatementPrint).where(*own).values(values))
        return 1

    async def _claim(self) -> Any:
        lease = timedelta(seconds=STATEMENT_SECONDS + 30)
        async with transaction(self.engine) as session:
            return (await session.execute(_CLAIM, {"lease": lease})).one_or_none()

    async def _compose(self, campaign: str, language: str) -> PrintedStatement:
        published = self.catalog().get(campaign)
        counts = await self.counts.read(campaign)
        async with transaction(self.engine) as session:
            return await compose(session, published, language, counts, self.locale_dir)

    async def _write(self, statement: UpdateBase) -> None:
        async with transaction(self.engine) as session:
            await session.exec(statement, execution_options=NOT_LOADED)


def _own(claimed: Any) -> Sequence[ColumnElement[bool]]:
    """Only the row that was claimed: erasing somebody deletes it, and a later reader inserts a new
    one, which must not get the PDF that was begun before."""
    return (
        col(StatementPrint.campaign) == claimed.campaign,
        col(StatementPrint.language) == claimed.language,
        col(StatementPrint.lease_until) == claimed.lease_until,
    )


def _digest(made: PrintedStatement) -> str:
    raw = json.dumps(asdict(made), default=str).encode()
    return hashlib.sha256(raw).hexdigest()[:32]
