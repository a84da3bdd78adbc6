"""A second reading of data/congress.json, written independently of api.targets.

Nothing is precomputed and nothing is imported from the product: each question goes through the
rows again, as a person with the file in front of them would.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

ISLANDS = ("AS", "GU", "MP", "VI")
REFUSED = {
    None: "zip_unknown",
    "military": "zip_military",
    "freely_associated": "zip_freely_associated",
}


@dataclass(frozen=True)
class Expected:
    states: list[str]
    districts: list[str]
    needs_district: bool
    seats: list[tuple[str, str]]
    vacant: list[tuple[str, str, str | None]]
    basis: str


class Oracle:
    def __init__(self, path: Path) -> None:
        raw: dict[str, Any] = json.loads(path.read_text())
        self.zips: Mapping[str, str] = raw["zips"]
        self.prefixes: Mapping[str, str] = raw["prefixes"]
        self.members: list[dict[str, Any]] = raw["members"]
        self.lines: list[dict[str, Any]] = raw["lines"]
        pairs = {d for text in set(self.zips.values()) for d in text.split()}
        self.all_districts = sorted(
            pairs | {f"{state}-0" for state in ISLANDS},
            key=lambda d: (d[:2], int(d[3:])),
        )

    def expect(self, zip_code: str, stated: str | None, today: date) -> Expected | str:
        """What must be found, or the code with which the ZIP is refused."""
        places = self._places(zip_code, 119 if today < date(2027, 1, 3) else 120)
        if isinstance(places, str):
            return places
        districts = sorted(places, key=lambda d: (d[:2], int(d[3:])))
        states = sorted({d[:2] for d in districts})
        only = districts[0] if len(districts) == 1 else None
        chosen = stated or only
        state = chosen[:2] if chosen else states[0] if len(states) == 1 else "none"
        seats: list[tuple[str, str]] = []
        vacant: list[tuple[str, str, str | None]] = []
        for seat in ([f"house:{chosen}"] if chosen else []) + self._senate(state):
            holder = next((m for m in self.members if m["seat"] == seat), None)
            if holder is None:
                vacant.append((seat, "vacant", None))
            elif holder["end"] < today.isoformat():
                vacant.append((seat, "term_ended", holder["end"]))
            else:
                seats.append((seat, holder["id"]))
        basis = "stated" if stated and stated != only else "zip"
        return Expected(states, districts, chosen is None, seats, vacant, basis)

    def _places(self, zip_code: str, congress: int) -> list[str] | str:
        if zip_code in self.zips:
            return self._by_lines(self.zips[zip_code].split(), congress)
        match = max((p for p in self.prefixes if zip_code.startswith(p)), key=len, default=None)
        kind, *states = self.prefixes[match].split() if match else [None]
        if kind != "state":
            return REFUSED[kind]
        return [d for d in self.all_districts if d[:2] in states]

    def _by_lines(self, districts: list[str], congress: int) -> list[str]:
        """The same, with all districts of a state in place of those by another Congress's lines."""
        found: set[str] = set()
        for district in districts:
            whole = {d for d in self.all_districts if d[:2] == district[:2]}
            found |= {district} if self._known(district[:2], congress) else whole
        return sorted(found)

    def _known(self, state: str, congress: int) -> bool:
        mine = [row for row in self.lines if row["state"] == state]
        if not mine or any(row["lines"] == congress for row in mine):
            return True
        said = [v for row in mine for v in row["verdicts"] if v["congress"] == congress]
        return any(v["kept"] for v in said)

    def _senate(self, state: str) -> list[str]:
        return sorted(m["seat"] for m in self.members if m["seat"].startswith(f"senate:{state}:"))
