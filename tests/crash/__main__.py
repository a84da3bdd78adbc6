"""``python -m tests.crash``: the long run of ``make crash``, with its figures."""

import asyncio
import time
from typing import Annotated

import typer

from tests.crash.kills import ALL_POINTS
from tests.crash.run import Plan, run


def main(
    kills: Annotated[
        int,
        typer.Option(help="Kills of API and of worker; half as many of PostgreSQL."),
    ] = 50,
    forms: Annotated[int, typer.Option(help="Forms to be taken at the least.")] = 0,
    seed: Annotated[int, typer.Option(help="Decides order, moments and victims.")] = 1,
    points: Annotated[
        int, typer.Option(help="Kills at named points; by default each point has two.")
    ] = ALL_POINTS,
    hurry: Annotated[bool, typer.Option(help="Do not wait for the last leases.")] = False,
) -> None:
    """Kill API, worker, PostgreSQL and supervisor under load, and compare the ledgers."""
    began = time.monotonic()

    def say(line: str) -> None:
        typer.echo(f"{time.monotonic() - began:6.0f} s: {line}", err=True)

    plan = Plan(kills=kills, forms=forms, points=points, hurry=hurry)
    outcome = asyncio.run(run(seed, plan, say=say))
    for line in [*outcome.lines, *(f"BREACH: {breach}" for breach in outcome.breaches)]:
        typer.echo(line)
    minutes = (time.monotonic() - began) / 60
    typer.echo(f"{len(outcome.breaches)} breaches (seed {seed}), {minutes:.0f} minutes")
    raise typer.Exit(1 if outcome.breaches else 0)


typer.run(main)
