import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.data import data_app
from api.settings import ROOT
from api.targets import dataset
from api.targets.dataset import DataSet
from tests.targets.next_congress import AS_OF, next_congress
from tests.targets.published import files


@pytest.fixture(autouse=True)
def no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path / "var"))


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("UNDERSIGNED_DATA_DIR", str(folder))
    return folder


@pytest.fixture(scope="module")
def shipped() -> DataSet:
    return dataset.read(ROOT / "data")


@pytest.fixture(scope="module")
def source(shipped: DataSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    for name, raw in files(shipped).items():
        (folder / name).write_bytes(raw)
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(data_app, arguments)


def test_status_of_the_shipped_data() -> None:
    facts = json.loads(run("status", "--json").stdout)
    assert (facts["congress"], facts["as_of"]) == (119, "2026-06-15")
    assert {"seat": "house:CA-14", "reason": "vacant", "since": None} in facts["vacant"]
    assert len(facts["sources"]) == 6
    assert "house:TX-23" in run("status").output


def test_status_without_data_fails(data_dir: Path) -> None:
    done = run("status")
    assert done.exit_code == 1
    assert "undersigned data import" in done.output


def test_import_of_a_folder(data_dir: Path, source: Path, shipped: DataSet) -> None:
    done = run("import", str(source), "--as-of", "2026-06-15", "--commit", "abc1234")
    assert done.exit_code == 0, done.output
    assert "537 members, 33,774 ZIP codes" in done.output
    assert dataset.read(data_dir).members == shipped.members


def test_a_dry_run_changes_nothing(data_dir: Path, source: Path) -> None:
    done = run("import", str(source), "--as-of", "2026-06-15", "--dry-run")
    assert done.exit_code == 0, done.output
    assert not data_dir.exists()


def test_a_folder_needs_its_day(data_dir: Path, source: Path) -> None:
    done = run("import", str(source))
    assert done.exit_code == 2
    assert "--as-of" in done.output


def test_half_a_set_changes_nothing(data_dir: Path, source: Path, tmp_path: Path) -> None:
    half = tmp_path / "half"
    half.mkdir()
    for path in source.iterdir():
        (half / path.name).write_bytes(path.read_bytes())
    lines = (source / "zccd.csv").read_bytes().splitlines(keepends=True)
    (half / "zccd.csv").write_bytes(b"".join(lines[:20_000]))
    done = run("import", str(half), "--as-of", "2026-06-15")
    assert done.exit_code == 1
    assert "- and " in done.output
    assert "Nothing was changed" in done.output
    (half / "zccd.csv").unlink()
    assert "zccd.csv cannot be read" in run("import", str(half), "--as-of", "2026-06-15").output
    assert not data_dir.exists()


def test_a_new_congress_is_one_command_with_a_summary(
    data_dir: Path, source: Path, shipped: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("import", str(source), "--as-of", "2026-06-15").exit_code == 0
    later = tmp_path / "120th"
    later.mkdir()
    for name, raw in files(next_congress(shipped)).items():
        (later / name).write_bytes(raw)
    monkeypatch.setattr("api.cli.data.eastern_today", lambda: AS_OF)
    command = ("import", str(later), "--as-of", AS_OF.isoformat(), "--zips-for", "119")
    dry = run(*command, "--dry-run")
    assert "Nova Grant, house:CA-30, after Laura Friedman" in dry.output
    assert dataset.read(data_dir).congress == 119
    done = run(*command)
    assert done.exit_code == 0, done.output
    for line in (
        "Congress 120 follows Congress 119.",
        "New members (1)",
        "Katherine M. Clark, from house:MA-5 to senate:MA:2",
        "house:TX-22, until now Troy E. Nehls",
        "CA: 1 ZIP code",
    ):
        assert line in done.output
    assert done.output.index("New members") < done.output.index("Imported: Congress 120")
    assert dataset.read(data_dir).congress == 120
    again = run(*command)
    assert "No member, seat, committee or ZIP code changes." in again.output
