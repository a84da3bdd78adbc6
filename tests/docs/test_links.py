"""What the pages name exists: files, make targets, commands, settings."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from api.cli import load_commands
from api.settings import ROOT, ChamberSettings, HouseSettings, SenateSettings, Settings
from tests.docs.reading import DOCS, FENCE, fenced, pages

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"^(?:\.venv/bin/)?undersigned((?: [a-z][a-z-]*)+)")
OPERATORS = DOCS / "operators.md"


def shown(page: Path) -> list[str]:
    """Every command line of a page: of its console blocks, and in backticks."""
    text = page.read_text("utf-8")
    typed = [line for block in fenced(page) for line in block.text.splitlines()]
    return [*typed, *re.findall(r"`([^`\n]+)`", FENCE.sub("", text))]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    links = [link.partition("#")[0] for link in LINK.findall(text)]
    relative = [link for link in links if link and not link.startswith(("http:", "https:"))]
    assert [link for link in relative if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_make_target_is_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {match[1] for line in shown(page) if (match := re.match(r"make ([a-z-]+)", line))}
    assert named - targets == set()


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_command_is_there(page: Path) -> None:
    top = typer.main.get_command(load_commands())
    for line in shown(page):
        match = COMMAND.match(line)
        if match:
            assert found(top, match[1].split()) is not None, line


def found(command: Any, words: list[str]) -> Any:
    """The command that the words begin with, or None; what follows it are its arguments."""
    inner = getattr(command, "commands", None)
    if inner is None:
        return command
    return found(inner[words[0]], words[1:]) if words and words[0] in inner else None


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_option_is_there(page: Path) -> None:
    top = typer.main.get_command(load_commands())
    for line in shown(page):
        match = COMMAND.match(line)
        if match:
            typed = line.partition(" #")[0]
            named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", typed)) - {"--help"}
            command = found(top, match[1].split())
            both = [[*known.opts, *known.secondary_opts] for known in command.params]
            assert named <= {option for options in both for option in options}, line


def variables() -> dict[str, str]:
    """Each setting's environment variable, with its name in the code."""
    prefix = str(Settings.model_config.get("env_prefix"))
    return {
        str(field.validation_alias or f"{prefix}{name}".upper()): name
        for name, field in Settings.model_fields.items()
        if name not in {"cwc_house", "cwc_senate"}
    }


def test_every_setting_is_in_the_operators_table_and_no_other() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", OPERATORS.read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(variables())


def test_the_defaults_in_the_operators_table_are_true() -> None:
    text = OPERATORS.read_text("utf-8")
    for variable, name in variables().items():
        row = re.search(rf"^\| `{variable}` \| (.*?) \|", text, re.MULTILINE)
        assert row is not None
        default = Settings.model_fields[name].default
        plain = row[1].strip("`")
        if default is None:
            assert plain in {"none", "<state>/keys.json", "<state>/erasures.jsonl"}, variable
        elif isinstance(default, Path):
            assert default.name == plain, variable
        elif default == ():
            assert plain == "[]", variable
        else:
            assert plain == str(default), variable


def test_every_setting_of_a_chamber_is_in_its_table_with_its_defaults() -> None:
    rows = re.findall(r"^\| `…([A-Z_]+)` \| (.*?) \|", OPERATORS.read_text("utf-8"), re.MULTILINE)
    assert sorted(name.lower() for name, _ in rows) == sorted(ChamberSettings.model_fields)
    house, senate = HouseSettings.model_fields, SenateSettings.model_fields
    for name, told in rows:
        defaults = [fields[name.lower()].default for fields in (house, senate)]
        said = dict.fromkeys("none" if d in (None, {}) else str(d).lower() for d in defaults)
        assert [part.strip(" `").lower() for part in told.split(";")] == [*said], name


def test_the_figures_that_alarms_use_are_there() -> None:
    rows = re.findall(r"^\| `(undersigned_\w+)` ", OPERATORS.read_text("utf-8"), re.MULTILINE)
    source = "".join(
        (ROOT / "api" / name).read_text("utf-8") for name in ("metrics.py", "public/metrics.py")
    )
    assert rows
    assert [row for row in rows if f'"{row.removesuffix("_total")}"' not in source] == []
