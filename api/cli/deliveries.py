"""``undersigned deliveries``: what waits, what went wrong, and what to do about it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from sqlmodel.ext.asyncio.session import AsyncSession

from api.cli import app
from api.cli.counted import counted
from api.cli.stepping import ACTOR, run_plain_step
from api.cli.typed import typed_line
from api.deliveries import controls, desk
from api.deliveries.controls import Kind
from api.deliveries.desk import PAGE, Act, Filter, OnUncertain
from api.deliveries.models import DeliveryStatus

deliveries_app = typer.Typer(no_args_is_help=True, help="The letters on their way to offices.")
app.add_typer(deliveries_app, name="deliveries")


Campaign = Annotated[str | None, typer.Option(help="A campaign's name, as in its file.")]
Channel = Annotated[str | None, typer.Option(help="Such as cwc_house, as `status` shows it.")]
Seat = Annotated[str | None, typer.Option(help="Such as house:CA-30 or senate:MA:1.")]
Status = Annotated[DeliveryStatus | None, typer.Option(help="A delivery's state.")]
Reason = Annotated[str | None, typer.Option(help="A reason, as `status` shows it.")]
Delivery = Annotated[UUID | None, typer.Option("--delivery", help="This one, by its id.")]
Expect = Annotated[int | None, typer.Option(help="Do it, if the preview's number still holds.")]


@deliveries_app.command()
def status() -> None:
    """Show what waits and for how long, what is in trouble and why, and what is stopped."""

    async def step(session: AsyncSession) -> None:
        seen = await desk.overview(session)
        _table(
            "Waiting",
            ("channel", "queued", "retrying", "sending", "oldest"),
            (
                (w.channel, f"{w.queued:,}", f"{w.retrying:,}", f"{w.sending:,}", _age(w.oldest))
                for w in seen.waiting
            ),
            "Nothing waits to be sent.",
        )
        _table(
            "To look at",
            ("state", "channel", "reason", "letters"),
            ((t.status, t.channel, t.reason or "", f"{t.letters:,}") for t in seen.troubles),
            "No letter is in trouble.",
        )
        stopped = await controls.read(session)
        _table(
            "Stopped",
            ("what", "name", "why", "by", "since"),
            ((c.kind, c.name, c.reason, c.actor, _when(c.since)) for c in stopped.stopped.values()),
            "Nothing is stopped.",
        )

    run_plain_step(step)


@deliveries_app.command("list")
def list_(  # noqa: PLR0913 one argument an option is how typer reads them
    campaign: Campaign = None,
    channel: Channel = None,
    seat: Seat = None,
    state: Annotated[DeliveryStatus | None, typer.Option("--status", help="A state.")] = None,
    reason: Reason = None,
    after: Annotated[UUID | None, typer.Option(help="Go on after this id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = PAGE,
) -> None:
    """List deliveries, one a line; nothing here tells whose a letter is."""
    chosen = Filter(None, campaign, channel, seat, state, reason)
    found = run_plain_step(lambda session: desk.page(session, chosen, after=after, limit=limit))
    _table(
        "Deliveries",
        ("id", "campaign", "seat", "channel", "state", "reason", "tries", "since", "next or last"),
        (
            (
                *(str(d.id), d.campaign, d.seat, d.channel, d.status, d.reason or ""),
                *(str(d.attempts), _when(d.opened_at), _when(d.due_at)),
            )
            for d in found
        ),
        "No delivery matches.",
    )
    if len(found) == limit:
        typer.echo(f"There may be more: --after {found[-1].id}", err=True)


@deliveries_app.command()
def attempts(delivery: Annotated[UUID, typer.Argument(help="As `list` shows it.")]) -> None:
    """Show one delivery and every attempt to send it."""
    one, tried = run_plain_step(lambda session: desk.attempts(session, delivery))
    typer.echo(f"{one.campaign}  {one.seat}  {one.channel}  {one.status}  {one.reason or ''}")
    _table(
        "Attempts",
        ("number", "began", "seconds", "outcome", "reason", "end known"),
        (
            (
                *(str(t.number), _when(t.began), f"{(t.ended - t.began).total_seconds():.1f}"),
                *(t.outcome, t.reason or "", "no" if t.unknown else "yes"),
            )
            for t in tried
        ),
        "Nothing was tried yet.",
    )


@deliveries_app.command()
def retry(  # noqa: PLR0913 one argument an option is how typer reads them
    delivery: Delivery = None,
    campaign: Campaign = None,
    channel: Channel = None,
    seat: Seat = None,
    reason: Reason = None,
    expect: Expect = None,
) -> None:
    """Retry now letters that wait for their next attempt, and those that failed or expired."""
    _act("retry", Filter(delivery, campaign, channel, seat, None, reason), expect)


@deliveries_app.command()
def release(  # noqa: PLR0913 one argument an option is how typer reads them
    delivery: Delivery = None,
    campaign: Campaign = None,
    channel: Channel = None,
    seat: Seat = None,
    reason: Reason = None,
    expect: Expect = None,
) -> None:
    """Release letters that are on hold (`resume` ends a stop)."""
    _act("release", Filter(delivery, campaign, channel, seat, None, reason), expect)


@deliveries_app.command()
def resolve(  # noqa: PLR0913 one argument an option is how typer reads them
    how: Annotated[
        OnUncertain,
        typer.Argument(help="`sent`: it arrived; `again`: send it once more."),
    ],
    delivery: Delivery = None,
    campaign: Campaign = None,
    channel: Channel = None,
    seat: Seat = None,
    reason: Reason = None,
    expect: Expect = None,
) -> None:
    """Decide about letters of which nobody knows whether they arrived."""
    _act(how, Filter(delivery, campaign, channel, seat, None, reason), expect)


@deliveries_app.command()
def act(  # noqa: PLR0913 one argument an option is how typer reads them
    name: Annotated[Act, typer.Argument(help="What to do, by its name in the API.")],
    delivery: Delivery = None,
    campaign: Campaign = None,
    channel: Channel = None,
    seat: Seat = None,
    reason: Reason = None,
    expect: Expect = None,
) -> None:
    """Do any act by its name, also one that has no command of its own."""
    _act(name, Filter(delivery, campaign, channel, seat, None, reason), expect)


@deliveries_app.command()
def stop(
    reason: Annotated[str, typer.Option(help="Why, in a few words without names of people.")],
    channel: Channel = None,
    seat: Seat = None,
    campaign: Campaign = None,
) -> None:
    """Stop a channel, a seat or a campaign: within two seconds nothing more goes out."""
    kind, name = _one_of(channel, seat, campaign)

    async def step(session: AsyncSession) -> bool:
        await controls.require_known(session, kind, name)
        return await controls.stop(session, kind, name, reason=_line(reason), actor=ACTOR)

    made = run_plain_step(step)
    typer.echo(f"Stopped: {kind} {name}." if made else "It was stopped before.")


@deliveries_app.command()
def resume(channel: Channel = None, seat: Seat = None, campaign: Campaign = None) -> None:
    """Resume a stopped channel, seat or campaign."""
    kind, name = _one_of(channel, seat, campaign)
    made = run_plain_step(lambda session: controls.resume(session, kind, name, actor=ACTOR))
    typer.echo(f"It goes on: {kind} {name}." if made else "It was not stopped.")


def _act(act: Act, chosen: Filter, expect: int | None) -> None:
    if expect is None:
        number = run_plain_step(lambda session: desk.preview(session, act, chosen))
        typer.echo(
            f"{counted(number, 'letter matches', 'letters match')} ({chosen}). Nothing was changed."
        )
        if number:
            typer.echo(f"Do it by adding: --expect {number}", err=True)
        return
    done = run_plain_step(
        lambda session: desk.carry_out(session, act, chosen, expected=expect, actor=ACTOR)
    )
    typer.echo(f"Done: {counted(done, 'letter', 'letters')}.")


def _one_of(channel: str | None, seat: str | None, campaign: str | None) -> tuple[Kind, str]:
    pairs = ((Kind.CHANNEL, channel), (Kind.SEAT, seat), (Kind.CAMPAIGN, campaign))
    given = [(kind, name) for kind, name in pairs if name]
    if len(given) != 1:
        raise typer.BadParameter("Name one of --channel, --seat and --campaign.")
    return given[0]


def _line(reason: str) -> str:
    from api.submissions.forms import REASON_MAX

    return typed_line(reason, REASON_MAX, "--reason")


def _table(title: str, columns: Iterable[str], rows: Iterable[Iterable[Any]], empty: str) -> None:
    """A table, or one sentence when there is nothing in it."""
    lines = [[str(cell) for cell in row] for row in rows]
    if not lines:
        typer.echo(empty)
        return
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for line in lines:
        table.add_row(*line)
    Console(highlight=False).print(table, markup=False)


def _age(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    if hours < 1:
        return f"{age.total_seconds() / 60:.0f} min"
    return f"{hours:.0f} h" if hours < 2 * 24 else f"{hours / 24:.0f} days"


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
