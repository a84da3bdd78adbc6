"""``undersigned mail-again``: the stop on mail to an address is lifted and audited."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from api.cli import load_commands
from api.database.engine import create_engine
from api.database.session import transaction
from api.mail import suppressions
from api.security.keys import open_key_ring


@pytest.fixture
def stopped(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The database's URL; an address pressed "no more mail"."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path))
    keys = open_key_ring(tmp_path / "keys.json", production=False, campaigns=())
    known = suppressions.recipient(keys, "ani@example.org")

    async def stop() -> None:
        engine = create_engine(database_url)
        async with transaction(engine) as session:
            await suppressions.suppress(session, known, "unsubscribed")
        await engine.dispose()

    asyncio.run(stop())
    return database_url


def run(address: str) -> Result:
    return CliRunner().invoke(load_commands(), ["mail-again"], input=f"{address}\n")


def rows(url: str, query: str) -> int:
    async def count() -> int:
        engine = create_engine(url)
        async with transaction(engine) as session:
            found = int(await session.scalar(text(query)) or 0)
        await engine.dispose()
        return found

    return asyncio.run(count())


def test_its_owner_asked_for_mail(stopped: str) -> None:
    assert "Nothing keeps mail" in run("bogos@example.org").output
    assert rows(stopped, "SELECT count(*) FROM suppressions") == 1
    done = run("Ani+news@example.org")
    assert (done.exit_code, "again." in done.output) == (0, True)
    assert rows(stopped, "SELECT count(*) FROM suppressions") == 0
    noted = "SELECT count(*) FROM audit WHERE action = 'mail.unsuppressed' AND object !~ 'ani'"
    assert rows(stopped, noted) == 1


def test_no_address_is_refused(stopped: str) -> None:
    assert run("nobody").exit_code == 2
