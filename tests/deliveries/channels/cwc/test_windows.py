"""Maintenance by the clock in Washington, on both days when that clock is changed too."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.deliveries.channels.cwc.windows import closed_until, read_windows

EASTERN = ZoneInfo("America/New_York")
SENATE = read_windows("sun 00:00-06:00, wed 05:00-07:00")
HOUSE = read_windows("daily 00:00-06:00")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def eastern(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-22 04:59", None),  # Saturday 23:59
        ("2026-11-22 05:00", "2026-11-22 11:00"),
        ("2026-11-22 10:59", "2026-11-22 11:00"),
        ("2026-11-22 11:00", None),
        ("2026-11-25 09:59", None),
        ("2026-11-25 10:00", "2026-11-25 12:00"),
        ("2026-11-25 12:00", None),
        ("2026-07-01 09:30", "2026-07-01 11:00"),  # a Wednesday in summer: 05:30 there
        ("2026-07-05 03:59", None),
        ("2026-07-05 04:00", "2026-07-05 10:00"),
        ("2026-11-23 07:00", None),
    ],
)
def test_the_senates_windows(now: str, until: str | None) -> None:
    assert closed_until(SENATE, utc(now)) == (utc(until) if until else None)


def test_the_house_is_closed_every_night() -> None:
    for day in range(1, 29):
        assert closed_until(HOUSE, eastern(f"2026-02-{day:02} 03:00")) is not None
        assert closed_until(HOUSE, eastern(f"2026-02-{day:02} 06:00")) is None


def test_the_night_in_which_an_hour_is_left_out() -> None:
    """2027-03-14: 02:00 EST is followed by 03:00 EDT, so that the window has five hours."""
    opens, closes = utc("2027-03-14 05:00"), utc("2027-03-14 10:00")
    for windows in (SENATE, HOUSE):
        assert closed_until(windows, opens - timedelta(seconds=1)) is None
        for minute in range(0, 300, 10):
            assert closed_until(windows, opens + timedelta(minutes=minute)) == closes
        assert closed_until(windows, closes) is None


def test_the_night_in_which_an_hour_comes_twice() -> None:
    """2026-11-01: 02:00 EDT is 01:00 EST once more, so that the window has seven hours."""
    opens, closes = utc("2026-11-01 04:00"), utc("2026-11-01 11:00")
    for windows in (SENATE, HOUSE):
        assert closed_until(windows, opens - timedelta(seconds=1)) is None
        for minute in range(0, 420, 10):
            assert closed_until(windows, opens + timedelta(minutes=minute)) == closes
        assert closed_until(windows, closes) is None


def test_ends_in_the_doubled_or_missing_hour_keep_it_closed_longer() -> None:
    doubled = read_windows("sun 00:00-01:30")
    assert closed_until(doubled, eastern("2026-11-01 00:10")) == utc("2026-11-01 06:30")
    missing = read_windows("sun 00:00-02:30")
    assert closed_until(missing, eastern("2027-03-14 00:10")) == utc("2027-03-14 07:30")


def test_windows_that_follow_on_each_other_are_one() -> None:
    windows = read_windows("daily 22:00-24:00, daily 00:00-06:00")
    assert closed_until(windows, eastern("2026-11-22 22:30")) == eastern("2026-11-23 06:00")


def test_a_window_over_midnight() -> None:
    windows = read_windows("sat 23:00-02:00")
    assert closed_until(windows, eastern("2026-11-22 01:59")) == eastern("2026-11-22 02:00")
    assert closed_until(windows, eastern("2026-11-23 01:59")) is None


def test_always_closed_ends_at_some_time() -> None:
    until = closed_until(read_windows("daily 00:00-24:00"), eastern("2026-11-22 01:00"))
    assert until is not None
    assert until > eastern("2026-11-29 01:00")


def test_none_and_nonsense() -> None:
    assert closed_until(read_windows(""), utc("2026-11-22 05:30")) is None
    for text in (
        "sometimes",
        "sun 0-6",
        "sun 25:00-26:00",
        "xyz 00:00-06:00",
        "sun",
        "sun 24:00-06:00",
    ):
        with pytest.raises(ValueError, match=r"."):
            read_windows(text)
