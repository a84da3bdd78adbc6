"""The organizers' guide: it names every key there is, and its walk works as written."""

import re
import shutil
import types
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from api.campaigns import dossier
from api.campaigns.fields import Text
from api.campaigns.schema import Campaign, Topic
from api.cli import load_commands
from api.letters import grammar
from api.settings import ROOT
from tests.docs.reading import DOCS, codes, fenced, section

PAGE = DOCS / "organizers.md"
ADDED = re.compile(r"Add to the end of `(\S+)`:$")
OPENED = re.compile(r"Open `(\S+)`")


def inner(annotation: object) -> list[type[BaseModel]]:
    """The models that a field may hold, texts aside."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [] if issubclass(annotation, Text) else [annotation]
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is not None:
        return [model for part in typing.get_args(annotation) for model in inner(part)]
    return []


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        for part in inner(field.annotation):
            yield from keys(part, f"{prefix}{name}.")


def rows(text: str) -> set[str]:
    """The first column of its tables, as far as it is code."""
    return set(re.findall(r"^\| `(.+?)` \|", text, re.MULTILINE))


def test_the_table_has_every_key_of_a_campaign_and_no_other() -> None:
    assert rows(section(PAGE, "The campaign's file, key by key")) == set(keys(Campaign))


@pytest.mark.parametrize("kind", sorted(dossier.KINDS))
def test_the_tables_have_every_key_of_the_dossier_and_no_other(kind: str) -> None:
    written = {name.strip('"') for name in rows(section(PAGE, f"`{kind}.yaml`"))}
    assert written == set(dossier.KINDS[kind].model_fields)


def test_every_topic_is_listed() -> None:
    text = PAGE.read_text("utf-8")
    assert [topic for topic in typing.get_args(Topic) if topic not in text] == []


def test_everything_that_a_template_may_say_is_listed() -> None:
    known = codes(PAGE)
    fields = {f"{kind}.{field}" for kind, names in grammar.FIELDS.items() for field in names}
    assert fields - known == set()
    names = {name if name != "facts" else 'facts["id"]' for name in grammar.NAMES} - {"target"}
    assert names - known == set()
    assert set(grammar.FILTERS) - known == set()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what organizers edit, which the commands work on."""
    for name in ("campaigns", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
        monkeypatch.setenv(f"UNDERSIGNED_{name.upper()}_DIR", str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_walk_works_as_written(site: Path) -> None:
    run = CliRunner().invoke
    said = []
    walk = section(PAGE, "The walk")
    for block in fenced(PAGE):
        if block.text not in walk:
            continue
        added, opened = ADDED.search(block.before), OPENED.search(block.before)
        if added:
            with (site / added[1]).open("a", encoding="utf-8") as file:
                file.write(block.text)
        elif opened:
            assert (site / opened[1]).exists()
            (site / opened[1]).write_text(block.text, "utf-8")
        else:
            for line in block.text.splitlines():
                program, *arguments = re.findall(r'"([^"]*)"|(\S+)', line)
                assert program[1] == "undersigned"
                done = run(load_commands(), [quoted or plain for quoted, plain in arguments])
                assert done.exit_code == 0, done.output
                said.append(done.output)
    assert any("0 errors" in output for output in said)
    assert "My daughter learns under a bucket." in said[-1]
    assert "A roof that leaks closes a classroom" in " ".join(said[-1].replace("│", " ").split())
    publish(site)
    assert "0 errors" in run(load_commands(), ["check"]).output


def publish(site: Path) -> None:
    file = site / "campaigns/repair-school-roofs.yaml"
    text = file.read_text("utf-8")
    assert "status: draft" in text
    text = text.replace("status: draft", "status: open")
    for key in ("summary", "name", "about"):  # what the walk says to replace
        text = re.sub(rf"(?m)^( *{key}): .*$", r"\1: Our own words.", text)
    file.write_text(text, "utf-8")


def test_a_bare_on_is_read_all_the_same(site: Path) -> None:
    records = site / "campaigns/dossier/records.yaml"
    records.write_text(records.read_text("utf-8").replace('"on":', "on:"), "utf-8")
    assert "0 errors" in CliRunner().invoke(load_commands(), ["check"]).output
