"""Whose bucket a request takes from: the client's own, and the wider one that it shares."""

from datetime import date
from functools import lru_cache
from ipaddress import ip_network

from api.limits.buckets import Bucket
from api.limits.keeper import Limits, Taken
from api.security.hashing import daily_key, keyed_hash
from api.security.keys import KeyRing

SHARED_BITS = 48


class RateLimiter:
    """``keys`` hash clients, so that no address is stored; hashes of two days cannot be linked."""

    def __init__(self, limits: Limits, keys: KeyRing) -> None:
        self._limits = limits
        self._keys = keys

    async def take(self, bucket: Bucket, client: str | None, day: date) -> Taken | None:
        """A token for ``client`` (None: nobody can tell); None when limits do not work now.

        Of several buckets it is the one that refused, or that has the least left.
        """
        key = daily_key(self._keys.purpose("clients"), day)
        least = None
        for shared, who in shares(client):
            each = bucket.shared() if shared else bucket
            taken = await self._limits.take(each, keyed_hash(key, f"limit:{each.name}", who))
            if taken is None or not taken.granted:
                return taken
            if least is None or taken.left < least.left:
                least = taken
        return least

    async def close(self) -> None:
        await self._limits.close()


@lru_cache(maxsize=4096)
def shares(client: str | None) -> tuple[tuple[bool, str], ...]:
    """Whose buckets a client takes from, each with whether it is a shared one.

    An IPv6 network of 48 bits contains 65,536 networks of 64 bits, so both are limited. The
    client's own bucket comes first, so that one network of 64 bits does not use up the shared
    one. Clients whose address is unknown share one bucket, so that they are limited too.
    """
    if client is None:
        return ((True, ""),)
    if ":" not in client:
        return ((False, client),)
    wide = ip_network((client.partition("/")[0], SHARED_BITS), strict=False)
    return ((False, client), (True, str(wide)))
