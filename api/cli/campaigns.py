"""`undersigned check`, `new`, `sources` and `schema`: for those who write campaigns."""

import signal
from collections.abc import Iterable
from pathlib import Path
from threading import Event
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from api.campaigns.check import Examination, concerning, examine
from api.campaigns.dossier import Demand
from api.campaigns.loading import NO_CAMPAIGN, not_read, shown
from api.campaigns.problems import CheckFailed, Problem, errors_of, unknown
from api.campaigns.published import PublishedCampaign
from api.campaigns.report import FORMATS, Format
from api.cli import app
from api.cli.data_sets import directory_in_use
from api.errors import DomainError
from api.settings import Settings
from api.targets.days import eastern_today

out = Console(soft_wrap=True, highlight=False)
wrapped = Console(highlight=False)

Slug = Annotated[str, typer.Argument(help="The campaign's name, as in its file.")]


@app.command()
def check(
    path: Annotated[
        Path | None,
        typer.Argument(exists=True, help="A campaign's file, or a folder of campaigns."),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How findings are printed.")] = "text",
    watch: Annotated[
        bool, typer.Option("--watch", help="Check anew whenever a file changes, until Ctrl-C.")
    ] = False,
) -> None:
    """Check campaigns, dossier and letters: 0 without errors, 1 with errors, 2 called wrongly."""
    settings = Settings()
    if watch:
        _watch(settings, path, format_)
        return
    problems = _problems(settings, path)
    typer.echo(FORMATS[format_](problems))
    raise typer.Exit(1 if errors_of(problems) else 0)


@app.command()
def new(
    slug: Slug,
    demand: Annotated[
        str | None, typer.Option(help="The demand to make; the dossier's first one otherwise.")
    ] = None,
) -> None:
    """Write a commented campaign and its first letters; nothing is overwritten."""
    from api.campaigns.starter import starter

    settings = Settings()
    examination = examined(settings)
    chosen, offices = _demand(examination, demand), examination.loaded.dossier.offices
    made = starter(slug, chosen, settings.campaigns_dir, settings.templates_dir, offices)
    made.write()
    for path in made.files:
        out.print(str(path))
    out.print(
        "Next: put in your own words, `undersigned check`, and set `status: open`.", style="dim"
    )


def _demand(examination: Examination, wanted: str | None) -> Demand:
    """The demand of that name, or the first that can be made to everyone in Congress.

    Raises CheckFailed where errors in the files may be why there is none, else BadParameter.
    """
    from api.campaigns.starter import usable

    demands = examination.loaded.dossier.demands
    fit = usable(demands.values())
    if wanted and wanted in demands:
        if demands[wanted] in fit:
            return demands[wanted]
        raise usage(f'"{wanted}" needs a wording for representative, senator and delegate first')
    if wanted is None and fit:
        return fit[0]
    if errors_of(examination.problems):
        raise CheckFailed(examination.problems)
    raise usage(unknown("demand", wanted, demands) if wanted else "write a demand first")


@app.command()
def sources(
    slug: Annotated[str | None, typer.Argument(help="One campaign; all of them otherwise.")] = None,
) -> None:
    """Print which letter states what on which ground, and the facts that no letter states."""
    examination = examined(Settings())
    campaigns = examination.campaigns
    if not campaigns and errors_of(examination.problems):
        raise CheckFailed(examination.problems)
    if slug is not None and slug not in campaigns:
        raise usage(unknown("campaign", slug, campaigns))
    for name in [slug] if slug else sorted(campaigns):
        _print_sources(campaigns[name])
    stated = {
        fact for letter in examination.letters.values() for t in letter.compiled for fact in t.facts
    }
    stated |= {
        fact for c in campaigns.values() if c.campaign.sign_on for fact in c.campaign.sign_on.facts
    }
    unused = [fact for fact in examination.loaded.dossier.facts if fact not in stated]
    if unused and slug is None:
        out.print(Text("Facts that no letter and no statement rests on", style="bold"))
        for fact in unused:
            out.print(f"  {fact}")


@app.command()
def schema(
    of: Annotated[
        Literal["campaign", "dossier"], typer.Argument(help="Which kind of file it describes.")
    ] = "campaign",
) -> None:
    """Print the JSON Schema of campaign or dossier files, as docs/*.schema.json have it."""
    from api.campaigns.json_schema import as_file

    typer.echo(as_file(of), nl=False)


def examined(settings: Settings, folder: Path | None = None) -> Examination:
    """The check of the settings' campaigns, or of another folder of them."""
    directory = directory_in_use(settings)
    campaigns = folder or settings.campaigns_dir
    return examine(campaigns, _templates(settings, folder), directory, eastern_today())


def found_campaign(examination: Examination, slug: str) -> PublishedCampaign:
    """The campaign of that name. Raises CheckFailed when it has errors, BadParameter when none."""
    if slug not in examination.campaigns:
        if slug in examination.loaded.campaigns or errors_of(examination.problems):
            raise CheckFailed(examination.problems)
        raise usage(unknown("campaign", slug, examination.campaigns))
    return examination.campaigns[slug]


def usage(message: str) -> typer.BadParameter:
    return typer.BadParameter(message)


def _problems(settings: Settings, path: Path | None) -> list[Problem]:
    if path and not path.is_dir() and path.suffix != ".yaml":
        return [not_read(path)]
    folder = path if path is None or path.is_dir() else path.parent
    if folder and folder.name == "dossier" and path != folder:
        folder = folder.parent
    examination = examined(settings, folder)
    if path and path.is_dir() and not (examination.loaded.campaigns or examination.problems):
        return [Problem(shown(path), 1, 1, "", NO_CAMPAIGN)]
    return concerning(examination, path) if path and not path.is_dir() else examination.problems


def _watch(settings: Settings, path: Path | None, format_: Format) -> None:
    """Prints the report again after each change, on a cleared screen where there is one.

    An interrupt ends it after the current check: raised in the middle of one, the exception could
    get lost in a library.
    """
    from watchfiles import watch

    ended = Event()
    signal.signal(signal.SIGINT, lambda *_: ended.set())
    folder = path.parent if path and path.is_file() else path
    folders = [folder or settings.campaigns_dir, _templates(settings, folder) / "letters"]
    folders = [one for one in (*folders, settings.data_dir) if one.is_dir()]
    changes = watch(*folders, stop_event=ended)
    while not ended.is_set():
        report = _report(settings, path, format_)
        out.clear()
        typer.echo(report)
        out.print("Watching for changes; Ctrl-C ends it.", style="dim")
        next(changes, None)


def _report(settings: Settings, path: Path | None, format_: Format) -> str:
    try:
        return FORMATS[format_](_problems(settings, path))
    except DomainError as error:  # such as data that is being replaced
        return error.detail


def _templates(settings: Settings, folder: Path | None) -> Path:
    """The letters beside another folder of campaigns, where there are any."""
    beside = folder.parent / "templates" if folder else settings.templates_dir
    return beside if beside.is_dir() else settings.templates_dir


def _print_sources(campaign: PublishedCampaign) -> None:
    out.print(Text(campaign.slug, style="bold"))
    for name, template in campaign.renderer.templates.items():
        out.print(Text(f"  {name}"))
        _print_facts(campaign, template.facts)
    if campaign.campaign.sign_on:
        out.print(Text("  the signed statement"))
        _print_facts(campaign, campaign.campaign.sign_on.facts)


def _print_facts(campaign: PublishedCampaign, facts: Iterable[str]) -> None:
    for fact_id in facts:
        fact = campaign.dossier.facts[fact_id]
        source = campaign.dossier.sources[fact.source]
        out.print(Text(f"    {fact_id} ({fact.locator}; {source.title})", style="cyan"))
        wrapped.print(Padding(Text(fact.claim), (0, 0, 0, 6)))
