"""`undersigned data crosswalk`: ZIP code to district, built from the official files of blocks."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.table import Table

from api.settings import Settings
from api.targets.dataset import BrokenData

MOST_SHOWN = 20
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


def crosswalk(  # noqa: PLR0913 one argument an option is how typer reads them
    table: Annotated[Path, typer.Argument(help="The table to write, such as zccd.csv.")],
    plans: Annotated[
        list[str],
        typer.Option(
            "--plan",
            help="Which block lies in which district: a file, or STATE=FILE for one state's plan, "
            "which goes before the others. Once for each file.",
        ),
    ],
    zctas: Annotated[
        Path, typer.Option("--zcta", help="tab20_zcta520_tabblock20_natl.txt of the Census Bureau.")
    ],
    people: Annotated[
        list[Path],
        typer.Option("--people", help="The blocks' population. Once for each file."),
    ],
    congress: Annotated[int, typer.Option(help="The Congress that these districts elect.")],
    before: Annotated[
        Path | None,
        typer.Option(
            help="The block file of the lines until now: the report counts who moves exactly."
        ),
    ] = None,
    states: Annotated[
        list[str] | None,
        typer.Option("--state", help="Build this state only. Default: all that have a plan."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report for programs.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report only, write nothing.")] = False,
) -> None:
    """Build the ZIP code table from block files, and report what it changes for how many people."""
    from api.targets.crosswalk.build import Files, build
    from api.targets.crosswalk.output import write
    from api.targets.crosswalk.report import as_json as report_json
    from api.targets.crosswalk.report import compare
    from api.targets.days import eastern_today

    files = Files(
        tuple(map(_plan, plans)), zctas, tuple(people), tuple(map(_state, states or ())), before
    )
    _check_target(table, files.paths())
    try:
        with _progress() as progress:
            made = build(files, congress, progress)
        if not dry_run:
            write(made, files, table, eastern_today())
    except BrokenData as error:
        _refuse(getattr(error, "problems", (error.detail,)))
        raise typer.Exit(1) from error
    changes = compare(made, _present())
    if as_json:
        typer.echo(json.dumps(report_json(made, changes), indent=2))
        return
    _print(made, changes)
    out.print("Nothing was written." if dry_run else f"Written: {table}", markup=False)


def _plan(text: str) -> Any:
    from api.targets.crosswalk.build import PlanFile

    state, separator, path = text.partition("=")
    if separator and len(state) == 2:  # noqa: PLR2004 as in TX=PLANC2333.csv
        return PlanFile(Path(path), _state(state))
    return PlanFile(Path(text))


def _state(text: str) -> str:
    from api.targets.states import STATES

    if text.upper() not in STATES:
        raise typer.BadParameter(f"{text!r} is no state: write two letters, such as TX.")
    return text.upper()


def _check_target(table: Path, paths: list[Path]) -> None:
    from api.targets.crosswalk.output import sidecar

    if table.suffix != ".csv":
        raise typer.BadParameter("Write a name that ends in .csv.", param_hint="TABLE")
    if not table.parent.is_dir():
        raise typer.BadParameter(f"There is no folder {table.parent}.", param_hint="TABLE")
    written = {table.resolve(), sidecar(table).resolve()}
    if written & {path.resolve() for path in paths}:
        raise typer.BadParameter("The table would replace a file it is made from.")


def _present() -> dict[str, str]:
    from api.targets import dataset

    try:
        return dataset.read(Settings().data_dir).zips
    except BrokenData:
        return {}


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), Elapsed())
    with Progress(*columns, console=err) as bar:
        tasks: dict[str, TaskID] = {}

        def progress(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name)
            bar.update(tasks[name], completed=done, total=total)

        yield progress


def _refuse(problems: tuple[str, ...]) -> None:
    from api.cli.stepping import plain  # brings the database along

    for problem in problems[:MOST_SHOWN]:
        err.print(f"- {plain(problem)}", markup=False, highlight=False)
    if len(problems) > MOST_SHOWN:
        err.print(f"- and {len(problems) - MOST_SHOWN} more")
    err.print("The files are refused. Nothing was written.")


_COLUMNS = {
    "zips": "ZIPs",
    "people": "people",
    "changed": "changed",
    "moved": "moved",
    "false_choices": "false",
    "settled": "settled",
    "asked": "asked",
    "new_zips": "new",
    "gone": "gone",
    "without_people": "empty",
}
_LEGEND = (
    "changed: ZIP codes with other districts than in the data in use; {moved}; false: choices of "
    "a district in whose part of the ZIP code nobody lives, now gone; settled, asked: people who "
    "no longer have to say their district, or now have to; new, gone: ZIP codes; empty: those "
    "without people."
)
_CERTAIN = "moved: people who are certainly in another district, at least (--before gives all)"
_EXACT = "moved: people whose block is in another district"


def _print(made: Any, changes: list[Any]) -> None:
    shown = Table("state", box=None, header_style="bold")
    for title in _COLUMNS.values():
        shown.add_column(title, justify="right")
    for change in changes:
        shown.add_row(change.state, *(f"{getattr(change, name):,}" for name in _COLUMNS))
    sums = (sum(getattr(change, name) for change in changes) for name in _COLUMNS)
    shown.add_row("all", *(f"{number:,}" for number in sums), style="bold")
    out.print(shown)
    exact = all(change.exact for change in changes)
    out.print(_LEGEND.format(moved=_EXACT if exact else _CERTAIN), markup=False, highlight=False)
    for change in changes:
        for example in change.examples[:MOST_SHOWN]:
            out.print(f"  {example}", markup=False, highlight=False)
    for found in made.states:
        if found.without_zip:
            lives = f"{found.without_zip:,} people live in blocks without a ZIP code area"
            out.print(f"{found.state.name}: {lives}.", markup=False)
    if made.cut:
        number = len(made.cut)
        out.print(
            f"{number:,} ZIP codes lie in other states as well, whose people were not given: their "
            "shares are of the people in the states that were built."
        )
