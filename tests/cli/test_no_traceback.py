"""Every command, present and future, says in a sentence why it cannot work: never a traceback."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import typer
from alembic import command
from sqlalchemy.exc import ProgrammingError

from api.cli import load_commands
from api.cli.boundary import sentences
from api.database.connection import connect_kwargs
from api.database.migrate import configuration, migrate, open_connection
from api.settings import ROOT
from tests.cli.writing import run, run_alone
from tests.database.conftest import foreign_cluster  # noqa: F401 (a fixture)
from tests.sign_ons.signing import LETTER

ID = str(uuid4())
SLUG = "reverse-907-waiver"

# How each command is called so that it gets as far as its database.
CALLS: dict[str, list[str]] = {
    "bounces": ["mailbox"],
    "check": [],
    "data crosswalk": ["table.csv", "--congress", "120", "--plan", "no.csv", "--zcta", "no.txt",
                       "--people", "no.csv"],
    "data import": ["nowhere", "--as-of", "2026-06-15", "--dry-run"],
    "data lines": ["--dry-run"],
    "data status": [],
    "deliveries act": ["retry", "--campaign", SLUG],
    "deliveries attempts": [ID],
    "deliveries list": [],
    "deliveries release": ["--campaign", SLUG],
    "deliveries resolve": ["sent", "--campaign", SLUG],
    "deliveries resume": ["--channel", "cwc_house"],
    "deliveries retry": ["--campaign", SLUG],
    "deliveries status": [],
    "deliveries stop": ["--channel", "cwc_house", "--reason", "why"],
    "demo": ["--people", "1"],
    "diff": [SLUG],
    "doctor": [],
    "erasures replay": ["erasures.jsonl"],
    "export": [LETTER, "--csv", "out.csv"],
    "keys add": ["no-such-folder"],
    "keys destroy": [SLUG, "--really", SLUG],
    "keys list": [],
    "keys rotate": [SLUG, "--finish"],
    "mail-again": [],
    "migrate": [],
    "new": ["a-new-one"],
    "partner add": ["one", "--name", "One", "--origin", "https://one.example.org"],
    "partner end": ["one"],
    "partner list": [],
    "preview": [SLUG, "--zip", "02138"],
    "print": [SLUG, "--pdf", "out.pdf"],
    "purge": [],
    "records add": ["S000344", "led", "letter", "--title", "T", "--date", "2026-01-01",
                    "--source", "https://example.org", "--publisher", "P"],
    "records list": [],
    "records remove": [ID],
    "sandbox": ["--script", "nowhere.yaml"],
    "schema": [],
    "serve": ["--port", "0", "--workers", "1"],
    "sign-ons addresses": [LETTER],
    "sign-ons approve": [ID],
    "sign-ons cancel": [ID],
    "sign-ons clients": [LETTER],
    "sign-ons domains": [LETTER],
    "sign-ons handed-in": [LETTER, "--to", "the President", "--on", "2026-01-01"],
    "sign-ons hide": [ID],
    "sign-ons invalidate": [LETTER, "--domain", "example.org"],
    "sign-ons invalidations": [LETTER],
    "sign-ons list": [LETTER],
    "sign-ons pass": [LETTER, "--up-to", "1"],
    "sign-ons queue": [LETTER],
    "sign-ons refuse": [ID],
    "sign-ons release": [LETTER],
    "sign-ons restore": [ID],
    "sign-ons show": [ID, "--up-to", "1"],
    "sign-ons suspects": [LETTER],
    "sign-ons undo": [ID],
    "sign-ons watch": [LETTER, "name"],
    "sources": [],
    "token create": ["--scope", "stats", "--name", "one"],
    "token list": [],
    "token revoke": [ID],
    "worker": [],
}  # fmt: skip
# They need no database, or look at it and say what they see, or bring it up to date themselves.
WITHOUT_DATABASE = {
    "check", "data crosswalk", "data import", "data lines", "data status", "keys add",
    "keys destroy", "keys list", "new", "preview", "sandbox", "schema", "sources",
}  # fmt: skip
MIGRATING = {"demo", "migrate", "serve"}
# ``doctor`` looks at a database and says what it sees; its own tests hold that.
NEED_DATABASE = sorted(set(CALLS) - WITHOUT_DATABASE - {"doctor"})
NEED_CAMPAIGNS = sorted({"check", "demo", "export", "new", "preview", "print", "serve",
                         "sources", "worker"})  # fmt: skip
NEED_KEYS = sorted({"bounces", "keys list", "keys rotate", "mail-again", "purge", "serve",
                    "sign-ons list", "worker"})  # fmt: skip

SECRET = "not-to-be-seen"
FEW_LINES = 6


def commands(group: object, path: tuple[str, ...] = ()) -> Iterator[str]:
    inner = getattr(group, "commands", None)
    if inner is None:
        yield " ".join(path)
        return
    for name, each in inner.items():
        yield from commands(each, (*path, name))


def test_every_command_is_in_the_table() -> None:
    assert set(commands(typer.main.get_command(load_commands()))) == set(CALLS)


def call(site: Path, name: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a shell does; in this process, save for what handles signals."""
    (site / "mailbox").mkdir(exist_ok=True)
    (site / "erasures.jsonl").touch()
    given = {
        "UNDERSIGNED_CAMPAIGNS_DIR": str(ROOT / "campaigns"),
        "UNDERSIGNED_TEMPLATES_DIR": str(ROOT / "templates"),
        "UNDERSIGNED_DATA_DIR": os.environ["UNDERSIGNED_DATA_DIR"],
        **environment,
    }
    arguments = [*name.split(), *CALLS[name]]
    if name == "keys rotate" and environment.get("UNDERSIGNED_ENV") != "production":
        run(site, "keys", "add", SLUG, **given)
    if name in {"serve", "worker"}:
        return run_alone(site, *arguments, **given)
    return run(site, *arguments, stdin="ani@example.org\n", **given)


