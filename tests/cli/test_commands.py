"""Each command loads its own module only: with all of them, most of its time went into that."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest
import typer

import api.cli
from api.cli import MODULES, app, load_commands
from tests.cli.writing import run_alone

CLI = Path(api.cli.__file__).parent


def test_every_command_is_known_by_its_module() -> None:
    load_commands()
    found: dict[str | None, set[str]] = defaultdict(set)
    for name, module in commands(app):
        found[name].add(module.removeprefix("api.cli."))
    assert found.keys() == MODULES.keys()
    for name, module in MODULES.items():
        assert found[name] <= loaded_with(module)


def loaded_with(module: str) -> set[str]:
    """The modules of commands that are imported when this one is."""
    found, to_read = set[str](), [module]
    while to_read:
        name = to_read.pop()
        if name in found or not (path := CLI / f"{name}.py").exists():
            continue
        found.add(name)
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module == "api.cli":
                to_read += [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom):
                to_read.append(str(node.module).removeprefix("api.cli."))
    return found


def commands(group: typer.Typer) -> list[tuple[str | None, str]]:
    """Names of commands and groups, each with the modules of what it runs."""
    found: list[tuple[str | None, str]] = []
    for command in group.registered_commands:
        assert command.callback
        name = command.name or command.callback.__name__.replace("_", "-")
        found.append((name, command.callback.__module__))
    for inner in group.registered_groups:
        assert inner.typer_instance
        name = inner.name or str(inner.typer_instance.info.name)
        found += [(name, module) for _, module in commands(inner.typer_instance)]
    return found


@pytest.mark.parametrize("command", ["purge", "serve"])
def test_the_only_command_that_is_loaded_is_still_called_by_its_name(
    command: str, tmp_path: Path
) -> None:
    shown = run_alone(tmp_path, command, "--help")
    assert shown.returncode == 0
    assert f" {command} [OPTIONS]" in shown.stdout


def test_a_command_that_is_none_is_answered_from_all(tmp_path: Path) -> None:
    refused = run_alone(tmp_path, "sreve")
    assert refused.returncode == 2
    assert "serve" in refused.stderr
