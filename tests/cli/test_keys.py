"""``undersigned keys``: the key ring, made, added to and rotated."""

import asyncio
import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import load_commands
from api.database.engine import create_engine
from api.errors import DomainError
from api.security.keys import KeyMissing, KeyRing, KeyRingError, open_key_ring
from api.security.sealing import new_data_key, unwrap, wrap, wrapped_with
from api.supporters.vault import Vault
from tests.privacy.rows import ADDRESS, SLUG, Rows


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the key ring of a production is to be; there is none yet."""
    path = tmp_path / "secret" / "ring.json"
    monkeypatch.setenv("UNDERSIGNED_ENV", "production")
    monkeypatch.setenv("UNDERSIGNED_KEY_RING", str(path))
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path / "var"))
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(load_commands(), ["keys", *arguments])


def test_the_first_key_makes_the_ring_that_production_starts_with(ring: Path) -> None:
    done = run("add", "reverse-907-waiver")
    assert (done.exit_code, ring.exists()) == (0, True)
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600
    assert stat.S_IMODE(ring.parent.stat().st_mode) == 0o700
    open_key_ring(ring, production=True, campaigns=["reverse-907-waiver"])
    assert "Made the key ring" in done.output
    assert "Back the key ring up" in done.output


def test_no_secret_is_printed(ring: Path) -> None:
    printed = run("add", SLUG).output + run("list").output + run("add", SLUG).output
    document = json.loads(ring.read_text())
    groups = (document["campaigns"], document["purposes"])
    secrets = [key["secret"] for group in groups for keys in group.values() for key in keys]
    assert len(secrets) == 9
    assert not any(secret in printed for secret in secrets)


def test_a_campaign_keeps_its_key(ring: Path) -> None:
    run("add", SLUG)
    before = ring.read_bytes()
    again = run("add", SLUG)
    assert (again.exit_code, ring.read_bytes()) == (0, before)
    assert "has a key" in again.output


def test_list_names_the_current_keys(ring: Path) -> None:
    run("add", "b-campaign")
    run("add", "a-campaign")
    keys = KeyRing.load(ring)
    lines = run("list").output.splitlines()[-2:]
    assert lines == [f"{keys.campaign(slug).id}  {slug}" for slug in ("a-campaign", "b-campaign")]


@pytest.mark.parametrize("slug", ["../up", "Capital", "", "ring.json", "-x"])
def test_what_is_no_name_is_refused(ring: Path, slug: str) -> None:
    assert run("add", "--", slug).exit_code == 2
    assert not ring.exists()


def test_a_development_ring_is_not_added_to_in_production(ring: Path) -> None:
    KeyRing.create(ring, "development")
    before = ring.read_bytes()
    refused = run("add", SLUG)
    assert isinstance(refused.exception, DomainError)
    assert "was made for development" in refused.exception.detail
    assert ring.read_bytes() == before


@pytest.mark.parametrize("command", [("list",), ("rotate", SLUG)])
def test_without_a_ring_it_is_said(ring: Path, command: tuple[str, ...]) -> None:
    assert isinstance(run(*command).exception, DomainError)
    assert not ring.exists()


def test_a_campaign_without_a_key_cannot_be_rotated(ring: Path) -> None:
    run("add", "another")
    refused = run("rotate", SLUG)
    assert isinstance(refused.exception, DomainError)
    assert "keys add an-old-campaign" in refused.exception.detail


def test_rotating_takes_the_forms_along(
    ring: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    run("add", SLUG)
    keys = KeyRing.load(ring)
    old = keys.campaign(SLUG).id
    asyncio.run(_add_form(database_url, Vault(keys)))
    assert "1 forms followed" in run("rotate", SLUG).output
    new = KeyRing.load(ring).campaign(SLUG).id
    assert new != old
    assert "0 forms followed" in run("rotate", "--finish", SLUG).output
    assert KeyRing.load(ring).campaign(SLUG).id == new
    asyncio.run(_check_form(database_url, Vault(KeyRing.load(ring)), new))


async def _add_form(url: str, vault: Vault) -> None:
    engine = create_engine(url)
    await Rows(engine, vault).supporter()
    await engine.dispose()


async def _check_form(url: str, vault: Vault, key_id: str) -> None:
    engine = create_engine(url)
    row = await Rows(engine, vault).one("SELECT id, data_key, address FROM supporters")
    await engine.dispose()
    assert wrapped_with(row.data_key) == key_id
    assert vault.open_form(row.data_key, row.id).address(row.address) == ADDRESS


def test_a_closed_campaigns_keys_are_destroyed_after_its_name_was_given_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path / "var"))
    runner = CliRunner()

    def say(*arguments: str, typed: str = "") -> Result:
        return runner.invoke(load_commands(), ["keys", *arguments], input=typed)

    for slug in ("long-over", "reverse-907-waiver"):
        assert say("add", slug).exit_code == 0
    sealed = wrap(new_data_key(), KeyRing.load(tmp_path / "var/keys.json").campaign("long-over"))
    assert isinstance(say("destroy", "reverse-907-waiver").exception, KeyRingError), "it is open"
    assert say("destroy", "long-over", typed="long-gone\n").exit_code == 2
    assert say("destroy", "long-over", typed="long-over\n").exit_code == 0
    ring = KeyRing.load(tmp_path / "var/keys.json")
    assert ring.slugs == ("reverse-907-waiver",)
    with pytest.raises(KeyMissing):
        unwrap(sealed, ring)
    assert isinstance(say("destroy", "long-over", "--really", "long-over").exception, KeyMissing)