def refused(done: subprocess.CompletedProcess[str], *, says: str) -> str:
    """What is wrong with how a command refused to work; empty if it said so in a sentence."""
    said = done.stderr or done.stdout  # `check` prints what it finds, as its report
    lines = [line for line in said.splitlines() if line.strip()]
    if done.returncode == 0:
        return "it ends with 0"
    if "Traceback" in done.stderr + done.stdout or SECRET in done.stderr + done.stdout:
        return f"a traceback or a password: {done.stderr[-400:]}"
    if not lines or len(lines) > FEW_LINES or says not in done.stderr + done.stdout:
        return f"not what it has to say: {done.stderr!r}"
    return ""


def faults(site: Path, names: Iterable[str], says: str, **environment: str) -> dict[str, str]:
    found = {name: refused(call(site, name, **environment), says=says) for name in names}
    return {name: fault for name, fault in found.items() if fault}


def test_a_database_without_tables(tmp_path: Path, empty_database_url: str) -> None:
    names = sorted(set(NEED_DATABASE) - MIGRATING)
    assert not faults(tmp_path, names, "undersigned migrate", DATABASE_URL=empty_database_url)


def test_a_database_of_an_older_version(tmp_path: Path, empty_database_url: str) -> None:
    with open_connection(empty_database_url, None) as connection:
        command.upgrade(configuration(connection), "0003")
    names = sorted(set(NEED_DATABASE) - MIGRATING)
    assert not faults(tmp_path, names, "undersigned migrate", DATABASE_URL=empty_database_url)


def test_a_database_of_a_newer_version(tmp_path: Path, empty_database_url: str) -> None:
    migrate(empty_database_url)
    with psycopg.connect(**connect_kwargs(empty_database_url), autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert not faults(tmp_path, NEED_DATABASE, "newer version", DATABASE_URL=empty_database_url)


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    url = f"postgresql://u:{SECRET}@127.0.0.1:1/x"
    assert not faults(tmp_path, NEED_DATABASE, "does not answer", DATABASE_URL=url)


def test_a_wrong_password(tmp_path: Path, foreign_cluster: str) -> None:  # noqa: F811
    with psycopg.connect(foreign_cluster, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS by_password")
        admin.execute("CREATE ROLE by_password LOGIN PASSWORD 'right'")
    url = foreign_cluster.replace("admin@", f"by_password:{SECRET}@")
    assert not faults(tmp_path, NEED_DATABASE, "refuses the login", DATABASE_URL=url)


@pytest.mark.parametrize(
    "url", ["postgresql://u:not-to-be-seen@[::1", "mysql://x", "nonsense", "sqlite:///x.db"]
)
def test_an_invalid_database_url(tmp_path: Path, url: str) -> None:
    names = ["deliveries status", "migrate", "partner list"]
    assert not faults(tmp_path, names, "DATABASE_URL", DATABASE_URL=url)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UNDERSIGNED_ENV", "prod"),
        ("UNDERSIGNED_TRUSTED_PROXIES", "nonsense"),
        ("UNDERSIGNED_RETENTION_WORDS_DAYS", "not-to-be-seen"),
        ("UNDERSIGNED_CWC_HOUSE_KEY", "not-to-be-seen"),
        ("UNDERSIGNED_CWC_SENATE_BILL_TYPES", "{not-to-be-seen"),
    ],
)
def test_an_invalid_setting(tmp_path: Path, name: str, value: str) -> None:
    names = ["keys list", "migrate", "preview"]
    assert not faults(tmp_path, names, "setting", **{name: value})


def test_a_missing_folder_of_campaigns(tmp_path: Path, owner_url: str) -> None:
    nowhere = {"UNDERSIGNED_CAMPAIGNS_DIR": str(tmp_path / "nowhere"), "DATABASE_URL": owner_url}
    found = faults(tmp_path, NEED_CAMPAIGNS, "nowhere", **nowhere)
    assert not found


def test_no_key_ring_in_production(tmp_path: Path, owner_url: str) -> None:
    production = {
        "UNDERSIGNED_ENV": "production",
        "UNDERSIGNED_SMTP_URL": "smtp://127.0.0.1:1",
        "UNDERSIGNED_MAIL_FROM": "Campaigns <campaigns@act.example.org>",
        "DATABASE_URL": owner_url,
    }
    assert not faults(tmp_path, NEED_KEYS, "undersigned keys add", **production)


def test_an_unexpected_exception_is_reported_by_its_place_without_its_message() -> None:
    def fail() -> None:
        raise KeyError("ani@example.org")

    try:
        fail()
    except KeyError as error:
        said = sentences(error)
    assert len(said) == 1
    assert "KeyError" in said[0]
    assert "test_no_traceback.py" in said[0]
    assert "ani@" not in said[0]


def test_what_stands_in_a_group_or_in_a_library_is_found() -> None:
    inner = psycopg.errors.UndefinedTable("relation does not exist")
    wrapped = ProgrammingError("SELECT 'ani@example.org'", {}, inner)
    assert "undersigned migrate" in sentences(ExceptionGroup("two", [ValueError(), wrapped]))[0]
