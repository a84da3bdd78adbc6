"""The sentences of the code, each with the function, the error or the key that it belongs to."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.docs.sentences.rows import Row

# What is written for developers, for the database or for nobody.
NO_WORDS: Final = {"text", "compile", "fullmatch", "info", "warning", "error", "example", "Literal"}
NO_WORDS_OF: Final = {"description", "help", "examples", "pattern", "title", "match", "metavar"}
SQL: Final = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|SET|ALTER)\b|\w = |\bIN \(|\bnow\(\)|::"
)
WORDS: Final = re.compile(r"[A-Za-z']{2,}( |$)")


def rows(files: list[Path], root: Path) -> Iterator[Row]:
    for path in sorted(files):
        where = path.relative_to(root).as_posix().removesuffix(".py")
        for when, sentence in _said(ast.parse(path.read_text("utf-8")), ""):
            yield Row(where, when, sentence)


def marked(files: list[Path]) -> set[str]:
    """What is marked for the catalogues."""
    return {
        re.sub(r"\s+", " ", sentence).strip()
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "N_"
        for sentence in map(_sentence, node.args)
        if sentence is not None
    }


def _said(node: ast.AST, when: str) -> Iterator[tuple[str, str]]:
    sentence = _sentence(node)
    if sentence is not None:
        if _is_prose(sentence):
            yield when, re.sub(r"\s+", " ", sentence).strip()
        return
    for child, state in _children(node, when):
        yield from _said(child, state)


def _children(node: ast.AST, when: str) -> Iterator[tuple[ast.AST, str]]:
    """What is inside of it, each with its state."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            inside = node.body[1:] if ast.get_docstring(node) is not None else node.body
            yield from ((child, node.name) for child in inside)
        case ast.Dict(keys=keys, values=values):
            named = (ast.unparse(key) if key else "" for key in keys)
            yield from zip(values, (name or when for name in named), strict=True)
        case ast.Call(func=function):
            yield from _arguments(node, function, when)
        case ast.Expr(value=ast.Constant()):
            return  # a docstring
        case _:
            yield from ((child, when) for child in ast.iter_child_nodes(node))


def _arguments(call: ast.Call, function: ast.expr, when: str) -> Iterator[tuple[ast.AST, str]]:
    name = ast.unparse(function).rpartition(".")[2]
    if name in NO_WORDS:
        return
    state = f"{when}: {name}" if name[:1].isupper() and name != "N_" else when
    yield from ((argument, state) for argument in call.args)
    told = (keyword.value for keyword in call.keywords if keyword.arg not in NO_WORDS_OF)
    yield from ((value, state) for value in told)


def _sentence(node: ast.AST) -> str | None:
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=values):
            return "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in values
            )
    return None


def _is_prose(sentence: str) -> bool:
    return len(WORDS.findall(sentence)) > 1 and " " in sentence and not SQL.search(sentence)
