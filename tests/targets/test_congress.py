import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.errors import InvalidInput
from api.targets.congress import Directory
from api.targets.models import Found, Membership
from tests.targets.oracle import Expected, Oracle
from tests.times import Stopwatch, quick

DAYS = [date(2026, 6, 20), date(2026, 11, 3), date(2026, 11, 22), date(2027, 1, 4)]


def observed(directory: Directory, zip_code: str, stated: str | None, day: date) -> Expected | str:
    try:
        found = directory.find(zip_code, stated, today=day)
    except InvalidInput as error:
        return error.fields[0].code
    return Expected(
        list(found.states),
        list(found.districts),
        found.needs_district,
        [(t.seat, str(t.id)) for t in found.targets],
        [(v.seat, v.reason, v.since.isoformat() if v.since else None) for v in found.vacant],
        found.basis,
    )


def seats(found: Found) -> list[str]:
    return [target.seat for target in found.targets]


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_random_zip_codes_agree_with_a_second_reading(
    directory: Directory, oracle: Oracle, day: date
) -> None:
    chooser = random.Random(day.toordinal())
    listed = chooser.sample(sorted(oracle.zips), 2000)
    others = [f"{number:05}" for number in chooser.sample(range(100_000), 500)]
    for zip_code in listed + others:
        expected = oracle.expect(zip_code, None, day)
        assert observed(directory, zip_code, None, day) == expected, zip_code


def test_each_zip_code_in_several_states_agrees_whatever_is_stated(
    directory: Directory, oracle: Oracle, today: date
) -> None:
    crossing = [z for z, text in oracle.zips.items() if len({d[:2] for d in text.split()}) > 1]
    assert len(crossing) == 109
    for zip_code in crossing:
        for stated in (None, *oracle.zips[zip_code].split()):
            expected = oracle.expect(zip_code, stated, today)
            assert observed(directory, zip_code, stated, today) == expected, (zip_code, stated)


def test_any_district_of_the_states_is_taken_and_no_other(
    directory: Directory, oracle: Oracle, today: date
) -> None:
    chooser = random.Random(119)
    for zip_code in chooser.sample(sorted(oracle.zips), 100):
        states = {district[:2] for district in oracle.zips[zip_code].split()}
        for stated in chooser.sample(oracle.all_districts, 20) + [
            district for district in oracle.all_districts if district[:2] in states
        ]:
            expected = oracle.expect(zip_code, stated, today)
            if stated[:2] not in states:
                expected = "district_elsewhere"
            assert observed(directory, zip_code, stated, today) == expected, (zip_code, stated)


def test_each_prefix_agrees(directory: Directory, oracle: Oracle, today: date) -> None:
    for prefix in oracle.prefixes:
        for ending in ("00", "01", "50", "99"):
            zip_code = (prefix + ending)[:5]
            expected = oracle.expect(zip_code, None, today)
            assert observed(directory, zip_code, None, today) == expected, zip_code


# Looked up by hand in the published files: ZIP, states, districts, seats written to.
BY_HAND: list[tuple[str, str, str, str]] = [
    ("91204", "CA", "CA-30", "house:CA-30 senate:CA:1 senate:CA:3"),
    ("02138", "MA", "MA-5 MA-7", "senate:MA:1 senate:MA:2"),
    ("82001", "WY", "WY-0", "house:WY-0 senate:WY:1 senate:WY:2"),
    ("99501", "AK", "AK-0", "house:AK-0 senate:AK:2 senate:AK:3"),
    ("05401", "VT", "VT-0", "house:VT-0 senate:VT:1 senate:VT:3"),
    ("20001", "DC", "DC-0", "house:DC-0"),
    ("20500", "DC", "DC-0", "house:DC-0"),
    ("00901", "PR", "PR-0", "house:PR-0"),
    ("00601", "PR", "PR-0", "house:PR-0"),
    ("00936", "PR", "PR-0", "house:PR-0"),
    ("00802", "VI", "VI-0", "house:VI-0"),
    ("96910", "GU", "GU-0", "house:GU-0"),
    ("96950", "MP", "MP-0", "house:MP-0"),
    ("96799", "AS", "AS-0", "house:AS-0"),
    ("20135", "VA WV", "VA-6 VA-10 WV-2", ""),
    ("59221", "MT ND", "MT-2 ND-0", ""),
    ("57717", "MT WY", "MT-2 WY-0", ""),
    ("86515", "AZ NM", "AZ-2 NM-3", ""),
    ("99362", "OR WA", "OR-2 WA-5", ""),
    ("30165", "AL GA", "AL-3 GA-14", ""),
    ("06390", "NY", "NY-1", "house:NY-1 senate:NY:1 senate:NY:3"),
    ("81137", "NM", "NM-3", "house:NM-3 senate:NM:1 senate:NM:2"),
    ("99999", "AK", "AK-0", "house:AK-0 senate:AK:2 senate:AK:3"),
]


