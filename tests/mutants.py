"""``make mutants``: do the tests of the most important modules notice a fault in them?

Forty seeded faults are made in each module, one at a time: a comparison turned round, a number one
too large, a statement left out. The module's own tests run against each in a copy of the tree, up
to the first failure. A fault that no test notices survives, and is told with its line.
"""

import ast
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

ROOT: Final = Path(__file__).parents[1]
LEFT_OUT: Final = (".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", "var", "*.pyc")
# What takes long to import, and is the same for every mutant.
LIBRARIES: Final = (
    "aiosmtpd.smtp", "alembic.command", "babel.messages", "fastapi.openapi.utils", "httpx",
    "hypothesis.strategies", "lxml.etree", "procrastinate", "psutil", "psycopg",
    "pydantic_settings", "pytest_asyncio", "sqlalchemy.ext.asyncio", "sqlmodel", "structlog",
    "typst", "uvicorn",
)  # fmt: skip
WANTED: Final = 0.9

MODULES: Final = {
    "api/security/addresses.py": ["tests/security/test_addresses.py"],
    "api/mail/budget.py": [
        "tests/mail/test_budget.py",
        "tests/confirmation/test_bounces.py",
        "tests/confirmation/test_own_links.py",
        "tests/confirmation/test_pending.py",
    ],
    "api/deliveries/transitions.py": [
        "tests/deliveries/test_transitions.py",
        "tests/deliveries/test_desk.py",
    ],
    "api/outbox/lease.py": ["tests/deliveries/test_attempts.py", "tests/outbox/test_lease.py"],
    "api/limits/keeper.py": ["tests/limits/test_limits.py"],
    "api/letters/render.py": ["tests/letters/test_render.py", "tests/letters/test_slot.py"],
    "api/sign_ons/moderation.py": ["tests/sign_ons/test_moderation.py"],
    "api/confirmation/people.py": ["tests/confirmation/test_service.py", "tests/confirmation"],
    "api/confirmation/service.py": ["tests/confirmation/test_service.py", "tests/confirmation"],
    "api/submissions/service.py": [
        "tests/public/test_submissions.py",
        "tests/submissions/test_street.py",
    ],
}

# Faults that change nothing that anybody could notice: module, line of code, fault, and why.
EQUIVALENT: Final[dict[tuple[str, str, str], str]] = {
    (
        "api/security/addresses.py",
        "if match is None or _ENCODED_DOMAIN in value.lower():",
        "In as NotIn",
    ): "both ways come to the same, and one is quicker",
    (
        "api/security/addresses.py",
        "if not local.isascii():",
        "without not",
    ): "what is ASCII stays the same, and the rest is noticed by the next one",
    (
        "api/limits/keeper.py",
        "used_up = not self.empty and self.until > now",
        "without not",
    ): "nobody asks for the next lease while an empty one is believed",
    (
        "api/limits/keeper.py",
        "if before is not None and before.tokens > 0 and before.usable(now):",
        "Gt as GtE",
    ): "without a token only an empty lease is usable, and then nobody asks for the next",
}

COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
SQL: Final = re.compile(r"\b(?:SELECT|UPDATE|INSERT|DELETE)\b.*\s", re.DOTALL)
IN_SQL: Final = (
    (re.compile(r"\bAND\b"), "OR"),
    (re.compile(r"\bOR\b"), "AND"),
    (re.compile(r"\bNOT\s"), ""),
    (re.compile(r" < "), " >= "),
    (re.compile(r" <= "), " < "),
    (re.compile(r" > "), " <= "),
    (re.compile(r" >= "), " > "),
    (re.compile(r"(?<=\d) \+ | \+ (?=\d)"), " - "),
    (re.compile(r"(?:(?<=WHERE )|(?<=AND )|(?<=ON )|(?<=OR ))([\w.]+) = "), r"\1 <> "),
)
UNTESTED: Final = ("log.", "metrics.", "logger.")


