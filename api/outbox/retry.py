"""When to try again: backoff with jitter, and a last attempt."""

import random
from datetime import timedelta

# Mail and webhooks: the schedule of Standard Webhooks.
DELAYS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)

# For mail that is refused because of us (our address, our account) and not because of the
# recipient: two weeks, as long as a form waits for its mail.
HELD_DELAYS = (*DELAYS[:5], *(timedelta(hours=6) for _ in range(55)))


def next_delay(attempts: int, delays: tuple[timedelta, ...] = DELAYS) -> timedelta | None:
    """The pause after the given number of attempts (1 or more), or None when it is the last."""
    if attempts > len(delays):
        return None
    return delays[attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311 (jitter, no secret)
