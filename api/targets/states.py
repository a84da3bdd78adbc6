"""The states, the District of Columbia and the territories, and what each elects to Congress.

Only what the law fixes and a new Congress does not change: names, the Census Bureau's FIPS
codes, the classes of a state's two senators (Constitution, Article I, section 3), and the kind
of House member.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """``senate_classes`` is empty where no senator is elected."""

    code: str
    name: str
    fips: str
    senate_classes: tuple[int, ...]

    @property
    def house_kind(self) -> str:
        if self.senate_classes:
            return "representative"
        return "resident_commissioner" if self.code == "PR" else "delegate"


TITLES = {
    "representative": "Representative",
    "delegate": "Delegate",
    "resident_commissioner": "Resident Commissioner",
    "senator": "Senator",
}

MILITARY = ("AA", "AE", "AP")
FREELY_ASSOCIATED = {
    "FM": "the Federated States of Micronesia",
    "MH": "the Marshall Islands",
    "PW": "Palau",
}

_TABLE = """
AL 01 23 Alabama
AK 02 23 Alaska
AZ 04 13 Arizona
AR 05 23 Arkansas
CA 06 13 California
CO 08 23 Colorado
CT 09 13 Connecticut
DE 10 12 Delaware
DC 11 -- District of Columbia
FL 12 13 Florida
GA 13 23 Georgia
HI 15 13 Hawaii
ID 16 23 Idaho
IL 17 23 Illinois
IN 18 13 Indiana
IA 19 23 Iowa
KS 20 23 Kansas
KY 21 23 Kentucky
LA 22 23 Louisiana
ME 23 12 Maine
MD 24 13 Maryland
MA 25 12 Massachusetts
MI 26 12 Michigan
MN 27 12 Minnesota
MS 28 12 Mississippi
MO 29 13 Missouri
MT 30 12 Montana
NE 31 12 Nebraska
NV 32 13 Nevada
NH 33 23 New Hampshire
NJ 34 12 New Jersey
NM 35 12 New Mexico
NY 36 13 New York
NC 37 23 North Carolina
ND 38 13 North Dakota
OH 39 13 Ohio
OK 40 23 Oklahoma
OR 41 23 Oregon
PA 42 13 Pennsylvania
RI 44 12 Rhode Island
SC 45 23 South Carolina
SD 46 23 South Dakota
TN 47 12 Tennessee
TX 48 12 Texas
UT 49 13 Utah
VT 50 13 Vermont
VA 51 12 Virginia
WA 53 13 Washington
WV 54 12 West Virginia
WI 55 13 Wisconsin
WY 56 12 Wyoming
AS 60 -- American Samoa
GU 66 -- Guam
MP 69 -- Northern Mariana Islands
PR 72 -- Puerto Rico
VI 78 -- U.S. Virgin Islands
"""


def _state(line: str) -> State:
    code, fips, classes, name = line.split(maxsplit=3)
    return State(code, name, fips, tuple(int(c) for c in classes if c != "-"))


STATES: dict[str, State] = {s.code: s for s in map(_state, _TABLE.strip().splitlines())}
BY_FIPS: dict[str, State] = {s.fips: s for s in STATES.values()}
