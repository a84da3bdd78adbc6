"""Which lines serve which Congress after an import, and why: decided state by state.

A ZIP table does not say by whose lines it is. Handed in for a new Congress, its rows are compared
with those at hand: where they are the same, they are the old lines, whatever the table is called,
and they serve on only where the list of moved states says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from api.targets.apportionment import DIVIDED
from api.targets.dataset import DataSet
from api.targets.districts import district_names, without_shares
from api.targets.line_list import LineList
from api.targets.lines import Edition, Source, Verdict, newer_rows, row_key

SAME = 0.02  # rows of old lines may differ in this part of a state's ZIP codes, by corrections
Rows = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """ZIP -> districts, said to be by the lines of the Congress ``of``."""

    zips: Rows
    of: int
    source: Source


@dataclass(frozen=True, slots=True)
class Lines:
    """The parts of a data set that say which districts a ZIP code lies in, and notes on them."""

    zips: dict[str, str]
    zips_of: int
    newer: dict[str, str]
    editions: tuple[Edition, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def put_in(self, data: DataSet) -> DataSet:
        rows = [edition.as_json() for edition in self.editions]
        return replace(data, zips=self.zips, zips_of=self.zips_of, newer=self.newer, lines=rows)


def kept(present: DataSet, listed: LineList | None) -> Lines:
    """The lines that are at hand, with what the list says of the next Congress."""
    editions = _judged(present.editions(), listed)
    return Lines(present.zips, present.base, present.newer, editions)


def replaced(table: Table, listed: LineList | None) -> Lines:
    """A table that takes the place of all that there was."""
    fresh = (Edition(state, table.of, table.source) for state in DIVIDED)
    return Lines(dict(table.zips), table.of, {}, _judged(fresh, listed))


def succeeded(table: Table, present: DataSet, listed: LineList | None, *, explicit: bool) -> Lines:
    """A table for a later Congress than the one at hand, told apart state by state.

    Where its rows are the old ones, a state is carried if the list says so, else it is a problem,
    or without known lines if the list was given with the import (``explicit``).
    """
    of, old, new = table.of, by_state(present.zips), by_state(table.zips)
    verdicts = listed.verdicts if listed and listed.congress == of else {}
    known = {edition.state for edition in present.editions() if edition.lines == of}
    fresh, problems, notes = set[str](), list[str](), list[str]()
    for state in DIVIDED:
        verdict, same = verdicts.get(state), are_old(old[state], new[state])
        if verdict and verdict.kept:
            if old[state] != new[state]:
                fresh.add(state)
            if changed := differing(old[state], new[state]):
                notes.append(f"{state}: {changed} rows differ, though its lines were kept")
        elif not same:
            fresh.add(state)
        elif not explicit and state not in known:
            problems.append(old_lines(state, of, present.base, verdict))
    if fresh == set(DIVIDED):
        return replace(replaced(table, listed), notes=tuple(notes))
    newer = _with_rows(present.newer, table, fresh)
    editions = _judged(_with_editions(present.editions(), table, fresh), listed)
    shown = (tuple(problems), tuple(notes))
    return Lines(present.zips, present.base, newer, editions, *shown)


def with_newer(lines: Lines, present: DataSet) -> Lines:
    """The same with the newer lines that are at hand, where a table replaces the older ones."""
    later = [edition for edition in present.editions() if edition.lines > lines.zips_of]
    now = [edition for edition in lines.editions if edition.lines <= lines.zips_of]
    rows = {
        row_key(of, zip_code): text
        for of, zip_code, text in newer_rows(present.newer)
        if of > lines.zips_of
    }
    editions = sorted((*now, *later), key=lambda each: (each.state, each.lines))
    return replace(lines, newer=rows, editions=tuple(editions))


def added(table: Table, states: Iterable[str], present: DataSet) -> Lines:
    """New lines of single states beside those that are at hand."""
    chosen = set(states)
    newer = _with_rows(present.newer, table, chosen)
    editions = _with_editions(present.editions(), table, chosen)
    return Lines(present.zips, present.base, newer, editions)


def by_state(zips: Rows) -> defaultdict[str, dict[str, str]]:
    """State -> ZIP -> the districts of that state."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for zip_code, text in zips.items():
        for district in text.split():
            before = found[district[:2]].get(zip_code)
            found[district[:2]][zip_code] = f"{before} {district}" if before else district
    return found


def differing(old: Rows, new: Rows) -> int:
    """How many ZIP codes of a state lie in other districts than before, or are new or gone."""
    return sum(without_shares(before) != without_shares(now) for before, now in _changed(old, new))


def are_old(old: Rows, new: Rows) -> bool:
    """Whether a state's rows are by the same lines as the old ones.

    Nearly all of them name the same districts, or no others: a table by population leaves out those
    in whose part of a ZIP code nobody lives, and new lines also bring some in.
    """
    came = gone = 0
    for row, other in _changed(old, new):
        before, now = set(district_names(row)), set(district_names(other))
        came += not now <= before
        gone += not before <= now
    return min(came, gone) <= SAME * max(len(old), 1)


def _changed(old: Rows, new: Rows) -> Iterator[tuple[str, str]]:
    """The old and the new row of each ZIP code whose rows are not the same text."""
    for zip_code in old.keys() | new.keys():
        before, now = old.get(zip_code, ""), new.get(zip_code, "")
        if before != now:
            yield before, now


def old_lines(state: str, of: int, before: int, verdict: Verdict | None) -> str:
    """Why a state's rows are not taken for lines of the Congress ``of``."""
    said = f"{state}: the rows handed in for Congress {of} are those of Congress {before}"
    if verdict is None:
        return f"{said}, and no source says that its lines were kept"
    moved = "its lines moved" if verdict.kept is False else "it is not clear whether they moved"
    return f"{said}, and {moved}: {verdict.read} ({cited(verdict.sources)})"


def cited(sources: Iterable[Source]) -> str:
    """The sources on one line."""
    return "; ".join(f"{s.publisher}, {s.date}{f', {s.url}' if s.url else ''}" for s in sources)


def _with_rows(newer: Rows, table: Table, states: set[str]) -> dict[str, str]:
    """The rows of newer lines, those of ``states`` anew."""
    found: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for lines, zip_code, text in newer_rows(newer):
        stay = [d for d in text.split() if lines != table.of or d[:2] not in states]
        found[lines, zip_code] += stay
    for zip_code, text in table.zips.items():
        found[table.of, zip_code] += [d for d in text.split() if d[:2] in states]
    return {row_key(*key): " ".join(districts) for key, districts in found.items() if districts}


def _with_editions(
    present: Iterable[Edition], table: Table, states: Iterable[str]
) -> tuple[Edition, ...]:
    fresh = [Edition(state, table.of, table.source) for state in states]
    replaced_ = {(edition.state, edition.lines) for edition in fresh}
    stay = [edition for edition in present if (edition.state, edition.lines) not in replaced_]
    return tuple(sorted((*stay, *fresh), key=lambda edition: (edition.state, edition.lines)))


def _judged(editions: Iterable[Edition], listed: LineList | None) -> tuple[Edition, ...]:
    """The editions with the list's verdicts in place of earlier ones on the same Congress."""
    if listed is None:
        return tuple(editions)
    found = []
    for edition in editions:
        verdict = listed.verdicts.get(edition.state) if edition.lines == listed.before else None
        stay = tuple(v for v in edition.verdicts if v.congress != listed.congress)
        found.append(replace(edition, verdicts=(*stay, verdict) if verdict else stay))
    return tuple(found)
