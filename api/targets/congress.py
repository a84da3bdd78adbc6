"""The sitting members of Congress, and which of them represent a ZIP code."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from api.errors import InvalidInput
from api.targets import dataset
from api.targets.days import congress_on
from api.targets.districts import (
    Area,
    ZipTable,
    district_key,
    district_names,
    elsewhere,
    normal_district,
    normal_zip,
    unknown_district,
)
from api.targets.lines import Standing, rows_for, standings
from api.targets.models import Basis, DistrictOffice, Found, Membership, Target, Vacancy
from api.targets.states import STATES, TITLES

Holders = tuple[Target, ...]
Vacancies = tuple[Vacancy, ...]

EARLY = date.min
STALE_AFTER = timedelta(days=90)
CHAMBERS = frozenset({"house", "senate"})


@dataclass(frozen=True, slots=True)
class _Roster:
    """Who holds what on one day. ``house`` is by district, ``senate`` by state."""

    day: date
    house: Mapping[str, Target | Vacancy]
    senate: Mapping[str, tuple[Target | Vacancy, ...]]


class Directory:
    """Every seat, its recorded holder, and the ZIP codes. Immutable; share one per process."""

    def __init__(self, data: dataset.DataSet) -> None:
        self.congress = data.congress
        self.as_of = data.as_of
        self.digest = data.digest
        self.sources = tuple(MappingProxyType(dict(source)) for source in data.sources)
        self.committees: Mapping[str, str] = MappingProxyType(data.committees)
        self._holders = {m["seat"]: _target(m, data.committees) for m in data.members}
        self._by_id = {holder.id: holder for holder in self._holders.values()}
        self._districts = _districts(data)
        self._known = frozenset(d for ds in self._districts.values() for d in ds)
        self.version = data.version
        self.made = data.made
        self.letters_digest = _letters_digest(data)
        self._rows = (data.zips, data.newer, data.base, data.prefixes)
        self._editions = data.editions()
        self._tables: dict[int, ZipTable] = {}
        self._standings: dict[int, dict[str, Standing]] = {}
        self._table(congress_on(data.as_of))
        self._roster = self._make_roster(data.as_of)

    @classmethod
    def load(cls, data_dir: Path) -> "Directory":
        """Reads ``data_dir/congress.json``. Raises dataset.BrokenData with what is wrong."""
        return cls.of(dataset.read(data_dir), str(data_dir))

    @classmethod
    def of(cls, data: dataset.DataSet, place: str) -> "Directory":
        """Made from a data set that stands in ``place``. Raises dataset.BrokenData likewise."""
        try:
            return cls(data)
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            raise dataset.BrokenData(
                f"The reference data in {place} is damaged ({type(error).__name__}). "
                "Restore it, or run `undersigned data import`."
            ) from error

    def find(
        self,
        zip_code: str,
        district: str | None = None,
        *,
        today: date,
        kinds: Collection[str] = CHAMBERS,
    ) -> Found:
        """Who represents this ZIP code on the day ``today`` (US Eastern).

        ``district`` is what the supporter stated; blank counts as not stated. ``kinds`` are the
        chambers wanted. Raises InvalidInput on the field ``zip`` or ``district``.
        """
        zip_code = normal_zip(zip_code)
        sitting = congress_on(today)
        area = self._table(sitting)[zip_code]
        stated = self._stated(district, area) if district and not district.isspace() else None
        chosen = stated or (area.districts[0] if len(area.districts) == 1 else None)
        state = chosen[:2] if chosen else area.states[0] if len(area.states) == 1 else None
        targets, vacant = self._holders_of(chosen, state, today, kinds)
        if chosen:
            targets, vacant = self._of_this_congress(targets, vacant, sitting)
        by_zip: Basis = "zip" if stated is None or area.districts == (stated,) else "stated"
        needs = chosen is None and ("house" in kinds or (state is None and "senate" in kinds))
        found = (zip_code, area.states, area.districts, needs, targets, vacant, by_zip)
        return Found(*found, state, chosen, sitting, area.unknown if "house" in kinds else ())

    def prepare(self, today: date) -> None:
        """Make the table of the Congress that sits now, for which the first visitor would wait."""
        self._table(congress_on(today))

    def seats(self, today: date) -> tuple[Target, ...]:
        """All who sit on that day, House before Senate, by state."""
        roster = self._roster_of(today)
        senate = (holder for holders in roster.senate.values() for holder in holders)
        return tuple(h for h in (*roster.house.values(), *senate) if isinstance(h, Target))

    def vacancies(self, today: date) -> tuple[Vacancy, ...]:
        """All seats without a known holder on that day."""
        roster = self._roster_of(today)
        senate = (holder for holders in roster.senate.values() for holder in holders)
        return tuple(h for h in (*roster.house.values(), *senate) if isinstance(h, Vacancy))

    def seat(self, seat: str, today: date) -> Target | None:
        """The holder of ``house:CA-30`` or ``senate:MA:1`` on that day; None if none is known."""
        holder = self._holders.get(seat)
        return holder if holder is not None and _sits(holder, today) else None

    def by_id(self, bioguide: str) -> Target | None:
        """The recorded member, whether or not the term still runs."""
        return self._by_id.get(bioguide)

    def districts(self, state: str) -> tuple[str, ...]:
        """The state's districts in order; () for what is no state."""
        return self._districts.get(state, ())

    def standings(self, congress: int) -> dict[str, Standing]:
        """How the lines of each state with several districts stand in one Congress."""
        known = self._standings.get(congress)
        if known is None:
            known = self._standings[congress] = standings(congress, self._editions)
        return known

    def lines_since(self, seat: str, today: date) -> int | None:
        """The Congress for which a House seat's holder was elected by lines that are not known to
        be those from before; None where they are, and for a seat without lines or holder."""
        holder = self.seat(seat, today)
        if holder is None or holder.district is None or holder.term_start is None:
            return None
        present = congress_on(holder.term_start)
        stands = self.standings(present).get(holder.state or "")
        return present if stands is not None and stands.status != "carried" else None

    def lies_in(self, zip_code: str, seat: str, today: date) -> bool | None:
        """Whether a ZIP code lies in a House seat's district; None where it may."""
        district = seat.partition(":")[2]
        try:
            found = self.find(zip_code, today=today, kinds={"house"})
        except InvalidInput:
            return None
        if district not in found.districts:
            return False
        return True if found.districts == (district,) else None

    def names(self) -> Iterator[tuple[str, str]]:
        """Each recorded member's whole name and family name."""
        return ((holder.name, holder.last_name) for holder in self._holders.values())

    def stale(self, today: date) -> bool:
        """Whether newer data is due: older than 90 days, or a recorded term has ended."""
        ended = any(v.reason == "term_ended" for v in self.vacancies(today))
        return ended or today - self.as_of > STALE_AFTER

    def _table(self, congress: int) -> ZipTable:
        """The ZIP codes by the lines of one Congress; made when it is first asked for."""
        table = self._tables.get(congress)
        if table is None:
            zips, newer, base, prefixes = self._rows
            used = self.standings(congress)
            unknown = {state for state, stands in used.items() if stands.status == "unknown"}
            rows = rows_for(zips, newer, used, base)
            table = self._tables[congress] = ZipTable(rows, prefixes, self._districts, unknown)
        return table

    def _of_this_congress(
        self, targets: Holders, vacant: Vacancies, sitting: int
    ) -> tuple[Holders, Vacancies]:
        """Nobody is written to as the holder of a district whose lines are of another Congress.

        That can only be on January 3 itself: a term's last day still counts, and the lines of the
        next Congress hold.
        """
        for holder in targets:
            if holder.district is None or congress_on(holder.term_start or EARLY) == sitting:
                continue
            stands = self.standings(sitting).get(holder.state or "")
            if stands is not None and stands.status != "carried":
                ended = Vacancy(holder.seat, "term_ended", holder.term_end)
                return tuple(t for t in targets if t is not holder), (ended, *vacant)
        return targets, vacant

    def _stated(self, text: str, area: Area) -> str:
        stated = normal_district(text)
        if stated not in self._known:
            raise unknown_district(stated, self._districts)
        if stated[:2] not in area.states:
            raise elsewhere()
        return stated

    def _holders_of(
        self, district: str | None, state: str | None, today: date, kinds: Collection[str]
    ) -> tuple[tuple[Target, ...], tuple[Vacancy, ...]]:
        roster = self._roster_of(today)
        holders: tuple[Target | Vacancy, ...] = ()
        if district and "house" in kinds:
            holders = (roster.house[district],)
        if state and "senate" in kinds:
            holders += roster.senate[state]
        return (
            tuple([h for h in holders if isinstance(h, Target)]),
            tuple([h for h in holders if isinstance(h, Vacancy)]),
        )

    def _roster_of(self, today: date) -> _Roster:
        roster = self._roster
        if roster.day != today:
            roster = self._roster = self._make_roster(today)
        return roster

    def _make_roster(self, day: date) -> _Roster:
        districts = sorted(self._known, key=district_key)
        return _Roster(
            day,
            {district: self._holder(f"house:{district}", day) for district in districts},
            {
                code: tuple(self._holder(f"senate:{code}:{c}", day) for c in state.senate_classes)
                for code, state in sorted(STATES.items())
            },
        )

    def _holder(self, seat: str, day: date) -> Target | Vacancy:
        holder = self._holders.get(seat)
        if holder is None:
            return Vacancy(seat, "vacant", None)
        if _sits(holder, day):
            return holder
        ended = holder.term_end is not None and holder.term_end < day
        return Vacancy(
            seat, "term_ended" if ended else "vacant", holder.term_end if ended else None
        )


