"""What a client is told about its bucket, in every answer's headers and in a 429.

As in the IETF's draft "RateLimit header fields for HTTP", version 10.
"""

from math import ceil

from api.errors import DomainError
from api.limits.keeper import Taken


class RateLimited(DomainError):
    status = 429
    code = "rate_limited"
    title = "Too many requests came from here"

    def __init__(self, taken: Taken) -> None:
        noun = "second" if taken.wait == 1 else "seconds"
        super().__init__(f"Nothing was done. Try again in {taken.wait} {noun}.")
        self.headers = {"Retry-After": str(taken.wait), **told(taken)}


def told(taken: Taken) -> dict[str, str]:
    """The ``RateLimit`` headers: the bucket's size with the seconds in which it fills, and what is
    left with the seconds until it is full, or until the next token if none is left."""
    bucket = taken.bucket
    full = round(bucket.capacity / bucket.per_second)
    resets = taken.wait or ceil((bucket.capacity - taken.left) / bucket.per_second)
    return {
        "RateLimit-Policy": f'"{bucket.name}";q={bucket.capacity};w={full}',
        "RateLimit": f'"{bucket.name}";r={taken.left};t={resets}',
    }
