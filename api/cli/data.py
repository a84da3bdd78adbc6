"""`undersigned data`: how old the reference data is, and how to replace it."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Column, Table

from api.cli import app
from api.cli.counted import counted
from api.settings import Settings
from api.targets.congress import STALE_AFTER, Directory
from api.targets.dataset import BrokenData, DataSet
from api.targets.days import eastern_today

MOST_SHOWN = 20

data_app = typer.Typer(no_args_is_help=True, help="The reference data: its age, and newer data.")
app.add_typer(data_app, name="data")
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


@data_app.command("status")
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show which data is in use, how old it is, and which seats nobody holds."""
    settings = Settings()
    try:
        directory = Directory.load(settings.data_dir)
    except BrokenData as error:
        err.print(error.detail, markup=False)
        raise typer.Exit(1) from error
    facts = _facts(directory, eastern_today())
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    _print_facts(facts)


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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
) -> None:
    """Fetch newer data, check it whole, and put it in place. Half a set is refused."""
    from api.targets import importer, validate

    if source and as_of is None and not source.startswith(("http://", "https://")):
        raise typer.BadParameter(
            "Say on which day the files in this folder were taken.", param_hint="--as-of"
        )
    day = as_of.date() if as_of else eastern_today()
    edition = importer.Edition(day, congress or validate.congress_on(day), commit)
    places = importer.locations(source, keep_zips=members_only, zips=zips, prefixes=prefixes)
    try:
        _import(places, edition, Settings().data_dir, dry_run=dry_run)
    except BrokenData as error:
        _print_problems(getattr(error, "problems", (error.detail,)))
        raise typer.Exit(1) from error


def _print_problems(problems: tuple[str, ...]) -> None:
    for problem in problems[:MOST_SHOWN]:
        err.print(f"- {problem}", markup=False)
    if len(problems) > MOST_SHOWN:
        err.print(f"- and {len(problems) - MOST_SHOWN} more")
    err.print("The new data is refused. Nothing was changed.")


def _import(places: dict[str, str], edition: Any, folder: Path, *, dry_run: bool) -> None:
    from api.targets import importer

    files = _fetch(places)
    present = _present(folder)
    data, notes = importer.build(files, edition, present, eastern_today())
    for note in notes:
        err.print(f"note: {note}", markup=False)
    if present is not None:
        _print_changes(present, data)
    if dry_run:
        out.print(f"The data is whole: {_size(data)}. Nothing was changed.")
        return
    importer.install(data, folder)
    out.print(f"Imported: {_size(data)}. Restart the server to use it.")


def _print_changes(present: DataSet, data: DataSet) -> None:
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


def _present(folder: Path) -> DataSet | None:
    from api.targets import dataset

    try:
        return dataset.read(folder)
    except BrokenData:
        return None  # there is none yet, or it is what the import is to repair


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
        "digest": directory.digest,
        "sources": [dict(source) for source in directory.sources],
    }


def _print_facts(facts: dict[str, Any]) -> None:
    table = Table("", Column("", overflow="fold"), show_header=False, box=None)
    table.add_row("Congress", str(facts["congress"]))
    table.add_row("as of", f"{facts['as_of']} ({counted(facts['age_days'], 'day', 'days')} old)")
    table.add_row("members who sit today", str(facts["sitting"]))
    for vacancy in facts["vacant"]:
        since = f"term ended {vacancy['since']}" if vacancy["since"] else "vacant"
        table.add_row("no letter to", f"{vacancy['seat']} ({since})")
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
