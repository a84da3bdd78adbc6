"""``undersigned deliveries``: tables for people, numbers before acts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner

from api.cli import load_commands
from api.errors import NotFound
from api.security.keys import KeyRing
from api.supporters.vault import Vault
from tests.deliveries.queued import CAMPAIGN, change, queue, states

Say = Callable[..., str]


@pytest.fixture
async def vault(tmp_path: Path) -> Vault:
    keys = KeyRing.create(tmp_path / "keys.json")
    keys.add_campaign(CAMPAIGN)
    return Vault(keys)


@pytest.fixture
def say(owner_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Say:
    """Run the command in a thread, since it has an event loop of its own; what it prints."""
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("COLUMNS", "250")

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(load_commands(), ["deliveries", *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.output

    return run


async def test_a_morning_at_the_desk(engine: AsyncEngine, vault: Vault, say: Say) -> None:
    from asyncio import to_thread

    said = await to_thread(say, "status")
    assert "Nothing waits" in said
    assert "No letter is in trouble." in said
    assert "Nothing is stopped." in said
    assert "No delivery matches." in await to_thread(say, "list")

    first, *_ = await queue(engine, vault, 3)
    await change(engine, "UPDATE deliveries SET status = 'failed', reason = 'http_400'")
    said = await to_thread(say, "status")
    assert "http_400" in said
    listed = await to_thread(say, "list", "--status", "failed", "--limit", "2")
    assert listed.count("reverse-907-waiver") == 2
    assert "--after" in listed
    assert "Nothing was tried yet." in await to_thread(say, "attempts", str(first))

    assert "3 letters match" in await to_thread(say, "act", "retry", "--reason", "http_400")
    assert "0 letters match" in await to_thread(say, "act", "again")
    assert "is not one of" in await to_thread(say, "act", "forget")
    said = await to_thread(say, "retry", "--reason", "http_400")
    assert "3 letters match" in said
    assert "--expect 3" in said
    assert "Nothing was changed" in said
    assert "Done: 3 letters." in await to_thread(
        say, "retry", "--reason", "http_400", "--expect", "3"
    )
    assert await states(engine, "letters") == {"queued": 3}


async def test_stopping_by_command(engine: AsyncEngine, vault: Vault, say: Say) -> None:
    from asyncio import to_thread

    await queue(engine, vault, 1)
    stop = ("stop", "--channel", "folder", "--reason", "The disk is full")
    assert "Stopped: channel folder." in await to_thread(say, *stop)
    assert "before" in await to_thread(say, *stop)
    assert "The disk is full" in await to_thread(say, "status")
    assert "It goes on" in await to_thread(say, "resume", "--channel", "folder")
    assert "not stopped" in await to_thread(say, "resume", "--channel", "folder")
    assert "Name one of" in await to_thread(say, "stop", "--reason", "x")
    for slip in (("--channel", "cwc_hose"), ("--seat", "house:CA30"), ("--campaign", "nothing")):
        with pytest.raises(NotFound):
            await to_thread(say, "stop", *slip, "--reason", "x")


async def test_resolving_by_command(engine: AsyncEngine, vault: Vault, say: Say) -> None:
    from asyncio import to_thread

    first, second = await queue(engine, vault, 2, "email")
    await change(engine, "UPDATE deliveries SET status = 'uncertain', reason = 'timeout'")
    one = ("--delivery", str(first), "--expect", "1")
    assert "Done: 1" in await to_thread(say, "resolve", "sent", *one)
    two = ("--delivery", str(second), "--expect", "1")
    assert "Done: 1" in await to_thread(say, "resolve", "again", *two)
    assert await states(engine, "letters") == {"sent": 1, "queued": 1}
    assert "Invalid value" in await to_thread(say, "resolve", "perhaps")
