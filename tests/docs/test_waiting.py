"""No test waits for a fixed time or fails because of time: a slow or busy machine passes them all.

What a test waits for, it waits for with ``tests/waiting.py``; what must never happen is shown
with a clock that the test lets go on (``tests/clocks.py``) or by an event; and how long things
take is judged by ``quick`` (``tests/times.py``), which asserts in ``make test-times`` only.
"""

import ast
from collections.abc import Iterator

import pytest

from api.settings import ROOT

# The first two are how tests wait and measure. The crash harness kills at random moments, and the
# last waits for the tests that it runs.
EXCEPT = ("tests/times.py", "tests/waiting.py", "tests/crash/", "tests/mutants.py")
CLOCKS = {"monotonic", "perf_counter", "process_time", "thread_time"}
CLOCKS |= {f"{name}_ns" for name in CLOCKS}
TAKEN = {"wall", "processor"}  # of a Stopwatch


def faults(source: str) -> Iterator[tuple[int, str]]:
    """Each fixed sleep, clock and judged time, with its line."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "sleep" and not _yields(node):
            yield node.lineno, "a fixed sleep"
        if isinstance(node, ast.Attribute | ast.Name) and _name(node) in CLOCKS:
            yield node.lineno, "a clock"
        if isinstance(node, ast.Call) and _name(node.func) == "time" and "loop" in _owner(node):
            yield node.lineno, "the event loop's clock"
        if isinstance(node, ast.Assert):
            yield from ((node.lineno, "a judged time") for _ in _judged(node))


def _name(node: ast.AST) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def _owner(call: ast.Call) -> str:
    return ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def _yields(call: ast.Call) -> bool:
    """``asyncio.sleep(0)`` only gives other tasks of the event loop their turn."""
    return [getattr(argument, "value", None) for argument in call.args] == [0]


def _judged(node: ast.AST) -> Iterator[ast.AST]:
    """What a stopwatch says below this node, but for what ``quick`` judges, or a bound allows."""
    if isinstance(node, ast.Call) and _name(node.func) == "quick":
        return
    if isinstance(node, ast.Attribute) and node.attr in TAKEN:
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _judged(child)


def test_no_test_depends_on_time() -> None:
    found = [
        f"{name}:{line}: {what}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if not (name := str(path.relative_to(ROOT))).startswith(EXCEPT)
        for line, what in faults(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("await asyncio.sleep(0.2)", ["a fixed sleep"]),
        ("time.sleep(pause)", ["a fixed sleep"]),
        ("sleep(1)", ["a fixed sleep"]),
        ("await asyncio.sleep(0)", []),
        ("began = time.monotonic()", ["a clock"]),
        ("from time import perf_counter\nbegan = perf_counter()", ["a clock"]),
        ("began = asyncio.get_running_loop().time()", ["the event loop's clock"]),
        ("assert watch.wall < 5", ["a judged time"]),
        ("assert quick(watch.wall, 5)", []),
        ("await until(lambda: seen)", []),
    ],
)
def test_it_finds_them(source: str, what: list[str]) -> None:
    assert [each for _, each in faults(source)] == what
