"""Whether a city lies where its ZIP code does: only a hint for a reviewer.

The table (package zipcodes) has what the Postal Service calls a place: neighborhoods, other
spellings and whole ZIP codes are missing. What is missing gives no hint.
"""

import re
import string
from collections.abc import Sequence
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from typing import Any, Final

__all__ = ["city_elsewhere"]

# People who live this close to a city may give its name.
NEAR_KM: Final = 80
# A city in another state with so many ZIP codes is not just a namesake of a place that the table
# does not have.
LARGE: Final = 10
_EARTH_KM: Final = 6371
_SHORT: Final = {"St": "Saint", "Ft": "Fort", "Mt": "Mount"}


@lru_cache(maxsize=4096)
def city_elsewhere(city: str, zip_code: str) -> bool:
    """Whether the table knows both, and the city nowhere near the ZIP code."""
    import zipcodes

    code = zip_code[:5]
    here = zipcodes.matching(code) if re.fullmatch(r"\d{5}", code, re.ASCII) else []
    name = _as_listed(city)
    if not here or name in _names(here):
        return False
    named: list[dict[str, Any]] = zipcodes.filter_by(city=name)
    if any(_km(each, place) <= NEAR_KM for each in named for place in here):
        return False
    state = here[0]["state"]
    return any(each["state"] == state for each in named) or _is_large(named)


def _as_listed(city: str) -> str:
    words = string.capwords(re.sub(r"[.'\u2019-]", " ", city)).split()
    return " ".join(_SHORT.get(word, word) for word in words)


def _names(places: Sequence[dict[str, Any]]) -> set[str]:
    kinds = ("acceptable_cities", "unacceptable_cities")
    others = (name for place in places for kind in kinds for name in place[kind])
    return {_as_listed(name) for name in (*others, *(place["city"] for place in places))}


def _is_large(named: Sequence[dict[str, Any]]) -> bool:
    states = [each["state"] for each in named]
    return any(states.count(state) >= LARGE for state in set(states))


def _km(one: dict[str, Any], other: dict[str, Any]) -> float:
    """The great circle between two places; none for one whose position is not known."""
    if not (one["lat"] and other["lat"]):
        return 0
    latitude, longitude = radians(float(one["lat"])), radians(float(one["long"]))
    to_latitude, to_longitude = radians(float(other["lat"])), radians(float(other["long"]))
    across = cos(latitude) * cos(to_latitude) * sin((to_longitude - longitude) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(sin((to_latitude - latitude) / 2) ** 2 + across))
