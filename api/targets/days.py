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


def congress_on(day: date) -> int:
    """The number of the Congress that sits on a day; one begins on January 3 of each odd year."""
    year = day.year - (1 if (day.month, day.day) < (1, 3) else 0)
    return (year - 1787) // 2


def first_day(congress: int) -> date:
    """The day on which a Congress begins."""
    return date(congress * 2 + 1787, 1, 3)
