"""``undersigned sign-ons``: organizations to be approved, names and comments to be looked at."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress
from sqlmodel.ext.asyncio.session import AsyncSession

from api.cli import app, moderating
from api.cli.counted import counted
from api.cli.stepping import ACTOR, plain, run_step
from api.cli.typed import typed_line
from api.security.keys import KeyRing
from api.settings import Settings
from api.sign_ons.invalidation import Invalidation
from api.supporters.models import Standing
from api.supporters.vault import Vault

sign_ons_app = typer.Typer(no_args_is_help=True, help="Who signs the open letters.")
app.add_typer(sign_ons_app, name="sign-ons")
for command in (moderating.queue, moderating.show, moderating.hide):
    sign_ons_app.command()(command)
sign_ons_app.command("pass")(moderating.pass_)

err = Console(stderr=True, soft_wrap=True, highlight=False)
DOMAINS_SHOWN = 30
SUSPECTS_SHOWN = 1000
ORGANIZATIONS_SHOWN = 200
PEOPLE = ("person is", "people are")

Slug = Annotated[str, typer.Argument(help="The campaign's name, as in its file.")]
Told = Annotated[UUID, typer.Argument(help="The invalidation's id, as it was told.")]
Id = Annotated[UUID, typer.Argument(help="As `list` shows it.")]


@sign_ons_app.command("list")
def list_(
    slug: Slug,
    decided: Annotated[
        bool, typer.Option("--all", help="Those approved, refused and withdrawn, too.")
    ] = False,
) -> None:
    """List the organizations that wait for approval, and why to look twice (audited)."""
    from api.services import load_published
    from api.sign_ons.organization_desk import ListedOrganization, OrganizationDesk

    statuses = ["confirmed"]
    if decided:
        statuses += ["approved", "taken", "refused", "withdrawn"]

    async def step(session: AsyncSession, vault: Vault, _: KeyRing) -> list[ListedOrganization]:
        desk = OrganizationDesk(vault, load_published(Settings()).reviewing(slug))
        return await desk.page(
            session, slug, statuses, actor=ACTOR, after=after, limit=ORGANIZATIONS_SHOWN
        )

    after: UUID | None = None
    while found := run_step(step):
        after = found[-1].id
        for each in found:
            check = "own domain" if each.basis == "domain" else "CHECK BY HAND"
            name, website = each.name or "(its data is gone)", each.website or "-"
            line = [each.id, each.status, name, website, each.country, check]
            line += [f"shows: {each.representative}"] if each.representative else []
            line += [f"[{', '.join(each.flags)}]"] if each.flags else []
            typer.echo("  ".join(plain(str(part)) for part in line))


@sign_ons_app.command()
def approve(
    organization: Id,
    lead: Annotated[bool, typer.Option("--lead", help="It leads: see `order`.")] = False,
) -> None:
    """Show an organization under its letter, and count it."""
    from api.sign_ons import organizations

    async def step(session: AsyncSession, vault: Vault, _: KeyRing) -> bool:
        return await organizations.approve(session, vault, organization, lead=lead, actor=ACTOR)

    typer.echo("Approved." if run_step(step) else "It was approved before.")


@sign_ons_app.command()
def refuse(organization: Id) -> None:
    """Refuse an organization: it is not listed, or no longer."""
    from api.sign_ons import organizations

    async def step(session: AsyncSession, vault: Vault, _: KeyRing) -> bool:
        return await organizations.refuse(session, vault, organization, actor=ACTOR)

    typer.echo("Refused; it is no longer counted." if run_step(step) else "Refused.")


@sign_ons_app.command()
def undo(organization: Id) -> None:
    """Undo an approval or a refusal: the organization waits again."""
    from api.sign_ons import organizations

    async def step(session: AsyncSession, vault: Vault, _: KeyRing) -> str:
        return await organizations.undo(session, vault, organization, actor=ACTOR)

    taken = run_step(step) == "taken"
    typer.echo("Another entry has its name or website." if taken else "It waits again.")


@sign_ons_app.command()
def domains(slug: Slug) -> None:
    """Name the mail domains that most supporters confirmed with (audited)."""
    from api.sign_ons import reports

    async def step(session: AsyncSession, vault: Vault, _: KeyRing) -> None:
        found = await reports.domains(session, vault, slug, limit=DOMAINS_SHOWN, actor=ACTOR)
        for each in found:
            typer.echo(f"{each.people:>9,}  {plain(each.name)}")

    run_step(step)


@sign_ons_app.command()
def addresses(slug: Slug) -> None:
    """Name the patterns that many of the newest addresses share (audited)."""
    from api.sign_ons import reports

    async def step(session: AsyncSession, vault: Vault, _: KeyRing) -> None:
        found = await reports.patterns(session, vault, slug, limit=DOMAINS_SHOWN, actor=ACTOR)
        for each in found:
            typer.echo(f"{each.people:>9,}  {plain(each.pattern)}")

    run_step(step)


@sign_ons_app.command()
def clients(slug: Slug) -> None:
    """List from where most people confirmed in a day, as keyed hashes (audited)."""
    from api.sign_ons import reports

    async def step(session: AsyncSession, _: Vault, __: KeyRing) -> None:
        for each in await reports.clients(session, slug, limit=DOMAINS_SHOWN, actor=ACTOR):
            typer.echo(f"{each.people:>9,}  {each.day}  {each.client}")

    run_step(step)


@sign_ons_app.command()
def invalidate(  # noqa: PLR0913 (the parts of the filter)
    slug: Slug,
    domain: Annotated[str | None, typer.Option(help="Mail domain, exactly.")] = None,
    client: Annotated[str | None, typer.Option(help="A hash that `clients` shows.")] = None,
    state: Annotated[str | None, typer.Option(help="Such as CA.")] = None,
    partner: Annotated[str | None, typer.Option(help="A partner's slug.")] = None,
    since: Annotated[datetime | None, typer.Option(help="From this hour on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this hour (UTC).")] = None,
    suspects: Annotated[
        bool, typer.Option("--suspect", help="Suspects instead of counted people.")
    ] = False,
    expect: Annotated[
        int | None, typer.Option(help="Do it, if the preview's number still holds.")
    ] = None,
) -> None:
    """Preview who matches a filter; with --expect NUMBER, stop counting them."""
    from api.sign_ons import invalidation

    begins, ends = [moment and moment.replace(tzinfo=UTC) for moment in (since, until)]
    standing = Standing.SUSPECT if suspects else Standing.COUNTED
    criteria = invalidation.Criteria(slug, domain, client, state, partner, begins, ends, standing)

    async def preview(session: AsyncSession, _: Vault, keys: KeyRing) -> int:
        return await invalidation.preview(session, keys, criteria)

    async def begin(session: AsyncSession, _: Vault, keys: KeyRing) -> UUID:
        assert expect is not None
        return await invalidation.begin(session, keys, criteria, expected=expect, actor=ACTOR)

    if expect is None:
        match = f"{standing} person matches", f"{standing} people match"
        typer.echo(f"{counted(run_step(preview), *match)}. Nothing was changed.")
        return
    made = run_step(begin)
    err.print(f"Stop it by: undersigned sign-ons cancel {made}")
    done = _work(made)
    typer.echo(f"{counted(done.taken, *PEOPLE)} not counted any more; their letters wait.")
    typer.echo(f"Undo it by: undersigned sign-ons restore {made}")


@sign_ons_app.command()
def suspects(slug: Slug) -> None:
    """List suspects: they are not counted, their letters wait, and they are not told."""
    from api.supporters.suspicion import suspects as find

    async def step(session: AsyncSession, _: Vault, __: KeyRing) -> None:
        for each in await find(session, slug, None, None, SUSPECTS_SHOWN):
            where = each.state or each.country
            typer.echo(f"{each.id}  {each.reason}  {each.hour:%Y-%m-%d %H:00}  {where}")

    run_step(step)


@sign_ons_app.command()
def release(
    slug: Slug,
    person: Annotated[list[UUID] | None, typer.Option(help="One suspect; all, if none.")] = None,
    reason: Annotated[
        str | None, typer.Option(help="Only these: rate, disposable, watched.")
    ] = None,
) -> None:
    """Clear suspects: count them, and send their letters."""
    from api.sign_ons.suspects import release as let_in

    async def step(session: AsyncSession, _: Vault, __: KeyRing) -> int:
        return await let_in(session, slug, reason, person or None, actor=ACTOR)

    done = total = run_step(step)
    while done and not person:
        done = run_step(step)
        total += done
    typer.echo(f"{counted(total, *PEOPLE)} counted from now on.")


@sign_ons_app.command()
def watch(
    slug: Slug, name: Annotated[str, typer.Argument(help="A mail domain, or a whole address.")]
) -> None:
    """Make whoever confirms with this domain or address from now on a suspect."""
    from api.supporters.suspicion import watch as add

    async def step(session: AsyncSession, _: Vault, keys: KeyRing) -> None:
        await add(session, keys, slug, name, actor=ACTOR)

    run_step(step)
    typer.echo("Added.")


@sign_ons_app.command()
def cancel(invalidation_id: Told) -> None:
    """Stop an invalidation half way; `restore` gives back those that it took."""
    from api.sign_ons import invalidation

    async def step(session: AsyncSession, _: Vault, __: KeyRing) -> None:
        await invalidation.cancel(session, invalidation_id, actor=ACTOR)

    run_step(step)
    typer.echo("Cancelled: nobody more is taken.")


@sign_ons_app.command("handed-in")
def handed_in(
    slug: Slug,
    to: Annotated[str, typer.Option(help='To whom, such as "the President".')],
    on: Annotated[datetime, typer.Option(help="On which day.", formats=["%Y-%m-%d"])],
) -> None:
    """Record to whom the statement was handed in; this is shown with it."""
    from api.sign_ons import handed_in as entries
    from api.submissions.forms import RECIPIENT_MAX

    to = typed_line(to, RECIPIENT_MAX, "--to")

    async def step(session: AsyncSession, _: Vault, __: KeyRing) -> None:
        await entries.add(session, slug, to, on.date(), actor=ACTOR)

    run_step(step)
    typer.echo("Written down.")


@sign_ons_app.command()
def invalidations(slug: Slug) -> None:
    """List the invalidations of a campaign, the newest first."""
    from api.sign_ons import invalidation

    async def step(session: AsyncSession, _: Vault, __: KeyRing) -> None:
        for each in await invalidation.find_all(session, slug):
            numbers = f"{each.taken:,} of {each.people:,}"
            typer.echo(f"{each.id}  {each.at:%Y-%m-%d %H:%M}  {each.status}  {numbers}")

    run_step(step)


@sign_ons_app.command()
def restore(invalidation_id: Told) -> None:
    """Undo an invalidation: count again exactly those that it took."""
    from api.sign_ons import invalidation

    async def undo(session: AsyncSession, _: Vault, __: KeyRing) -> int:
        found = await invalidation.find(session, invalidation_id)
        await invalidation.undo(session, invalidation_id, actor=ACTOR)
        return found.taken

    given = run_step(undo)
    _work(invalidation_id)
    typer.echo(f"{counted(given, 'person has', 'people have')} their standing again.")


def _work(invalidation_id: UUID) -> "Invalidation":
    """Batch by batch, each a transaction of its own; a worker may be at it, too."""
    from api.sign_ons import invalidation

    async def step(session: AsyncSession, _: Vault, __: KeyRing) -> Invalidation:
        await invalidation.step(session, invalidation_id)
        return await invalidation.find(session, invalidation_id)

    found = run_step(step)
    with Progress(console=err, transient=True) as bar:
        task = bar.add_task("", total=found.people)
        while found.works:
            found = run_step(step)
            bar.update(task, completed=found.taken)
    return found
