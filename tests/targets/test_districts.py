import pytest

from api.errors import InvalidInput
from api.targets.districts import (
    Area,
    ZipTable,
    district_key,
    district_names,
    district_share,
    full_zip,
    likeliest_first,
    normal_district,
    normal_zip,
    without_shares,
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


@pytest.mark.parametrize(
    ("row", "ordered"),
    [
        ("MA-5:0.2500 MA-7:0.7500", ("MA-7", "MA-5")),
        ("MA-5:0.5000 MA-10:0.5000", ("MA-5", "MA-10")),
        ("ME-1:0.2500 NH-1:0.6000 NH-2:0.1500", ("NH-1", "ME-1", "NH-2")),
        ("MA-7 MA-5", ("MA-5", "MA-7")),  # a row of a table without shares
        ("MA-7:0.9000 MA-5", ("MA-5", "MA-7")),  # half of them: no order by guesses
        ("MA-7", ("MA-7",)),
    ],
)
def test_the_likeliest_district_is_first(row: str, ordered: tuple[str, ...]) -> None:
    assert likeliest_first(row) == ordered
    assert sorted(district_names(row)) == sorted(ordered)
    assert without_shares(row) == " ".join(sorted(ordered, key=district_key))


def test_a_written_share_is_never_none_nor_all() -> None:
    assert [district_share(s) for s in (0.25, 0.0000001, 0.9999999)] == [
        ":0.2500",
        ":0.0001",
        ":0.9999",
    ]
