"""The commands of those who write campaigns; the first of them in processes of their own."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from api.settings import ROOT
from tests.campaigns.small import changed
from tests.cli.writing import COMMAND, environment, run, run_alone, site_in
from tests.waiting import PATIENCE, wait_until


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
        assert watching.wait(PATIENCE) == 0
    finally:
        watching.kill()
        watching.wait()


def until(log: Path, is_there: Callable[[str], bool], touched: Path | None = None) -> None:
    """Waits; ``touched`` is saved again and again, as the watching may not have begun yet."""

    def there() -> bool:
        if touched:
            touched.touch()
        return is_there(log.read_text())

    wait_until(there)


def test_a_folder_without_campaigns_is_told_in_one_sentence(site: Path) -> None:
    for name in ("empty", "named-otherwise"):
        (site / name).mkdir()
    (site / "named-otherwise" / "save-the-lake.txt").write_text("slug: save-the-lake\n")
    for name in ("empty", "named-otherwise"):
        said = f"{name}:1:1: holds no campaign: their names end in .yaml"
        assert errors(run(site, "check", name).stdout) == [said]


def test_a_campaign_apart_from_its_dossier_is_told_in_one_sentence(site: Path) -> None:
    (site / "apart").mkdir()
    shutil.copy(site / "campaigns/save-the-lake.yaml", site / "apart")
    for path in ("apart", "apart/save-the-lake.yaml"):
        found = errors(run(site, "check", path).stdout)
        assert [line for line in found if "has no folder dossier" in line] == found != []


def test_what_is_no_plain_file_is_told_without_waiting_for_it(site: Path) -> None:
    os.mkfifo(site / "campaigns" / "pipe.yaml")
    found = errors(run_alone(site, "check", "campaigns/pipe.yaml").stdout)
    assert found == ["campaigns/pipe.yaml:1:1: cannot be read: it is no plain file"]
    found = errors(run(site, "check", "/dev/stdin").stdout)
    assert found == ["/dev/stdin:1:1: is not read: its name must end in .yaml"]


def test_links_that_lead_in_a_circle_are_told(site: Path) -> None:
    (site / "campaigns" / "circle.yaml").symlink_to("circle.yaml")
    (site / "templates/letters/save-the-lake" / "circle.j2").symlink_to("circle.j2")
    said = " ".join(errors(run(site, "check").stdout))
    assert "circle.yaml:1:1: cannot be read" in said
    assert "circle.j2:1:1: cannot be used" in said


def test_a_folder_of_more_files_than_anybody_has_is_refused(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.campaigns.loading.MOST_FILES", 2)
    for number in range(3):
        (site / "campaigns" / f"more-{number}.yaml").write_text("slug: x\n")
    for path in ("campaigns", "campaigns/more-1.yaml"):
        said = errors(run(site, "check", path).stdout)
        assert "campaigns:1:1: holds more than 2 files" in said


@pytest.mark.parametrize("command", ["serve", "doctor", "sandbox"])
def test_a_port_that_is_none_is_a_wrong_call(site: Path, command: str) -> None:
    for port in ("65536", "70000", "-1"):
        assert run(site, command, "--port", port).returncode == 2


def errors(report: str) -> list[str]:
    """The lines of a report that say what is wrong, without warnings and the sum."""
    return [line for line in report.splitlines() if ":1:1: " in line and "warning: " not in line]
