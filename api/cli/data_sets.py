"""Where reference data lies: in this node's file, and in the database for all nodes."""

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from api.cli.database import external_url
from api.errors import DomainError
from api.settings import ROOT, Settings
from api.targets.congress import Directory
from api.targets.dataset import BrokenData, DataSet

if TYPE_CHECKING:
    from api.services import Published

SHIPPED = ROOT / "data"


def has_database(settings: Settings) -> bool:
    """Whether there is a database: one that is configured, or an embedded one that was made."""
    return external_url(settings) is not None or (settings.state_dir / "postgres").exists()


def of_file(folder: Path) -> DataSet | None:
    """The set of this node's file; None where there is none, or it is damaged."""
    from api.targets import dataset

    try:
        return dataset.read(folder)
    except BrokenData:
        return None  # there is none yet, or it is what an import is to repair


def of_database(settings: Settings) -> DataSet | None:
    """The newest imported set; None without a database, or before the first import."""
    from api.cli.stepping import run_plain_step
    from api.targets import store

    async def step(session: AsyncSession) -> DataSet | None:
        version = await store.newest(session)
        return await store.read(session, version[-1]) if version else None

    return run_plain_step(step) if has_database(settings) else None


def in_use(settings: Settings) -> DataSet | None:
    """The set that the processes use: the newer of the file's and the database's."""
    found = [each for each in (of_file(settings.data_dir), of_database(settings)) if each]
    return max(found, key=lambda data: data.version, default=None)


def directory_in_use(settings: Settings) -> Directory:
    """The same, ready to ask. Where the database does not answer, that is told, and this node's
    file is taken. Raises BrokenData."""
    from sqlalchemy.exc import SQLAlchemyError

    stored = None
    try:
        stored = of_database(settings)
    except (DomainError, SQLAlchemyError, psycopg.Error, OSError) as error:
        told = type(error).__name__
        typer.echo(f"The database does not answer ({told}); this is of the file.", err=True)
    data = of_file(settings.data_dir)
    if stored is not None and (data is None or stored.version > data.version):
        return Directory.of(stored, "the database")
    return Directory.load(settings.data_dir)


def published_in_use(settings: Settings) -> "Published":
    """The campaigns with the data that the processes use. Raises BrokenData, CheckFailed."""
    from api.services import load_published

    return load_published(settings, directory=directory_in_use(settings))


def at_hand(settings: Settings) -> DataSet:
    """What an import goes out from: the set in use, or the one that the program came with."""
    from api.targets import dataset

    return in_use(settings) or dataset.read(SHIPPED)


def put_in_place(settings: Settings, data: DataSet) -> str:
    """Store a checked set for all nodes, and as this node's file; says when it is used."""
    from api.targets import importer

    stored = has_database(settings)
    if stored:
        _store(data)
    try:
        importer.install(data, settings.data_dir)
    except OSError as error:
        if not stored:
            raise BrokenData(
                f"{settings.data_dir} cannot be written to ({error.strerror})."
            ) from error
        typer.echo(f"note: {settings.data_dir} cannot be written to; its file stays.", err=True)
    if stored:
        return "Every process takes it from the database within a minute."
    return "There is no database yet: restart the server to use it."


def _store(data: DataSet) -> None:
    from api.audit.log import record
    from api.cli.stepping import ACTOR, run_plain_step
    from api.targets import store

    async def step(session: AsyncSession) -> None:
        digest = await store.put(session, data)
        await record(session, ACTOR, "data.import", digest)

    run_plain_step(step)
