"""``make mutants``: do the tests of the most important modules notice a fault in them?

Forty seeded faults are made in each module, one at a time: a comparison turned round, a number one
too large, a statement left out. The module's own tests run against each in a copy of the tree, up
to the first failure. A fault that no test notices survives, and is told with its line.

Most faults are inside a function. Those are tried in a copy of a process that has imported and
collected everything: only the function's code is replaced. All others, and those that nothing
noticed there, are tried in a process that imports the module with the fault.
"""

import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from enum import StrEnum
from functools import partial
from importlib import import_module
from inspect import unwrap
from pathlib import Path
from types import CodeType
from typing import Annotated, Any, Final

import typer

from tests.faults import Fault, Mutant, mutants

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
FIRST_SECONDS: Final = 3600  # for the tests of a module, on a machine that is very busy
OPTIONS: Final = ("-x", "-q", "-n0", "--timeout=0", "-p", "no:cacheprovider")

MODULES: Final = {
    "api/security/addresses.py": ["tests/security/test_addresses.py"],
    "api/mail/budget.py": ["tests/mail/test_budget.py"],
    "api/deliveries/transitions.py": [
        "tests/deliveries/test_transitions.py",
        "tests/deliveries/test_desk.py",
    ],
    "api/deliveries/routing.py": ["tests/deliveries/test_routing.py"],
    "api/outbox/lease.py": ["tests/outbox/test_lease.py", "tests/deliveries/test_attempts.py"],
    "api/limits/keeper.py": ["tests/limits/test_limits.py"],
    "api/letters/render.py": ["tests/letters/test_render.py", "tests/letters/test_slot.py"],
    "api/sign_ons/moderation.py": [
        "tests/sign_ons/test_moderation.py",
        "tests/sign_ons/test_review.py",
    ],
    "api/confirmation/people.py": [
        "tests/confirmation/test_people.py",
        "tests/confirmation/test_canonical_forms.py",
        "tests/confirmation/test_shared_mailboxes.py",
        "tests/confirmation/test_service.py",
    ],
    "api/confirmation/service.py": [
        "tests/confirmation/test_shared_mailboxes.py",
        "tests/confirmation/test_service.py",
        "tests/confirmation/test_pending.py",
        "tests/confirmation/test_canonical_forms.py",
    ],
    "api/submissions/service.py": [
        "tests/submissions/test_service.py",
        "tests/submissions/test_street.py",
        "tests/public/test_submissions.py",
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
        "api/limits/keeper.py",
        "used_up = not self.empty and self.until > now",
        "without not",
    ): "nobody asks for the next lease while an empty one is believed",
    (
        "api/limits/keeper.py",
        "if before is not None and before.tokens > 0 and before.usable(now):",
        "Gt as GtE",
    ): "without a token only an empty lease is usable, and then nobody asks for the next",
    (
        "api/limits/keeper.py",
        "cursor = await self._connection.execute(LEASE, batch.parameters(), binary=True)",
        "False",
    ): "numbers as text are read the same, and more slowly",
    (
        "api/letters/render.py",
        '_START, _END, _FIRST = "\\ue000", "\\ue001", 0xE010',
        "57360 + 1",
    ): "facts are marked with characters for private use that are all taken out again",
    (
        "api/letters/render.py",
        'return tidy and text.count("\\n") == 2 * text.count("\\n\\n")',
        "returns None",
    ): "what is tidy stays the same when it is put in order, which only takes longer",
}


def put_in(module: str, mutant: Mutant) -> bool:
    """Replace the code of the function with the fault, wherever it is known in this process.
    False if that cannot be done."""
    whole, name = compile(mutant.source, module, "exec"), mutant.fault.inside or ""
    try:
        found: Any = sys.modules[module.removesuffix(".py").replace("/", ".")]
        for part in name.split("."):
            found = vars(found)[part]
        for inner in ("fget", "func", "__func__"):  # of properties and methods of classes
            found = getattr(found, inner, found)
        unwrap(found).__code__ = _code(whole, name)
    except (KeyError, AttributeError, ValueError, StopIteration):
        return False
    return True


def _code(whole: CodeType, name: str) -> CodeType:
    inner = [each for each in whole.co_consts if isinstance(each, CodeType)]
    found = [each for each in inner if each.co_qualname == name]
    return found[0] if found else next(_code(e, name) for e in inner if name.startswith(e.co_name))


class End(StrEnum):
    """How a run of the tests ended. One that is late may hang, or the machine may be busy."""

    PASSED = "p"
    FAILED = "f"
    LATE = "l"


def end_of(run: Callable[[], int], log: Path, seconds: float) -> End:
    """``run`` in a process of its own; 0 is a pass."""
    child = os.fork()
    if child == 0:
        os.setsid()
        with log.open("w") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
        status = 1
        with suppress(BaseException):
            status = run()
        os._exit(status)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return End.FAILED if status else End.PASSED
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return End.LATE


