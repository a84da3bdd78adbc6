from datetime import date

import pytest

from api.settings import ROOT
from api.targets.congress import Directory
from api.targets.dataset import FILE_NAME, DataSet, read
from tests.targets.oracle import Oracle
from tests.targets.published import files


@pytest.fixture(scope="session")
def directory() -> Directory:
    return Directory.load(ROOT / "data")


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    return Oracle(ROOT / "data" / FILE_NAME)


@pytest.fixture(scope="session")
def today() -> date:
    """A day on which the shipped data has vacant seats and two ended terms."""
    return date(2026, 11, 22)


@pytest.fixture(scope="session")
def shipped() -> DataSet:
    return read(ROOT / "data")


@pytest.fixture(scope="session")
def published_files(shipped: DataSet) -> dict[str, bytes]:
    """The shipped data in the layout of its origin."""
    return files(shipped)
