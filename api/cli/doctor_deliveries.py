"""What ``undersigned doctor`` sees of the ways to offices: credentials, lists, stops, the queue."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg

from api.cli.findings import Finding
from api.errors import DomainError
from api.settings import ChamberSettings, Settings

LATE = timedelta(hours=1)


def channels(settings: Settings) -> Iterator[Finding]:
    """Yield for each chamber whether its credentials do, and where letters go without."""
    from api.deliveries.channels.cwc.chambers import HOUSE, SENATE, Endpoints

    for chamber, own in ((HOUSE, settings.cwc_house), (SENATE, settings.cwc_senate)):
        name = f"channel {chamber.name}"
        if not own.configured:
            instead = "handed over" if settings.production else "written to files"
            yield Finding(name, well=True, seen=f"no credentials: letters are {instead}")
            continue
        try:
            Endpoints.of(chamber, own, production=settings.production)
        except DomainError as error:
            yield Finding(name, well=False, seen=error.detail)
            continue
        yield _environment(name, own, settings)


def _environment(name: str, own: ChamberSettings, settings: Settings) -> Finding:
    sandbox = " (a sandbox on this machine)" if own.sandbox_url else ""
    advice = ("Nothing reaches an office: set …_ENVIRONMENT=production with the production key.",)
    tested = settings.production and own.environment != "production"
    seen = f"credentials for its {own.environment} system{sandbox}"
    return Finding(name, well=not tested, seen=seen, advice=advice)


def deliveries(connection: psycopg.Connection, settings: Settings) -> Iterator[Finding]:
    """Yield how old the lists of offices are, what is stopped, and how late letters are."""
    try:
        yield from _lists(connection, settings)
        yield stops(connection)
        yield queue(connection)
    except psycopg.errors.UndefinedTable:
        return  # said by ``migrations``


def _lists(connection: psycopg.Connection, settings: Settings) -> Iterator[Finding]:
    from api.deliveries.channels.cwc.chambers import HOUSE, SENATE
    from api.deliveries.channels.cwc.channel import channel_name

    rows = connection.execute("SELECT channel, fetched_at FROM office_lists").fetchall()
    known: dict[str, datetime] = dict(rows)
    for chamber, own in ((HOUSE, settings.cwc_house), (SENATE, settings.cwc_senate)):
        if not own.configured:
            continue
        fetched = known.get(channel_name(chamber, own))
        age = datetime.now(UTC) - fetched if fetched else None
        seen = f"fetched {_ago(age)}" if age is not None else "was never fetched"
        fresh = age is not None and age < timedelta(hours=own.offices_hours)
        advice = ("A worker fetches it: is one running, and is this machine's address registered?",)
        yield Finding(f"offices {chamber.name}", well=fresh, seen=seen, advice=advice)


def stops(connection: psycopg.Connection) -> Finding:
    rows = connection.execute("SELECT kind, name FROM channel_controls ORDER BY 1, 2").fetchall()
    if not rows:
        return Finding("stops", well=True, seen="nothing is stopped")
    advice = (
        "Look: undersigned deliveries status",
        *(f"Let it go on: undersigned deliveries resume --{kind} {name}" for kind, name in rows),
    )
    seen = ", ".join(f"{kind} {name}" for kind, name in rows)
    return Finding("stops", well=False, seen=f"stopped: {seen}", advice=advice)


def queue(connection: psycopg.Connection) -> Finding:
    """Letters that were due an hour ago: a maintenance window or a small pace may be why."""
    row = connection.execute("""
        SELECT count(*), now() - min(due_at) FROM deliveries
        WHERE status IN ('queued', 'retrying', 'sending') AND due_at < now()
    """).fetchone()
    number, late = row or (0, None)
    if not number:
        return Finding("letters", well=True, seen="none is late")
    advice = ("Is a worker running? Look: undersigned deliveries status",)
    seen = f"{number:,} wait, the oldest has been due {_ago(late).removesuffix(' ago')}"
    return Finding("letters", well=late < LATE, seen=seen, advice=advice)


def _ago(age: timedelta) -> str:
    minutes = age.total_seconds() / 60
    return f"{minutes:.0f} min ago" if minutes < 120 else f"{minutes / 60:.0f} h ago"  # noqa: PLR2004
