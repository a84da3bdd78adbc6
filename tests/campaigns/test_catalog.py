from pathlib import Path

import pytest

from api.campaigns.catalog import load_catalog
from api.campaigns.problems import CheckFailed
from api.errors import NotFound
from api.targets.congress import Directory
from tests.campaigns.small import DEMANDS, TODAY, changed


def test_campaigns_are_found_by_slug_and_by_digest(site: Path, directory: Directory) -> None:
    catalog = load_catalog(site / "campaigns", site / "templates", directory, TODAY)
    lake = catalog.get("save-the-lake")
    assert set(catalog.campaigns) == {"save-the-lake", "lake-statement"}
    assert catalog.by_digest[lake.bundle_digest] is lake
    assert catalog.warnings == ()
    with pytest.raises(NotFound):
        catalog.get("other")


def test_letters_are_ready_when_it_is_loaded(site: Path, directory: Directory) -> None:
    catalog = load_catalog(site / "campaigns", site / "templates", directory, TODAY)
    lake = catalog.get("save-the-lake")
    assert set(lake._texts) == set(lake.readers)
    assert lake.text("president", DEMANDS).seat == "president"


def test_a_bad_file_stops_the_start_with_its_place(site: Path, directory: Directory) -> None:
    changed(site / "campaigns/save-the-lake.yaml", "goal: 5000", "goal: x")
    for _ in range(2):
        changed(site / "campaigns/dossier/facts.yaml", "\n    source:", "\n    sorce:")
    with pytest.raises(CheckFailed) as failed:
        load_catalog(site / "campaigns", site / "templates", directory, TODAY)
    assert failed.value.detail.splitlines()[-1] == (
        "campaigns/save-the-lake.yaml:8:7: goal: must be a whole number, without commas or quotes"
    )
    assert len(failed.value.problems) == 5


def test_a_long_list_is_cut_short(site: Path, directory: Directory) -> None:
    text = (site / "campaigns/save-the-lake.yaml").read_text("utf-8")
    wrong = text.replace("\n  ", "\n  x-").replace("\nstatus", "\nx-status")
    (site / "campaigns/save-the-lake.yaml").write_text(wrong, "utf-8")
    with pytest.raises(CheckFailed, match=r"and \d+ more: run `undersigned check`"):
        load_catalog(site / "campaigns", site / "templates", directory, TODAY)
