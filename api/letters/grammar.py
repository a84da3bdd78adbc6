"""What a letter's template may say, checked on its syntax tree before anything is compiled.

Everything has a kind, and what is not listed here is refused: an unknown name or field, a
call, a macro, arithmetic, an attribute of a Python object. So a template can print texts that
the engine gave it, choose between them and loop over short lists, and nothing else. Jinja's own
sandbox limits neither time nor memory.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from jinja2 import nodes

from api.letters.suggest import suggestion

MAX_DEPTH = 12
MAX_LOOPS = 2

NAMES = {
    "place": "text",
    "ask": "text",
    "target": "target",
    "demands": "list of demand",
    "officials": "list of official",
    "record": "record",
    "facts": "facts",
}
FIELDS = {
    "target": dict.fromkeys(
        (
            *("name", "last_name", "title", "salutation_name"),
            *("state_name", "district", "district_name", "chamber"),
        ),
        "text",
    ),
    "demand": {"id": "text", "title": "text", "ask": "text", "officials": "list of official"},
    "official": dict.fromkeys(("id", "name", "title", "as_of"), "text"),
    "record": dict.fromkeys(("what", "on", "title", "date"), "text"),
    "loop": {"first": "truth", "last": "truth", "index": "number", "length": "number"},
}
FILTERS = {
    "upper_first": ("text", "text"),
    "lower_first": ("text", "text"),
    "names": ("list of official", "text"),
    "length": ("list", "number"),
    "first": ("list", "element"),
    "last": ("list", "element"),
}
TESTS = frozenset({"defined", "none"})
COMPARISONS = frozenset({"eq", "ne", "gt", "gteq", "lt", "lteq", "in", "notin"})
PRINTED = frozenset({"text", "fact", "number"})
_LIST = "list of "
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a template, and where; lines and columns count from 1."""

    template: str
    line: int
    column: int
    message: str


