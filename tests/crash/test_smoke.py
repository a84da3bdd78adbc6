"""The smallest run of the crash harness; ``make crash`` is the long one."""

import pytest

from tests.crash.run import Plan, run

# Two kills of each kind (one of PostgreSQL) and one polite end, in the company of other tests.
SMOKE = Plan(
    kills=2,
    points=0,
    workers=1,
    supervisor=0,
    terminations=1,
    submitters=4,
    confirmers=3,
    hurry=True,
    longest=60,
    taken_over=240,
)


@pytest.mark.timeout(300)
async def test_kills_lose_nothing_and_double_nothing() -> None:
    outcome = await run(seed=1, plan=SMOKE)
    assert outcome.breaches == [], "\n".join(outcome.lines)
