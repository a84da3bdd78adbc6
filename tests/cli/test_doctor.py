"""The doctor names what is wrong, and what to do about it."""

import socket
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr
from typer.testing import CliRunner

from api.cli import doctor, load_commands
from api.cli.doctor import examine
from api.cli.doctor_deliveries import channels, deliveries
from api.cli.doctor_mails import mails
from api.cli.doctor_outside import Lookup, look_outside
from api.database import roles
from api.database.connection import connect_kwargs
from api.database.embedded import EmbeddedPostgres
from api.findings import Finding
from api.settings import Settings
from tests.deliveries.channels.sandboxed import chamber_settings


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
    assert "undersigned migrate" in finding.seen


def test_an_open_key_ring_is_told(tmp_path: Path, database_url: str) -> None:
    state = tmp_path / "var"
    state.mkdir(mode=0o700)
    (state / "keys.json").touch(mode=0o644)
    found = look(state, database_url)
    assert found["state folder"].well
    assert not found["key ring"].well
    assert found["key ring"].advice == (f"Run: chmod 600 {state / 'keys.json'}",)


def test_suspects_because_of_their_ip_address_are_reported(
    tmp_path: Path, database_url: str
) -> None:
    """They are not told so themselves, and do not count before an organizer looks."""
    assert look(tmp_path / "var", database_url)["suspects"].well
    with psycopg.connect(**connect_kwargs(database_url), autocommit=True) as connection:
        for reason in ("rate", "rate", "disposable"):
            connection.execute(
                "INSERT INTO persons (id, campaign, email_hash, standing, suspect_reason)"
                " VALUES (gen_random_uuid(), 'a', uuid_send(gen_random_uuid()), 'suspect', %s)",
                [reason],
            )
    found = look(tmp_path / "var", database_url)["suspects"]
    assert (found.well, found.seen) == (False, "2 of a wait")


def test_scripts_without_a_font_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found = doctor.fonts(Settings())
    assert found.well
    assert "Han" not in found.seen
    assert "Tibetan" in found.seen
    monkeypatch.setattr("api.printing.fonts.PACKAGES", ())
    found = doctor.fonts(Settings())
    assert not found.well
    assert {"simplified Han", "Hangul", "Ethiopic"} <= set(found.seen.split(", "))
    assert "make install" in found.advice[0]


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


def test_it_says_where_one_login_is_used_for_both(
    database_url: str, postgres: EmbeddedPostgres
) -> None:
    with psycopg.connect(**connect_kwargs(database_url), autocommit=True) as owner:
        finding = doctor.logins(owner, production=True)
        assert "UNDERSIGNED_APP_DATABASE_URL" in finding.advice[0]
        assert not finding.well
        assert doctor.logins(owner, production=False).well
    with psycopg.connect(str(postgres.app_url), autocommit=True) as app:
        assert doctor.logins(app, production=True).well


def outside(port: int = 1, lookup: Lookup = lambda _: None, **settings: Any) -> dict[str, Finding]:
    return {f.name: f for f in look_outside(Settings(**settings), lookup, port)}


@pytest.mark.parametrize(
    ("env", "url", "well"),
    [
        ("development", "http://127.0.0.1:8000", True),
        ("production", "https://act.example.org", True),
        ("production", "https://act.example.org/", True),
        ("production", "https://localhost", False),
        ("production", "http://127.0.0.1:8000", False),
        ("development", "http://act.example.org", True),
    ],
)
def test_the_public_url_has_to_be_one(env: str, url: str, well: bool) -> None:
    assert outside(env=env, public_url=url)["public URL"].well is well


def hang_up(server: socket.socket) -> None:
    """Twice: the doctor knocks, then asks."""
    for _ in range(2):
        server.accept()[0].close()


def test_a_port_that_another_program_holds_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        threading.Thread(target=hang_up, args=[server], daemon=True).start()
        found = outside(port)["port"]
        assert not found.well
        assert "another program" in found.seen
    assert outside(port)["port"].seen == f"{port} is free"


def test_a_mail_server_that_does_not_answer_is_told_without_its_password() -> None:
    url = SecretStr("smtp://user:secret-word@127.0.0.1:1")
    found = outside(smtp_url=url)["mail"]
    assert not found.well
    assert "127.0.0.1:1 does not answer" in found.seen
    assert "secret-word" not in str(found)
    assert not outside(env="production")["mail"].well, "production needs one"


