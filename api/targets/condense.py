"""From the published files to the data set: what is used is kept, the rest is dropped.

Raises BrokenData if a file cannot be parsed at all. What is dropped is returned as notes, and
``validate`` checks the result.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import yaml

from api.targets.dataset import BrokenData, DataSet
from api.targets.districts import district_share
from api.targets.states import STATES

LEGISLATORS = "legislators-current.yaml"
OFFICES = "legislators-district-offices.yaml"
COMMITTEES = "committees-current.yaml"
MEMBERSHIP = "committee-membership-current.yaml"
ZIPS = "zccd.csv"
PREFIXES = "zip-prefixes.csv"
MEMBER_FILES = (LEGISLATORS, OFFICES, COMMITTEES, MEMBERSHIP)
FILES = (*MEMBER_FILES, ZIPS, PREFIXES)

# A co-chairman of a joint commission is not its chair, and an ex officio member has no role.
ROLES = {
    "Chair": "chair",
    "Chairman": "chair",
    "Chairwoman": "chair",
    "Ranking Member": "ranking",
    "Vice Chair": "vice_chair",
    "Vice Chairman": "vice_chair",
    "Vice Chairwoman": "vice_chair",
    "Ex Officio": None,
    "Cochairman": None,
}
_WASHINGTON = re.compile(
    r"^(?P<street>.+?),? Washington,? D\.?C\.? (?P<zip>20[0-9]{3}(-[0-9]{4})?)$"
)

_MOST_SHARES = 1.01  # by rounding

Notes = list[str]
Rows = list[dict[str, Any]]


def condense(
    files: Mapping[str, bytes], *, congress: int, as_of: date, present: DataSet | None = None
) -> tuple[DataSet, Notes]:
    """The data set made from ``FILES`` (name -> bytes), and notes on what was dropped.

    A ZIP table that is not among them is taken from ``present``. ``sources`` is left empty.
    """
    notes: Notes = []
    data = DataSet(
        congress=congress,
        as_of=as_of,
        sources=[],
        zips=present.zips if present and ZIPS not in files else zips(files[ZIPS]),
        prefixes=(
            present.prefixes if present and PREFIXES not in files else prefixes(files[PREFIXES])
        ),
        committees=_committees(_yaml(files, COMMITTEES)),
        members=_members(files, as_of, notes),
    )
    return data, notes


def zips(raw: bytes) -> dict[str, str]:
    """ZIP -> its districts in order, as "MA-5 MA-7", from zccd.csv.

    A table that has the column ``share`` (the part of the ZIP code's people) gives "MA-5:0.25
    MA-7:0.75"; "MA-7" alone where all live there.
    """
    found: defaultdict[str, dict[tuple[str, int], float | None]] = defaultdict(dict)
    for row in _csv(raw, ZIPS, "state_abbr", "zcta", "cd"):
        if row["state_abbr"] not in STATES:
            raise BrokenData(f"{ZIPS}: {row['state_abbr']!r} is no state.")
        district = (row["state_abbr"], _number(row["cd"], ZIPS))
        if district in found[row["zcta"]]:
            raise BrokenData(f"{ZIPS}: ZIP {row['zcta']} names one district twice.")
        found[row["zcta"]][district] = _share(row)
    return {zip_code: _zip_row(zip_code, places) for zip_code, places in sorted(found.items())}


def _share(row: Mapping[str, str]) -> float | None:
    text = row.get("share")
    if not text:
        return None
    if not re.fullmatch(r"0\.[0-9]+|1(\.0+)?", text) or not float(text):
        raise BrokenData(f"{ZIPS}: ZIP {row['zcta']} has the share {text!r}, not one from 0 to 1.")
    return float(text)


def _zip_row(zip_code: str, places: Mapping[tuple[str, int], float | None]) -> str:
    shares = [share for share in places.values() if share is not None]
    if sum(shares) > _MOST_SHARES:
        raise BrokenData(f"{ZIPS}: the shares of ZIP {zip_code} are more than all of its people.")
    whole = not shares or shares == [1.0]
    return " ".join(
        f"{state}-{number}{'' if whole or share is None else district_share(share)}"
        for (state, number), share in sorted(places.items())
    )


def prefixes(raw: bytes) -> dict[str, str]:
    """Prefix -> "kind STATES…", from zip-prefixes.csv."""
    found: dict[str, str] = {}
    for row in _csv(raw, PREFIXES, "prefix", "states", "kind"):
        if row["prefix"] in found:
            raise BrokenData(f"{PREFIXES}: prefix {row['prefix']} stands twice.")
        found[row["prefix"]] = " ".join([row["kind"], *sorted(row["states"].split())])
    return found


def _members(files: Mapping[str, bytes], as_of: date, notes: Notes) -> Rows:
    people = _yaml(files, LEGISLATORS)
    with _complete(LEGISLATORS):
        members = [_member(person, as_of, notes) for person in people]
        by_id = {member["id"]: member for member in members}
    with _complete(OFFICES):
        _add_offices(by_id, _yaml(files, OFFICES), notes)
    with _complete(MEMBERSHIP):
        _add_committees(by_id, _yaml(files, MEMBERSHIP), notes)
    return sorted(members, key=lambda member: str(member["id"]))


@contextmanager
def _complete(name: str) -> Iterator[None]:
    """Turn a missing key of an entry into BrokenData that names the file."""
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        what = f"{type(error).__name__}: {error}"
        raise BrokenData(f"{name}: an entry has not what every entry has ({what}).") from error


def _member(person: Mapping[str, Any], as_of: date, notes: Notes) -> dict[str, Any]:
    name, bioguide = person["name"], person["id"]["bioguide"]
    begun = [t for t in person["terms"] if date.fromisoformat(t["start"]) <= as_of]
    if not begun:
        raise BrokenData(f"{LEGISLATORS}: {bioguide} has no term that had begun on {as_of}.")
    term = begun[-1]
    return {
        "id": bioguide,
        "name": name.get("official_full") or f"{name['first']} {name['last']}",
        "last": name["last"],
        "seat": _seat(term),
        "party": term["party"],
        "start": term["start"],
        "end": term["end"],
        "phone": term.get("phone"),
        "form": _url(term.get("contact_form"), f"{bioguide}: contact form", notes),
        "site": _url(term.get("url"), f"{bioguide}: site", notes),
        "address": _address(term.get("address")),
        "offices": [],
        "committees": [],
    }


def _seat(term: Mapping[str, Any]) -> str:
    if term["type"] == "sen":
        return f"senate:{term['state']}:{int(term['class'])}"
    return f"house:{term['state']}-{int(term['district'])}"


def _url(value: str | None, what: str, notes: Notes) -> str | None:
    """An address that a browser can open; a mistyped one is dropped, not repaired."""
    if value and not re.match(r"https?://[^\s]+$", value):
        notes.append(f"{what} dropped, it is no web address: {value}")
        return None
    return value or None


def _address(value: str | None) -> str | None:
    """The two lines for an envelope: the building, then "Washington, DC 20515-5101"."""
    match = _WASHINGTON.match(value or "")
    return f"{match['street']}\nWashington, DC {match['zip']}" if match else value or None


def _add_offices(by_id: dict[str, dict[str, Any]], people: Rows, notes: Notes) -> None:
    for person in people:
        member = by_id.get(person["id"]["bioguide"])
        if member is None:
            notes.append(f"{OFFICES}: {person['id']['bioguide']} holds no seat, dropped")
            continue
        member["offices"] = [_office(office) for office in person.get("offices") or ()]


def _office(office: Mapping[str, Any]) -> list[str | None]:
    parts = [office.get(part) for part in ("building", "address", "suite")]
    place = f"{office['state']} {office.get('zip') or ''}".strip()
    address = ", ".join(str(p) for p in (*parts, office["city"], place) if p)
    return [
        office["city"],
        office["state"],
        office.get("phone") or None,
        address if office.get("address") else None,
    ]


def _committees(committees: Rows) -> dict[str, str]:
    """Id -> name, subcommittees with their parent's id in front ("HSAP04")."""
    names: dict[str, str] = {}
    with _complete(COMMITTEES):
        for committee in committees:
            names[committee["thomas_id"]] = committee["name"]
            for sub in committee.get("subcommittees") or ():
                names[committee["thomas_id"] + sub["thomas_id"]] = sub["name"]
    return names


def _add_committees(
    by_id: dict[str, dict[str, Any]], membership: Mapping[str, Rows], notes: Notes
) -> None:
    for committee, rows in sorted(membership.items()):
        for row in rows:
            member, title = by_id.get(row["bioguide"]), row.get("title")
            if member is None:
                notes.append(
                    f"{MEMBERSHIP}: {row['bioguide']} on {committee} holds no seat, dropped"
                )
                continue
            if title and title not in ROLES:
                notes.append(f"{MEMBERSHIP}: title {title!r} on {committee} is not known, dropped")
            member["committees"].append([committee, ROLES.get(title or "")])


def _yaml(files: Mapping[str, bytes], name: str) -> Any:
    try:
        value = yaml.load(files[name], Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        raise BrokenData(f"{name} is no YAML (line {where.line + 1 if where else '?'}).") from error
    wanted: type = dict if name == MEMBERSHIP else list
    if not isinstance(value, wanted) or not value:
        raise BrokenData(f"{name} is empty or not what it should be.")
    return value


def _csv(raw: bytes, name: str, *columns: str) -> Iterable[dict[str, str]]:
    try:
        rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BrokenData(f"{name} is no CSV in UTF-8.") from error
    for number, row in enumerate(rows, start=2):
        if any(not row.get(column) for column in columns):
            raise BrokenData(f"{name}, line {number}: one of {', '.join(columns)} is missing.")
    return rows


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BrokenData(f"{name}: {text!r} is no district number.")
    return int(text)
