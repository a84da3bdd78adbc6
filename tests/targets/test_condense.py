from datetime import date

import pytest

from api.targets import condense
from api.targets.dataset import BrokenData, DataSet

DAY = date(2026, 6, 15)
OTHERS = {
    "legislators-district-offices.yaml": b"""
- id: {bioguide: X000001}
  offices:
  - {building: Old Mill, address: 12 Main St., suite: Suite 4, city: Anytown, state: MA,
     zip: '02138', phone: 617-555-0100, fax: 617-555-0199, hours: by appointment}
  - {address: '', city: Elsewhere, state: MA, zip: ''}
- {id: {bioguide: G000001}, offices: []}
""",
    "committees-current.yaml": b"""
- thomas_id: HSFA
  name: House Committee on Foreign Affairs
  subcommittees: [{thomas_id: '14', name: Europe}]
""",
    "committee-membership-current.yaml": b"""
HSFA:
- {name: X, bioguide: X000001, title: Chairwoman}
- {name: G, bioguide: G000001}
HSFA14:
- {name: X, bioguide: X000001, title: Grand Vizier}
""",
    "zccd.csv": b"state_fips,state_abbr,zcta,cd\n25,MA,02138,7\n25,MA,02138,5\n33,NH,02138,1\n",
    "zip-prefixes.csv": b"prefix,states,kind\n021,NH MA,state\n",
}
PERSON = b"""
- id: {bioguide: X000001, govtrack: 4}
  name: {first: Ada, middle: Q., last: Example, suffix: Jr.}
  bio: {gender: F, birthday: '1950-01-01'}
  terms:
  - {type: sen, start: '2019-01-03', end: '2025-01-03', state: MA, class: 1, party: Whig}
  - {type: rep, start: '2025-01-03', end: '2027-01-03', state: MA, district: 7, party: Whig,
     phone: 202-555-0101, url: 'https://example.house.gov', contact_form: 'hhttps://x.example.org',
     address: 1 Cannon House Office Building Washington DC 20515-0001}
  - {type: sen, start: '2027-01-03', end: '2033-01-03', state: MA, class: 2, party: Whig}
"""


def made(person: bytes = PERSON) -> tuple[DataSet, list[str]]:
    files = {"legislators-current.yaml": person, **OTHERS}
    return condense.condense(files, congress=119, as_of=DAY)


def test_what_is_kept_of_a_member() -> None:
    (member,) = made()[0].members
    assert member == {
        "id": "X000001",
        "name": "Ada Example",
        "last": "Example",
        "seat": "house:MA-7",
        "party": "Whig",
        "start": "2025-01-03",
        "end": "2027-01-03",
        "phone": "202-555-0101",
        "form": None,
        "site": "https://example.house.gov",
        "address": "1 Cannon House Office Building\nWashington, DC 20515-0001",
        "offices": [
            [
                "Anytown",
                "MA",
                "617-555-0100",
                "Old Mill, 12 Main St., Suite 4, Anytown, MA 02138",
            ],
            ["Elsewhere", "MA", None, None],
        ],
        "committees": [["HSFA", "chair"], ["HSFA14", None]],
    }


def test_the_term_is_the_one_that_runs_on_the_day() -> None:
    files = {"legislators-current.yaml": PERSON, **OTHERS}
    later, _ = condense.condense(files, congress=120, as_of=date(2027, 1, 3))
    assert later.members[0]["seat"] == "senate:MA:2"
    with pytest.raises(BrokenData, match="no term that had begun"):
        condense.condense(files, congress=115, as_of=date(2018, 1, 3))


def test_what_is_dropped_is_noted() -> None:
    notes = "\n".join(made()[1])
    assert "contact form dropped" in notes
    assert "legislators-district-offices.yaml: G000001 holds no seat" in notes
    assert "committee-membership-current.yaml: G000001 on HSFA holds no seat" in notes
    assert "title 'Grand Vizier' on HSFA14 is not known" in notes


def test_the_tables() -> None:
    data, _ = made()
    assert data.zips == {"02138": "MA-5 MA-7 NH-1"}
    assert data.prefixes == {"021": "state MA NH"}
    assert data.committees == {
        "HSFA": "House Committee on Foreign Affairs",
        "HSFA14": "Europe",
    }


def test_an_official_name_is_preferred() -> None:
    person = PERSON.replace(b"suffix: Jr.", b"official_full: 'Ada Q. Example, Jr.'")
    assert made(person)[0].members[0]["name"] == "Ada Q. Example, Jr."


@pytest.mark.parametrize("lost", [b"party: Whig", b"start: ", b"last: ", b"bioguide: ", b"terms:"])
def test_an_entry_without_what_all_have_is_refused(lost: bytes) -> None:
    with pytest.raises(BrokenData, match=r"legislators-current\.yaml"):
        made(PERSON.replace(lost, b"other: " if lost.endswith(b": ") else b"other: 1"))


HEAD = b"state_fips,state_abbr,zcta,cd\n"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (HEAD + b"25,MA,02138,7\n25,MA,02138,7\n", "ZIP 02138 names one district twice"),
        (HEAD + b"25,QQ,02138,7\n", "'QQ' is no state"),
        (HEAD + b"25,MA,02138,seven\n", "'seven' is no district number"),
        (HEAD + b"25,MA,02138,7\n25,MA,021", "line 3: one of state_abbr, zcta, cd is missing"),
        (b"state,zip,district\n25,02138,7\n", "is missing"),
        (b"\xff\xfe", "no CSV in UTF-8"),
        (HEAD + b'"25,MA,02138,7\n', "no CSV"),
    ],
)
def test_a_torn_zip_table_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(BrokenData, match=said):
        condense.zips(raw)


def test_a_prefix_that_stands_twice_is_refused() -> None:
    with pytest.raises(BrokenData, match="prefix 021 stands twice"):
        condense.prefixes(b"prefix,states,kind\n021,MA,state\n021,NH,state\n")


@pytest.mark.parametrize("raw", [b"", b"<html>Sorry</html>", b"\x00\xff", b"- 7\n", b"a: [", b"7"])
@pytest.mark.parametrize("name", sorted(condense.MEMBER_FILES))
def test_what_is_no_list_of_entries_is_refused(name: str, raw: bytes) -> None:
    files = {"legislators-current.yaml": PERSON, **OTHERS, name: raw}
    with pytest.raises(BrokenData, match=name):
        condense.condense(files, congress=119, as_of=DAY)
