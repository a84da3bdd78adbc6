"""The crosswalk from its files: read, checked whole, counted."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from api.targets import apportionment
from api.targets.crosswalk import codes
from api.targets.crosswalk.blocks import DISTRICT_BITS, Blocks, Entries
from api.targets.crosswalk.files import Progress, lines_with
from api.targets.crosswalk.overlaps import Counts, StateCount, count_elsewhere, count_state
from api.targets.crosswalk.people import read_people
from api.targets.crosswalk.plans import is_shape, plan_sources, read_plan
from api.targets.crosswalk.problems import FilesRefused
from api.targets.crosswalk.rows import Row, rows
from api.targets.crosswalk.shapes import check_installed, read_shapes
from api.targets.crosswalk.zctas import read_zctas
from api.targets.states import STATES


@dataclass(frozen=True)
class PlanFile:
    """A plan of districts. With a ``state``, it is that state's alone, and goes before others."""

    path: Path
    state: str | None = None


@dataclass(frozen=True)
class Files:
    """What a crosswalk is made from. ``states``: those to build; () for all in the plans.
    ``before``: the plan of the lines that were, for the report; it changes no row."""

    plans: tuple[PlanFile, ...]
    zctas: Path
    people: tuple[Path, ...]
    states: tuple[str, ...] = ()
    before: Path | None = None

    def paths(self) -> list[Path]:
        """Every file once."""
        before = (self.before,) if self.before else ()
        plans = (plan.path for plan in self.plans)
        return [*dict.fromkeys((*plans, self.zctas, *self.people, *before))]


@dataclass(frozen=True)
class Crosswalk:
    """``dropped`` are overlaps without people; ``cut``: ZIP codes that also lie in states whose
    people were not given, so that their shares are of the people in the states built."""

    congress: int
    rows: tuple[Row, ...]
    dropped: tuple[Row, ...]
    states: tuple[StateCount, ...]
    plans: dict[str, tuple[str, ...]]
    cut: tuple[str, ...]


def build(files: Files, congress: int, progress: Progress) -> Crosswalk:
    """Raises FilesRefused with every reason that was found."""
    first, last = apportionment.FIRST, apportionment.LAST
    if not first <= congress <= last:
        raise FilesRefused(
            [f"blocks and apportionment of 2020 serve Congresses {first} to {last}, not {congress}"]
        )
    _check_there(files)
    blocks = _read(files, progress)
    chosen = _chosen(files.states, blocks)
    counts = Counts()
    known = sorted({*blocks.zctas.by_state, *chosen})
    for done, fips in enumerate(known, start=1):
        (count_state if fips in chosen else count_elsewhere)(fips, blocks, counts)
        progress("joining", done, len(known))
    if counts.problems:
        raise FilesRefused(counts.problems)
    return _made(congress, blocks, counts)


def _check_there(files: Files) -> None:
    """Before minutes of reading: raises FilesRefused for every file that is not there."""
    missing = [path for path in files.paths() if not path.is_file()]
    if missing:
        raise FilesRefused(f"{path} is not there, or no file" for path in missing)


def _read(files: Files, progress: Progress) -> Blocks:
    blocks, shapes = Blocks(), []
    for plan in files.plans:
        entries = _entries(plan, blocks)
        for source in plan_sources(plan.path):
            if is_shape(source):
                check_installed(source)
                shapes.append((source, plan.state, entries))
            else:
                read_plan(source, entries, progress)
    read_zctas(files.zctas, blocks, progress)
    if files.before:
        for source in plan_sources(files.before):
            read_plan(source, blocks.before, progress)
    for path in files.people:
        read_people(path, blocks, progress, points=bool(shapes))
    for source, state, entries in shapes:
        read_shapes(source, state, blocks, entries)
    for fips, entries in blocks.named.items():
        _check_alone(fips, entries)
    return blocks


def _entries(plan: PlanFile, blocks: Blocks) -> Entries:
    if plan.state is None:
        return blocks.plan
    return blocks.named.setdefault(int(STATES[plan.state].fips), Entries(DISTRICT_BITS))


def _check_alone(fips: int, entries: Entries) -> None:
    """Raises FilesRefused where the plan of one state has blocks of another, or none of its own."""
    problems = []
    names = ", ".join(source.name for source in entries.sources)
    name = codes.state_of(fips).name
    for other in sorted(entries.by_state.keys() - {fips}):
        block, _ = next(entries.pairs(other))
        text = codes.block_text(other, block)
        for source in entries.sources:
            if lines := lines_with(source, text.lstrip("0"), 1):
                names = f"{source.name}, line {lines[0]:,}"
        where = codes.state_of(other).name
        problems.append(f"{names}: block {text} lies in {where}, and the plan is {name}'s")
    if fips not in entries.by_state and not problems:
        problems.append(f"{names}: no block of {name} in it")
    if problems:
        raise FilesRefused(problems)


def _chosen(states: Iterable[str], blocks: Blocks) -> set[int]:
    planned = set(blocks.planned())
    wanted = {int(STATES[state].fips) for state in states} or planned
    if missing := sorted(wanted - planned):
        names = ", ".join(codes.state_of(fips).name for fips in missing)
        raise FilesRefused([f"no plan was given for {names}"])
    return wanted


def _made(congress: int, blocks: Blocks, counts: Counts) -> Crosswalk:
    kept, dropped = rows(counts)
    known = {row.zip_code for row in kept}
    plans = {
        found.state.code: tuple(
            dict.fromkeys(s.path.name for s in blocks.plan_of(int(found.state.fips)).sources)
        )
        for found in counts.states
    }
    cut = known & {f"{zcta:05d}" for zcta in counts.untold}
    return Crosswalk(
        congress, tuple(kept), tuple(dropped), tuple(counts.states), plans, tuple(sorted(cut))
    )
