"""``undersigned purge``: the same as the worker's purge, by hand."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import load_commands
from api.cli.purge import SAID
from api.database.engine import create_engine
from tests.privacy.rows import Rows, make_vault


@pytest.fixture
def state(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path))
    return tmp_path


async def _add_old_forms(url: str, folder: Path) -> None:
    engine = create_engine(url)
    rows = Rows(engine, make_vault(folder))
    for _ in range(3):
        await rows.supporter(hour=datetime.now(UTC) - timedelta(days=20))
    await engine.dispose()


async def _states(url: str, folder: Path) -> int:
    engine = create_engine(url)
    found = await Rows(engine, make_vault(folder)).count("campaign_states", "status = 'open'")
    await engine.dispose()
    return found


def test_it_wipes_and_says_what(state: Path, database_url: str) -> None:
    asyncio.run(_add_old_forms(database_url, state))
    done = CliRunner().invoke(load_commands(), ["purge"])
    assert done.exit_code == 0, done.output
    counts = dict(zip(SAID, re.findall(r"^ *(\d+)  ", done.stdout, re.MULTILINE), strict=True))
    assert counts == {**dict.fromkeys(SAID, "0"), "forms": "3"}
    assert asyncio.run(_states(database_url, state)) > 0


def test_broken_campaigns_do_not_keep_data_alive(
    state: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaigns = state / "campaigns"
    campaigns.mkdir()
    (campaigns / "broken.yaml").write_text("title: [")
    monkeypatch.setenv("UNDERSIGNED_CAMPAIGNS_DIR", str(campaigns))
    asyncio.run(_add_old_forms(database_url, state))
    done = CliRunner().invoke(load_commands(), ["purge"])
    assert done.exit_code == 0, done.output
    assert "        3  forms that nobody confirmed" in done.stdout
    assert "The campaigns have errors" in done.stderr