class Prepared:
    """A pytest plugin: instead of running the tests once, it runs them for each mutant, each in a
    copy of this process, and writes down for each whether they passed."""

    def __init__(self, module: str, mutants: Sequence[Mutant], log: Path, answers: int) -> None:
        self._module, self._mutants, self._log, self._answers = module, mutants, log, answers

    def pytest_runtestloop(self, session: Any) -> bool:
        app: Any = import_module("tests.app_fixtures")
        published = app.published.__wrapped__()
        app.load_published = lambda *_: published
        app.make_app(app.Settings(), published)
        began = time.monotonic()
        first = end_of(lambda: self._run(session), self._log, FIRST_SECONDS)
        seconds = 30 + 3 * (time.monotonic() - began)
        os.write(self._answers, first.encode())
        for mutant in self._mutants if first is End.PASSED else ():
            end = end_of(partial(self._run, session, mutant), self._log, seconds)
            os.write(self._answers, end.encode())
        os._exit(0)

    def _run(self, session: Any, mutant: Mutant | None = None) -> int:
        if mutant and not put_in(self._module, mutant):
            return 0  # tried by an import
        items = session.items
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return 1
        return 0


class Copy:
    """A copy of the tree, in which a module is replaced and its tests are run."""

    def __init__(self, folder: Path) -> None:
        self.tree = folder / "tree"
        self._session = Path(tempfile.mkdtemp(prefix="undersigned-tests-"))
        (self._session / "session").write_text(str(os.getpid()))
        shutil.copytree(ROOT, self.tree, ignore=shutil.ignore_patterns(*LEFT_OUT))
        self._log = folder / "log"

    def try_once(self, tests: list[str], seconds: float) -> End:
        """How the tests end with the tree as it is."""
        return end_of(lambda: self._run(tests), self._log, seconds)

    def try_each(self, module: str, inside: Sequence[Mutant]) -> Iterator[End]:
        """How the tests end without a fault, and then with each that is in a function."""
        answers, answering = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(answers)
            plugin = Prepared(module, inside, self._log, answering)
            end_of(lambda: self._run(MODULES[module], plugin), self._log.with_name("first"), 1e9)
            os._exit(0)
        os.close(answering)
        while answer := os.read(answers, 1):
            yield End(answer.decode())
        os.close(answers)
        os.waitpid(child, 0)

    def said(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]

    def _run(self, tests: list[str], *plugins: object) -> int:
        import pytest

        os.chdir(self.tree)
        os.environ |= {"UNDERSIGNED_TESTS_FOLDER": str(self._session), "PYTHONPATH": str(self.tree)}
        sys.path[:] = [str(self.tree), *(p for p in sys.path if Path(p or ".").resolve() != ROOT)]
        for name in [one for one in sys.modules if one.partition(".")[0] in {"api", "tests"}]:
            del sys.modules[name]
        return int(pytest.main([*OPTIONS, *tests], [*plugins]))

    def close(self) -> None:
        """End the PostgreSQL that all of them shared."""
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                from tests.conftest import _end

                _end(self._session)
            os._exit(0)
        os.waitpid(child, 0)


def ends(copy: Copy, module: str, seed: int, number: int) -> Iterator[tuple[Fault, End]]:
    """Each fault of a module, and how its tests end with it."""
    source, path, tests = (ROOT / module).read_text("utf-8"), copy.tree / module, MODULES[module]
    lines = source.splitlines()
    made = [
        mutant
        for mutant in mutants(source, f"{seed} {module}", number)
        if (module, lines[mutant.fault.line - 1].strip(), mutant.fault.what) not in EQUIVALENT
    ]
    began = time.monotonic()
    found = copy.try_each(module, [mutant for mutant in made if mutant.fault.inside])
    if next(found, None) is not End.PASSED:
        sys.exit(f"the tests of {module} fail without any fault:\n{copy.said()}")
    seconds = 30 + 3 * (time.monotonic() - began)
    doubted = []
    for mutant in made:
        end = next(found) if mutant.fault.inside else End.PASSED
        if end is End.PASSED:
            doubted.append(mutant)
        else:
            yield mutant.fault, end
    try:
        for mutant in doubted:
            path.write_text(mutant.source, "utf-8")
            yield mutant.fault, copy.try_once(tests, seconds)
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
    told = Counter[End]()
    for fault, end in ends(copy, module, seed, number):
        told[end] += 1
        if end is not End.FAILED:
            shown = lines[fault.line - 1].strip()
            late = "the tests did not end: " if end is End.LATE else ""
            typer.echo(f"  {module}:{fault.line}: {late}{fault.what}: {shown}")
    noticed = told.total() - told[End.PASSED]
    typer.echo(f"{module}: {noticed} of {told.total()} noticed")
    return noticed >= WANTED * told.total()


if __name__ == "__main__":
    typer.run(main)
