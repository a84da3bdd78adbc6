from dataclasses import dataclass

import pytest

from api.letters.reader import Post, Reader, lineage, records_of


@dataclass(frozen=True)
class Deed:
    bioguide: str
    what: str
    on: str


def reader(kind: str = "representative", *posts: Post, bioguide: str | None = "Q900001") -> Reader:
    return Reader(
        seat="house:CA-30" if kind != "president" else "president",
        id=bioguide,
        name="Ada Quill",
        kind=kind,
        last_name="Quill",
        title="Representative",
        state="CA",
        district="CA-30",
        salutation="Dear Representative Quill,",
        committees=posts,
    )


def test_the_order_is_record_chair_subcommittee_committee_office() -> None:
    posts = (Post("HSII", "chair"), Post("HSII13"), Post("HSAG"), Post("HSAG02", "ranking"))
    deeds = [Deed("Q900001", "signed", "b"), Deed("Q900001", "co_led", "a"), Deed("X", "led", "c")]
    assert lineage(reader("representative", *posts), deeds) == (
        "record-led-a",
        "record-signed-b",
        "chair-HSII",
        "ranking-HSAG02",
        "HSAG02",
        "HSII13",
        "HSAG",
        "HSII",
        "representative",
    )


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("representative", ("representative",)),
        ("delegate", ("delegate",)),
        ("resident_commissioner", ("resident_commissioner", "delegate")),
        ("senator", ("senator",)),
        ("president", ("president",)),
    ],
)
def test_without_committees_the_office_is_all(kind: str, names: tuple[str, ...]) -> None:
    assert lineage(reader(kind), []) == names


def test_the_order_does_not_depend_on_that_of_the_data() -> None:
    posts = [Post("HSII"), Post("HSAG"), Post("HSII13"), Post("HSAG01")]
    assert lineage(reader("representative", *posts), []) == lineage(
        reader("representative", *posts[::-1]), []
    )


def test_a_vice_chair_is_a_member_like_others() -> None:
    names = lineage(reader("representative", Post("HSII", "vice_chair")), [])
    assert names == ("HSII", "representative")


def test_an_office_without_a_recorded_holder_has_no_records() -> None:
    assert records_of(reader(bioguide=None), [Deed("Q900001", "led", "a")]) == []


def test_a_reader_is_the_same_after_its_way_through_a_bundle() -> None:
    first = reader("representative", Post("HSII", "chair"), Post("HSII13"))
    assert Reader.from_row(first.row()) == first
    assert first.row()[:3] == ["house:CA-30", "Q900001", "Ada Quill"]
