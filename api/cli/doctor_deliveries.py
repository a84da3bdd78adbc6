"""``undersigned doctor``'s checks of the channels: credentials, office lists, stops, the queue."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg

from api.findings import Finding
from api.settings import ChamberSettings, Settings

LATE = timedelta(hours=1)
FETCHING = (
    "Is one running? Its log says offices.not_fetched with the reason.",
    "For http_401 and http_403: is the key right, and is this machine's address registered?",
)


def channels(settings: Settings) -> Iterator[Finding]:
    """Yield for each channel what its settings come to."""
    from api.deliveries.channels.registry import KINDS

    for kind in KINDS:
        yield from kind.check(settings)


def deliveries(connection: psycopg.Connection, settings: Settings) -> Iterator[Finding]:
    """Yield how old the lists of offices are, what is stopped, and how late letters are."""
    try:
        yield from _lists(connection, settings)
        yield stops(connection)
        yield queue(connection)
    except psycopg.errors.UndefinedTable:
        return  # said by ``migrations``


def _lists(connection: psycopg.Connection, settings: Settings) -> Iterator[Finding]:
    from api.deliveries.channels.cwc.chambers import chambers_of
    from api.deliveries.channels.cwc.channel import channel_name

    rows = connection.execute(
        "SELECT channel, fetched_at, jsonb_array_length(codes) FROM office_lists"
    ).fetchall()
    known: dict[str, tuple[datetime, int]] = {name: (at, count) for name, at, count in rows}
    for chamber, own in chambers_of(settings):
        if own.configured:
            name = channel_name(chamber, own)
            yield _list(f"offices {chamber.name}", known.get(name), own)


def _list(name: str, kept: tuple[datetime, int] | None, own: ChamberSettings) -> Finding:
    """Without a list of today nothing is sent to the chamber, and an empty one names no office."""
    if kept is None:
        first = "A worker fetches it within a minute of its start."
        return Finding(name, False, "the list was never fetched", (first, *FETCHING))
    fetched, count = kept
    age = datetime.now(UTC) - fetched
    seen = f"{count} in the list, fetched {_ago(age)}"
    if not count:
        first = "Nothing is sent there: ask the chamber what its list of active offices says."
        return Finding(name, False, seen, (first,))
    good = f"It is good for {own.offices_hours:g} h: letters wait until a worker has a newer one."
    return Finding(name, age < timedelta(hours=own.offices_hours), seen, (good, *FETCHING))


def stops(connection: psycopg.Connection) -> Finding:
    rows = connection.execute("SELECT kind, name FROM channel_controls ORDER BY 1, 2").fetchall()
    if not rows:
        return Finding("stops", well=True, seen="nothing is stopped")
    advice = (
        "Look: undersigned deliveries status",
        *(f"Resume it: undersigned deliveries resume --{kind} {name}" for kind, name in rows),
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
