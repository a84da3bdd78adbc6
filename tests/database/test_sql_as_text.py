"""SQL stands as text only where the decision record says so; all else goes through the tables'
classes: read in the source of the whole tree."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel

import api
from api.main import create_app as create_app  # noqa: PLC0414 (imports every table)

ROOT = Path(api.__file__).parent.parent
RECORD = ROOT / "docs/decisions/0029-sqlmodel.md"
TREES = {
    file.relative_to(ROOT).as_posix(): ast.parse(file.read_text())
    for file in sorted((ROOT / "api").rglob("*.py"))
}
ROWS = {"*row", "*r", "*found", "*one", "*each", "*line"}
MODELS = {name for name in TREES if name.endswith("/models.py")}


def named() -> set[str]:
    """The modules that the record's list names."""
    listed = (
        RECORD.read_text().partition("## Where text stays")[2].partition("\nThe accept path")[0]
    )
    return set(re.findall(r"`(api/[a-z_/]+\.py)`", listed))


def uses_text(tree: ast.AST) -> bool:
    """Whether a module calls SQLAlchemy's ``text``, by whichever name it has it."""
    names = {
        each.asname or each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("sqlalchemy", "sqlmodel"))
        for each in node.names
        if each.name in {"text", "TextClause"}
    }
    modules = {
        each.asname or each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for each in node.names
        if each.name.partition(".")[0] in {"sqlalchemy", "sqlmodel"}
    }
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return any(
        call in names or (call.endswith(".text") and call.partition(".")[0] in modules)
        for call in calls
    )


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each class of a ``models`` that a module imports and uses, by name or as ``models.Name``."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    parts = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "models"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for each in node.names:
                if each.name == "models":
                    yield from ((f"{node.module}.models", part) for part in parts)
                elif (each.asname or each.name) in used:
                    yield str(node.module), each.name


def by_position(tree: ast.AST) -> Iterator[str]:
    """Calls of a class with nothing but an unpacked row."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            name = ast.unparse(node.func).rpartition(".")[2].lstrip("_")
            if name[:1].isupper() and ast.unparse(node.args[0]) in ROWS:
                yield ast.unparse(node)


def test_text_stands_where_the_record_says() -> None:
    found = {name for name, tree in TREES.items() if uses_text(tree)} - MODELS
    assert found == named()


def test_every_table_class_is_used() -> None:
    used = {pair for name, tree in TREES.items() if name not in MODELS for pair in imported(tree)}
    tables = {
        (mapper.class_.__module__, mapper.class_.__name__)
        for mapper in SQLModel._sa_registry.mappers
    }
    assert len(tables) == len(SQLModel.metadata.tables)
    assert {table for table in tables if table[0].startswith("api.")} - used == set()


def test_no_row_is_unpacked_by_position() -> None:
    assert [(name, call) for name, tree in TREES.items() for call in by_position(tree)] == []


@pytest.mark.parametrize(
    "source",
    [
        "from sqlalchemy import text\nQUERY = text('SELECT 1')",
        "from sqlalchemy import text as sql\nasync def f(s): await s.execute(sql('SELECT 1'))",
        "from sqlmodel import text\ntext('SELECT 1')",
        "import sqlalchemy as sa\nsa.text('SELECT 1')",
        "import sqlalchemy\nsqlalchemy.text('SELECT 1')",
    ],
)
def test_hidden_text_is_seen(source: str) -> None:
    assert uses_text(ast.parse(source))


def test_a_text_of_something_else_is_not_taken_for_it() -> None:
    assert not uses_text(ast.parse("from api.targets.origin import text\ntext(1)\nletter.text(2)"))


def test_unpacking_is_seen() -> None:
    assert list(by_position(ast.parse("[Listed(*row) for row in rows]"))) == ["Listed(*row)"]
    assert not list(by_position(ast.parse("Path(*PARTS); found(*row)")))


def test_what_is_locked_and_limited_is_chosen_once() -> None:
    """PostgreSQL may run a subquery for each row of a join: each time it would lock the next rows,
    and so change more than the limit. A WITH that locks runs once."""
    chosen = re.compile(
        r"\bIN\s*\(\s*SELECT\b(?:(?!\bWITH\b)[^;])*?\bLIMIT\b[^;()]*\bFOR\b", re.DOTALL
    )
    found = {name for name in TREES if chosen.search((ROOT / name).read_text("utf-8"))}
    assert found == set()