@dataclass
class Checker:
    """Checks one template, and fills ``faults``, ``facts`` (those used) and ``includes``."""

    template: str
    source: str
    known_facts: Collection[str]
    scope: Mapping[str, str] = field(default_factory=lambda: dict(NAMES))
    loops: int = 0
    faults: list[Fault] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    includes: list[tuple[nodes.Include, str, Mapping[str, str], int]] = field(default_factory=list)

    def fault(self, node: nodes.Node, message: str, near: str = "") -> str:
        number = getattr(node, "lineno", None) or 1  # some nodes that Jinja makes have none
        line = "".join(self.source.splitlines()[number - 1 : number])
        column = max(line.find(near), 0) if near else len(line) - len(line.lstrip())
        self.faults.append(Fault(self.template, number, column + 1, message))
        return _UNKNOWN

    # Statements

    def body(self, children: list[nodes.Node], depth: int = 0) -> None:
        for child in children:
            self.statement(child, depth)

    def statement(self, node: nodes.Node, depth: int) -> None:
        if depth > MAX_DEPTH:
            self.fault(node, f"blocks are nested deeper than {MAX_DEPTH}")
        elif isinstance(node, nodes.Output):
            for child in node.nodes:
                self.printed(child, depth + 1)
        elif isinstance(node, nodes.If):
            self.choice(node, depth)
        elif isinstance(node, nodes.For):
            self.loop(node, depth)
        elif isinstance(node, nodes.Include):
            self.include(node)
        else:
            self.fault(node, f"{_describe(node)} is not allowed in a letter")

    def printed(self, node: nodes.Node, depth: int) -> None:
        if isinstance(node, nodes.TemplateData):
            return
        kind = self.kind(node, depth)
        if kind not in PRINTED and kind != _UNKNOWN:
            self.fault(node, f"only a text can be printed, this is a {kind}: name a field of it")

    def choice(self, node: nodes.If, depth: int) -> None:
        self.kind(node.test, depth + 1)
        self.body(node.body, depth + 1)
        for branch in node.elif_:
            self.kind(branch.test, depth + 1)
            self.body(branch.body, depth + 1)
        self.body(node.else_, depth + 1)

    def loop(self, node: nodes.For, depth: int) -> None:
        target = node.target
        kind = self.kind(node.iter, depth + 1)
        if not isinstance(target, nodes.Name) or target.name in NAMES or target.name == "loop":
            self.fault(node, "a loop needs one new name: {% for demand in demands %}", "for")
        elif node.recursive or node.else_:
            self.fault(node, 'a recursive loop, or one with "else", is not allowed', "for")
        elif not kind.startswith(_LIST):
            if kind != _UNKNOWN:
                self.fault(node, "a loop goes through demands or officials only", "for")
        elif self.loops == MAX_LOOPS:
            self.fault(node, f"at most {MAX_LOOPS} loops may be nested", "for")
        else:
            self.inside(node, target.name, kind.removeprefix(_LIST), depth)

    def inside(self, node: nodes.For, name: str, kind: str, depth: int) -> None:
        outer = self.scope
        self.scope = {**outer, name: kind, "loop": "loop"}
        self.loops += 1
        if node.test is not None:
            self.kind(node.test, depth + 1)
        self.body(node.body, depth + 1)
        self.loops -= 1
        self.scope = outer

    def include(self, node: nodes.Include) -> None:
        name = node.template.value if isinstance(node.template, nodes.Const) else None
        if not isinstance(name, str):
            self.fault(node, 'an include names its file: {% include "grounds.j2" %}', "include")
        elif node.ignore_missing:
            self.fault(node, '"ignore missing" is not allowed: the file must be there', "include")
        else:
            self.includes.append((node, name, self.scope, self.loops))

    # Expressions: each returns its kind

    def kind(self, node: nodes.Node, depth: int) -> str:
        if depth > MAX_DEPTH:
            return self.fault(node, f"this is nested deeper than {MAX_DEPTH}")
        for kind, method in self._expressions.items():
            if isinstance(node, kind):
                return method(self, node, depth)
        meant = '; a fact is written facts["its-id"]' if isinstance(node, nodes.Sub) else ""
        return self.fault(node, f"{_describe(node)} is not allowed in a letter{meant}")

    def name(self, node: nodes.Name, _: int) -> str:
        kind = self.scope.get(node.name)
        if kind:
            return kind
        known = f"; what is known here is {', '.join(sorted(self.scope))}"
        hint = suggestion(node.name, self.scope) or known
        return self.fault(node, f'unknown name "{node.name}"{hint}', node.name)

    def constant(self, node: nodes.Const, _: int) -> str:
        if isinstance(node.value, bool) or node.value is None:
            return "truth"
        return "text" if isinstance(node.value, str) else "number"

    def field(self, node: nodes.Expr, kind: str, name: str) -> str:
        if kind == _UNKNOWN:
            return kind
        if kind == "facts":
            return self.fault(node, 'a fact is named in brackets: facts["its-id"]', "facts")
        fields = FIELDS.get(kind, {})
        if name in fields:
            return fields[name]
        hint = suggestion(name, fields)
        return self.fault(node, f'a {kind} has no field "{name}"{hint}', name)

    def attribute(self, node: nodes.Getattr, depth: int) -> str:
        return self.field(node, self.kind(node.node, depth + 1), node.attr)

    def item(self, node: nodes.Getitem, depth: int) -> str:
        kind = self.kind(node.node, depth + 1)
        key = node.arg.value if isinstance(node.arg, nodes.Const) else None
        if kind == _UNKNOWN:
            return kind
        if kind.startswith(_LIST):
            return self.element(node, kind)
        if not isinstance(key, str):
            return self.fault(node, "a field is named by a constant text", "[")
        if kind != "facts":
            return self.field(node, kind, key)
        if key not in self.known_facts:
            hint = suggestion(key, self.known_facts)
            return self.fault(node, f'unknown fact "{key}"{hint}', key)
        self.facts.append(key)
        return "fact"

    def element(self, node: nodes.Getitem, kind: str) -> str:
        if isinstance(node.arg, nodes.Slice):
            parts = (node.arg.start, node.arg.stop, node.arg.step)
            if all(part is None or isinstance(part, nodes.Const) for part in parts):
                return kind
        elif isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, int):
            return kind.removeprefix(_LIST)
        return self.fault(node, "a place in a list is a constant number", "[")

    def filtered(self, node: nodes.Filter, depth: int) -> str:
        known = FILTERS.get(node.name)
        if node.node is None or known is None:
            hint = suggestion(node.name, FILTERS)
            return self.fault(node, f'the filter "{node.name}" is not allowed{hint}', node.name)
        if node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return self.fault(node, f'the filter "{node.name}" takes nothing', node.name)
        kind = self.kind(node.node, depth + 1)
        wanted, result = known
        if kind == _UNKNOWN:
            return kind
        if kind != wanted and not (wanted == "list" and kind.startswith(_LIST)):
            return self.fault(node, f'"{node.name}" needs a {wanted}, this is a {kind}', node.name)
        return kind.removeprefix(_LIST) if result == "element" else result

    def either(self, node: nodes.CondExpr, depth: int) -> str:
        self.kind(node.test, depth + 1)
        kind = self.kind(node.expr1, depth + 1)
        if node.expr2 is None:
            return self.fault(node, 'a choice needs its "else"', "if")
        other = self.kind(node.expr2, depth + 1)
        if _UNKNOWN in {kind, other} or kind == other:
            return kind
        return self.fault(node, f"a choice between a {kind} and a {other}", "if")

    def joined(self, node: nodes.Concat, depth: int) -> str:
        for part in node.nodes:
            kind = self.kind(part, depth + 1)
            if kind not in {"text", "number", _UNKNOWN}:
                return self.fault(node, f'"~" joins texts, and this is a {kind}', "~")
        return "text"

    def tested(self, node: nodes.Test, depth: int) -> str:
        if node.name not in TESTS or node.args:
            self.fault(node, f'the test "{node.name}" is not allowed', node.name)
        return self.truth(node, depth)

    def truth(self, node: nodes.Expr, depth: int) -> str:
        for child in node.iter_child_nodes():
            self.kind(child, depth + 1)
        return "truth"

    def compared(self, node: nodes.Compare, depth: int) -> str:
        self.kind(node.expr, depth + 1)
        for operand in node.ops:
            values = operand.expr
            if operand.op not in COMPARISONS:
                self.fault(node, f'the comparison "{operand.op}" is not allowed')
            elif operand.op in {"in", "notin"} and isinstance(values, nodes.Tuple | nodes.List):
                for value in values.items:
                    self.kind(value, depth + 1)
            else:
                self.kind(values, depth + 1)
        return "truth"

    _expressions: ClassVar[dict[type[nodes.Expr], Callable[..., str]]] = {
        nodes.Name: name,
        nodes.Const: constant,
        nodes.Getattr: attribute,
        nodes.Getitem: item,
        nodes.Filter: filtered,
        nodes.CondExpr: either,
        nodes.Concat: joined,
        nodes.Compare: compared,
        nodes.Test: tested,
        nodes.Not: truth,
        nodes.And: truth,
        nodes.Or: truth,
    }


_DESCRIPTIONS = {
    nodes.Call: "a call",
    nodes.Macro: "a macro",
    nodes.CallBlock: "a call block",
    nodes.FilterBlock: "a filter block",
    nodes.Assign: "{% set %}",
    nodes.AssignBlock: "{% set %}",
    nodes.With: "{% with %}",
    nodes.Block: "a block",
    nodes.Extends: "{% extends %}",
    nodes.Import: "an import",
    nodes.FromImport: "an import",
    nodes.Mul: "multiplication",
    nodes.Pow: "a power",
    nodes.Dict: "a mapping",
    nodes.List: "a list",
    nodes.Tuple: "a list",
}


def _describe(node: nodes.Node) -> str:
    if isinstance(node, nodes.BinExpr | nodes.UnaryExpr):
        return _DESCRIPTIONS.get(type(node), "arithmetic")
    return _DESCRIPTIONS.get(type(node), f"“{type(node).__name__}”")