class Fault(NamedTuple):
    line: int
    what: str


class Mutator(ast.NodeTransformer):
    """Lists the faults that can be made in a tree, and makes the one with the number ``chosen``."""

    def __init__(self, chosen: int | None = None) -> None:
        self.found: list[Fault] = []
        self._chosen = chosen

    def _offer(self, node: ast.AST, what: str, make: Callable[[], ast.AST]) -> ast.AST:
        self.found.append(Fault(getattr(node, "lineno", 0), what))
        return make() if len(self.found) - 1 == self._chosen else node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [self.visit(each) for each in node.body]  # its decorators are left alone
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.args.defaults = [self.visit(each) for each in node.args.defaults]
        node.body = [self.visit(each) for each in node.body]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.value = self.visit(node.value) if node.value else None
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if isinstance(node.value, ast.Constant):  # a docstring
            return node
        if ast.unparse(node.value).removeprefix("await ").startswith(UNTESTED):
            return node
        self.generic_visit(node)
        if isinstance(node.value, ast.Yield):
            return node
        return self._offer(node, "left out", lambda: ast.copy_location(ast.Pass(), node))

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        return self._offer(node, "left out", lambda: ast.copy_location(ast.Pass(), node))

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return self._offer(node, "left out", lambda: ast.copy_location(ast.Pass(), node))

    def visit_Return(self, node: ast.Return) -> ast.AST:
        self.generic_visit(node)
        if node.value is None or (isinstance(node.value, ast.Constant) and not node.value.value):
            return node
        return self._offer(node, "returns None", lambda: ast.Return(ast.Constant(None)))

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        other = COMPARISONS[type(node.ops[0])]
        new = ast.Compare(node.left, [other(), *node.ops[1:]], node.comparators)
        return self._offer(node, f"{type(node.ops[0]).__name__} as {other.__name__}", lambda: new)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return self._offer(node, "and for or", lambda: ast.BoolOp(other, node.values))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Not):
            return node
        return self._offer(node, "without not", lambda: node.operand)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        other = ARITHMETIC.get(type(node.op))
        if other is None:
            return node
        return self._offer(node, "arithmetic", lambda: ast.BinOp(node.left, other(), node.right))

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)

        def never() -> ast.AST:
            return ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)

        return self._offer(node, "if turned round", never)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        whole = "".join(str(v.value) for v in node.values if isinstance(v, ast.Constant))
        if SQL.search(whole):
            for part in node.values:
                if isinstance(part, ast.Constant):
                    part.value = self._sql(node, str(part.value))
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        value = node.value
        if isinstance(value, bool):
            return self._offer(node, f"{not value}", lambda: ast.Constant(not value))
        if isinstance(value, int | float):
            return self._offer(node, f"{value} + 1", lambda: ast.Constant(value + 1))
        if isinstance(value, str) and SQL.search(value):
            node.value = self._sql(node, value)
        return node

    def _sql(self, node: ast.AST, text: str) -> str:
        lines = re.sub(r"--[^\n]*", lambda comment: " " * len(comment[0]), text)
        for pattern, other in IN_SQL:
            for match in pattern.finditer(lines):
                line = getattr(node, "lineno", 0) + lines[: match.start()].count("\n")
                shown = other.replace("\\1", match[1] if match.re.groups else "").strip()
                self.found.append(Fault(line, f"SQL {match[0].strip()} as {shown}"))
                if len(self.found) - 1 == self._chosen:
                    return text[: match.start()] + match.expand(other) + text[match.end() :]
        return text


class Mutant(NamedTuple):
    fault: Fault
    source: str


def mutants(source: str, seed: str, number: int) -> list[Mutant]:
    """As many faults, and the module with each of them, in the order of their lines."""
    listing = Mutator()
    listing.visit(ast.parse(source))
    chance = random.Random(seed)
    chosen = sorted(chance.sample(range(len(listing.found)), min(number, len(listing.found))))
    made = []
    for each in chosen:
        tree = Mutator(each).visit(ast.parse(source))
        made.append(Mutant(listing.found[each], ast.unparse(ast.fix_missing_locations(tree))))
    return made


