"""``undersigned doctor``: is everything as it should be, and if not, what to do."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import psycopg
import typer

from api.cli import app
from api.cli.boundary import sentences
from api.cli.database import as_app, known_url, owned_database
from api.cli.doctor_deliveries import channels, deliveries
from api.cli.doctor_mails import mails
from api.cli.doctor_outside import Lookup, ask_dns, look_outside
from api.cli.doctor_proxies import proxies
from api.cli.doctor_suspects import suspects
from api.database.revisions import WrongSchema, head_revision, present_revision, require_head
from api.errors import DomainError
from api.findings import Finding
from api.settings import Settings

CLOCK_SECONDS = 5.0
INSTALL_FONTS = "Run: make install. Fonts of other scripts may be the system's."


@app.command()
def doctor(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where serve listens, or is to listen.")
    ] = 8000,
) -> None:
    """Look at everything that has to be right: 0 all well, 1 something is not."""
    findings = list(examine(Settings(), ask_dns, port))
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.name}: {finding.seen}")
        for line in () if finding.well else finding.advice:
            typer.echo(f"       {line}")
    raise typer.Exit(0 if all(finding.well for finding in findings) else 1)


def examine(settings: Settings, lookup: Lookup = ask_dns, port: int = 8000) -> Iterator[Finding]:
    """Yield what was found; an embedded database is started for it where none runs."""
    yield from private_files(settings)
    yield keys(settings)
    yield data_age(settings)
    yield fonts(settings)
    yield from look_outside(settings, lookup, port)
    yield proxies(settings, datetime.now(UTC))
    yield from channels(settings)
    try:
        with owned_database(settings) as connected:
            yield from database_findings(known_url(as_app(connected)), settings)
    except DomainError as error:
        yield Finding("database", well=False, seen=error.detail)


def database_findings(url: str, settings: Settings) -> Iterator[Finding]:
    """Yield what is known of a database that should answer."""
    from api.database.connection import connect_kwargs

    try:
        with psycopg.connect(**connect_kwargs(url), autocommit=True) as connection:
            version = connection.info.parameter_status("server_version")
            yield Finding("database", well=True, seen=f"PostgreSQL {version} answers")
            yield logins(connection, production=settings.production)
            yield clock(connection)
            yield migrations(connection)
            if present_revision(connection) == head_revision():
                yield from deliveries(connection, settings)
                yield from mails(connection, settings)
                yield suspects(connection)
    except psycopg.Error as error:
        yield Finding("database", well=False, seen=sentences(error)[0])


def logins(connection: psycopg.Connection, *, production: bool) -> Finding:
    """Whether processes log in as somebody who cannot become the owner of the tables."""
    from api.database.roles import APP_ROLE, OWNER_ROLE, may_become

    if may_become(connection, OWNER_ROLE) or not may_become(connection, APP_ROLE):
        finding = roles(connection)
        return one_login(production=production) if finding.well else finding
    return Finding("roles", well=True, seen="the API cannot rewrite the audit")


def one_login(*, production: bool) -> Finding:
    seen = "the API's login is the owner's too, who can rewrite the audit"
    advice = (
        (
            "Make a second login, and set UNDERSIGNED_APP_DATABASE_URL: docs/operators.md, "
            '"An external PostgreSQL".'
        ),
    )
    return Finding("roles", well=not production, seen=seen, advice=advice)


def roles(connection: psycopg.Connection) -> Finding:
    from api.database.roles import APP_ROLE, OWNER_ROLE, administrators_sql, may_become

    missing = [role for role in (OWNER_ROLE, APP_ROLE) if not may_become(connection, role)]
    if not missing:
        return Finding("roles", well=True, seen="the API cannot rewrite the audit")
    advice = ("An administrator of the cluster runs:", *administrators_sql(connection))
    return Finding(
        "roles", well=False, seen=f"{' and '.join(missing)} cannot be used", advice=advice
    )


def clock(connection: psycopg.Connection) -> Finding:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    apart = abs((datetime.now(UTC) - row[0]).total_seconds())
    return Finding(
        "clock",
        well=apart < CLOCK_SECONDS,
        seen=f"{apart:.1f} s from the database's",
        advice=("Keep both machines' time by NTP.",),
    )


def migrations(connection: psycopg.Connection) -> Finding:
    try:
        require_head(present_revision(connection))
    except WrongSchema as error:
        return Finding("migrations", well=False, seen=error.detail)
    return Finding("migrations", well=True, seen="all have been run")


def private_files(settings: Settings) -> Iterator[Finding]:
    """Yield whether others can read the state folder or the keys; what is not there is fine."""
    for name, path in (("state folder", settings.state_dir), ("key ring", settings.key_ring_file)):
        if not path.exists():
            yield Finding(name, well=True, seen=f"{path} is not there yet")
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        advice = (f"Run: chmod {'700' if path.is_dir() else '600'} {path}",)
        yield Finding(name, well=not mode & 0o077, seen=f"{path} has mode {mode:o}", advice=advice)


def keys(settings: Settings) -> Finding:
    """Whether the ring holds a key for each open campaign; development makes what is missing."""
    from api.campaigns.problems import CheckFailed
    from api.security.keys import KeyRing
    from api.services import load_published, now

    if not settings.key_ring_file.exists():
        first = ("Run for each campaign: undersigned keys add SLUG",)
        return Finding("keys", not settings.production, "there are none yet", first)
    try:
        ring = KeyRing.load(settings.key_ring_file)
        campaigns = load_published(settings).catalog.campaigns
    except CheckFailed:
        return Finding("keys", well=False, seen="the campaigns have errors: undersigned check")
    except DomainError as error:
        return Finding("keys", well=False, seen=error.detail)
    wanted = [slug for slug, one in campaigns.items() if one.state(now()) == "open"]
    missing = [slug for slug in wanted if slug not in ring.slugs]
    advice = tuple(f"Run: undersigned keys add {slug}" for slug in missing)
    seen = f"missing for {', '.join(missing)}" if missing else f"of {len(wanted)} open campaigns"
    return Finding("keys", well=not (missing and settings.production), seen=seen, advice=advice)


def data_age(settings: Settings) -> Finding:
    from api.cli.data_sets import directory_in_use
    from api.targets.days import congress_on, eastern_today

    try:
        directory = directory_in_use(settings)
    except (OSError, DomainError, ValueError) as error:
        return Finding("data", well=False, seen=f"{settings.data_dir}: {error}")
    today = eastern_today()
    standings = directory.standings(congress_on(today)).values()
    asked = [one.state for one in standings if one.status == "unknown"]
    lines = f"no district lines for {', '.join(asked)}" if asked else "all district lines known"
    return Finding(
        "data",
        well=not directory.stale(today) and not asked,
        seen=f"of {directory.as_of}, congress {directory.congress}, {lines}",
        advice=("Bring newer data in with: undersigned data import, or undersigned data lines",),
    )


def fonts(settings: Settings) -> Finding:
    """Which scripts the fonts here cannot print; the rarer ones are no fault."""
    from api.printing.fonts import RARER, SAMPLES
    from api.printing.press import Press

    press = Press(settings.templates_dir / "print")
    missing = [name for name, word in (SAMPLES | RARER).items() if not press.can_print(word)]
    seen = f"cannot print {', '.join(missing)}" if missing else "print every script of the list"
    return Finding("fonts", well=set(missing) <= set(RARER), seen=seen, advice=(INSTALL_FONTS,))
