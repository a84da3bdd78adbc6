"""`undersigned diff`: what an edit changes in the letters, against any older version."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from api.services import Services, bundle_of
from tests.campaigns.small import changed, examined
from tests.cli.writing import run, run_alone, site_in

SENATOR = "templates/letters/save-the-lake/senator.j2"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return site_in(tmp_path)


@pytest.fixture
def older(site: Path, tmp_path: Path) -> Path:
    """A copy of the site from before an edit of the senators' letter."""
    copy = Path(shutil.copytree(site, tmp_path / "older"))
    edit(site)
    return copy


def edit(site: Path) -> None:
    text = (site / SENATOR).read_text(encoding="utf-8").rstrip()
    head, word = text.rsplit(" ", 1)
    (site / SENATOR).write_text(f"{head} surely {word}\n", encoding="utf-8")


def test_against_a_folder(site: Path, older: Path) -> None:
    done = run(site, "diff", "save-the-lake", "--against", str(older))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("statement, 98 letters (senate:AK:2, senate:AK:3")
    assert "{+surely+}" in done.stdout
    assert re.search(r"^4\d\d letters stay as they are\.$", done.stdout, re.MULTILINE)


def test_nothing_has_changed(site: Path) -> None:
    assert run(site, "diff", "save-the-lake", "--against", str(site)).stdout == (
        "No letter changes.\n"
    )


def test_against_an_older_campaign_file(site: Path) -> None:
    path = site / "campaigns/save-the-lake.yaml"
    shutil.copyfile(path, site / "older.yaml")
    changed(path, "[clean-lake, count-fish]", "[count-fish, clean-lake]")
    done = run(site, "diff", "save-the-lake", "--against", "older.yaml")
    assert "subject, " in done.stdout
    assert "[-" in done.stdout


def test_against_a_revision(site: Path) -> None:
    for command in (
        ("init", "-q"),
        ("add", "campaigns", "templates"),
        ("-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-qm", "first"),
    ):
        subprocess.run(["git", *command], cwd=site, check=True)
    edit(site)
    assert "{+surely+}" in run(site, "diff", "save-the-lake", "--against", "HEAD").stdout
    refused = run(site, "diff", "save-the-lake", "--against", "HEAD~7")
    assert refused.returncode == 1
    assert '"HEAD~7" is no folder, file or digest' in refused.stderr
    assert run(site, "diff", "save-the-lake", "--against=--output=x").returncode == 1
    assert not (site / "x").exists()


def test_without_a_database_it_says_what_is_missing(site: Path) -> None:
    done = run_alone(site, "diff", "save-the-lake")
    assert done.returncode == 1
    assert "say with --against what to compare with" in done.stderr
    assert not (site / "var").exists()


async def test_against_what_was_published_last(services: Services, site: Path) -> None:
    url = services.settings.database_url
    assert url is not None
    nothing = run(site, "diff", "save-the-lake", DATABASE_URL=url.get_secret_value())
    assert "Nothing of save-the-lake has been published here" in nothing.stderr
    lake = examined(site).campaigns["save-the-lake"]
    await services.texts.publish([bundle_of(lake)], [])
    edit(site)
    for against in ((), ("--against", lake.bundle_digest)):
        done = run(site, "diff", "save-the-lake", *against, DATABASE_URL=url.get_secret_value())
        assert "{+surely+}" in done.stdout, done.stderr
    unknown = run(
        site, "diff", "save-the-lake", "--against", "b1:0", DATABASE_URL=url.get_secret_value()
    )
    assert "No bundle b1:0" in unknown.stderr
