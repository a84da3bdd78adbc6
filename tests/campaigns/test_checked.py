"""What passed a check is not checked again; whatever changed is."""

import json
from pathlib import Path

import pytest

from api.campaigns import check, checked, letter_check
from api.campaigns.catalog import Catalog, load_catalog
from api.campaigns.checked import FILE, Checked
from api.campaigns.problems import CheckFailed
from api.targets.congress import Directory
from tests.campaigns.small import TODAY, changed


class Start:
    """Starts that read one site with one state folder; ``rendered`` counts checks of letters."""

    def __init__(self, site: Path, state: Path, directory: Directory) -> None:
        self.site, self.state, self.directory = site, state, directory
        self.rendered = 0

    def __call__(self) -> Catalog:
        self.rendered = 0
        folders = (self.site / "campaigns", self.site / "templates")
        return load_catalog(*folders, self.directory, TODAY, Checked.load(self.state))


@pytest.fixture
def start(
    site: Path, tmp_path: Path, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> Start:
    state = tmp_path / "state"
    state.mkdir()
    made, whole = Start(site, state, directory), letter_check.check_letters

    def counted(*arguments: object) -> object:
        made.rendered += 1
        return whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(check, "check_letters", counted)
    return made


def test_a_second_start_checks_no_letter_and_gives_the_same(start: Start) -> None:
    first = start()
    assert start.rendered == 2
    second = start()
    assert start.rendered == 0
    assert second.by_digest.keys() == first.by_digest.keys()
    lake = second.get("save-the-lake")
    assert set(lake._texts) == set(lake.readers)


def test_whatever_changed_is_checked_again(start: Start) -> None:
    start()
    changed(start.site / "campaigns/save-the-lake.yaml", "goal: 5000", "goal: 5001")
    start()
    assert start.rendered == 1


def test_a_fault_is_never_remembered(start: Start) -> None:
    start()
    letter = next((start.site / "templates/letters").glob("*/representative.j2"))
    letter.write_text(letter.read_text().rstrip() + "\n\nTODO.\n")
    for _ in range(2):
        with pytest.raises(CheckFailed, match="TODO"):
            start()


def test_other_code_checks_anew(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    start()
    monkeypatch.setattr(checked, "code_digest", lambda: "another")
    start()
    assert start.rendered == 2


@pytest.mark.parametrize("broken", ["", "[]", "{", '{"code": 1}', "null"])
def test_a_broken_file_counts_for_nothing(start: Start, broken: str) -> None:
    start()
    kept = json.loads((start.state / FILE).read_text())
    (start.state / FILE).write_text(broken)
    start()
    assert start.rendered == 2
    assert json.loads((start.state / FILE).read_text()) == kept


def test_without_a_state_folder_nothing_is_kept(start: Start) -> None:
    start.state.rmdir()
    for _ in range(2):
        start()
        assert start.rendered == 2
