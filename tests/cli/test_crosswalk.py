import csv
import hashlib
import io
import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.data import data_app
from api.settings import ROOT
from api.targets import dataset
from api.targets.congress import Directory
from api.targets.dataset import DataSet
from tests.targets.crosswalk import made as files
from tests.targets.crosswalk.made import BLOCKS, ME
from tests.targets.published import files as published


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    return files.write(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(data_app, arguments)


def crosswalk(places: dict[str, Path], table: Path, *more: str) -> Result:
    named = ["--plan", str(places["plan"]), "--zcta", str(places["zctas"])]
    named += ["--people", str(places["people"]), "--congress", "120"]
    return run("crosswalk", str(table), *named, *more)


def test_a_table_and_what_it_changes(places: dict[str, Path], tmp_path: Path) -> None:
    table = tmp_path / "zccd.csv"
    done = crosswalk(places, table)
    assert done.exit_code == 0, done.output
    assert f"Written: {table}" in done.output
    assert "moved: people who are certainly in another district" in done.output
    assert "Maine: 7 people live in blocks without a ZIP code area." in done.output
    assert len(table.read_text().splitlines()) == 16
    assert json.loads((tmp_path / "zccd.json").read_text())["congress"] == 120


def test_for_programs_and_dry(places: dict[str, Path], tmp_path: Path) -> None:
    table = tmp_path / "zccd.csv"
    done = crosswalk(places, table, "--json", "--dry-run", "--state", "me")
    facts = json.loads(done.stdout)
    assert [state["state"] for state in facts["states"]] == ["ME"]
    assert facts["total"]["people"] == 800
    assert not table.exists()


def test_a_states_own_plan(places: dict[str, Path], tmp_path: Path) -> None:
    new = tmp_path / "maine.csv"
    new.write_text(files.plan(b for b in BLOCKS if b.geoid[:2] == ME))
    done = crosswalk(places, tmp_path / "zccd.csv", "--plan", f"ME={new}")
    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "zccd.json").read_text())
    assert told["by_state"]["ME"]["plan"] == ["maine.csv"]


def test_a_refusal_names_every_reason_and_changes_nothing(
    places: dict[str, Path], tmp_path: Path
) -> None:
    table = tmp_path / "zccd.csv"
    crosswalk(places, table)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    places["plan"].write_text(files.plan(block._replace(cd="01") for block in BLOCKS))
    before["plan.txt"] = places["plan"].read_bytes()
    done = crosswalk(places, table)
    assert done.exit_code == 1
    assert "the plan of Maine has 1 district;" in done.output
    assert "the plan of New Hampshire has 1 district;" in done.output
    assert "The files are refused. Nothing was written." in done.output
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("table", "more", "said"),
    [
        ("zccd.txt", (), "ends in .csv"),
        ("none/zccd.csv", (), "no folder"),
        ("zccd.csv", ("--state", "ZZ"), "'ZZ' is no state"),
        ("zccd.csv", ("--plan", "ZZ=plan.txt"), "'ZZ' is no state"),
    ],
)
def test_called_wrongly(
    places: dict[str, Path], tmp_path: Path, table: str, more: tuple[str, ...], said: str
) -> None:
    done = crosswalk(places, tmp_path / table, *more)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_no_file_it_is_made_from_is_replaced(places: dict[str, Path], tmp_path: Path) -> None:
    plan = places["plan"].rename(tmp_path / "zccd.csv")
    done = crosswalk({**places, "plan": plan}, plan)
    assert done.exit_code == 2
    assert "would replace a file" in " ".join(done.output.split())
    assert plan.read_text() == files.plan(BLOCKS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The published files, with the shipped ZIP table as the builder would write it."""
    monkeypatch.setenv("UNDERSIGNED_DATA_DIR", str(tmp_path / "data"))
    shipped = dataset.read(ROOT / "data")
    made = tmp_path / "published"
    made.mkdir()
    for name, raw in published(shipped).items():
        (made / name).write_bytes(raw)
    (made / "zccd.csv").write_text(_with_shares(shipped))
    return made


def _tell(folder: Path, congress: int = 119) -> None:
    """What the builder tells beside the table."""
    told = {
        "congress": congress,
        "states": ["MA"],
        "made": "2026-06-10",
        "table": {"sha256": hashlib.sha256((folder / "zccd.csv").read_bytes()).hexdigest()},
        "by_state": {"MA": {"plan": ["NationalCD119.txt"]}, "TX": {"plan": ["PLANC2333.csv"]}},
    }
    (folder / "zccd.json").write_text(json.dumps(told))


def test_the_import_takes_a_table_with_shares(folder: Path, tmp_path: Path) -> None:
    _tell(folder)
    done = run("import", str(folder), "--as-of", "2026-06-15")
    assert done.exit_code == 0, done.output
    assert dataset.read(tmp_path / "data").zips["02138"] == "MA-5:0.2000 MA-7:0.8000"
    found = Directory.load(tmp_path / "data").find("02138", today=date(2026, 11, 22))
    assert (found.districts, found.needs_district) == (("MA-7", "MA-5"), True)
    origin = (tmp_path / "data" / "ORIGIN.md").read_text()
    assert (
        "| zccd.csv | made on 2026-06-10 by `undersigned data crosswalk` from NationalCD119.txt, "
        "PLANC2333.csv |"
    ) in origin


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"congress": 119', '"congress": 120', "built for Congress 120, not 119"),
        ('"sha256": "', '"sha256": "0', "tells of another table than"),
        ('"by_state"', '"by_sate"', "zccd.json is damaged (KeyError): build it anew"),
        ("{", "", "zccd.json is damaged (JSONDecodeError)"),
    ],
)
def test_the_import_refuses_a_table_whose_edition_does_not_fit(
    folder: Path, tmp_path: Path, old: str, new: str, said: str
) -> None:
    _tell(folder)
    text = (folder / "zccd.json").read_text()
    (folder / "zccd.json").write_text(text.replace(old, new, 1))
    done = run("import", str(folder), "--as-of", "2026-06-15")
    assert done.exit_code == 1
    assert said in done.output
    assert not (tmp_path / "data").exists()


def _with_shares(shipped: DataSet) -> str:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(("state_abbr", "zcta", "cd", "share", "basis"))
    for zip_code, text in shipped.zips.items():
        districts = text.split()
        for district in districts:
            share = f"{1 / len(districts):.6f}" if len(districts) > 1 else "1"
            if zip_code == "02138":
                share = {"MA-5": "0.200000", "MA-7": "0.800000"}[district]
            table.writerow((district[:2], zip_code, district[3:], share, "people"))
    return out.getvalue()