@pytest.mark.parametrize(("zip_code", "states", "districts", "written"), BY_HAND)
def test_zip_codes_looked_up_by_hand(
    directory: Directory, today: date, zip_code: str, states: str, districts: str, written: str
) -> None:
    found = directory.find(zip_code, today=today)
    assert found.states == tuple(states.split())
    assert found.districts == tuple(districts.split())
    assert seats(found) == written.split()
    assert found.needs_district is (" " in districts)
    assert found.vacant == ()
    assert found.basis == "zip"


REFUSED = [
    ("00000", "zip_unknown"),
    ("96998", "zip_unknown"),
    ("09012", "zip_military"),
    ("34002", "zip_military"),
    ("96201", "zip_military"),
    ("96960", "zip_freely_associated"),
    ("96939", "zip_freely_associated"),
    ("96941", "zip_freely_associated"),
    ("", "zip_malformed"),
    ("2183", "zip_malformed"),
    ("0213A", "zip_malformed"),
    ("02138-12", "zip_malformed"),
    ("02138\x00", "zip_malformed"),
    ("9" * 5000, "zip_malformed"),
]


@pytest.mark.parametrize(("zip_code", "code"), REFUSED)
def test_a_zip_code_without_a_district_is_refused(
    directory: Directory, today: date, zip_code: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        directory.find(zip_code, today=today)
    (field,) = caught.value.fields
    assert (field.field, field.code) == ("zip", code)
    assert field.message.endswith(".")
    assert not zip_code or zip_code not in field.message


@pytest.mark.parametrize(
    "typed",
    [
        "02138-1234",
        "021381234",
        " 02138 ",
        "\u0660\u0662\u0661\u0663\u0668",
        "\uff10\uff12\uff11\uff13\uff18",  # full width, as some keyboards type them
        "02138\u20131234",
    ],
)
def test_ways_to_type_a_zip_code(directory: Directory, today: date, typed: str) -> None:
    assert directory.find(typed, today=today).zip == "02138"


@pytest.mark.parametrize("typed", ["MA-7", "ma-7", "MA7", "ma 07", " MA-07 ", "MA\u20137"])
def test_ways_to_type_a_district(directory: Directory, today: date, typed: str) -> None:
    found = directory.find("02138", typed, today=today)
    assert seats(found) == ["house:MA-7", "senate:MA:1", "senate:MA:2"]
    assert (found.basis, found.district, found.state) == ("stated", "MA-7", "MA")
    assert not found.needs_district
    assert found.districts == ("MA-5", "MA-7")


BAD_DISTRICTS = [
    ("02138", "CA-30", "district_elsewhere"),
    ("02138", "MA-0", "district_unknown"),
    ("02138", "MA-10", "district_unknown"),
    ("82001", "WY-1", "district_unknown"),
    ("82001", "CO-4", "district_elsewhere"),
    ("02138", "ZZ-1", "district_unknown"),
    ("02138", "7", "district_malformed"),
    ("02138", "Massachusetts 7", "district_malformed"),
    ("02138", "MA-7; DROP", "district_malformed"),
]


@pytest.mark.parametrize(("zip_code", "district", "code"), BAD_DISTRICTS)
def test_a_district_that_does_not_fit_is_refused(
    directory: Directory, today: date, zip_code: str, district: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        directory.find(zip_code, district, today=today)
    (field,) = caught.value.fields
    assert (field.field, field.code) == ("district", code)


def test_the_refusal_names_the_districts_that_exist(directory: Directory, today: date) -> None:
    with pytest.raises(InvalidInput, match=r"Wyoming has a single district: write WY-0\."):
        directory.find("82001", "WY-1", today=today)
    with pytest.raises(InvalidInput, match="Massachusetts has the districts MA-1 to MA-9"):
        directory.find("02138", "MA-0", today=today)


def test_a_zip_codes_only_district_stays_known_by_the_zip(
    directory: Directory, today: date
) -> None:
    assert directory.find("91204", "CA-30", today=today).basis == "zip"
    assert directory.find("82001", "WY-AL", today=today).basis == "zip"
    assert directory.find("91204", "CA-28", today=today).basis == "stated"
    assert directory.find("91204", " ", today=today).basis == "zip"


def test_a_post_office_box_has_its_states_senators_only(directory: Directory, today: date) -> None:
    found = directory.find("00501", today=today)  # Holtsville, New York: one organization
    assert found.states == ("NY",)
    assert found.districts == tuple(f"NY-{number}" for number in range(1, 27))
    assert found.needs_district
    assert seats(found) == ["senate:NY:1", "senate:NY:3"]
    assert found.state == "NY"
    assert found.district is None


def test_a_prefix_in_four_states_gives_nobody_until_the_district(
    directory: Directory, oracle: Oracle, today: date
) -> None:
    zip_code = next(z for z in (f"577{n:02}" for n in range(100)) if z not in oracle.zips)
    found = directory.find(zip_code, today=today)
    assert found.states == ("MT", "NE", "SD", "WY")
    assert (found.targets, found.needs_district, found.state) == ((), True, None)
    chosen = directory.find(found.zip, "NE-3", today=today)
    assert seats(chosen) == ["house:NE-3", "senate:NE:1", "senate:NE:2"]


@pytest.mark.parametrize("district", ["CA-14", "FL-20", "GA-13", "TX-23"])
def test_a_vacant_seat_is_told_when_it_is_the_one_to_write_to(
    directory: Directory, oracle: Oracle, today: date, district: str
) -> None:
    alone = next((z for z, text in sorted(oracle.zips.items()) if text == district), None)
    split = next(z for z, text in sorted(oracle.zips.items()) if f"{district} " in f"{text} ")
    found = directory.find(alone or split, district, today=today)
    house = [v for v in found.vacant if v.seat.startswith("house:")]
    assert [(v.seat, v.reason, v.since) for v in house] == [(f"house:{district}", "vacant", None)]
    assert not any(seat.startswith("house:") for seat in seats(found))
    unstated = directory.find(split, today=today)
    if unstated.needs_district:
        assert not any(v.seat.startswith("house:") for v in unstated.vacant)


def test_an_appointed_senator_is_written_to_until_the_last_day(directory: Directory) -> None:
    last = date(2026, 11, 3)
    assert "senate:FL:3" in seats(directory.find("33101", today=last))
    found = directory.find("33101", today=date(2026, 11, 4))
    assert "senate:FL:3" not in seats(found)
    assert [(v.seat, v.reason, v.since) for v in found.vacant] == [
        ("senate:FL:3", "term_ended", last)
    ]
    assert directory.seat("senate:FL:3", last)
    assert directory.seat("senate:FL:3", date(2026, 11, 4)) is None


def test_when_nearly_all_terms_have_ended_nothing_breaks(directory: Directory) -> None:
    day = date(2031, 6, 1)
    assert directory.seats(day) == ()
    found = directory.find("91204", today=day)
    assert found.targets == ()
    assert {v.reason for v in found.vacant} == {"term_ended"}
    assert len(directory.vacancies(day)) == 541
    assert directory.stale(day)


def test_a_day_before_a_term_began_has_no_holder(directory: Directory) -> None:
    day = date(1990, 1, 1)
    assert directory.seats(day) == ()
    assert {v.reason for v in directory.vacancies(day)} == {"vacant"}


def test_staleness(directory: Directory) -> None:
    assert not directory.stale(date(2026, 6, 16))
    assert not directory.stale(date(2026, 9, 13))
    assert directory.stale(date(2026, 9, 14))
    assert directory.stale(date(2026, 11, 4))


@pytest.mark.parametrize(
    ("kinds", "zip_code", "needs", "written"),
    [
        ({"house"}, "91204", False, ["house:CA-30"]),
        ({"senate"}, "91204", False, ["senate:CA:1", "senate:CA:3"]),
        ({"senate"}, "02138", False, ["senate:MA:1", "senate:MA:2"]),
        ({"senate"}, "20135", True, []),
        ({"house"}, "02138", True, []),
        (set(), "20135", False, []),
    ],
)
def test_only_the_chambers_that_are_wanted(
    directory: Directory,
    today: date,
    kinds: set[str],
    zip_code: str,
    needs: bool,
    written: list[str],
) -> None:
    found = directory.find(zip_code, today=today, kinds=kinds)
    assert (found.needs_district, seats(found)) == (needs, written)


def test_a_target_has_what_a_letter_needs(directory: Directory, today: date) -> None:
    chair = next(t for t in directory.seats(today) if _role(t.committees, "HSFA") == "chair")
    assert chair.kind == "representative"
    assert chair.salutation == f"Dear Representative {chair.last_name},"
    assert chair.postal_address
    assert chair.postal_address.splitlines()[-1].startswith("Washington, DC 20515")
    commissioner = directory.seat("house:PR-0", today)
    assert commissioner
    assert (commissioner.kind, commissioner.title) == (
        "resident_commissioner",
        "Resident Commissioner",
    )
    for state in ("DC", "AS", "GU", "MP", "VI"):
        delegate = directory.seat(f"house:{state}-0", today)
        assert delegate
        assert delegate.salutation == f"Dear Delegate {delegate.last_name},"


def _role(committees: tuple[Membership, ...], committee: str) -> str | None:
    return next((m.role for m in committees if m.committee == committee), None)


def test_every_sitting_member_can_be_addressed(directory: Directory, today: date) -> None:
    sitting = directory.seats(today)
    assert len(sitting) == 535
    assert len({target.seat for target in sitting}) == 535
    for target in sitting:
        assert target.name.strip()
        assert target.salutation == f"Dear {target.title} {target.last_name},"
        assert directory.by_id(str(target.id)) is target
        assert directory.seat(target.seat, today) is target
        assert target.contact_url is None or target.contact_url.startswith(("http://", "https://"))


@settings(deadline=None)
@given(st.text(max_size=40), st.none() | st.text(max_size=20))
def test_garbage_is_refused_and_never_breaks(
    directory: Directory, zip_code: str, district: str | None
) -> None:
    _only_refusals(directory, zip_code, district)


@settings(deadline=None)
@given(
    st.from_regex(r"\s?[0-9]{3,6}(-[0-9]{0,5})?", fullmatch=True),
    st.from_regex(r"[A-Za-z]{1,3}[- ]?([0-9]{0,3}|at large|AL)", fullmatch=True),
)
def test_near_misses_are_refused_and_never_break(
    directory: Directory, zip_code: str, district: str
) -> None:
    _only_refusals(directory, zip_code, district)


def _only_refusals(directory: Directory, zip_code: str, district: str | None) -> None:
    try:
        states = directory.find(zip_code, district, today=date(2026, 11, 22)).states
    except InvalidInput as error:
        refused = error
    else:
        assert states
        return
    assert refused.fields[0].field in ("zip", "district")
    assert refused.fields[0].message.endswith(".")


def test_a_look_up_costs_microseconds(directory: Directory, today: date) -> None:
    watch = Stopwatch()
    for _ in range(2000):
        directory.find("02138", "MA-5", today=today)
    assert quick(watch.processor / 2000, 100e-6)
