"""Where the data comes from: the rows of ``sources``, and ``data/ORIGIN.md`` made from them."""

from collections.abc import Iterator
from typing import Any

from api.targets import condense
from api.targets.dataset import DataSet
from api.targets.districts import district_names
from api.targets.lines import Source, standings

FILE_NAME = "ORIGIN.md"

_LEGISLATORS = "https://github.com/unitedstates/congress-legislators"
_ZIPS = "https://github.com/OpenSourceActivismTech/us-zipcodes-congress"
_ABOUT = {
    condense.LEGISLATORS: (_LEGISLATORS, "CC0 1.0"),
    condense.OFFICES: (_LEGISLATORS, "CC0 1.0"),
    condense.COMMITTEES: (_LEGISLATORS, "CC0 1.0"),
    condense.MEMBERSHIP: (_LEGISLATORS, "CC0 1.0"),
    condense.ZIPS: (_ZIPS, "US Government work (Census Bureau files), no copyright"),
    condense.PREFIXES: ("made from zccd.csv and Postal Service assignments", "facts, no copyright"),
}

_KEPT = """\
## What is kept

- Members: Bioguide id, name, family name, seat, party, the days on which the running term began
  and ends, telephone, contact form, site, Washington address; committee and subcommittee seats
  with the role of chair, ranking member or vice chair.
- District offices: city, state, telephone, address.
- ZIP codes: the districts in which each lies, with the share of its people that live in each where
  the table has it; for those not listed, the states of the prefix.

## What is dropped

- Earlier terms, other ids, birth dates, gender, nicknames, fax numbers, social media, feeds,
  office hours and coordinates; ranks and the titles "ex officio" and "cochairman"; the
  committees' own addresses and jurisdictions; presidents and vice presidents.
- A contact form that is no web address, and offices or committee seats of people who hold no seat.

## What to know

- A ZIP code is no district. Where it lies in several, the supporter is asked.
- The listed ZIP codes are the Census Bureau's tabulation areas. Post office boxes and single
  organizations have codes that are not listed: of those only the state is known, by the prefix,
  or a few states are. A longer prefix overrides a shorter one.
- District 0 is at large. The District of Columbia, Puerto Rico and the island territories have
  one House seat without a vote, and no senators.
- Nobody is written to after the last day of a recorded term.
"""


def place(name: str) -> str:
    """Where a file is published."""
    return _ABOUT[name][0]


def sources(
    data: DataSet, commit: str | None, present: DataSet | None, zips_origin: str | None = None
) -> list[dict[str, Any]]:
    """One row a file. ZIP tables that did not change keep the row that they have; ``zips_origin``
    says where one is from that is not the public one."""
    old = {row["file"]: row for row in present.sources} if present else {}
    unchanged = {
        condense.ZIPS: present is not None and present.zips == data.zips,
        condense.PREFIXES: present is not None and present.prefixes == data.prefixes,
    }
    rows = []
    for name, (place, licence) in _ABOUT.items():
        if unchanged.get(name) and name in old:
            rows.append(old[name])
            continue
        if name == condense.ZIPS and zips_origin:
            place = zips_origin  # noqa: PLW2901
        row = {"file": name, "origin": place, "licence": licence, "as_of": data.as_of.isoformat()}
        rows.append({**row, "commit": commit if name in condense.MEMBER_FILES else None})
    return rows


def text(data: DataSet) -> str:
    """The document that stands beside the data."""
    return "\n".join(_lines(data))


def _lines(data: DataSet) -> Iterator[str]:
    yield "# Where the reference data comes from"
    yield ""
    yield f"`congress.json` is for Congress {data.congress}, as of {data.as_of}. It is made from"
    yield "the files below by `undersigned data import`, which also writes this page; edit neither"
    yield "by hand."
    yield ""
    yield "| file | origin | licence | commit | as of |"
    yield "| --- | --- | --- | --- | --- |"
    for row in data.sources:
        cells = (row["file"], row["origin"], row["licence"], row["commit"] or "", row["as_of"])
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield from _counts(data)
    yield ""
    yield from _district_lines(data)
    yield ""
    yield _KEPT


def _counts(data: DataSet) -> Iterator[str]:
    split = [text for text in data.zips.values() if " " in text]
    crossing = sum(len({district[:2] for district in text.split()}) > 1 for text in split)
    house = {m["seat"][6:] for m in data.members if m["seat"].startswith("house:")}
    mapped = {district for text in set(data.zips.values()) for district in district_names(text)}
    newest = max((row["as_of"] for row in data.sources), default=data.as_of.isoformat())
    ended = [member for member in data.members if member["end"] < newest]
    yield f"{len(data.members)} members, {len(house)} of them in the House;"
    yield f"{len(data.committees)} committees and subcommittees; {len(data.zips):,} ZIP codes,"
    yield f"{len(split):,} of them in two or more districts, {crossing} in two or more states."
    yield f"Vacant House seats: {', '.join(sorted(mapped - house)) or 'none'}."
    if ended:
        seats = ", ".join(f"{member['seat']} on {member['end']}" for member in ended)
        yield f"Terms that ended before the newest of the files was made: {seats}."


def _district_lines(data: DataSet) -> Iterator[str]:
    """Whose lines the ZIP codes have, and which states they serve in the next Congress."""
    editions = data.editions()
    yield "## District lines"
    yield ""
    yield f"The ZIP codes have the lines of Congress {data.base}."
    for congress in sorted(_later(data)):
        yield f"For Congress {congress}:"
        yield ""
        yield "| state | lines | why | source |"
        yield "| --- | --- | --- | --- |"
        for state, stands in standings(congress, editions).items():
            lines = f"{stands.status}, of {stands.lines}" if stands.lines else stands.status
            links = ", ".join(_link(source) for source in stands.sources)
            yield f"| {state} | {lines} | {stands.why} | {links} |"
        yield ""
    yield "A state that is one district has no lines. Where they are not known, supporters choose."


def _later(data: DataSet) -> set[int]:
    """The Congresses after the table's of which anything is known."""
    editions = data.editions()
    found = {verdict.congress for edition in editions for verdict in edition.verdicts}
    return (found | {edition.lines for edition in editions} | {data.congress}) - {data.base}


def _link(source: Source) -> str:
    told = f"{source.publisher}, {source.date}"
    return f"[{told}]({source.url})" if source.url else told
