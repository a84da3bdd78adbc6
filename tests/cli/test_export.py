"""``undersigned export``: the public list as a table, in which no cell is a formula."""

import csv
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from api.cli import load_commands
from api.database.connection import connect_kwargs
from tests.sign_ons.signing import LETTER

APPROVED = """
    WITH form AS (
        INSERT INTO supporters (id, campaign, hash_key_id, canonical_version, country, language,
            consents, consents_version, hour, status)
        VALUES (gen_random_uuid(), %(campaign)s, '0', 1, 'US', 'en', '{}', 1, now(), 'confirmed')
        RETURNING id
    )
    INSERT INTO organizations (id, supporter_id, campaign, statement, name, website, country,
        name_key, domain, basis, standing, status, sort_key, sequence)
    SELECT id, id, %(campaign)s, 'st1:0', '=HYPERLINK("x")', 'https://example.org', 'US',
        'example', 'example.org', 'manual', 'signatory', 'approved', '0', 1 FROM form
"""


def test_organizations_and_people_without_formulas(
    owner_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path / "state"))
    with psycopg.connect(**connect_kwargs(owner_url), autocommit=True) as connection:
        connection.execute(APPROVED, {"campaign": LETTER})
    file = tmp_path / "out.csv"
    result = CliRunner().invoke(load_commands(), ["export", LETTER, "--csv", str(file)])
    assert result.exit_code == 0, result.output
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")  # for Excel
    assert file.stat().st_mode & 0o777 == 0o600
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    assert rows[1][:3] == ["organization", "1", '\'=HYPERLINK("x")']
    assert "2 lines" in result.output