def _letters_digest(data: dataset.DataSet) -> str:
    """The digest of what letters are made from: members and committees, no ZIP codes."""
    whole = [data.congress, data.as_of.isoformat(), data.members, data.committees]
    return hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _sits(holder: Target, day: date) -> bool:
    """A term's last day still counts: the records name days, and no hour."""
    assert holder.term_start
    assert holder.term_end
    return holder.term_start <= day <= holder.term_end


def _districts(data: dataset.DataSet) -> dict[str, tuple[str, ...]]:
    """State -> its districts, from the ZIP codes and the members (territories have no ZIP rows)."""
    texts = {*data.zips.values(), *data.newer.values()}
    known = {district for text in texts for district in district_names(text)}
    known |= {m["seat"][6:] for m in data.members if m["seat"].startswith("house:")}
    by_state: defaultdict[str, list[str]] = defaultdict(list)
    for district in sorted(known, key=district_key):
        by_state[district[:2]].append(district)
    return {state: tuple(districts) for state, districts in by_state.items()}


def _target(member: Mapping[str, Any], committees: Mapping[str, str]) -> Target:
    chamber, place = member["seat"].split(":", 1)
    state = place[:2]
    kind = "senator" if chamber == "senate" else STATES[state].house_kind
    return Target(
        seat=member["seat"],
        id=member["id"],
        kind=kind,
        name=member["name"],
        last_name=member["last"],
        title=TITLES[kind],
        state=state,
        district=None if chamber == "senate" else place,
        phone=member["phone"],
        contact_url=member["form"],
        site_url=member["site"],
        postal_address=member["address"],
        salutation=f"Dear {TITLES[kind]} {member['last']},",
        committees=_memberships(member["committees"], committees),
        offices=tuple(DistrictOffice(*office) for office in member["offices"]),
        party=member["party"],
        term_start=date.fromisoformat(member["start"]),
        term_end=date.fromisoformat(member["end"]),
    )


def _memberships(
    rows: Iterable[tuple[str, str | None]], names: Mapping[str, str]
) -> tuple[Membership, ...]:
    return tuple(Membership(committee, names[committee], role) for committee, role in rows)
