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


DAMAGED = (
    b"\xff\xfe\x00",
    b"[1, 2]",
    b'"text"',
    b"null",
    b'{"person": 5, "supporters": []}',
    b'{"person": "%s", "supporters": [null]}' % str(new_id()).encode(),
    b'{"person": "01a2272d-2600-73ed',
)


def test_a_damaged_line_keeps_no_other_from_being_replayed(
    owner_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path / "state"))
    file = tmp_path / "erasures.jsonl"
    file.write_bytes(b"\n".join([*DAMAGED, b""]))
    ledger.append(file, Erasure(new_id(), [new_id()]))
    result = CliRunner().invoke(load_commands(), ["erasures", "replay", str(file)])
    assert result.exit_code == 0, result.output
    assert "1 erasure in the ledger" in result.output
    assert f"{len(DAMAGED)} lines say nothing" in result.output
