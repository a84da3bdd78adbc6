"""`undersigned data lines`: new district lines of single states, and a list for the others."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.data import data_app, import_or_refuse, out, print_changes
from api.cli.data_sets import SHIPPED, at_hand, put_in_place
from api.cli.line_report import print_lines
from api.settings import Settings
from api.targets.apportionment import DIVIDED
from api.targets.dataset import DataSet
from api.targets.days import congress_on, eastern_today
from api.targets.lines import standings


@data_app.command("lines")
def lines(  # noqa: PLR0913 one argument an option is how typer reads them
    table: Annotated[
        str | None,
        typer.Argument(help="A ZIP table (columns state_abbr, zcta, cd), as a file or URL."),
    ] = None,
    congress: Annotated[
        int | None,
        typer.Option("--for", help="The Congress that is elected by these lines, such as 120."),
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(help="Only this state of the table; can be given several times."),
    ] = None,
    title: Annotated[str | None, typer.Option(help="The document the lines are from.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Who published it.")] = None,
    url: Annotated[str | None, typer.Option(help="Where it can be read.")] = None,
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="When it was published."),
    ] = None,
    listed: Annotated[
        Path | None,
        typer.Option("--list", help="A list of kept and moved lines, as district-lines.yaml."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
) -> None:
    """Take new district lines of single states, or a newer list of the states that kept theirs.

    All else stays. Lines can be taken before their Congress sits: they are used from its first day.
    """
    settings = Settings()
    present = at_hand(settings)
    with import_or_refuse():
        data = present
        if listed is not None:
            data = _judged(data, listed)
        if table is not None:
            raw, told = _fetch(table)
            congress = congress or (told.congress if told else None)
            named = _document(title, publisher, url, day, congress)
            if told is not None:
                told.require(named[0])
                state = state or [code for code in told.states if code in DIVIDED]
            data = _with_lines(data, raw, named, [code.upper() for code in state or ()])
        if data is present:
            raise typer.BadParameter("Give a ZIP table, or a --list.")
        print_changes(present, data)
        print_plan(data, congress)
        if dry_run:
            out.print("The lines are whole. Nothing was changed.")
            return
        out.print(f"Taken. {put_in_place(settings, data)}")


def print_plan(data: DataSet, congress: int | None = None) -> None:
    """State by state, what is believed of the lines in each Congress after the table's."""
    sitting = congress_on(eastern_today())
    wanted = {congress or data.congress, data.congress, sitting}
    for each in sorted(one for one in wanted if one > data.base):
        print_lines(out, each, standings(each, data.editions()))


def known_list(path: Path | None, folder: Path) -> Path:
    """The list that was named, or the data folder's, or the one that the program came with."""
    from api.targets.line_list import FILE_NAME

    if path is not None:
        return path
    own = folder / FILE_NAME
    return own if own.exists() else SHIPPED / FILE_NAME


def _judged(data: DataSet, path: Path) -> DataSet:
    from api.targets import importer, line_list

    today = eastern_today()
    return importer.judge_lines(data, line_list.read(path, today), today)


def _document(
    title: str | None,
    publisher: str | None,
    url: str | None,
    day: datetime | None,
    congress: int | None,
) -> tuple[int, str, str, str, date]:
    """What a table cannot say of itself. Raises BadParameter for what is missing."""
    given = {
        "--for": congress,
        "--title": title,
        "--publisher": publisher,
        "--url": url,
        "--date": day,
    }
    for option, value in given.items():
        if not value:
            raise typer.BadParameter(
                "Lines need it, to say where they are from.", param_hint=option
            )
    assert congress
    assert title
    assert publisher
    assert url
    assert day
    return congress, title, publisher, url, day.date()


def _fetch(place: str) -> tuple[bytes, Any]:
    """The table's bytes, and what is told beside one of our own making."""
    from api.targets import condense, importer
    from api.targets.crosswalk.editions import beside

    raw = importer.fetch({condense.ZIPS: place}, lambda *_: None)[condense.ZIPS]
    return raw, beside(place, raw)


def _with_lines(
    data: DataSet, raw: bytes, named: tuple[int, str, str, str, date], states: list[str]
) -> DataSet:
    from api.targets import condense, importer
    from api.targets.line_plan import Table
    from api.targets.lines import Source

    congress, title, publisher, url, day = named
    source = Source(title, publisher, url, day.isoformat())
    table = Table(condense.zips(raw), congress, source)
    return importer.add_lines(table, states, data, eastern_today())
