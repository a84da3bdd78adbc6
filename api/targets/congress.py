"""The sitting members of Congress, and which of them represent a ZIP code."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from api.targets import dataset
from api.targets.districts import (
    Area,
    ZipTable,
    district_key,
    elsewhere,
    normal_district,
    normal_zip,
    unknown_district,
)
from api.targets.models import Basis, DistrictOffice, Found, Membership, Target, Vacancy
from api.targets.states import STATES, TITLES

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
        self._zips = ZipTable(data.zips, data.prefixes, self._districts)
        self._roster = self._make_roster(data.as_of)

    @classmethod
    def load(cls, data_dir: Path) -> "Directory":
        """Reads ``data_dir/congress.json``. Raises dataset.BrokenData with what is wrong."""
        data = dataset.read(data_dir)
        try:
            return cls(data)
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            raise dataset.BrokenData(
                f"The reference data in {data_dir} is damaged ({type(error).__name__}). "
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
        area = self._zips[zip_code]
        stated = self._stated(district, area) if district and not district.isspace() else None
        chosen = stated or (area.districts[0] if len(area.districts) == 1 else None)
        state = chosen[:2] if chosen else area.states[0] if len(area.states) == 1 else None
        targets, vacant = self._holders_of(chosen, state, today, kinds)
        by_zip: Basis = "zip" if stated is None or area.districts == (stated,) else "stated"
        needs = chosen is None and ("house" in kinds or (state is None and "senate" in kinds))
        return Found(
            zip_code, area.states, area.districts, needs, targets, vacant, by_zip, state, chosen
        )

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

    def names(self) -> Iterator[tuple[str, str]]:
        """Each recorded member's whole name and family name."""
        return ((holder.name, holder.last_name) for holder in self._holders.values())

    def stale(self, today: date) -> bool:
        """Whether newer data is due: older than 90 days, or a recorded term has ended."""
        ended = any(v.reason == "term_ended" for v in self.vacancies(today))
        return ended or today - self.as_of > STALE_AFTER

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


def _sits(holder: Target, day: date) -> bool:
    """A term's last day still counts: the records name days, and no hour."""
    assert holder.term_start
    assert holder.term_end
    return holder.term_start <= day <= holder.term_end


def _districts(data: dataset.DataSet) -> dict[str, tuple[str, ...]]:
    """State -> its districts, from the ZIP codes and the members (territories have no ZIP rows)."""
    known = {district for text in set(data.zips.values()) for district in text.split()}
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
