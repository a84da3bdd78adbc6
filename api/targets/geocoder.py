"""From a street to a district, through the Census Bureau's geocoder. Off unless configured.

The service takes the street only as part of its URL, so nothing here may log a URL: during a
look-up the HTTP client's own log lines are dropped, and no exception that could contain the
request leaves this module.
"""

import asyncio
import re
from collections.abc import Collection
from typing import Any

import httpx
import orjson

from api.errors import Unavailable
from api.logs import unlogged_requests
from api.outgoing import UNQUEUED
from api.targets.states import BY_FIPS

PATH = "/geocoder/geographies/address"
TIMEOUT = 5.0  # seconds for the whole look-up: a person waits
LARGEST = 512 * 1024  # bytes of an answer
_LAYER = re.compile(r"([0-9]+)(?:st|nd|rd|th) Congressional Districts")
_GEOID = re.compile(r"([0-9]{2})([0-9]{2}|ZZ)", re.ASCII)
AT_ONCE = 50  # look-ups at the same time; others wait, within their timeout
_NONE = "ZZ"  # the Bureau's number for what lies in no district, such as open water
_DELEGATE = "98"  # the Bureau's number for a seat without a vote
_AT_LARGE = "00"


class Geocoder:
    """Asks one geocoder. Keep one per process, and close it at the end."""

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        """``url``: the service's host, or the whole endpoint where it has a path of its own;
        ``timeout``: seconds in all."""
        base = httpx.URL(url)
        self._url = base if base.path.strip("/") else base.copy_with(path=PATH)
        self._timeout = timeout
        self._free = asyncio.Semaphore(AT_ONCE)
        self._client = httpx.AsyncClient(timeout=timeout, limits=UNQUEUED)

    async def close(self) -> None:
        await self._client.aclose()

    async def locate(
        self, street: str, city: str, zip_code: str, *, states: Collection[str], congress: int
    ) -> str | None:
        """The district of the address, such as "MA-7"; None where the service finds no single one.

        Only a match in one of ``states``, the ZIP code's own, counts, and only in a district of
        ``congress``, the one that sits. Raises Unavailable when the service is down, slow, does not
        have the districts of that Congress yet, or answers what cannot be understood: that is never
        "no match".
        """
        query = {
            "street": street.strip(),
            "city": city.strip(),
            "state": next(iter(states)) if len(states) == 1 else "",
            "zip": zip_code[:5],
            "benchmark": "Public_AR_Current",
            "vintage": "Current_Current",
            "layers": "all",
            "format": "json",
        }
        body = await self._ask({key: value for key, value in query.items() if value})
        districts = None if body is None else _districts(body, congress)
        if districts is None:
            raise Unavailable(
                "The street look-up does not answer at the moment. Choose your district yourself, "
                "or try again later."
            )
        found = {district for district in districts if district[:2] in states}
        return found.pop() if len(found) == 1 else None

    async def _ask(self, query: dict[str, str]) -> bytes | None:
        """The body of a good answer, else None."""
        with unlogged_requests():
            try:
                async with asyncio.timeout(self._timeout), self._free:
                    return await self._read(query)
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError):
                return None

    async def _read(self, query: dict[str, str]) -> bytes | None:
        body = bytearray()
        async with self._client.stream("GET", self._url, params=query) as response:
            if response.status_code != httpx.codes.OK:
                return None
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LARGEST:
                    return None
        return bytes(body)


def _districts(body: bytes, congress: int) -> set[str] | None:
    """The districts of all matches; None if the answer does not have the expected form."""
    try:
        matches = orjson.loads(body)["result"]["addressMatches"]
        if not isinstance(matches, list):
            return None
        return {district for match in matches for district in _of_match(match, congress)}
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _of_match(match: Any, congress: int) -> list[str]:
    """Raises LookupError where the answer has no districts of this Congress."""
    layers = {
        int(found[1]): places
        for name, places in match["geographies"].items()
        if (found := _LAYER.fullmatch(name))
    }
    found_here = (_district(place["GEOID"]) for place in layers[congress])
    return [district for district in found_here if district]


def _district(geoid: str) -> str | None:
    """Reads "2507" as "MA-7": the state's FIPS code, then the number."""
    match = _GEOID.fullmatch(geoid)
    if match is None:
        raise ValueError(geoid)
    if match[2] == _NONE:
        return None
    number = 0 if match[2] in (_AT_LARGE, _DELEGATE) else int(match[2])
    return f"{BY_FIPS[match[1]].code}-{number}"
