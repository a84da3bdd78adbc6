"""The district lines of a Congress on the terminal, the states with one reason together."""

from collections.abc import Iterator, Mapping

from rich.console import Console

from api.targets.days import first_day
from api.targets.lines import Source, Standing

MEANING = {
    "ready": "lines of this Congress",
    "carried": "lines of an earlier one, which were kept",
    "unknown": "no lines: supporters are asked for their district",
}


def print_lines(out: Console, congress: int, standings: Mapping[str, Standing]) -> None:
    """Each state's status, why, and where that was read."""
    out.print(f"District lines in Congress {congress}, from {first_day(congress)}", style="bold")
    for status, meaning in MEANING.items():
        mine = [one for one in standings.values() if one.status == status]
        if mine:
            out.print(f"  {status}, {len(mine)} states: {meaning}")
        for line in _lines(mine):
            out.print(f"    {line}", markup=False)


def _lines(standings: list[Standing]) -> Iterator[str]:
    from api.targets.line_plan import cited

    together: dict[tuple[int | None, str, tuple[Source, ...]], list[str]] = {}
    for one in standings:
        together.setdefault((one.lines, one.why, one.sources), []).append(one.state)
    reasons = {(one.lines, one.why, one.sources): one for one in standings}
    for key, states in together.items():
        one = reasons[key]
        read = f" ({cited(one.sources)})" if one.sources else ""
        yield f"{', '.join(states)}: {one.why}{read}"
