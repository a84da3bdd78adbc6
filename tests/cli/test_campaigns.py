"""The commands of those who write campaigns; the first of them in processes of their own."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from api.settings import ROOT
from tests.campaigns.small import changed
from tests.cli.writing import COMMAND, environment, run, run_alone, site_in


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return site_in(tmp_path)


def test_check_says_that_all_is_well(site: Path) -> None:
    done = run_alone(site, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 errors, " in done.stdout


def test_check_names_file_line_and_column_and_fails(site: Path) -> None:
    changed(site / "campaigns/save-the-lake.yaml", "[clean-lake, count-fish]", "[clean-lak]")
    done = run_alone(site, "check")
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
        ("preview", "save-the-lake"),
        ("preview", "save-the-lake", "--member", "Z999999"),
        ("diff", "x", "--against", "."),
    ],
)
def test_a_wrong_call_is_2(site: Path, arguments: tuple[str, ...]) -> None:
    assert run(site, *arguments).returncode == 2


def test_new_makes_a_campaign_that_passes_and_overwrites_nothing(site: Path) -> None:
    done = run(site, "new", "eighth", "--demand", "count-fish")
    assert done.returncode == 0, done.stderr
    assert (site / "campaigns/eighth.yaml").exists()
    assert run(site, "check", "campaigns/eighth.yaml").returncode == 0
    again = run(site, "new", "eighth")
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert run(site, "new", "ninth", "--demand", "other").returncode == 2


def test_new_says_why_a_demand_cannot_be_made(site: Path) -> None:
    path = site / "campaigns/dossier/demands.yaml"
    changed(path, "      delegate: I ask you to cosponsor", "      HSAG: I ask you to cosponsor")
    unworded = run(site, "new", "ninth", "--demand", "clean-lake")
    assert unworded.returncode == 2
    assert "needs a wording for representative, senator and delegate" in unworded.stderr.replace(
        "\n", " "
    )
    changed(path, "title: Keep the lake clean", "title: Keep: clean")
    broken = run(site, "new", "ninth", "--demand", "clean-lake")
    assert broken.returncode == 1
    assert "demands.yaml" in broken.stderr
    assert "needs quotes" in broken.stderr


def test_sources_tell_which_letter_states_what(site: Path) -> None:
    one = run(site, "sources", "save-the-lake").stdout
    assert "president.j2" in one
    assert "lake-area (page 3; The State of the Lake)" in one
    assert "square miles" in one
    every = run(site, "sources").stdout
    assert "lake-statement\n  the signed statement\n    lake-area (" in every


def test_the_schema_is_printed(site: Path) -> None:
    printed = run(site, "schema").stdout
    assert printed == (ROOT / "docs" / "campaign.schema.json").read_text("utf-8")


def test_watching_reports_anew_on_each_change_and_ends_on_an_interrupt(site: Path) -> None:
    log = site / "log"
    with log.open("w") as output:
        watching = subprocess.Popen(
            [*COMMAND, "check", "--watch"], cwd=site, env=environment(site), stdout=output
        )
    try:
        until(log, lambda text: text.count("Watching") == 1)
        changed(site / "campaigns/save-the-lake.yaml", "goal: 5000", "goal: x")
        until(log, lambda text: "goal: must be" in text, site / "campaigns/save-the-lake.yaml")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(20) == 0
    finally:
        watching.kill()
        watching.wait()


def until(log: Path, is_there: Callable[[str], bool], touched: Path | None = None) -> None:
    """Waits; ``touched`` is saved again and again, as the watching may not have begun yet."""
    for _ in range(100):
        if is_there(log.read_text()):
            return
        if touched:
            touched.touch()
        time.sleep(0.3)
    raise AssertionError(log.read_text())
