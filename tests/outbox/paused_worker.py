"""A worker that claims one mail at a time and waits for a line before it writes the result.

Run as ``python tests/outbox/paused_worker.py URL TURNS``; the test stops the process in
between. It says when it has a claim, and what became of its result.
"""

import asyncio
import sys

from api.confirmation.mails import MAILS
from api.database.engine import create_engine
from api.database.session import transaction
from api.outbox.lease import Claim, Result, claim_due, record
from tests.waiting import until


async def work(url: str, turns: int) -> None:
    engine = create_engine(url)
    for _ in range(turns):
        claims: list[Claim] = []

        async def claimed() -> bool:
            async with transaction(engine) as session:
                claims.extend(await claim_due(session, MAILS, 1))  # noqa: B023
            return claims != []  # noqa: B023

        await until(claimed)
        print("claimed", flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.readline)
        async with transaction(engine) as session:
            written = await record(session, MAILS, [Result(claims[0], "failed", "stale")])
        print("written" if written else "stale", flush=True)  # noqa: T201
    await engine.dispose()


asyncio.run(work(sys.argv[1], int(sys.argv[2])))
