"""The doctor names what is wrong, and what to do about it."""

from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from api.cli import doctor, load_commands
from api.cli.doctor import Finding, examine
from api.database import roles
from api.database.connection import connect_kwargs
from api.settings import Settings


def look(state: Path, url: str) -> dict[str, Finding]:
    settings = Settings(state_dir=state).model_copy(update={"database_url": SecretStr(url)})
    return {finding.name: finding for finding in examine(settings)}


def test_a_migrated_database_is_well(tmp_path: Path, database_url: str) -> None:
    found = look(tmp_path / "var", database_url)
    assert {"database", "roles", "migrations", "clock", "data", "key ring"} <= set(found)
    ours = ("database", "roles", "migrations", "clock", "key ring", "state folder")
    assert all(found[name].well for name in ours), found


def test_missing_migrations_are_told(tmp_path: Path, empty_database_url: str) -> None:
    finding = look(tmp_path / "var", empty_database_url)["migrations"]
    assert not finding.well
    assert "undersigned migrate" in finding.advice[0]


def test_an_open_key_ring_is_told(tmp_path: Path, database_url: str) -> None:
    state = tmp_path / "var"
    state.mkdir(mode=0o700)
    (state / "keys.json").touch(mode=0o644)
    found = look(state, database_url)
    assert found["state folder"].well
    assert not found["key ring"].well
    assert found["key ring"].advice == (f"Run: chmod 600 {state / 'keys.json'}",)


def test_an_unreachable_database_is_told_without_its_password(tmp_path: Path) -> None:
    finding = look(tmp_path / "var", "postgresql://u:secret-word@127.0.0.1:1/x")["database"]
    assert not finding.well
    assert "secret-word" not in finding.seen


def test_the_command_ends_with_one_when_something_is_wrong(
    tmp_path: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path / "var"))
    runner, app = CliRunner(), load_commands()
    sick = runner.invoke(app, ["doctor"])
    assert sick.exit_code == 1
    assert "BAD  migrations" in sick.output
    assert runner.invoke(app, ["migrate"]).output == "The database was migrated.\n"
    assert runner.invoke(app, ["migrate"]).output == "The database is up to date.\n"
    assert "ok   migrations" in runner.invoke(app, ["doctor"]).output


def test_it_repeats_what_an_administrator_must_run(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roles, "APP_ROLE", "undersigned_nobody_made")
    with psycopg.connect(**connect_kwargs(database_url), autocommit=True) as connection:
        finding = doctor.roles(connection)
    assert not finding.well
    assert any("CREATE ROLE undersigned_nobody_made" in line for line in finding.advice)
