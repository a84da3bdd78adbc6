"""Dates as a letter writes them. Of some documents only the month or the year is known."""

from datetime import date

PATTERN = r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"
"""An ISO 8601 date, whole or cut to its month or year."""

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def said(day: str) -> str:
    """``2025-08-08`` as "August 8, 2025", ``2020-10`` as "October 2020", ``2020`` as it is.

    Raises ``ValueError`` for what is no date.
    """
    year, month, day_of_month = (*(int(part) for part in day.split("-")), 0, 0)[:3]
    date(year, month or 1, day_of_month or 1)
    if day_of_month:
        return f"{MONTHS[month - 1]} {day_of_month}, {year}"
    return f"{MONTHS[month - 1]} {year}" if month else str(year)
