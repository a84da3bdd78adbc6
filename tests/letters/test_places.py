import pytest

from api.letters.dates import said
from api.letters.places import district_name, ordinal, place_name, state_name
from api.targets.states import STATES


@pytest.mark.parametrize(
    ("city", "state", "place"),
    [
        ("Glendale", "CA", "Glendale"),
        ("  New   York ", "NY", "New York"),
        ("", "NY", "New York"),
        (None, "DC", "the District of Columbia"),
        (None, "VI", "the U.S. Virgin Islands"),
        (None, "MP", "the Northern Mariana Islands"),
        (None, "WA", "Washington State"),
        ("  ", "GU", "Guam"),
    ],
)
def test_a_place_stands_after_in(city: str | None, state: str, place: str) -> None:
    assert place_name(city, state) == place


@pytest.mark.parametrize(
    ("district", "name"),
    [
        ("CA-30", "California's 30th congressional district"),
        ("TX-21", "Texas's 21st congressional district"),
        ("MA-2", "Massachusetts's 2nd congressional district"),
        ("NY-3", "New York's 3rd congressional district"),
        ("WY-0", "Wyoming"),
        ("DC-0", "the District of Columbia"),
    ],
)
def test_a_district_has_a_name(district: str, name: str) -> None:
    assert district_name(district) in {name, name.replace("s's", "s'")}


def test_ordinals() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 52, 111)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "52nd", "111th")
    ]


def test_every_state_has_a_name() -> None:
    assert all(state_name(code)[0].isupper() or code in {"DC", "MP", "VI"} for code in STATES)


@pytest.mark.parametrize(
    ("day", "words"),
    [("2025-08-08", "August 8, 2025"), ("2020-10", "October 2020"), ("2020", "2020")],
)
def test_dates_are_said_as_far_as_they_are_known(day: str, words: str) -> None:
    assert said(day) == words


@pytest.mark.parametrize("day", ["2025-13", "2025-02-30", "0000", "x"])
def test_what_is_no_date_is_refused(day: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        said(day)
