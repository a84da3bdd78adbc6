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

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from api.database.session import transaction
from api.deliveries.models import Delivery
from api.letters.models import Letter
from api.mail.models import Mail
from api.supporters.models import Supporter

BATCH: Final = 1000

# By folder: whether the data of the rows that they are named for still
# exists.
_KEPT: Final[dict[str, Select[UUID, bool]]] = {
    "mail": select(Mail.id, col(Supporter.identity).is_not(None)).join(
        Supporter, col(Supporter.id) == Mail.supporter_id
    ),
    "letters": select(Letter.id, func.bool_or(col(Delivery.payload).is_not(None)))
    .join(Delivery, col(Delivery.letter_id) == Letter.id)
    .group_by(col(Letter.id)),
}
_ID: Final = {"mail": col(Mail.id), "letters": col(Letter.id)}
_ENDING: Final = {"mail": "eml", "letters": "txt"}


async def remove_of(
    session: AsyncSession,
    outbox: Path,
    *,
    supporters: Sequence[UUID],
    people: Sequence[UUID],
) -> None:
    """Remove the files of these forms and persons at once. What is being written at this moment
    goes with the next purge."""
    found = {
        "mail": select(Mail.id).where(col(Mail.supporter_id).in_(supporters)),
        "letters": select(Letter.id).where(col(Letter.person_id).in_(people)),
    }
    for name, query in found.items():
        if await asyncio.to_thread((outbox / name).is_dir):
            ids = (await session.exec(query)).all()
            files = [outbox / name / f"{each}.{_ENDING[name]}" for each in ids]
            await asyncio.to_thread(_unlink, files)


async def remove_files(engine: AsyncEngine, outbox: Path, *, before: datetime) -> int:
    """Remove files whose data is wiped, and unknown ones from before ``before``; how many."""
    removed = 0
    for name in _KEPT:
        files = await asyncio.to_thread(_files, outbox / name)
        for start in range(0, len(files), BATCH):
            batch = files[start : start + BATCH]
            async with transaction(engine) as session:
                kept = await _kept(session, name, batch)
            removed += await asyncio.to_thread(_remove, batch, kept, before.timestamp())
    return removed


async def _kept(session: AsyncSession, name: str, files: Sequence[Path]) -> dict[UUID, bool]:
    ids = [found for file in files if (found := _id(file)) is not None]
    return dict((await session.exec(_KEPT[name].where(_ID[name].in_(ids)))).all())


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
