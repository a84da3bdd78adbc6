"""``undersigned sign-ons`` on a database of its own."""

from uuid import UUID, uuid4

import psycopg
import pytest
from typer.testing import CliRunner

from api.cli import load_commands
from api.database.connection import connect_kwargs
from api.errors import NotFound
from api.security.keys import KeyRing
from api.settings import Settings
from api.sign_ons.invalidation import AlreadyEnded
from api.supporters.vault import Entry, Identity, Representative, Vault
from tests.app_fixtures import CAMPAIGN

STORE = """
    WITH form AS (
        INSERT INTO supporters (id, campaign, data_key, identity, hash_key_id, canonical_version,
            country, language, consents, consents_version, hour, status)
        VALUES (%(id)s, %(campaign)s, %(data_key)s, %(identity)s, '0', 1, 'US', 'en', '{}', 1,
            now(), 'confirmed')
    )
    INSERT INTO organizations (id, supporter_id, campaign, statement, entry, name_hash,
        representative, country, basis, standing, status)
    VALUES (%(id)s, %(id)s, %(campaign)s, 'st1:0', %(entry)s, 'hash', %(representative)s, 'US',
        'manual', 'signatory', 'confirmed')
"""


@pytest.fixture
def run(
    owner_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> CliRunner:
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path_factory.mktemp("state")))
    return CliRunner()


def waits(url: str, name: str) -> UUID:
    """An organization that waits for an organizer."""
    made, keys = uuid4(), KeyRing.create(Settings().key_ring_file)
    keys.add_campaign(CAMPAIGN)
    seal, wrapped = Vault(keys).new_form(CAMPAIGN, made)
    values = {
        "id": made,
        "campaign": CAMPAIGN,
        "data_key": wrapped,
        "identity": seal.seal_identity(Identity("ani@example.org", "Ani", "Petrosyan")),
        "entry": seal.seal_entry(Entry(name, "https://example.org"), made),
        "representative": seal.seal_representative(Representative("Director"), made),
    }
    with psycopg.connect(**connect_kwargs(url), autocommit=True) as connection:
        connection.execute(STORE, values)
    return made


def said(run: CliRunner, *arguments: str) -> str:
    result = run.invoke(load_commands(), ["sign-ons", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_an_organization_is_listed_approved_and_refused(run: CliRunner, owner_url: str) -> None:
    made = waits(owner_url, "Example\x1b[2J Society")
    listed = said(run, "list", CAMPAIGN)
    assert str(made) in listed
    assert "CHECK BY HAND" in listed
    assert "\x1b" not in listed
    assert "Approved." in said(run, "approve", str(made), "--lead")
    assert "before" in said(run, "approve", str(made))
    assert "approved" in said(run, "list", CAMPAIGN, "--all")
    assert "no longer counted" in said(run, "refuse", str(made))
    assert "It waits again." in said(run, "undo", str(made))
    KeyRing.load(Settings().key_ring_file).destroy_campaign(CAMPAIGN)
    assert "(its data is gone)" in said(run, "list", CAMPAIGN)
    with pytest.raises(NotFound):
        said(run, "approve", str(made))


def test_what_is_empty_says_so(run: CliRunner) -> None:
    assert said(run, "queue", CAMPAIGN) == said(run, "domains", CAMPAIGN) == ""
    assert said(run, "invalidate", CAMPAIGN).startswith("0 counted people match")
    assert "0 people are not counted" in said(run, "invalidate", CAMPAIGN, "--expect", "0")
    with pytest.raises(NotFound):
        said(run, "approve", str(UUID(int=1)))
    with pytest.raises(NotFound):
        said(run, "show", str(UUID(int=1)), "--up-to", "1", "--comment")
    assert said(run, "addresses", CAMPAIGN) == said(run, "clients", CAMPAIGN) == ""
    assert "done  0 of 0" in said(run, "invalidations", CAMPAIGN)


def test_suspects_and_the_watch_list(run: CliRunner, owner_url: str) -> None:
    person = uuid4()
    with psycopg.connect(**connect_kwargs(owner_url), autocommit=True) as connection:
        in_doubt = """
            WITH p AS (INSERT INTO persons (id, campaign, email_hash, standing, suspect_reason)
                       VALUES (%(id)s, %(campaign)s, 'x', 'suspect', 'rate') RETURNING id)
            INSERT INTO supporters (id, campaign, person_id, hash_key_id, canonical_version,
                country, state, language, consents, consents_version, hour, status)
            SELECT %(id)s, %(campaign)s, id, '0', 1, 'US', 'CA', 'en', '{}', 1, now(), 'confirmed'
            FROM p"""
        connection.execute(in_doubt, {"id": person, "campaign": CAMPAIGN})
    assert f"{person}  rate" in said(run, "suspects", CAMPAIGN)
    assert "1 suspect person matches" in said(run, "invalidate", CAMPAIGN, "--suspect")
    assert "0 people" in said(run, "release", CAMPAIGN, "--reason", "watched")
    assert "1 person is counted" in said(run, "release", CAMPAIGN)
    assert said(run, "suspects", CAMPAIGN) == ""
    for name in ("false.example", "one@false.example"):
        assert said(run, "watch", CAMPAIGN, name) == "Added.\n"


def test_an_invalidation_is_listed_and_cancelled_once(run: CliRunner) -> None:
    said(run, "invalidate", CAMPAIGN, "--expect", "0")
    made = said(run, "invalidations", CAMPAIGN).split()[0]
    with pytest.raises(AlreadyEnded):
        said(run, "cancel", made)
    assert "0 people have their standing again" in said(run, "restore", made)


def test_what_was_handed_in_is_written_down(run: CliRunner, owner_url: str) -> None:
    told = ("--to", "the President", "--on", "2026-03-01")
    assert said(run, "handed-in", CAMPAIGN, *told) == "Written down.\n"
    with psycopg.connect(**connect_kwargs(owner_url)) as connection:
        rows = connection.execute("SELECT recipient, day::text FROM handed_in").fetchall()
    assert rows == [("the President", "2026-03-01")]
