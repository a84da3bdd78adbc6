"""A table of text with or without a header: its columns are found by the names they go by."""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TextIO

from api.targets.crosswalk.files import Progress, Source, opened
from api.targets.crosswalk.problems import FilesRefused, at_line

_DELIMITERS = "|,\t;"
_LONGEST_LINE = 2**16
_LONGEST_TITLE, _MOST_TITLES = 40, 30

BLOCK = re.compile(
    r"GEOID(20)?|GEOCODE(20)?|(CENSUS)?BLOCK(ID|GEOID|CODE)?(20|2020)?|GEOIDBLOCK(20)?"
    r"|GEOIDTABBLOCK20|TABBLOCK(20|2020)?|SCTBKEY"
)
DISTRICT = re.compile(
    r"CD(1[0-9]{2})?(FP)?(20)?|DIST(RICT)?(N|NO|NR|NUM|NUMBER|I|ID|CODE)?"
    r"|CONG(RESS|RESSIONAL)?(DIST|DISTRICT)?(N|NO|NUM|NUMBER)?"
)
PEOPLE = re.compile(r"P1|P1001N|P10010001|P0010001|P001001|POP(20|100)?|(TOT|TOTAL)POP(20)?|TOTAL")
PEOPLE_LONG = re.compile(r"(TOTAL)?POPULATION(20)?")
LATITUDE = re.compile(r"(INTPTLAT|LAT|LATITUDE)(20)?")
LONGITUDE = re.compile(r"(INTPTLONG?|LONG?|LONGITUDE)(20)?")
ZCTA = re.compile(r"GEOIDZCTA520|ZCTA5?(20|CE20)?")
LAND = re.compile(r"AREALANDPART")


class Reader(Protocol):
    """What csv.reader returns."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


@dataclass
class Table:
    """``rows`` are those below the header; ``header`` is empty where there is none."""

    source: Source
    header: list[str]
    rows: Iterable[list[str]]

    def column(self, *names: re.Pattern[str]) -> int | None:
        """Where a column of one of these names stands. Raises FilesRefused if two do."""
        for name in names:
            found = [i for i, title in enumerate(self.header) if name.fullmatch(title)]
            if len(found) > 1:
                which = " and ".join(self.header[i] for i in found)
                raise at_line(self.source.name, 1, f"the columns {which} mean the same: keep one")
            if found:
                return found[0]
        return None

    def needed(self, what: str, *names: re.Pattern[str]) -> int:
        """The same; raises FilesRefused if there is no such column."""
        found = self.column(*names)
        if found is None:
            have = ", ".join(title[:_LONGEST_TITLE] for title in self.header[:_MOST_TITLES])
            raise at_line(
                self.source.name,
                1,
                f"no column has {what} (the columns are: {have or 'not named'})",
            )
        return found


@contextmanager
def table(source: Source, progress: Progress) -> Iterator[Table]:
    """A source as a table. ValueError and IndexError in the body become refusals of that line."""
    with opened(source, progress) as file:
        first = file.readline(_LONGEST_LINE)
        reader = _reader(first, file)
        try:
            yield _table(source, reader)
        except UnicodeDecodeError:
            raise
        except IndexError as error:
            what = "has fewer columns than the first line: the file may be cut off"
            raise at_line(source.name, reader.line_num, what) from error
        except (ValueError, csv.Error) as error:
            raise at_line(source.name, reader.line_num, str(error)) from error


def _reader(first: str, file: TextIO) -> Reader:
    delimiter = max(_DELIMITERS, key=first.count)
    lines = itertools.chain((first,), file)
    if delimiter == "|":
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=delimiter, strict=True)


def _table(source: Source, reader: Reader) -> Table:
    first = next(reader, None)
    if not first:
        raise FilesRefused([f"{source.name} is empty"])
    titles = [re.sub(r"[^A-Z0-9]", "", title.upper()) for title in first]
    if any(BLOCK.fullmatch(title) for title in titles):
        return Table(source, titles, reader)
    return Table(source, [], itertools.chain((first,), reader))