def test_a_mail_server_that_answers_is_well() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(object(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        assert outside(smtp_url=SecretStr(f"smtp://127.0.0.1:{port}"))["mail"].well
    finally:
        controller.stop()


def test_the_sender_domains_records_are_looked_up() -> None:
    records = {"act.example.org": ["v=spf1 -all"], "_dmarc.act.example.org": ["something else"]}
    settings: dict[str, Any] = {
        "smtp_url": SecretStr("smtp://127.0.0.1:1"),
        "mail_from": "Campaign <campaign@act.example.org>",
    }
    found = outside(lookup=lambda name: records.get(name, []), **settings)
    assert found["SPF"].well
    assert not found["DMARC"].well
    assert "v=DMARC1" in found["DMARC"].advice[0]
    silent = outside(lookup=lambda _: None, **settings)
    assert silent["SPF"].well
    assert "nobody here can say" in silent["SPF"].seen
    assert "SPF" not in outside(), "no mail leaves"


def test_channels_and_stops_and_late_letters_are_told(tmp_path: Path, database_url: str) -> None:
    found = look(tmp_path / "var", database_url)
    assert "written to files" in found["channel house"].seen
    assert found["stops"].well
    assert found["letters"].well
    with psycopg.connect(**connect_kwargs(database_url), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO channel_controls VALUES ('channel', 'cwc_house', 'system', '401', now())"
        )
    stopped = look(tmp_path / "var", database_url)["stops"]
    assert not stopped.well
    assert "resume --channel cwc_house" in stopped.advice[-1]


def test_a_chambers_credentials_are_looked_at(tmp_path: Path, database_url: str) -> None:
    house = chamber_settings(environment="test", sandbox_url=None)
    settings = Settings(env="production", state_dir=tmp_path / "var", cwc_house=house)
    (house_found, _) = channels(settings)
    assert not house_found.well
    assert "production" in house_found.advice[0]


@pytest.mark.parametrize(
    ("codes", "hours", "well", "seen", "advice"),
    [
        (None, 0, False, "never fetched", "within a minute of its start"),
        ('["HCA30"]', 0.2, True, "1 in the list, fetched 12 min ago", "good for 12 h"),
        ('["HCA30"]', 12.1, False, "fetched 12 h ago", "letters wait until a worker has a newer"),
        ("[]", 0.2, False, "0 in the list", "ask the chamber"),
    ],
)
def test_the_age_of_a_chambers_list_of_offices_is_told(
    tmp_path: Path,
    database_url: str,
    codes: str | None,
    hours: float,
    well: bool,
    seen: str,
    advice: str,
) -> None:
    settings = Settings(state_dir=tmp_path / "var", cwc_house=chamber_settings(sandbox_url=None))
    with psycopg.connect(**connect_kwargs(database_url)) as connection:
        if codes is not None:
            connection.execute(
                "INSERT INTO office_lists VALUES "
                "('cwc_house_test', %s, now() - %s * interval '1 hour')",
                (codes, hours),
            )
        found = {finding.name: finding for finding in deliveries(connection, settings)}
    assert "offices senate" not in found, "without credentials no list is needed"
    assert found["offices house"].well is well
    assert seen in found["offices house"].seen
    assert advice in found["offices house"].advice[0]


def test_mail_that_waits_is_told(owner_url: str) -> None:
    with psycopg.connect(**connect_kwargs(owner_url), autocommit=True) as connection:
        settings = Settings(mail_per_hour=7)
        assert [finding.well for finding in mails(connection, settings)] == [True] * 3
        connection.execute("""
            INSERT INTO mail_breakers (domain, status, refusals, reply, since, probe_at, addresses)
            VALUES ('gmail.com', 'open', 3, 'recipient_550_5.7.1', now(), now(), '{}'),
                   ('#0123', 'open', 3, 'recipient_554', now(), now(), '{}')
        """)
        connection.execute("INSERT INTO mail_minutes VALUES (date_trunc('minute', now()), 7)")
        connection.execute("""
            WITH s AS (INSERT INTO supporters (id, campaign, hash_key_id, canonical_version,
                    country, language, consents, consents_version, hour, status)
                VALUES (gen_random_uuid(), 'a', 'k', 2, 'US', 'en', '{}', 1, now(), 'unconfirmed')
                RETURNING id)
            INSERT INTO mails (id, supporter_id, kind, status, due_at, epoch, attempts, reason)
            SELECT gen_random_uuid(), s.id, 'confirmation', status, now(), 1, 1, reason
            FROM s, (VALUES ('queued', 'sender_550_5.7.1'), ('queued', 'sender_550_5.7.1'),
                ('queued', 'returned_5.7.1'), ('failed', 'connect_failed'),
                ('queued', 'recipient_452_4.2.2'), ('queued', 'address_budget')) r(status, reason)
        """)
        server, refusing, cap = mails(connection, settings)
    assert not server.well
    assert server.seen == "2 mails wait: sender_550_5.7.1, 1 mails wait: returned_5.7.1"
    assert not refusing.well
    assert "gmail.com (recipient_550_5.7.1" in refusing.seen
    assert "#0123" not in refusing.seen
    assert (cap.well, cap.seen[:7]) == (False, "7 of 7 ")
