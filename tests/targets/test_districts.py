import pytest

from api.errors import InvalidInput
from api.targets.districts import (
    Area,
    ZipTable,
    district_key,
    full_zip,
    normal_district,
    normal_zip,
)

BY_STATE = {"MA": ("MA-1", "MA-2"), "NH": ("NH-1",)}


def table() -> ZipTable:
    return ZipTable(
        {"02101": "MA-2 MA-1", "02102": "MA-2"},
        {
            "021": "state MA",
            "0215": "state MA NH",
            "02151": "state NH",
            "090": "military AE",
            "96960": "freely_associated MH",
        },
        BY_STATE,
    )


@pytest.mark.parametrize(
    ("zip_code", "states", "districts"),
    [
        ("02101", "MA", "MA-1 MA-2"),
        ("02102", "MA", "MA-2"),
        ("02103", "MA", "MA-1 MA-2"),
        ("02150", "MA NH", "MA-1 MA-2 NH-1"),
        ("02151", "NH", "NH-1"),
        ("02199", "MA", "MA-1 MA-2"),
    ],
)
def test_a_row_wins_over_a_prefix_and_a_longer_prefix_over_a_shorter(
    zip_code: str, states: str, districts: str
) -> None:
    area = Area("state", tuple(states.split()), tuple(districts.split()))
    assert table()[zip_code] == area


@pytest.mark.parametrize(
    ("zip_code", "said"),
    [
        ("02200", "Check its five digits"),
        ("09012", "registered to vote"),
        ("96960", "the Marshall Islands, which has no seat in Congress"),
    ],
)
def test_the_sentence_tells_what_to_do(zip_code: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        table()[zip_code]


def test_each_area_is_made_once() -> None:
    assert len(tuple(table().areas())) == 6


@pytest.mark.parametrize(
    "typed", ["1234", "123456", "12-345", "1234\uff156", "+1234", "1e234", "½2345"]
)
def test_no_zip_code(typed: str) -> None:
    with pytest.raises(InvalidInput):
        normal_zip(typed)


@pytest.mark.parametrize(
    ("typed", "full"),
    [
        ("02138", "02138"),
        (" 02138-1234 ", "02138-1234"),
        ("021381234", "02138-1234"),
        ("02138 1234", "02138-1234"),
        ("02138\u20131234", "02138-1234"),
    ],
)
def test_a_zip_code_keeps_its_four_digits(typed: str, full: str) -> None:
    assert full_zip(typed) == full
    assert normal_zip(typed) == "02138"


def test_the_form_of_a_district() -> None:
    assert normal_district("wy at large") == "WY-0"
    assert normal_district("ca-030") == "CA-30"
    with pytest.raises(InvalidInput):
        normal_district("CA-1000")


def test_districts_sort_by_number() -> None:
    assert sorted(["MA-10", "MA-9", "AL-1"], key=district_key) == ["AL-1", "MA-9", "MA-10"]
