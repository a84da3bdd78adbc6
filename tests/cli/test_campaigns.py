"""The commands of those who write campaigns, run as they are typed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.settings import ROOT
from tests.campaigns.small import changed, copied


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The fixture campaigns with their own templates; the members are the shipped ones."""
    root = copied(tmp_path)
    for name in ("HSII", "record-led-lake-letter"):
        changed(root / "campaigns/dossier/demands.yaml", f"      {name}:", f"      # {name}:")
        (root / f"templates/letters/save-the-lake/{name}.j2").unlink()
    (root / "campaigns/dossier/records.yaml").unlink()
    return root


def run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "COLUMNS": "100",
        "PYTHONPATH": str(ROOT),
        "UNDERSIGNED_CAMPAIGNS_DIR": str(site / "campaigns"),
        "UNDERSIGNED_TEMPLATES_DIR": str(site / "templates"),
    }
    command = [sys.executable, "-c", "from api.cli import main; main()", *arguments]
    return subprocess.run(
        command, cwd=site, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_check_says_that_all_is_well(site: Path) -> None:
    done = run(site, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 errors, " in done.stdout


def test_check_names_file_line_and_column_and_fails(site: Path) -> None:
    changed(site / "campaigns/save-the-lake.yaml", "[clean-lake, count-fish]", "[clean-lak]")
    done = run(site, "check")
    assert done.returncode == 1
    line = (
        'campaigns/save-the-lake.yaml:19:11: demands: unknown demand "clean-lak", '
        'did you mean "clean-lake"?'
    )
    assert line in done.stdout.splitlines()


def test_check_takes_one_file_or_a_folder(site: Path) -> None:
    changed(site / "campaigns/save-the-lake.yaml", "goal: 5000", "goal: x")
    assert run(site, "check", "campaigns/lake-statement.yaml").returncode == 0
    assert run(site, "check", "campaigns/save-the-lake.yaml").returncode == 1
    assert run(site, "check", "campaigns").returncode == 1


def test_check_speaks_to_programs(site: Path) -> None:
    changed(site / "campaigns/save-the-lake.yaml", "goal: 5000", "goal: x")
    found = json.loads(run(site, "check", "--format", "json").stdout)
    assert {"campaigns/save-the-lake.yaml"} == {p["file"] for p in found if p["level"] == "error"}
    github = run(site, "check", "--format", "github").stdout
    assert "::error file=campaigns/save-the-lake.yaml,line=8,col=7::goal: must be a" in github


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "none.yaml"),
        ("check", "--format", "xml"),
        ("preview", "x"),
        ("preview", "x", "--zip", "91204"),
    ],
)
def test_a_wrong_call_is_2(site: Path, arguments: tuple[str, ...]) -> None:
    assert run(site, *arguments).returncode == 2


def test_preview_prints_every_letter_as_it_would_go_out(site: Path) -> None:
    done = run(site, "preview", "save-the-lake", "--zip", "91204", "--story", "I swim there.")
    assert done.returncode == 0, done.stderr
    assert "Dear Madam President," in done.stdout
    assert done.stdout.count("I swim there.") == 4
    assert done.stdout.count("Dear Senator") == 2
    assert "from a constituent in California" in done.stdout
    assert "⟦" not in done.stdout
    assert "lake-area: The State of the Lake, page 3" in done.stdout


def test_preview_of_a_choice_in_a_city_and_a_language(site: Path) -> None:
    done = run(
        *(site, "preview", "save-the-lake", "--zip", "02138", "--district", "MA-5"),
        *("--city", "Cambridge", "--demand", "count-fish", "--language", "hy"),
    )
    assert "Փրկենք լիճը" in done.stdout
    assert "Count the fish, from a constituent in Cambridge" in done.stdout
    assert "keeps the lake clean" not in done.stdout


def test_preview_tells_of_a_zip_code_with_several_districts(site: Path) -> None:
    done = run(site, "preview", "save-the-lake", "--zip", "02138")
    assert "several districts: MA-5, MA-7" in done.stdout
    assert "Dear Representative" not in done.stdout


def test_preview_refuses_what_it_cannot_show(site: Path) -> None:
    done = run(site, "preview", "save-the-lake", "--zip", "00000")
    assert done.returncode == 1
    assert done.stderr.startswith("undersigned: ")
    wrong = run(site, "preview", "save-the-lak", "--zip", "91204")
    assert 'did you mean "save-the-lake"?' in " ".join(wrong.stderr.split())


def test_new_makes_a_campaign_that_passes_and_overwrites_nothing(site: Path) -> None:
    done = run(site, "new", "eighth", "--demand", "count-fish")
    assert done.returncode == 0, done.stderr
    assert (site / "campaigns/eighth.yaml").exists()
    assert run(site, "check", "campaigns/eighth.yaml").returncode == 0
    again = run(site, "new", "eighth")
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert run(site, "new", "ninth", "--demand", "other").returncode == 2


def test_sources_tell_which_letter_states_what(site: Path) -> None:
    one = run(site, "sources", "save-the-lake").stdout
    assert "president.j2" in one
    assert "lake-area (page 3; The State of the Lake)" in one
    every = run(site, "sources").stdout
    assert "lake-statement" in every


def test_the_schema_is_printed(site: Path) -> None:
    printed = run(site, "schema").stdout
    assert printed == (ROOT / "docs" / "campaign.schema.json").read_text("utf-8")
