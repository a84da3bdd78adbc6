"""Maintenance windows, by the clock in Washington, daylight saving included."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from api.targets.days import EASTERN

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW: Final = re.compile(r"(daily|[a-z]{3}) (\d\d:\d\d)-(\d\d:\d\d)")
_DAY: Final = timedelta(days=1)
_MOST: Final = 14  # windows that follow on each other


@dataclass(frozen=True, slots=True)
class Window:
    """On one day of the week (Monday is 0); an end at or before the start is the next day's."""

    weekday: int
    start: time
    end: time

    def on(self, day: date) -> tuple[datetime, datetime]:
        """The window that begins on ``day``, in UTC.

        A time that the clock shows twice, or never, counts as whichever keeps it closed longer.
        """
        last = day if self.end > self.start else day + _DAY
        start = min(_moments(day, self.start))
        return start, max(_moments(last, self.end))


def read_windows(text: str) -> tuple[Window, ...]:
    """Windows such as ``sun 00:00-06:00, daily 23:30-24:00``; blank: none. Raises ValueError."""
    windows: list[Window] = []
    for part in filter(None, (part.strip().lower() for part in text.split(","))):
        match = _WINDOW.fullmatch(part)
        if match is None or match[1] not in {"daily", *DAYS} or match[2] == "24:00":
            raise ValueError(f'"{part}" is no window: write sun 00:00-06:00, or daily 00:00-06:00')
        start, end = _clock(match[2]), _clock(match[3])
        days = range(7) if match[1] == "daily" else (DAYS.index(match[1]),)
        windows += (Window(day, start, end) for day in days)
    return tuple(windows)


def _clock(text: str) -> time:
    return time(0, 0) if text == "24:00" else time.fromisoformat(text)


def closed_until(windows: Sequence[Window], now: datetime) -> datetime | None:
    """When the window that ``now`` lies in ends, with those that follow on it; None outside."""
    until: datetime | None = None
    for _ in range(_MOST):
        end = _end(windows, until or now.astimezone(UTC))
        if end is None:
            break
        until = end
    return until


def _end(windows: Sequence[Window], moment: datetime) -> datetime | None:
    today = moment.astimezone(EASTERN).date()
    spans = (
        window.on(day)
        for day in (today - _DAY, today)
        for window in windows
        if window.weekday == day.weekday()
    )
    return max((end for start, end in spans if start <= moment < end), default=None)


def _moments(day: date, clock: time) -> tuple[datetime, datetime]:
    both = (datetime.combine(day, clock.replace(fold=fold), EASTERN) for fold in (0, 1))
    first, second = (moment.astimezone(UTC) for moment in both)
    return first, second
