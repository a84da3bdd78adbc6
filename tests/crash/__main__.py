"""``python -m tests.crash``: the long run of ``make crash``, with its figures."""

import asyncio
from typing import Annotated

import typer

from tests.crash.run import Plan, run


def main(
    kills: Annotated[int, typer.Option(help="Kills at random moments of each kind.")] = 50,
    forms: Annotated[int, typer.Option(help="Forms to be taken at the least.")] = 0,
    seed: Annotated[int, typer.Option(help="Decides order, moments and victims.")] = 1,
    points: Annotated[bool, typer.Option(help="Also kill at each named point.")] = True,
    hurry: Annotated[bool, typer.Option(help="Do not wait for the last leases.")] = False,
) -> None:
    """Kill API, worker, PostgreSQL and supervisor under load, and compare the ledgers."""
    outcome = asyncio.run(run(seed, Plan(kills=kills, forms=forms, points=points, hurry=hurry)))
    for line in [*outcome.lines, *(f"BREACH: {breach}" for breach in outcome.breaches)]:
        typer.echo(line)
    typer.echo(f"{len(outcome.breaches)} breaches (seed {seed})")
    raise typer.Exit(1 if outcome.breaches else 0)


typer.run(main)
