"""``undersigned records``: what members did, entered, listed, taken back."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.campaigns.records import RecordKnown
from api.cli import load_commands
from api.cli.data_sets import put_in_place
from api.errors import NotFound
from api.settings import ROOT, Settings
from api.targets import dataset
from tests.targets.next_congress import NEWCOMER, special_election

DEED = ("F000483", "spoke", "a-hearing", "--title", "A hearing", "--date", "2026-01")
SOURCE = ("--source", "A journal of the House", "--publisher", "The House")


def test_entered_once_listed_and_taken_back(
    owner_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path))

    def say(*arguments: str) -> Result:
        return CliRunner().invoke(load_commands(), ["records", *arguments])

    assert "Nothing was entered" in say("list").stderr
    made = say("add", *DEED, *SOURCE)
    assert made.exit_code == 0, made.output
    assert isinstance(say("add", *DEED, *SOURCE).exception, RecordKnown)
    assert isinstance(say("add", "Z000000", *DEED[1:], *SOURCE).exception, NotFound)
    assert "F000483  spoke  a-hearing  2026-01" in say("list").output
    assert say("remove", made.output.split()[0]).output == "Removed.\n"
    assert say("list").output.strip() == "Nothing was entered yet."


def test_a_member_of_imported_data_is_known(
    owner_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another node imported the newcomer: this one has an older file, and the database."""
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path))
    elected = replace(special_election(dataset.read(ROOT / "data")), made="2026-11-29T18:00:00Z")
    put_in_place(Settings(data_dir=tmp_path / "other"), elected)
    run = CliRunner().invoke
    made = run(load_commands(), ["records", "add", str(NEWCOMER["id"]), *DEED[1:], *SOURCE])
    assert made.exit_code == 0, made.output
    shown = run(load_commands(), ["preview", "reverse-907-waiver", "--zip", "91204"])
    assert str(NEWCOMER["last"]) in shown.output, shown.output
