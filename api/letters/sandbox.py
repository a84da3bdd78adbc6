"""Compiles the templates of one letter, each checked by ``grammar`` first.

Included files are inlined when a template is compiled, so that rendering reads no file and
looks nothing up; ``a.b`` becomes ``a["b"]``, so that attributes of objects are never accessed.
The result runs in Jinja's sandbox as well.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from jinja2 import (
    StrictUndefined,
    Template,
    TemplateError,
    TemplateRuntimeError,
    nodes,
    pass_context,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from api.letters.grammar import Checker, Fault
from api.letters.suggest import suggestion

MAX_SOURCE = 32 * 1024
MAX_OUTPUT = 40_000
MAX_INCLUDES = 20
MAX_ROUNDS = 1_000
_TAG = r"(?:\{%(?:(?!%\})[^\n])*%\}|\{#(?:(?!#\})[^\n])*#\})[ \t]*"
_TAGS_ALONE = re.compile(rf"^[ \t]*((?:{_TAG})+)\n", re.MULTILINE)
_ADVICE = {
    "expected ']'": 'a fact is written {{ facts["its-id"] }}',
    "unexpected char": "is every quote closed?",
    "unexpected '}'": "a placeholder stands in two braces: {{ place }}",
    "end of print statement": "a placeholder is one name in two braces: {{ place }}",
    "unknown tag": "a text may hold for, if and include, each for and if with its end",
}
"""What Jinja finds -> what most often causes it."""
_COUNTED = "counted rounds"  # no name that a template can write
_OPEN = re.compile(r"needs to be closed is '(\w+)'")
_BREAKS = (RecursionError, MemoryError, SyntaxError, ValueError, OverflowError)


class RenderFailed(Exception):
    """A template could not be rendered; ``line`` counts from 1."""

    def __init__(self, template: str, line: int, message: str) -> None:
        super().__init__(f"{template}:{line}: {message}")
        self.template, self.line, self.message = template, line, message


class LetterEnvironment(ImmutableSandboxedEnvironment):
    """Jinja without globals, loaders and tests, and with our few filters."""

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True)
        self.globals.clear()
        self.filters = {
            "upper_first": lambda text: text[:1].upper() + text[1:],
            "lower_first": lambda text: text[:1].lower() + text[1:],
            "names": lambda officials: listing([official["name"] for official in officials]),
            "length": len,
            "first": lambda items: items[0],
            "last": lambda items: items[-1],
        }
        self.filters[_COUNTED] = _counted
        self.tests = {name: self.tests[name] for name in ("defined", "none")}

    def getitem(self, obj: Any, argument: Any) -> Any:
        if type(obj) is dict:
            try:
                return obj[argument]
            except KeyError:
                return self.undefined(f'"{argument}" is not known for this reader')
        return super().getitem(obj, argument)


@pass_context
def _counted(context: Context, items: list[Any]) -> list[Any]:
    """Iterate for a loop; all loops of a letter together run ``MAX_ROUNDS`` times at most."""
    rounds = context.parent[_COUNTED]
    rounds[0] += len(items)
    if rounds[0] > MAX_ROUNDS:
        raise TemplateRuntimeError(f"its loops go round more than {MAX_ROUNDS:,} times")
    return items


def listing(words: list[str]) -> str:
    """``A``, ``A and B``, ``A, B, and C``."""
    *most, final = words or [""]
    comma = "," if len(most) > 1 else ""
    return f"{', '.join(most)}{comma} and {final}" if most else final


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template ready to render, with the facts it can state and the files it includes."""

    name: str
    template: Template
    facts: tuple[str, ...]
    includes: tuple[str, ...]

    def render(self, values: Mapping[str, Any]) -> str:
        """Raises ``RenderFailed`` for a value that is missing and for too long a text."""
        context = self.template.new_context({**values, _COUNTED: [0]})
        pieces: list[str] = []
        size = 0
        try:
            for piece in self.template.root_render_func(context):
                pieces.append(piece)
                size += len(piece)
                if size > MAX_OUTPUT:
                    raise RenderFailed(self.name, 1, f"the text is longer than {MAX_OUTPUT:,}")
        except (TemplateError, TypeError, LookupError) as error:
            line = self._line(error.__traceback__)
            raise RenderFailed(self.name, line, str(error)) from error
        return "".join(pieces)

    def _line(self, trace: TracebackType | None) -> int:
        line = 1
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == _filename(self.name):
                line = self.template.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        return line


