"""Seeded faults in a module's source: what ``tests/mutants.py`` tries the tests with."""

import ast
import random
import re
from collections.abc import Callable
from typing import Final, NamedTuple

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
    """``inside``: the qualified name of the function whose body it is in."""

    line: int
    what: str
    inside: str | None


class Mutator(ast.NodeTransformer):
    """Lists the faults that can be made in a tree, and makes the one with the number ``chosen``."""

    def __init__(self, chosen: int | None = None) -> None:
        self.found: list[Fault] = []
        self._chosen = chosen
        self._classes: list[str] = []
        self._inside: str | None = None

    def _offer(self, node: ast.AST, what: str, make: Callable[[], ast.AST]) -> ast.AST:
        self.found.append(Fault(getattr(node, "lineno", 0), what, self._inside))
        return make() if len(self.found) - 1 == self._chosen else node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._classes.append(node.name)
        node.body = [self.visit(each) for each in node.body]  # its decorators are left alone
        self._classes.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.args.defaults = [self.visit(each) for each in node.args.defaults]
        outer = self._inside
        self._inside = outer or ".".join([*self._classes, node.name])
        node.body = [self.visit(each) for each in node.body]
        self._inside = outer
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
                what = f"SQL {match[0].strip()} as {shown}"
                self.found.append(Fault(line, what, self._inside))
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
