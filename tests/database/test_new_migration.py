"""``make migration`` writes the next migration of the chain, with what the earlier ones lack."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import AutoString, SQLModel

from api.database.revisions import head_revision
from migrations.new import write_migration


@pytest.fixture
def one_table_more() -> Iterator[str]:
    """A table class that no migration creates yet, removed after the test."""
    name = "fax_machines"
    table = sa.Table(
        name,
        SQLModel.metadata,
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("number", AutoString(), nullable=False),
    )
    yield name
    SQLModel.metadata.remove(table)


def test_it_makes_what_the_migrations_lack(
    owner_url: str, one_table_more: str, tmp_path: Path
) -> None:
    path = write_migration(owner_url, "Add fax machines", tmp_path)
    source = path.read_text("utf-8")
    head = head_revision()
    assert head is not None
    assert path.name == f"{int(head) + 1:04}_add_fax_machines.py"
    assert f'revision = "{int(head) + 1:04}"' in source
    assert f'down_revision = "{head}"' in source
    assert re.findall(r"op\.(\w+)\(['\"](\w+)['\"]", source) == [
        ("create_table", one_table_more),
        ("drop_table", one_table_more),
    ]
    assert "sa.Column('number', sa.Text(), nullable=False)" in source
    assert "sqlmodel" not in source


def test_it_makes_nothing_where_nothing_differs(owner_url: str, tmp_path: Path) -> None:
    source = write_migration(owner_url, "Nothing", tmp_path).read_text("utf-8")
    assert "op." not in source
    compile(source, "nothing", "exec")
