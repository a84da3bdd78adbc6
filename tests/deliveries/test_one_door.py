"""Nothing but ``transitions``, ``creation`` and the lease code writes a delivery's or a letter's
state: read in the source of the whole tree."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import api

ROOT = Path(api.__file__).parent
WRITES = "deliveries/transitions.py"
INSERTS = "deliveries/creation.py"
# One statement for all tables that are leased, and the one that hands deliveries to it.
LEASES = "outbox/lease.py"
# Parts that are filled into a statement, and cannot hold a state.
HARMLESS = {"{nulls(Delivery)}"}

TABLE = r"(?:\"?public\"?\.)?\"?(?:deliveries|letters|\{[^{}]*\})\"?"
UPDATE = re.compile(rf"\bUPDATE\s+(?:ONLY\s+)?({TABLE})\s.*?\bSET\b", re.IGNORECASE | re.DOTALL)
INSERT = re.compile(rf"\b(?:INSERT|MERGE|COPY)\s+(?:INTO\s+)?({TABLE})", re.IGNORECASE)
ENDS = re.compile(r"\b(?:FROM|WHERE|RETURNING)\b", re.IGNORECASE)
STATE = re.compile(r"\bstatus\"?\s*(?:=|,|\))|\{", re.IGNORECASE)


def changes(sql: str) -> Iterator[str]:
    """The SET clauses of updates to the two tables, or to a table whose name is filled in."""
    for found in UPDATE.finditer(sql):
        yield set_clause(sql[found.end() :])


def set_clause(rest: str) -> str:
    """Cut the clause where it ends: at the next keyword outside of parentheses."""
    depth, shown = 0, ""
    for place, letter in enumerate(rest):
        depth += (letter == "(") - (letter == ")")
        if depth < 0 or (depth == 0 and ENDS.match(rest, place)):
            break
        shown += letter
    return shown


def writes_state(sql: str) -> bool:
    for harmless in HARMLESS:
        sql = sql.replace(harmless, "")
    return any(STATE.search(clause) for clause in changes(sql))


def strings(tree: ast.AST) -> Iterator[str]:
    """Every literal, with ``{…}`` for what an f-string or ``format`` fills in."""
    inner = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else f"{{{told(part)}}}"
                for part in node.values
            )
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner
        ):
            yield node.value


def told(part: ast.expr) -> str:
    return ast.unparse(part.value) if isinstance(part, ast.FormattedValue) else ast.unparse(part)


MODELS = {"api.deliveries.models": "Delivery", "api.letters.models": "Letter"}


def imported(tree: ast.AST) -> set[str]:
    """The table classes by the names that a module has for them."""
    return {
        each.asname or each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in MODELS
        for each in node.names
        if each.name == MODELS[node.module]
    }


def by_orm(tree: ast.AST) -> Iterator[str]:
    """What would write a state through the table classes."""
    models = imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            first = ast.unparse(node.args[0]) if node.args else ""
            if called in {"update", "insert", "setattr", "bulk_update_mappings"}:
                owner = ast.unparse(node.func).partition(".")[0]
                if {first.partition(".")[0], owner} & models:
                    yield f"{called}({first})"
            if called in models:
                yield f"{called}()"
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr == "status":
                    yield ast.unparse(target)


def files() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(ROOT.rglob("*.py")):
        yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text())


@cache
def trees() -> dict[str, ast.Module]:
    return dict(files())


def test_one_module_updates_states() -> None:
    found = {name for name, tree in trees().items() if any(map(writes_state, strings(tree)))}
    assert found == {WRITES, LEASES}


def test_one_module_makes_rows() -> None:
    found = {
        name for name, tree in trees().items() for text in strings(tree) if INSERT.search(text)
    }
    assert found == {INSERTS}


def test_the_lease_code_gets_deliveries_from_one_module() -> None:
    found = {
        name
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("Outbox")
        and "'deliveries'" in ast.unparse(node)
    }
    assert found == {WRITES}


def test_nothing_writes_states_through_the_table_classes() -> None:
    # Of an answer to a browser, and of a signature: not of a letter.
    found = {(name, one) for name, tree in trees().items() for one in by_orm(tree)}
    assert found <= {("edge.py", "self.status"), ("sign_ons/confirming.py", "existing.status")}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE deliveries SET status = 'failed' WHERE id = :id",
        "update letters l set seat = 'x', STATUS='sent' from persons p",
        "WITH a AS (UPDATE ONLY public.deliveries AS d SET reason = (SELECT 1 FROM b), status = 1)",
        "UPDATE deliveries SET (reason, status) = ('a', 'b')",
        "UPDATE deliveries d SET {changes} WHERE id = 1",
        "UPDATE {table} SET status = 'queued'",
        'UPDATE "letters" SET "status" = 1',
    ],
)
def test_a_hidden_writer_is_seen(sql: str) -> None:
    assert writes_state(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE deliveries d SET due_at = now() WHERE d.status = 'queued'",
        "UPDATE deliveries SET {nulls(Delivery)}, lease_until = NULL WHERE letter_id = 1",
        "UPDATE supporters SET status = 'erased' WHERE id IN (SELECT 1 FROM letters)",
        "UPDATE deliveries SET reason = 'a' RETURNING status, id",
    ],
)
def test_what_writes_no_state_is_not_taken_for_it(sql: str) -> None:
    assert not writes_state(sql)
