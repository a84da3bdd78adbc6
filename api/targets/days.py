"""The day in Washington, by which terms and campaigns begin and end."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")


def eastern_date(now: datetime) -> date:
    """The day in US Eastern at the moment ``now`` (with its time zone)."""
    return now.astimezone(EASTERN).date()


def eastern_today() -> date:
    """The day in US Eastern right now."""
    return eastern_date(datetime.now(UTC))