class Copy:
    """A copy of the tree, in which a module is replaced and its tests are run."""

    def __init__(self, folder: Path) -> None:
        self.tree = folder / "tree"
        self._session = Path(tempfile.mkdtemp(prefix="undersigned-tests-"))
        (self._session / "session").write_text(str(os.getpid()))
        shutil.copytree(ROOT, self.tree, ignore=shutil.ignore_patterns(*LEFT_OUT))
        self._log = folder / "log"

    def passes(self, tests: list[str], seconds: float) -> bool:
        """Whether the tests pass, in time."""
        child = os.fork()
        if child == 0:
            os.setsid()
            os._exit(self._run(tests))
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return status == 0
            time.sleep(0.05)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return False

    def said(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]

    def _run(self, tests: list[str]) -> int:
        import pytest

        with self._log.open("w") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        os.chdir(self.tree)
        os.environ |= {"UNDERSIGNED_TESTS_FOLDER": str(self._session), "PYTHONPATH": str(self.tree)}
        sys.path[:] = [str(self.tree), *(p for p in sys.path if Path(p or ".").resolve() != ROOT)]
        for name in [one for one in sys.modules if one.partition(".")[0] in {"api", "tests"}]:
            del sys.modules[name]
        return int(pytest.main(["-x", "-q", "-n0", "-p", "no:cacheprovider", *tests]))

    def close(self) -> None:
        """End the PostgreSQL that all of them shared."""
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                from tests.conftest import _end

                _end(self._session)
            os._exit(0)
        os.waitpid(child, 0)


def survivors(copy: Copy, module: str, seed: int, number: int) -> Iterator[tuple[Fault, bool]]:
    """Each fault of a module, and whether its tests pass all the same."""
    source, path, tests = (ROOT / module).read_text("utf-8"), copy.tree / module, MODULES[module]
    began = time.monotonic()
    if not copy.passes(tests, 1200):
        sys.exit(f"the tests of {module} fail without any fault:\n{copy.said()}")
    seconds = 60 + 5 * (time.monotonic() - began)
    lines = source.splitlines()
    try:
        for fault, changed in mutants(source, f"{seed} {module}", number):
            if (module, lines[fault.line - 1].strip(), fault.what) not in EQUIVALENT:
                path.write_text(changed, "utf-8")
                yield fault, copy.passes(tests, seconds)
    finally:
        path.write_text(source, "utf-8")


def main(
    only: Annotated[list[str] | None, typer.Option(help="a part of a module's path")] = None,
    seed: int = 1,
    number: int = 40,
) -> None:
    """Print how many faults were noticed in each module, and the lines of the others."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each run would prepare all tests anew
    sys.dont_write_bytecode = False
    for name in LIBRARIES:
        import_module(name)
    good = True
    with tempfile.TemporaryDirectory(prefix="undersigned-mutants-") as folder:
        copy = Copy(Path(folder))
        try:
            for module in MODULES:
                if not only or any(part in module for part in only):
                    good &= report(copy, module, seed, number)
        finally:
            copy.close()
    sys.exit(not good)


def report(copy: Copy, module: str, seed: int, number: int) -> bool:
    lines = (ROOT / module).read_text("utf-8").splitlines()
    tried = killed = 0
    for fault, survived in survivors(copy, module, seed, number):
        tried, killed = tried + 1, killed + (not survived)
        if survived:
            shown = lines[fault.line - 1].strip()
            typer.echo(f"  {module}:{fault.line}: {fault.what}: {shown}")
    typer.echo(f"{module}: {killed} of {tried} noticed")
    return killed >= WANTED * tried


if __name__ == "__main__":
    typer.run(main)
