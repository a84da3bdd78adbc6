"""`undersigned check`, `preview`, `new`, `sources` and `schema`: for those who write campaigns."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from api.campaigns.catalog import load_catalog
from api.campaigns.check import Examination, concerning, examine
from api.campaigns.problems import errors_of, unknown
from api.campaigns.published import PublishedCampaign
from api.campaigns.report import FORMATS, Format
from api.cli import app
from api.letters.places import place_name
from api.letters.render import LetterText
from api.letters.slot import fill
from api.settings import Settings
from api.supporters.vault import Address
from api.targets.congress import Directory
from api.targets.models import Target

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

Language = Literal["en", "hy", "es"]
Slug = Annotated[str, typer.Argument(help="The campaign's name, as in its file.")]


@app.command()
def check(
    path: Annotated[
        Path | None,
        typer.Argument(exists=True, help="A campaign's file, or a folder of campaigns."),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How findings are printed.")] = "text",
) -> None:
    """Check campaigns, dossier and letters: 0 without errors, 1 with errors, 2 called wrongly."""
    settings = Settings()
    folder = settings.campaigns_dir if path is None else path if path.is_dir() else path.parent
    examination = _examine(settings, folder)
    one = path is not None and path.is_file()
    problems = concerning(examination, path) if one and path else examination.problems
    typer.echo(FORMATS[format_](problems))
    raise typer.Exit(1 if errors_of(problems) else 0)


@app.command()
def preview(  # noqa: PLR0913 one argument an option is how typer reads them
    slug: Slug,
    zip_code: Annotated[str, typer.Option("--zip", help="The writer's ZIP code.")],
    district: Annotated[
        str | None, typer.Option(help="Such as MA-5, where the ZIP code has several.")
    ] = None,
    city: Annotated[str | None, typer.Option(help="The writer's city.")] = None,
    story: Annotated[str, typer.Option(help="The writer's own words.")] = "",
    demand: Annotated[
        list[str] | None, typer.Option(help="A demand to make, in order, where they are chosen.")
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the campaign's own texts.")] = "en",
    pdf: Annotated[
        Path | None, typer.Option(help="Also write the letters on paper, as one PDF.")
    ] = None,
) -> None:
    """Print the letters of one supporter as they would go out."""
    settings, today = Settings(), _today()
    directory = Directory.load(settings.data_dir)
    catalog = load_catalog(settings.campaigns_dir, settings.templates_dir, directory, today)
    campaign = catalog.campaigns.get(slug)
    if campaign is None:
        raise _usage(unknown("campaign", slug, catalog.campaigns))
    found = directory.find(zip_code, district, today=today, kinds=campaign.chambers)
    demands = campaign.demands_for(demand)
    targets = [*campaign.fixed_targets, *found.targets]
    out.print(Text(campaign.campaign.title.get(language), style="bold"))
    state = found.state or found.states[0]
    texts = [campaign.text(target.seat, demands) for target in targets]
    for text in texts:
        _print_letter(campaign, text, story, place_name(city, state))
    if pdf and targets:
        address = Address(found.zip, state, city)
        _write_pdf(pdf, campaign, list(zip(texts, targets, strict=True)), address, story)
    if found.needs_district:
        out.print(
            f"This ZIP code has several districts: {', '.join(found.districts)}.", style="dim"
        )
    for vacancy in found.vacant:
        out.print(f"Nobody is written to at {vacancy.seat}: {vacancy.reason}.", style="dim")


@app.command()
def new(
    slug: Slug,
    demand: Annotated[
        str | None, typer.Option(help="The demand to make; the dossier's first one otherwise.")
    ] = None,
) -> None:
    """Write a commented campaign and its first letters; nothing is overwritten."""
    from api.campaigns.starter import starter, usable

    settings = Settings()
    demands = {d.id: d for d in usable(_examine(settings).loaded.dossier.demands.values())}
    if demand is not None and demand not in demands:
        raise _usage(unknown("demand", demand, demands))
    if not demands:
        raise _usage(f"write a demand in {settings.campaigns_dir}/dossier/demands.yaml first")
    chosen = demands[demand] if demand else next(iter(demands.values()))
    made = starter(slug, chosen, settings.campaigns_dir, settings.templates_dir)
    made.write()
    for path in made.files:
        out.print(str(path))
    out.print("Next: edit them, `undersigned check`, and set `status: open`.", style="dim")


@app.command()
def sources(
    slug: Annotated[str | None, typer.Argument(help="One campaign; all of them otherwise.")] = None,
) -> None:
    """Print which letter states what on which ground, and the facts that no letter states."""
    examination = _examine(Settings())
    campaigns = examination.campaigns
    if slug is not None and slug not in campaigns:
        raise _usage(unknown("campaign", slug, campaigns))
    for name in [slug] if slug else sorted(campaigns):
        _print_sources(campaigns[name])
    stated = {
        fact for letter in examination.letters.values() for t in letter.compiled for fact in t.facts
    }
    unused = [fact for fact in examination.loaded.dossier.facts if fact not in stated]
    if unused and slug is None:
        out.print(Text("Facts that no letter states", style="bold"))
        for fact in unused:
            out.print(f"  {fact}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a campaign file, as docs/campaign.schema.json has it."""
    from api.campaigns.json_schema import as_file

    typer.echo(as_file(), nl=False)


