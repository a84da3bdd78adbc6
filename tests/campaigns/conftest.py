from pathlib import Path

import pytest

from api.campaigns.published import PublishedCampaign
from api.targets.congress import Directory
from tests.campaigns import small


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the fixtures, and the present folder, as ``undersigned check`` is run."""
    root = small.copied(tmp_path)
    monkeypatch.chdir(root)
    return root


@pytest.fixture(scope="session")
def directory() -> Directory:
    return small.directory()


@pytest.fixture(scope="session")
def lake() -> PublishedCampaign:
    return small.examined(small.FIXTURES).campaigns["save-the-lake"]
