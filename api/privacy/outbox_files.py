"""The purge of the development outbox: mails and letters as files, with the data of their rows.

A file is removed when its row's data is: a mail when its supporter's identity is wiped, a letter
when nothing of it is left to send. A file without a row (of another database, or half written)
is removed by its age, after the limit for words.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.session import transaction

BATCH: Final = 1000

# Each query returns, for the ids it knows, whether their data still exists.
_KEPT: Final[dict[str, TextClause]] = {
    "mail": text("""
        SELECT m.id, s.identity IS NOT NULL AS kept
        FROM mails m JOIN supporters s ON s.id = m.supporter_id WHERE m.id = ANY(:ids)
    """),
    "letters": text("""
        SELECT l.id, bool_or(d.payload IS NOT NULL) AS kept
        FROM letters l JOIN deliveries d ON d.letter_id = l.id WHERE l.id = ANY(:ids) GROUP BY l.id
    """),
}


_OF: Final[dict[str, tuple[str, TextClause]]] = {
    "mail": ("eml", text("SELECT id FROM mails WHERE supporter_id = ANY(:supporters)")),
    "letters": ("txt", text("SELECT id FROM letters WHERE person_id = ANY(:people)")),
}


async def remove_of(
    session: AsyncSession,
    outbox: Path,
    *,
    supporters: Sequence[UUID],
    people: Sequence[UUID],
) -> None:
    """Remove the files of these forms and persons at once. What is being written at this moment
    goes with the next purge."""
    for name, (ending, query) in _OF.items():
        if await asyncio.to_thread((outbox / name).is_dir):
            of = {"supporters": list(supporters), "people": list(people)}
            ids = (await session.execute(query, of)).scalars().all()
            files = [outbox / name / f"{each}.{ending}" for each in ids]
            await asyncio.to_thread(_unlink, files)


async def remove_files(engine: AsyncEngine, outbox: Path, *, before: datetime) -> int:
    """Remove files whose data is wiped, and unknown ones from before ``before``; how many."""
    removed = 0
    for name, query in _KEPT.items():
        files = await asyncio.to_thread(_files, outbox / name)
        for start in range(0, len(files), BATCH):
            batch = files[start : start + BATCH]
            async with transaction(engine) as session:
                kept = await _kept(session, query, batch)
            removed += await asyncio.to_thread(_remove, batch, kept, before.timestamp())
    return removed


async def _kept(
    session: AsyncSession, query: TextClause, files: Sequence[Path]
) -> dict[UUID, bool]:
    ids = [found for file in files if (found := _id(file)) is not None]
    return {row.id: row.kept for row in await session.execute(query, {"ids": ids})}


def _files(folder: Path) -> list[Path]:
    """Every file of a folder that may not exist, temporary ones too."""
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _remove(files: Sequence[Path], kept: dict[UUID, bool], before: float) -> int:
    ids = {file: _id(file) for file in files}
    over = [
        file for file, id_ in ids.items() if _is_over(file, kept.get(id_) if id_ else None, before)
    ]
    _unlink(over)
    return len(over)


def _unlink(files: Sequence[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _is_over(file: Path, kept: bool | None, before: float) -> bool:
    if kept is not None:
        return not kept
    try:
        return file.stat().st_mtime < before
    except FileNotFoundError:
        return False


def _id(file: Path) -> UUID | None:
    """The row that a file is named for; temporary names begin with it too."""
    try:
        return UUID(file.name.lstrip(".").split(".", 1)[0])
    except ValueError:
        return None
