"""The published files as they would be for the shipped data, so that an import can be tested.

The real ones hold far more; here are the parts that are read, in their own layout.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from api.targets.dataset import DataSet

TITLES = {"chair": "Chairman", "ranking": "Ranking Member", "vice_chair": "Vice Chair"}


def files(data: DataSet) -> dict[str, bytes]:
    return {
        "legislators-current.yaml": _yaml([_person(member) for member in data.members]),
        "legislators-district-offices.yaml": _yaml([_offices(m) for m in data.members]),
        "committees-current.yaml": _yaml(_committees(data.committees)),
        "committee-membership-current.yaml": _yaml(_membership(data)),
        "zccd.csv": zip_table(data.zips),
        "zip-prefixes.csv": _csv(
            ("prefix", "states", "kind"),
            (
                (prefix, " ".join(text.split()[1:]), text.split()[0])
                for prefix, text in data.prefixes.items()
            ),
        ),
    }


def zip_table(zips: Mapping[str, str]) -> bytes:
    rows = (
        ("00", district[:2], zip_code, district[3:])
        for zip_code, text in zips.items()
        for district in text.split()
    )
    return _csv(("state_fips", "state_abbr", "zcta", "cd"), rows)


def table_with_shares(zips: Mapping[str, str]) -> bytes:
    """The table as the builder writes it."""
    rows = (
        (district[:2], zip_code, district[3:].partition(":")[0], district.partition(":")[2])
        for zip_code, text in zips.items()
        for district in text.split()
    )
    return _csv(("state_abbr", "zcta", "cd", "share"), rows)


def _person(member: dict[str, Any]) -> dict[str, Any]:
    chamber, place = member["seat"].split(":", 1)
    number = int(place[3:])
    term = {
        "type": "sen" if chamber == "senate" else "rep",
        "start": member["start"],
        "end": member["end"],
        "state": place[:2],
        "class" if chamber == "senate" else "district": number,
        "party": member["party"],
        "phone": member["phone"],
        "contact_form": member["form"],
        "url": member["site"],
        "address": (member["address"] or "").replace("\nWashington, DC", " Washington DC"),
    }
    earlier = {**term, "start": "2001-01-03", "end": "2003-01-03", "phone": "202-555-0100"}
    return {
        "id": {"bioguide": member["id"], "govtrack": 1},
        "name": {"first": "", "last": member["last"], "official_full": member["name"]},
        "terms": [earlier, {key: value for key, value in term.items() if value not in (None, "")}],
    }


def _offices(member: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": {"bioguide": member["id"]},
        "offices": [_office(*office) for office in member["offices"]],
    }


def _office(city: str, state: str, phone: str | None, address: str | None) -> dict[str, Any]:
    office: dict[str, Any] = {"city": city, "state": state}
    if phone:
        office["phone"] = phone
    if address:
        place = address.rsplit(", ", 1)[1]
        office["zip"] = place[3:]
        office["address"] = address.removesuffix(f", {city}, {place}")
    return office


def _committees(names: dict[str, str]) -> list[dict[str, Any]]:
    main = {i: name for i, name in names.items() if len(i) == 4}
    return [
        {
            "thomas_id": committee,
            "name": name,
            "subcommittees": [
                {"thomas_id": sub[4:], "name": sub_name}
                for sub, sub_name in names.items()
                if len(sub) > 4 and sub.startswith(committee)
            ],
        }
        for committee, name in main.items()
    ]


def _membership(data: DataSet) -> dict[str, list[dict[str, Any]]]:
    rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for member in data.members:
        for committee, role in member["committees"]:
            title = {"title": TITLES[role]} if role else {}
            rows[committee].append({"name": member["name"], "bioguide": member["id"], **title})
    return dict(rows)


def _yaml(value: Any) -> bytes:
    return yaml.dump(value, Dumper=yaml.CSafeDumper, allow_unicode=True).encode()


def _csv(head: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([list(head), *map(list, rows)])
    return out.getvalue().encode()