def _examine(settings: Settings, folder: Path | None = None) -> Examination:
    directory = Directory.load(settings.data_dir)
    campaigns = folder or settings.campaigns_dir
    beside = campaigns.parent / "templates"
    templates = beside if folder and beside.is_dir() else settings.templates_dir
    return examine(campaigns, templates, directory, _today())


def _print_letter(campaign: PublishedCampaign, text: LetterText, story: str, place: str) -> None:
    parts = [
        Text(fill(text.subject, place), style="bold"),
        Text(text.salutation),
        Text(story.strip(), style="italic"),
        Text(fill(text.statement, place)),
        Text(fill(text.close, place)),
    ]
    body = Text("\n\n").join(part for part in parts if part.plain)
    panel = Panel(body, title=Text(f"{text.name} · {text.seat}"), padding=(1, 2))
    out.print(panel, soft_wrap=False)  # else a panel is cut off at its edge
    for fact in text.cites:
        source = campaign.dossier.sources[campaign.dossier.facts[fact].source]
        locator = campaign.dossier.facts[fact].locator
        out.print(Text(f"  {fact}: {source.title}, {locator}", style="dim"))


def _write_pdf(
    path: Path,
    campaign: PublishedCampaign,
    letters: list[tuple[LetterText, Target]],
    address: Address,
    story: str,
) -> None:
    """One PDF of the letters on paper, as an unnamed writer at ``address`` would have them."""
    from api.printing.press import print_together
    from api.submissions.drafts import make_draft
    from api.submissions.printed import grounds_of, printed_letter

    place, grounds = place_name(address.city, address.state or ""), grounds_of(campaign.bundle)
    printed = [
        printed_letter(
            make_draft(text, place, story.strip(), None),
            "Your Name",
            address,
            target,
            grounds,
            _today(),
        )
        for text, target in letters
    ]
    path.write_bytes(print_together(printed))
    out.print(f"Written to {path}.", style="dim")


def _print_sources(campaign: PublishedCampaign) -> None:
    out.print(Text(campaign.slug, style="bold"))
    for name, template in campaign.renderer.templates.items():
        out.print(Text(f"  {name}"))
        for fact_id in template.facts:
            fact = campaign.dossier.facts[fact_id]
            source = campaign.dossier.sources[fact.source]
            out.print(Text(f"    {fact_id} ({fact.locator}; {source.title})", style="dim"))


def _usage(message: str) -> typer.BadParameter:
    return typer.BadParameter(message)


def _today() -> date:
    from datetime import UTC, datetime

    from api.campaigns.fields import EASTERN

    return datetime.now(UTC).astimezone(EASTERN).date()
