"""The commands for district lines: what is refused, what the plan says, and what is then used."""

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from api.cli import data_lines  # noqa: F401 (it adds its command)
from api.cli.data import data_app
from api.settings import ROOT
from api.targets import dataset
from api.targets.dataset import DataSet
from tests.targets.new_lines import AS_OF, MOVED, SOURCE, handed_in, turned
from tests.targets.published import zip_table

NAMED = ("--title", SOURCE.title, "--publisher", SOURCE.publisher)
DOCUMENT = ("--for", "120", *NAMED, "--url", str(SOURCE.url), "--date", SOURCE.date)


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("UNDERSIGNED_DATA_DIR", str(folder))
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path / "var"))
    return folder


@pytest.fixture(scope="module")
def shipped() -> DataSet:
    return dataset.read(ROOT / "data")


@pytest.fixture(scope="module")
def old_table(shipped: DataSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Members with terms of 2027, and the ZIP table of the 119th Congress."""
    folder = tmp_path_factory.mktemp("old_table")
    for name, raw in handed_in(shipped).items():
        (folder / name).write_bytes(raw)
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(data_app, arguments)


def statuses(day: str = "next") -> dict[str, str]:
    facts = json.loads(run("status", "--json").stdout)
    lines = facts["next"]["lines"] if day == "next" else facts["lines"]
    return {state: one["status"] for state, one in lines["states"].items()}


def at(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    for module in ("data", "data_lines"):
        monkeypatch.setattr(f"api.cli.{module}.eastern_today", lambda: day)


def test_the_old_table_for_the_new_congress_is_refused(
    old_table: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, AS_OF)
    done = run("import", str(old_table), "--as-of", AS_OF.isoformat(), "--congress", "120")
    assert done.exit_code == 1
    for state in MOVED:
        assert f"- {state}: the rows handed in for Congress 120 are those of Congress 119" in (
            done.output
        )
    assert "Proposition 50" in done.output
    assert "Nothing was changed" in done.output
    assert not data_dir.exists()


def test_a_list_carries_exactly_the_states_that_it_names(
    old_table: Path, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, AS_OF)
    listed = tmp_path / "kept.yaml"
    source = {"title": "A", "publisher": "B", "url": "https://example.org", "date": AS_OF}
    states = {code: {"kept": True, "sources": ["a"], "read": "They stay."} for code in ("ME", "MA")}
    whole = {"congress": 120, "before": 119, "sources": {"a": source}, "states": states}
    listed.write_text(yaml.safe_dump(whole))
    command = ("import", str(old_table), "--as-of", AS_OF.isoformat(), "--lines-list", str(listed))
    done = run(*command)
    assert done.exit_code == 0, done.output
    assert "carried, 2 states" in done.output
    assert "MA, ME: They stay. (B, 2027-01-05, https://example.org)" in done.output
    found = statuses("now")
    assert sorted(state for state, status in found.items() if status == "carried") == ["MA", "ME"]
    assert set(found.values()) == {"carried", "unknown"}
    assert "| MA | carried, of 119 |" in (data_dir / "ORIGIN.md").read_text()


def test_members_alone_are_taken_with_a_plan(
    old_table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, AS_OF)
    done = run("import", str(old_table), "--members-only", "--as-of", AS_OF.isoformat())
    assert done.exit_code == 0, done.output
    assert "unknown, 10 states" in done.output
    assert "carried, 34 states" in done.output
    assert sorted(s for s, status in statuses("now").items() if status == "unknown") == [*MOVED]


def test_lines_of_one_state_before_its_congress_sits(
    shipped: DataSet, data_dir: Path, tmp_path: Path
) -> None:
    table = tmp_path / "tx.csv"
    table.write_bytes(zip_table(turned(shipped.zips, "TX")))
    refused = run("lines", str(table), "--state", "TX", "--for", "120")
    assert refused.exit_code == 2
    assert "--title" in refused.output
    dry = run("lines", str(table), "--state", "tx", *DOCUMENT, "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert not data_dir.exists()
    done = run("lines", str(table), "--state", "tx", *DOCUMENT)
    assert done.exit_code == 0, done.output
    assert "restart the server" in done.output, "there is no database here"
    assert statuses()["TX"] == "ready"
    assert statuses()["CA"] == "unknown"
    facts = json.loads(run("status", "--json").stdout)
    texas = facts["next"]["lines"]["states"]["TX"]
    assert texas["sources"][0]["url"] == SOURCE.url
    assert facts["next"]["on"] == "2027-01-03"
    assert "Congress 120 begins." in facts["next"]["what"]
    assert dataset.read(data_dir).zips == shipped.zips
    origin = (data_dir / "ORIGIN.md").read_text()
    assert "| TX | ready, of 120 |" in origin


def test_a_table_of_our_own_making_tells_its_congress_and_its_states(
    shipped: DataSet, tmp_path: Path
) -> None:
    table = tmp_path / "made.csv"
    table.write_bytes(zip_table(turned(shipped.zips, "TX", "UT")))
    told = {
        "congress": 120,
        "states": ["UT", "WY"],
        "made": "2026-12-02",
        "table": {"sha256": hashlib.sha256(table.read_bytes()).hexdigest()},
        "by_state": {"UT": {"plan": ["utah.csv"]}},
    }
    table.with_suffix(".json").write_text(json.dumps(told))
    refused = run("lines", str(table), "--for", "121", *DOCUMENT[2:])
    assert "The ZIP table was built for Congress 120, not 121." in refused.output
    done = run("lines", str(table), *DOCUMENT[2:])
    assert done.exit_code == 0, done.output
    found = statuses()
    assert (found["UT"], found["TX"]) == ("ready", "unknown")


def test_old_or_half_lines_of_a_state_are_refused(
    shipped: DataSet, data_dir: Path, tmp_path: Path
) -> None:
    table = tmp_path / "tx.csv"
    table.write_bytes(zip_table(shipped.zips))
    done = run("lines", str(table), "--state", "TX", *DOCUMENT)
    assert done.exit_code == 1
    assert "TX: the rows handed in for Congress 120 are those of Congress 119" in done.output
    half = dict(list(turned(shipped.zips, "TX").items())[:900])
    table.write_bytes(zip_table(half))
    done = run("lines", str(table), "--state", "TX", *DOCUMENT)
    assert "ZIP codes are missing" in done.output
    assert "cannot be read" in run("lines", str(tmp_path / "none.csv"), *DOCUMENT).output
    assert run("lines").exit_code == 2
    assert not data_dir.exists()
