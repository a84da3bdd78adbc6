from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

import pytest

from api.settings import ROOT
from api.targets import condense
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


@pytest.fixture(scope="module")
def parsed_once() -> Iterator[None]:
    """Published files of the same bytes are parsed once a module: it took a third of the time."""
    parse, parse_zips = condense._yaml, condense.zips
    kept, kept_zips = cache(lambda raw, name: parse({name: raw}, name)), cache(parse_zips)

    def parsed(files: Mapping[str, bytes], name: str) -> Any:
        return kept(files[name], name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(condense, "_yaml", parsed)
        patch.setattr(condense, "zips", lambda raw: dict(kept_zips(raw)))
        yield
