"""How many members of the House each state elects, by the census of 2020.

The number holds for five Congresses, wherever a state draws its lines; the census of 2030 gives
each state another one, from the election of 2032 on.
"""

from typing import Final

from api.targets.states import STATES

FIRST, LAST = 118, 122  # the Congresses that are elected by these numbers

_VOTING: Final = """
AL 7 AK 1 AZ 9 AR 4 CA 52 CO 8 CT 5 DE 1 FL 28 GA 14 HI 2 ID 2 IL 17 IN 9 IA 4 KS 4 KY 6 LA 6
ME 2 MD 8 MA 9 MI 13 MN 8 MS 4 MO 8 MT 2 NE 3 NV 4 NH 2 NJ 12 NM 3 NY 26 NC 14 ND 1 OH 15 OK 5
OR 6 PA 17 RI 2 SC 7 SD 1 TN 9 TX 38 UT 4 VT 1 VA 11 WA 10 WV 2 WI 8 WY 1
"""
_WORDS = _VOTING.split()

SEATS: Final[dict[str, int]] = {
    **dict.fromkeys(STATES, 1),  # the District of Columbia and the territories have one each
    **{state: int(seats) for state, seats in zip(_WORDS[::2], _WORDS[1::2], strict=True)},
}
DIVIDED: Final = tuple(sorted(state for state, seats in SEATS.items() if seats > 1))
"""The states that have lines to draw; in all others the state is the district."""


def districts_of(state: str) -> tuple[str, ...]:
    """All districts of a state in order, such as ("NH-1", "NH-2"), or ("WY-0",)."""
    seats = SEATS[state]
    return (f"{state}-0",) if seats == 1 else tuple(f"{state}-{n}" for n in range(1, seats + 1))
