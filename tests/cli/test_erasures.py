"""``undersigned erasures replay``: on a database that holds nobody of the ledger."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import load_commands
from api.privacy import ledger
from api.privacy.ledger import Erasure, LedgerUnreadable
from api.security.identifiers import new_id


def test_the_ledgers_of_several_nodes(
    owner_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path / "state"))
    files = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for file in files:
        ledger.append(file, Erasure(new_id(), [new_id()]))
    result = CliRunner().invoke(load_commands(), ["erasures", "replay", *map(str, files)])
    assert "2 erasures in the ledger; 0 people were back" in result.output
    missing = CliRunner().invoke(load_commands(), ["erasures", "replay"])
    assert isinstance(missing.exception, LedgerUnreadable)
