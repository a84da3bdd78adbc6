"""A vault with a key, and rows to wipe."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.privacy.rows import Rows, make_vault


@pytest.fixture
def rows(engine: AsyncEngine, tmp_path: Path) -> Rows:
    return Rows(engine, make_vault(tmp_path / "keys"))
