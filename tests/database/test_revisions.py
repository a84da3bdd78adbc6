from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from api.database import revisions
from api.database.revisions import SCRIPTS, head_revision


@pytest.fixture(autouse=True)
def _fresh() -> None:
    revisions._revisions.cache_clear()


def test_it_is_the_head_that_alembic_finds() -> None:
    assert head_revision() == ScriptDirectory(str(SCRIPTS)).get_current_head()


def test_two_heads_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "versions").mkdir()
    for name in ("0002", "0003"):
        text = f'revision = "{name}"\ndown_revision = "0001"\n'
        (tmp_path / "versions" / f"{name}_x.py").write_text(text)
    monkeypatch.setattr(revisions, "SCRIPTS", tmp_path)
    assert head_revision() is None
    revisions._revisions.cache_clear()
