"""`undersigned preview`: letters as they would go out, in the terminal, as HTML or as PDF."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from api.campaigns.published import PublishedCampaign
from api.cli import app
from api.cli.campaigns import Slug, examined, found_campaign
from api.cli.preview_letters import Sheet, Shown, Wish, make_sheet, printed
from api.cli.progress import progress_bar
from api.i18n import ENGLISH, Language, translations
from api.printing.letter import PrintedLetter
from api.security.private_files import writing_private
from api.settings import ROOT, Settings
from api.targets.days import eastern_today

WIDEST = 100
"""Characters of a line: longer ones are hard to read."""


@app.command()
def preview(  # noqa: PLR0913 one argument an option is how typer reads them
    slug: Slug,
    zip_code: Annotated[str | None, typer.Option("--zip", help="The writer's ZIP code.")] = None,
    district: Annotated[
        str | None, typer.Option(help="Such as MA-5, where the ZIP code has several.")
    ] = None,
    member: Annotated[
        str | None,
        typer.Option(help="One reader: a Bioguide id, or a seat such as senate:MA:1 or president."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="One for every kind of reader.")] = False,
    city: Annotated[str | None, typer.Option(help="The writer's city.")] = None,
    story: Annotated[str, typer.Option(help="The writer's own words.")] = "",
    demand: Annotated[
        list[str] | None, typer.Option(help="A demand to make, in order, where they are chosen.")
    ] = None,
    language: Annotated[
        Language, typer.Option(help="Of what stands round the letters, which are in English.")
    ] = ENGLISH,
    html: Annotated[Path | None, typer.Option(help="Write a page to this file.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write all letters to this PDF.")] = None,
    pdfs: Annotated[
        Path | None, typer.Option(help="Write a PDF of each letter, in this zip archive.")
    ] = None,
) -> None:
    """Show the letters of one supporter, to one reader, or to every kind of reader."""
    settings, today = Settings(), eastern_today()
    examination = examined(settings)
    published = found_campaign(examination, slug)
    wish = Wish(zip_code, district, member, every, city, {"story": story}, tuple(demand or ()))
    open_letter = not published.campaign.letter
    sheet = Sheet(()) if open_letter else make_sheet(published, examination.directory, wish, today)
    if html:
        _write(html, _as_html(settings, published, sheet, language))
    for file in filter(None, (pdf, pdfs) if sheet.letters else ()):
        letters = printed(published, sheet.letters, wish, today)
        _print_to(file, settings, sheet, letters, apart=file is pdfs)
    if not (html or pdf or pdfs):
        _print_sheet(published, sheet, language, _labels(settings, language))


def _print_to(
    file: Path, settings: Settings, sheet: Sheet, letters: list[PrintedLetter], *, apart: bool
) -> None:
    from api.printing.bulk import OnePdf, ZipOfPdfs
    from api.printing.press import Press

    press, kind = Press(_templates(settings, "print")), ZipOfPdfs if apart else OnePdf
    with progress_bar(len(letters)) as progress, kind(press, file, progress) as stack:
        for shown, letter in zip(sheet.letters, letters, strict=True):
            stack.put(shown.draft.seat, letter)
    typer.echo(str(file))


def _write(file: Path, page: str) -> None:
    with writing_private(file) as out:
        out.write(page.encode())
    typer.echo(str(file))


def _labels(settings: Settings, language: str) -> dict[str, str]:
    """What stands round the letters, which are in English themselves."""
    gettext = translations(settings.locale_dir, language).gettext
    return {
        "demands": gettext("What is asked"),
        "asked": gettext("The writer is asked"),
        "sources": gettext("Sources of this letter"),
        "statement": gettext("The statement that people sign"),
        "words": gettext("words"),
        "own": gettext("in the writer's own words"),
    }


def _print_sheet(
    published: PublishedCampaign, sheet: Sheet, language: Language, labels: Mapping[str, str]
) -> None:
    out = Console(highlight=False)
    out = Console(highlight=False, width=min(out.width, WIDEST))
    for style, text in _surroundings(published, language, labels):
        out.print(Text(text, style=style))
    for shown in sheet.letters:
        out.print(_panel(shown, labels))
        if shown.sources:
            out.print(Text(f"  {labels['sources']}", style="bold dim"))
        for source in shown.sources:
            line = Text(f"{source.fact}: {source.title}, {source.where}", style="dim")
            out.print(Padding(line, (0, 0, 0, 4)))
        out.print()
    for note in sheet.notes:
        out.print(Text(note, style="dim"))


def _surroundings(
    published: PublishedCampaign, language: Language, labels: Mapping[str, str]
) -> list[tuple[str, str]]:
    """What a supporter meets round the letters, in their language: (style, text)."""
    campaign = published.campaign
    titles = [published.dossier.demands[d].title.get(language) for d in published.default_demands]
    found = [
        ("bold", campaign.title.get(language)),
        ("", campaign.summary.get(language)),
        ("dim", f"{labels['demands']}: {'; '.join(titles)}"),
    ]
    asked = campaign.form.asked.values()
    found += [("dim", f"{labels['asked']}: {field.ask.get(language)}") for field in asked]
    if campaign.sign_on:
        found.append(("bold", labels["statement"]))
        found.append(("", campaign.sign_on.statement.get(language)))
        for name in campaign.sign_on.facts:
            fact = published.dossier.facts[name]
            title = published.dossier.sources[fact.source].title
            found.append(("dim", f"{name}: {title}, {fact.locator}"))
    return found


def _panel(shown: Shown, labels: Mapping[str, str]) -> Panel:
    draft = shown.draft
    parts = [
        Text(draft.subject, style="bold"),
        Text(draft.text.salutation),
        Text(draft.own_words, style="italic"),
        Text(draft.statement),
        Text(draft.body.rpartition("\n\n")[2]),
    ]
    body = Text("\n\n").join(part for part in parts if part.plain)
    subtitle = f"{shown.text} · {shown.words} {labels['words']}"
    if draft.own_words:
        subtitle += f" · {draft.personal_share} % {labels['own']}"
    title = Text(f"{draft.text.name} · {shown.heading}")
    return Panel(body, title=title, subtitle=Text(subtitle), padding=(1, 2))


def _as_html(
    settings: Settings, published: PublishedCampaign, sheet: Sheet, language: Language
) -> str:
    """One page without scripts, and with nothing that it would fetch."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(_templates(settings, "preview"))
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    labels = _labels(settings, language)
    values: dict[str, Any] = {
        "language": language,
        "title": published.campaign.title.get(language),
        "surroundings": _surroundings(published, language, labels)[1:],
        "letters": sheet.letters,
        "notes": sheet.notes,
        "labels": labels,
    }
    return environment.get_template("sheet.html.j2").render(values)


def _templates(settings: Settings, name: str) -> Path:
    """The folder of our own templates where the settings' one has campaigns' letters only."""
    own = settings.templates_dir / name
    return own if own.is_dir() else ROOT / "templates" / name
