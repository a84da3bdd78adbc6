"""Dates and numbers as a language writes them."""

from datetime import date, datetime

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal


def number(value: int, language: str) -> str:
    return format_decimal(value, locale=language)


def moment(value: datetime, language: str) -> str:
    """A day and a time of day in words, by the value's own time zone, which is not named, save in
    the hour that comes twice when the clocks go back."""
    time = format_time(value, "short", tzinfo=value.tzinfo, locale=language)
    twice = value.replace(fold=0).utcoffset() != value.replace(fold=1).utcoffset()
    zone = f" {value.tzname()}" if twice else ""
    return f"{format_date(value, 'long', locale=language)}, {time}{zone}"


def day(value: date | str, language: str) -> str:
    """A date in words. A string is an ISO 8601 date, whole or cut to its month or year."""
    if isinstance(value, date):
        return format_date(value, "long", locale=language)
    parts = [int(part) for part in value.split("-")]
    if len(parts) == 1:
        return value
    year, month, *rest = parts
    if rest:
        return format_date(date(year, month, rest[0]), "long", locale=language)
    return format_skeleton("yMMMM", date(year, month, 1), locale=language)
