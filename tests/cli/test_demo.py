"""``undersigned demo``: invented supporters, and nothing left of them after ``--remove``."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from api.cli import load_commands
from api.database.connection import connect_kwargs
from api.errors import DomainError

PEOPLE = ("--people", "3")
TABLES = (
    "supporters",
    "persons",
    "submissions",
    "letters",
    "deliveries",
    "sign_ons",
    "organizations",
    "mails",
    "tokens",
)
DUE = """
    SELECT (SELECT count(*) FROM mails WHERE status <> 'suppressed')
         + (SELECT count(*) FROM deliveries WHERE status NOT IN
               ('accepted', 'sent', 'needs_user_action', 'self_reported'))
"""
COUNTED = """
    SELECT name, sum(delta) FROM count_deltas GROUP BY name HAVING sum(delta) <> 0 ORDER BY name
"""
# As the ledger is folded: by the hour, for the history.
LEFT = "SELECT hour FROM count_deltas GROUP BY campaign, name, hour HAVING sum(delta) <> 0"


@pytest.fixture
def connection(
    owner_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[psycopg.Connection]:
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(tmp_path / "state"))
    with psycopg.connect(**connect_kwargs(owner_url), autocommit=True) as opened:
        yield opened


def _demo(*arguments: str) -> Result:
    return CliRunner().invoke(load_commands(), ["demo", *arguments])


def _rows(connection: psycopg.Connection) -> dict[str, int]:
    return {table: _number(connection, f"SELECT count(*) FROM {table}") for table in TABLES}


def _number(connection: psycopg.Connection, query: str) -> int:
    return int(connection.execute(query.encode()).fetchall()[0][0])


def test_people_of_every_campaign_are_added_once_and_removed_whole(
    connection: psycopg.Connection,
) -> None:
    done = _demo(*PEOPLE)
    assert done.exit_code == 0, done.output
    rows = _rows(connection)
    assert f"{rows['persons']} invented supporters were added." in done.output
    assert all(rows.values())
    assert _number(connection, "SELECT count(DISTINCT campaign) FROM supporters") >= 7
    assert _number(connection, "SELECT count(DISTINCT hour) FROM count_deltas") > 7
    assert _number(connection, DUE) == 0
    counts: dict[str, int] = dict(connection.execute(COUNTED).fetchall())
    assert counts["letters"] == rows["letters"]
    assert {"supporters", "delivered", "persons", "organizations", "forms"} <= counts.keys()
    shown = "SELECT public_name FROM sign_ons WHERE display = 'name' AND public_name IS NOT NULL"
    assert all(name.endswith(" Demo") for (name,) in connection.execute(shown))

    assert "0 invented supporters were added." in _demo(*PEOPLE).output
    assert _rows(connection) == rows

    removed = _demo("--remove").output
    assert f"{rows['supporters']} invented supporters were removed." in removed
    assert not any(_rows(connection).values())
    assert connection.execute(LEFT).fetchall() == []


def test_others_are_left_alone(connection: psycopg.Connection) -> None:
    _demo(*PEOPLE)
    connection.execute(
        "UPDATE supporters SET domain_hash = 'another'"
        " WHERE id = (SELECT id FROM supporters LIMIT 1)"
    )
    _demo("--remove")
    assert _rows(connection)["supporters"] == 1
    assert _rows(connection)["persons"] == 1


def test_not_in_production(connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERSIGNED_ENV", "production")
    done = _demo()
    assert isinstance(done.exception, DomainError)
    assert "production" in done.exception.detail
    assert not any(_rows(connection).values())
