"""What a new data set changes, for the operator who is about to install it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.targets.dataset import DataSet
from api.targets.districts import district_key, district_names, without_shares

Member = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change: what it is, and a line for each."""

    what: str
    lines: tuple[str, ...]


def changes(present: DataSet, new: DataSet) -> list[Change]:
    """Only the kinds of change that there are, those of offices and districts first."""
    kinds: tuple[tuple[str, Callable[[DataSet, DataSet], Iterator[str]]], ...] = (
        ("New members", _arrived),
        ("Members who left", _left),
        ("Members who hold another seat", _moved),
        ("New terms of members who stay", _reelected),
        ("Seats that have become vacant", _vacated),
        ("New districts", lambda old, now: _districts(now, old)),
        ("Districts that are gone", _districts),
        ("Changes of committees", _committees),
        ("States with ZIP codes in other districts", _zips),
        ("ZIP codes with other shares of people in the same districts", _shares),
    )
    found = [Change(what, tuple(lines(present, new))) for what, lines in kinds]
    return [change for change in found if change.lines]


def _by_id(data: DataSet) -> dict[str, Member]:
    return {member["id"]: member for member in data.members}


def _arrived(present: DataSet, new: DataSet) -> Iterator[str]:
    before, holders = _by_id(present), {m["seat"]: m for m in present.members}
    for member in new.members:
        if member["id"] not in before:
            holder = holders.get(member["seat"])
            after = f", after {holder['name']}" if holder else ""
            yield f"{member['name']}, {member['seat']}{after}"


def _left(present: DataSet, new: DataSet) -> Iterator[str]:
    after = _by_id(new)
    for member in present.members:
        if member["id"] not in after:
            yield f"{member['name']}, {member['seat']}"


def _both(present: DataSet, new: DataSet) -> Iterator[tuple[Member, Member]]:
    before = _by_id(present)
    for member in new.members:
        if member["id"] in before:
            yield before[member["id"]], member


def _moved(present: DataSet, new: DataSet) -> Iterator[str]:
    for old, now in _both(present, new):
        if old["seat"] != now["seat"]:
            yield f"{now['name']}, from {old['seat']} to {now['seat']}"


def _reelected(present: DataSet, new: DataSet) -> Iterator[str]:
    """One line for all re-elected members, who are most of a new Congress."""
    stay = [n for o, n in _both(present, new) if o["seat"] == n["seat"] and o["end"] < n["end"]]
    if stay:
        yield f"{len(stay)} of {len(new.members)}"


def _vacated(present: DataSet, new: DataSet) -> Iterator[str]:
    held, known = {m["seat"] for m in new.members}, _known_districts(new)
    for member in present.members:
        seat = member["seat"]
        is_seat = seat.startswith("senate:") or seat.removeprefix("house:") in known
        if seat not in held and is_seat:
            yield f"{seat}, until now {member['name']}"


def _known_districts(data: DataSet) -> set[str]:
    known = {district for text in set(data.zips.values()) for district in district_names(text)}
    return known | {m["seat"][6:] for m in data.members if m["seat"].startswith("house:")}


def _districts(old: DataSet, now: DataSet) -> Iterator[str]:
    """The districts of ``old`` that ``now`` has not."""
    yield from sorted(_known_districts(old) - _known_districts(now), key=district_key)


def _committees(present: DataSet, new: DataSet) -> Iterator[str]:
    for old, now in _both(present, new):
        before, after = dict(old["committees"]), dict(now["committees"])
        for code in sorted(before.keys() | after.keys()):
            if code not in after:
                yield f"{now['name']} left {_name(present, code)}"
            elif code not in before:
                yield f"{now['name']} joined {_name(new, code)}{_as(after[code])}"
            elif before[code] != after[code]:
                yield f"{now['name']} in {_name(new, code)}: {_role(after[code])}"


def _name(data: DataSet, code: str) -> str:
    parent = data.committees.get(code[:4], "")
    name = data.committees[code]
    return f"{parent}: {name}" if parent and parent != name else name


def _role(role: str | None) -> str:
    roles = {"chair": "chair", "ranking": "ranking member", "vice_chair": "vice chair"}
    return roles.get(role or "", "member")


def _as(role: str | None) -> str:
    return f" as {_role(role)}" if role else ""


def _zips(present: DataSet, new: DataSet) -> Iterator[str]:
    counts: dict[str, int] = {}
    for zip_code in present.zips.keys() | new.zips.keys():
        old, now = (without_shares(data.zips.get(zip_code, "")) for data in (present, new))
        if old != now:
            state = (now or old)[:2]
            counts[state] = counts.get(state, 0) + 1
    for state, count in sorted(counts.items()):
        yield f"{state}: {count:,} ZIP code{'s' if count > 1 else ''}"


def _shares(present: DataSet, new: DataSet) -> Iterator[str]:
    """One line for all of them: a new table gives nearly all split ZIP codes other shares."""
    count = sum(
        before != new.zips[zip_code]
        and without_shares(before) == without_shares(new.zips[zip_code])
        for zip_code, before in present.zips.items()
        if zip_code in new.zips
    )
    if count:
        yield f"{count:,}"
