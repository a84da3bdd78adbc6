"""`undersigned data`: how old the reference data is, and how to replace it."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Column, Table

from api.cli import app
from api.cli.counted import counted
from api.cli.crosswalk import crosswalk
from api.cli.data_sets import at_hand, directory_in_use, put_in_place
from api.cli.line_report import print_lines
from api.settings import Settings
from api.targets.congress import STALE_AFTER, Directory
from api.targets.dataset import BrokenData, DataSet
from api.targets.days import congress_on, eastern_today, first_day

MOST_SHOWN = 20

data_app = typer.Typer(no_args_is_help=True, help="The reference data: its age, and newer data.")
app.add_typer(data_app, name="data")
data_app.command("crosswalk")(crosswalk)
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


@data_app.command("status")
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show which data is in use, how old it is, and which seats nobody holds."""
    settings = Settings()
    try:
        directory = directory_in_use(settings)
    except BrokenData as error:
        err.print(error.detail, markup=False)
        raise typer.Exit(1) from error
    facts = _facts(directory, eastern_today())
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    _print_facts(facts)
    following = facts["next"]["lines"]["congress"]
    print_lines(out, following, directory.standings(following))


@data_app.command("import")
def import_(  # noqa: PLR0913 one argument an option is how typer reads them
    source: Annotated[
        str | None,
        typer.Argument(
            help="A folder or base URL with all published files. Without it, the members are "
            "fetched from their home and the ZIP tables kept."
        ),
    ] = None,
    members_only: Annotated[
        bool, typer.Option("--members-only", help="Keep the present ZIP tables.")
    ] = False,
    zips: Annotated[str | None, typer.Option(help="zccd.csv from another file or URL.")] = None,
    prefixes: Annotated[str | None, typer.Option(help="zip-prefixes.csv, likewise.")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day on which the files were taken."),
    ] = None,
    congress: Annotated[
        int | None, typer.Option(help="The Congress that the files are for. Default: that day's.")
    ] = None,
    commit: Annotated[str | None, typer.Option(help="The commit that the files are from.")] = None,
    zips_for: Annotated[
        int | None,
        typer.Option(
            "--zips-for",
            help="By which Congress's lines zccd.csv is, if by those of an earlier one.",
        ),
    ] = None,
    lines: Annotated[
        Path | None,
        typer.Option(
            "--lines-list",
            help="The list of states that kept or moved their lines; it alone is believed. "
            "Default: district-lines.yaml.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
) -> None:
    """Fetch newer data, check it whole, and put it in place. Half a set is refused."""
    from api.targets import importer

    if source and as_of is None and not source.startswith(("http://", "https://")):
        raise typer.BadParameter(
            "Say on which day the files in this folder were taken.", param_hint="--as-of"
        )
    day = as_of.date() if as_of else eastern_today()
    edition = importer.Edition(day, congress or congress_on(day), commit, zips_for)
    places = importer.locations(source, keep_zips=members_only, zips=zips, prefixes=prefixes)
    with import_or_refuse():
        _import(places, edition, lines, dry_run=dry_run)


@contextmanager
def import_or_refuse() -> Iterator[None]:
    """Print every reason for which data is refused, and end with 1."""
    try:
        yield
    except BrokenData as error:
        _print_problems(getattr(error, "problems", (error.detail,)))
        raise typer.Exit(1) from error


def _print_problems(problems: tuple[str, ...]) -> None:
    for problem in problems[:MOST_SHOWN]:
        err.print(f"- {problem}", markup=False)
    if len(problems) > MOST_SHOWN:
        err.print(f"- and {len(problems) - MOST_SHOWN} more")
    err.print("The new data is refused. Nothing was changed.")


def _import(places: dict[str, str], edition: Any, listed: Path | None, *, dry_run: bool) -> None:
    from api.cli.data_lines import known_list, print_plan
    from api.targets import importer, line_list

    settings, today = Settings(), eastern_today()
    files = _fetch(places)
    present = at_hand(settings)
    edition = _told(places, files, edition)
    listing = line_list.read(known_list(listed, settings.data_dir), today)
    known = importer.Known(listing, given=listed is not None)
    data, notes = importer.build(files, edition, present, today, known)
    for note in notes:
        err.print(f"note: {note}", markup=False)
    print_changes(present, data)
    print_plan(data)
    if dry_run:
        out.print(f"The data is whole: {_size(data)}. Nothing was changed.")
        return
    out.print(f"Imported: {_size(data)}. {put_in_place(settings, data)}")


def _told(places: dict[str, str], files: dict[str, bytes], edition: Any) -> Any:
    """The edition with what a table of our own making tells of itself. Raises BrokenData."""
    from api.targets import condense
    from api.targets.crosswalk.editions import beside

    told = beside(places.get(condense.ZIPS), files.get(condense.ZIPS))
    if told is None:
        return edition
    told.require(edition.zips_of or edition.congress)
    return replace(edition, zips_origin=told.origin)


def print_changes(present: DataSet, data: DataSet) -> None:
    """What the new data changes, before it is put in place."""
    from api.targets.changes import changes

    if present.congress != data.congress:
        out.print(f"Congress {data.congress} follows Congress {present.congress}.")
    found = changes(present, data)
    for change in found:
        out.print(f"{change.what} ({len(change.lines)})", style="bold", markup=False)
        for line in change.lines[:MOST_SHOWN]:
            out.print(f"  {line}", markup=False)
        if len(change.lines) > MOST_SHOWN:
            out.print(f"  and {len(change.lines) - MOST_SHOWN} more")
    if not found:
        out.print("No member, seat, committee or ZIP code changes.")


def _fetch(places: dict[str, str]) -> dict[str, bytes]:
    from api.targets import importer

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=err) as bar:
        tasks: dict[str, TaskID] = {name: bar.add_task(name, total=None) for name in places}
        return importer.fetch(
            places, lambda name, done, total: bar.update(tasks[name], completed=done, total=total)
        )


def _size(data: DataSet) -> str:
    return (
        f"Congress {data.congress} as of {data.as_of}, {len(data.members)} members, "
        f"{len(data.zips):,} ZIP codes"
    )


def _facts(directory: Directory, today: date) -> dict[str, Any]:
    return {
        "congress": directory.congress,
        "as_of": directory.as_of.isoformat(),
        "age_days": (today - directory.as_of).days,
        "stale": directory.stale(today),
        "sitting": len(directory.seats(today)),
        "vacant": [
            {
                "seat": vacancy.seat,
                "reason": vacancy.reason,
                "since": vacancy.since.isoformat() if vacancy.since else None,
            }
            for vacancy in directory.vacancies(today)
        ],
        "made": directory.made,
        "lines": _lines(directory, congress_on(today)),
        "next": _next(directory, today),
        "digest": directory.digest,
        "sources": [dict(source) for source in directory.sources],
    }


def _lines(directory: Directory, congress: int) -> dict[str, Any]:
    """State by state, which lines are used in one Congress, and on what that rests."""
    stand = directory.standings(congress).values()
    counts = Counter(one.status for one in stand)
    return {
        "congress": congress,
        "counts": {status: counts[status] for status in ("ready", "carried", "unknown")},
        "states": {one.state: asdict(one) for one in stand},
    }


def _next(directory: Directory, today: date) -> dict[str, Any]:
    """What happens on the next day on which a Congress begins."""
    congress = congress_on(today) + 1
    day = first_day(congress)
    held = {holder.seat for holder in directory.seats(today)}
    ends = held - {holder.seat for holder in directory.seats(day + timedelta(days=1))}
    told = [f"Congress {congress} begins."]
    if ends:
        told.append(
            f"{len(ends)} recorded terms end: no letters to these seats from the day after."
        )
    lines = _lines(directory, congress)
    unknown = [s for s, one in lines["states"].items() if one["status"] == "unknown"]
    if unknown:
        told.append(f"Supporters in {', '.join(unknown)} are asked for their district.")
    return {"on": day.isoformat(), "what": told, "seats_that_end": len(ends), "lines": lines}


def _print_facts(facts: dict[str, Any]) -> None:
    table = Table("", Column("", overflow="fold"), show_header=False, box=None)
    table.add_row("Congress", str(facts["congress"]))
    table.add_row("as of", f"{facts['as_of']} ({counted(facts['age_days'], 'day', 'days')} old)")
    table.add_row("members who sit today", str(facts["sitting"]))
    for vacancy in facts["vacant"]:
        since = f"term ended {vacancy['since']}" if vacancy["since"] else "vacant"
        table.add_row("no letter to", f"{vacancy['seat']} ({since})")
    _add_lines(table, facts["lines"])
    for told in facts["next"]["what"]:
        table.add_row(f"on {facts['next']['on']}", told)
    for source in facts["sources"]:
        table.add_row("from", f"{source['file']}, {source['as_of']}, {source['licence']}")
    table.add_row("digest", facts["digest"])
    out.print(table)
    if facts["stale"]:
        days = STALE_AFTER.days
        err.print(
            f"The data is stale: older than {days} days, or terms in it have ended. "
            "Run `undersigned data import`."
        )


def _add_lines(table: Table, lines: dict[str, Any]) -> None:
    """One row a status; the states' own rows are in the table of the next Congress."""
    for status in ("ready", "carried", "unknown"):
        states = [code for code, one in lines["states"].items() if one["status"] == status]
        if states:
            table.add_row(f"lines {status}", f"{len(states)} states: {', '.join(states)}")
