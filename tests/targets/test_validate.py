from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from api.targets.dataset import DataSet
from api.targets.days import congress_on
from api.targets.validate import problems

TODAY = date(2026, 11, 22)
Change = Callable[[DataSet], DataSet]


def member(**changes: Any) -> Change:
    """The first representative changed."""

    def change(data: DataSet) -> DataSet:
        index = next(i for i, m in enumerate(data.members) if m["seat"].startswith("house:"))
        members = list(data.members)
        members[index] = {**members[index], **changes}
        return replace(data, members=members)

    return change


def without(state: str) -> Change:
    def change(data: DataSet) -> DataSet:
        kept = {z: text for z, text in data.zips.items() if state not in text}
        return replace(data, zips=kept)

    return change


def zips(**changes: str) -> Change:
    return lambda data: replace(
        data, zips=data.zips | {key.removeprefix("z"): text for key, text in changes.items()}
    )


def prefixes(changes: dict[str, str]) -> Change:
    return lambda data: replace(data, prefixes=data.prefixes | changes)


CASES: list[tuple[Change, str]] = [
    (lambda d: replace(d, congress=120), "Congress 119 sat, but the data is for Congress 120"),
    (lambda d: replace(d, as_of=date(2026, 12, 24)), "yet to come"),
    (lambda d: replace(d, members=d.members[:300]), "have no member"),
    (lambda d: replace(d, members=[*d.members, d.members[0]]), "stands 2 times"),
    (member(seat="house:QQ-1"), "is no seat"),
    (member(seat="senate:WY:3"), "a class that the state does not elect"),
    (member(seat="house:WY-1"), "house:WY-1 has a member, but no ZIP code lies in it"),
    (member(seat="house:GU-1"), "house:GU-1 has a member, but no ZIP code lies in it"),
    (member(seat="nonsense"), "is no seat"),
    (member(end="2024-01-03"), "ends before it begins"),
    (member(end="soon"), "has no dates"),
    (member(last=" "), "no last"),
    (member(committees=[["HSXX", None]]), "HSXX, which is no committee"),
    (
        lambda d: replace(d, members=[{**m, "end": "2026-01-03"} for m in d.members]),
        "these members are not the sitting ones",
    ),
    (
        lambda d: replace(d, members=[m for m in d.members if not m["seat"].startswith("senate")]),
        "only 0 senators",
    ),
    (lambda d: replace(d, members=[{**m, "offices": []} for m in d.members]), "0 district offices"),
    (lambda d: replace(d, members=[{**m, "phone": None} for m in d.members]), "telephone"),
    (lambda d: replace(d, committees={}), "only 0 committees"),
    (without("WY-0"), "no ZIP code lies in WY"),
    (without("MA-5"), "districts of MA are not numbered without a gap"),
    (without("MA-9"), "in 434 districts with a vote"),
    (lambda d: replace(d, zips=dict(list(d.zips.items())[:20_000])), "only 20000 ZIP codes"),
    (zips(z0213="MA-5"), "'0213' is no ZIP code"),
    (zips(z02138="CA-30"), "ZIP 02138 lies in CA, its prefix does not"),
    (zips(z02138="QQ-1"), "QQ is no state"),
    (prefixes({"02": "state MA"}), "'02' is no ZIP prefix"),
    (prefixes({"021": "province MA"}), "prefix 021"),
    (prefixes({"021": "state AE"}), "prefix 021"),
    (lambda d: replace(d, prefixes={}), "only 0 ZIP prefixes"),
    (
        lambda d: replace(d, prefixes={p: t for p, t in d.prefixes.items() if "GU" not in t}),
        "no ZIP prefix lies in GU",
    ),
]


def test_the_shipped_data_is_whole(shipped: DataSet) -> None:
    assert problems(shipped, TODAY) == []


@pytest.mark.parametrize(("change", "said"), CASES, ids=[said for _, said in CASES])
def test_what_is_wrong_is_said(shipped: DataSet, change: Change, said: str) -> None:
    assert said in "\n".join(problems(change(shipped), TODAY))


def test_a_few_resignations_are_no_reason(shipped: DataSet) -> None:
    assert problems(replace(shipped, members=shipped.members[6:]), TODAY) == []


@pytest.mark.parametrize(
    ("day", "number"),
    [
        (date(2025, 1, 2), 118),
        (date(2025, 1, 3), 119),
        (date(2026, 6, 15), 119),
        (date(2027, 1, 2), 119),
        (date(2027, 1, 3), 120),
        (date(2028, 12, 31), 120),
    ],
)
def test_which_congress_sits(day: date, number: int) -> None:
    assert congress_on(day) == number
