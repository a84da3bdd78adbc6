"""Imported data sets in the database, from which every process takes the newest."""

import zlib
from datetime import date
from typing import Final

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.columns import utc_now
from api.targets import dataset
from api.targets.dataset import BrokenData, DataSet
from api.targets.models import StoredData

KEPT: Final = 5  # of those that were imported last; a set takes some 250 kB
LARGEST: Final = 64 * 2**20  # bytes of a set
Version = tuple[date, str, str]

BEST_FIRST: Final = (
    col(StoredData.as_of).desc(),
    col(StoredData.made).desc(),
    col(StoredData.digest).desc(),
)


async def put(session: AsyncSession, data: DataSet) -> str:
    """Keep a set, and return its digest; the oldest of many are dropped."""
    raw = dataset.encode(data)
    kept = dataset.decode(raw)
    row = StoredData(
        digest=kept.digest,
        congress=kept.congress,
        as_of=kept.as_of,
        made=kept.made,
        content=zlib.compress(raw, 9),
        stored_at=utc_now(),
    )
    await session.merge(row)
    await session.flush()
    kept_ones = select(col(StoredData.digest)).order_by(*BEST_FIRST).limit(KEPT)
    await session.exec(delete(StoredData).where(col(StoredData.digest).not_in(kept_ones)))
    return kept.digest


async def newest(session: AsyncSession) -> Version | None:
    """The version of the newest set; None before the first import."""
    version = select(col(StoredData.as_of), col(StoredData.made), col(StoredData.digest))
    found = (await session.exec(version.order_by(*BEST_FIRST).limit(1))).first()
    return (found[0], found[1], found[2]) if found else None


async def read(session: AsyncSession, digest: str) -> DataSet:
    """One set. Raises BrokenData when it is gone, or not what its digest says."""
    row = await session.get(StoredData, digest)
    if row is None:
        raise BrokenData("The data set is not in the database any more.")
    try:
        raw = zlib.decompressobj().decompress(row.content, LARGEST)
    except zlib.error as error:
        raise BrokenData("The data set in the database is damaged.") from error
    data = dataset.decode(raw, "the data set in the database")
    if data.digest != digest:
        raise BrokenData("The data set in the database is damaged.")
    return data