class Folder:
    """The templates of one letter by file name, and what is known of facts.

    ``compile_all`` gives every template that has no fault; ``faults`` says what is wrong.
    """

    def __init__(self, sources: Mapping[str, str], known_facts: Collection[str]) -> None:
        self.sources = sources
        self.known_facts = known_facts
        self.faults: list[Fault] = []
        self.included: set[str] = set()
        self.environment = LetterEnvironment()

    def compile_all(self) -> dict[str, Compiled]:
        compiled = {name: self.compile(name) for name in sorted(self.sources)}
        self.faults = sorted(set(self.faults), key=lambda fault: (fault.template, fault.line))
        return {name: template for name, template in compiled.items() if template}

    def compile(self, name: str) -> Compiled | None:
        """One template with its includes in place, or None when it has faults."""
        before = len(self.faults)
        work = _Assembly(self)
        tree = work.assemble(name, Checker(name, self.sources[name], self.known_facts), (name,))
        if tree is None or len(self.faults) > before:
            return None
        try:
            code = self.environment.compile(tree, name, _filename(name))
        except (TemplateError, *_BREAKS) as error:
            self.faults.append(Fault(name, 1, 1, f"cannot be compiled: {error}"))
            return None
        template = Template.from_code(self.environment, code, {})
        return Compiled(name, template, tuple(dict.fromkeys(work.facts)), tuple(work.included))


class _Assembly:
    """One template and all that it includes."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.facts: list[str] = []
        self.included: list[str] = []

    def assemble(self, name: str, checker: Checker, path: tuple[str, ...]) -> nodes.Template | None:
        tree = self.parse(name)
        if tree is None:
            return None
        checker.body(tree.body)
        self.folder.faults.extend(checker.faults)
        self.facts.extend(checker.facts)
        parts = {}
        for node, included, scope, loops in checker.includes:
            fault = self.refuse(included, path)
            if fault:
                checker.fault(node, fault, included)
                self.folder.faults.append(checker.faults[-1])
                continue
            self.included.append(included)
            self.folder.included.add(included)
            source = self.folder.sources[included]
            inner = Checker(included, source, self.folder.known_facts, scope, loops)
            part = self.assemble(included, inner, (*path, included))
            parts[id(node)] = _relined(part.body, node.lineno) if part else []
        # A tree with faults may be too deep to walk, so only a checked one is walked.
        sound = not checker.faults
        return _Rewriter(parts).visit(tree) if sound else None

    def refuse(self, included: str, path: tuple[str, ...]) -> str | None:
        if included in path:
            return f'"{included}" includes itself'
        if len(self.included) >= MAX_INCLUDES:
            return f"more than {MAX_INCLUDES} files are included"
        if included not in self.folder.sources:
            hint = suggestion(included, self.folder.sources)
            return f'there is no "{included}" in this letter\'s folder{hint}'
        return None

    def parse(self, name: str) -> nodes.Template | None:
        source = self.folder.sources[name]
        if len(source) > MAX_SOURCE:
            self.folder.faults.append(Fault(name, 1, 1, f"is longer than {MAX_SOURCE:,}"))
            return None
        try:
            return self.folder.environment.parse(_tucked(source), name)
        except TemplateError as error:
            line = getattr(error, "lineno", None) or 1
            self.folder.faults.append(Fault(name, line, 1, _said(error.message or "")))
        except _BREAKS:
            self.folder.faults.append(Fault(name, 1, 1, "is too deeply nested to be read"))
        return None


def _said(found: str) -> str:
    """Jinja's error message in words for people who do not know Jinja."""
    unclosed = _OPEN.search(found)
    if unclosed:
        return f"a block is not closed: {{% end{unclosed[1]} %}} is missing"
    advice = next((f" ({said})" for word, said in _ADVICE.items() if word in found), "")
    return f"{found or 'is no valid template'}{advice}"


class _Rewriter(NodeTransformer):
    """Replaces includes by the included files, and attribute access by item access."""

    def __init__(self, parts: Mapping[int, list[nodes.Node]]) -> None:
        self.parts = parts

    def visit_Include(self, node: nodes.Include) -> list[nodes.Node]:  # noqa: N802
        return self.parts.get(id(node), [])

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        near = {"lineno": node.lineno, "environment": node.environment}
        node.iter = nodes.Filter(node.iter, _COUNTED, [], [], None, None, **near)
        return self.generic_visit(node)

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802
        key = nodes.Const(node.attr, lineno=node.lineno, environment=node.environment)
        item = nodes.Getitem(node.node, key, "load", lineno=node.lineno)
        item.environment = node.environment
        return self.generic_visit(item)


def _tucked(source: str) -> str:
    """Drop the line break of lines that contain only block tags or comments.

    The break moves into the last tag, so that line numbers stay right. Jinja's own
    ``trim_blocks`` would also remove the break after a tag at the end of a sentence, and with it
    the gap between two paragraphs.
    """
    return _TAGS_ALONE.sub(
        lambda match: f"{match[1].rstrip()[:-2]}\n{match[1].rstrip()[-2:]}", source
    )


def _relined(body: list[nodes.Node], line: int) -> list[nodes.Node]:
    """Give an included file's nodes the line of its include, where a person looks for an error."""
    for node in body:
        node.set_lineno(line, override=True)
    return body


def _filename(name: str) -> str:
    return f"<letter {name}>"
