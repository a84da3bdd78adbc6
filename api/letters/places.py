"""The names of places as a sentence needs them: "in the District of Columbia"."""

from api.targets.states import STATES

_ARTICLE = frozenset({"DC", "MP", "VI"})


def state_name(code: str) -> str:
    """The name behind a two-letter code, with its article where it has one."""
    name = STATES[code].name
    return f"the {name}" if code in _ARTICLE else name


def place_name(city: str | None, state: str) -> str:
    """What the slot of a letter is filled with: the city, or the state where no city is known."""
    city = " ".join((city or "").split())
    return city or ("Washington State" if state == "WA" else state_name(state))


def ordinal(number: int) -> str:
    teens = number // 10 % 10 == 1
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def district_name(district: str) -> str:
    """``CA-30`` as "California's 30th congressional district", ``WY-0`` as "Wyoming"."""
    code, _, number = district.partition("-")
    state = state_name(code)
    if number == "0":
        return state
    possessive = "'" if state.endswith("s") else "'s"
    return f"{state}{possessive} {ordinal(int(number))} congressional district"
