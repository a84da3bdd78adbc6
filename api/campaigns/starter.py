"""A campaign to begin with: a commented file and its letters, which pass the check as they are."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from api.campaigns.dossier import Demand
from api.campaigns.fields import SLUG
from api.campaigns.schema import Campaign
from api.errors import DomainError
from api.i18n import LANGUAGES
from api.letters.reader import KINDS

MAX_FACTS = 3
_SUMMARY = "One or two sentences for cards, share previews and search."
_NAME = "The name of your organization"
_ABOUT = "One sentence on who you are."
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ,'()-]*")


class CannotStart(DomainError):
    """The campaign cannot be made: its name is taken or refused, or there is no demand for it."""

    code = "cannot_start"
    title = "The campaign was not made"


@dataclass(frozen=True)
class Starter:
    """What is to be written: path and content."""

    files: Mapping[Path, str]

    def write(self) -> None:
        """Writes every file, or none where one is there already. Raises ``CannotStart``."""
        for path in self.files:
            if path.exists():
                raise CannotStart(f"{path} is there already: choose another name, or remove it.")
        for path, content in self.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(content)


def starter(
    slug: str,
    demand: Demand,
    campaigns_dir: Path,
    templates_dir: Path,
    offices: Iterable[str] = (),
) -> Starter:
    """The files of a new campaign that makes ``demand``, to Congress and to those of ``offices``
    that it has a wording for. Raises ``CannotStart`` for its name.
    """
    if not re.fullmatch(SLUG, slug) or len(slug) > 60:  # noqa: PLR2004 as in Slug
        raise CannotStart("A name is lower-case letters, digits and single hyphens: clean-water.")
    folder = templates_dir / "letters" / slug
    asked = [office for office in offices if office in demand.asks]
    files = {campaigns_dir / f"{slug}.yaml": _campaign(slug, demand, asked)}
    for reader in ("representative", "senator", "delegate", *asked):
        files[folder / f"{reader}.j2"] = _letter(reader, demand)
    return Starter(files)


def usable(demands: Iterable[Demand]) -> list[Demand]:
    """The demands that have a wording for everyone in House and Senate."""
    return [
        demand
        for demand in demands
        if all(set(names) & set(demand.asks) for names in KINDS.values())
    ]


def untouched(campaign: Campaign) -> list[tuple[str, ...]]:
    """The places that still have the placeholder texts which ``new`` wrote."""
    sponsor = campaign.sponsor
    says = {
        ("summary",): campaign.summary.en == _SUMMARY,
        ("sponsor", "name"): sponsor.name == _NAME,
        ("sponsor", "about"): sponsor.about.en == _ABOUT,
    }
    return [path for path, still in says.items() if still]


def _campaign(slug: str, demand: Demand, offices: list[str]) -> str:
    title = demand.title.en
    plain = (
        title
        if _PLAIN.fullmatch(title)
        else yaml.safe_dump(title, width=1000).strip().removesuffix("\n...")
    )
    return _CAMPAIGN.format(
        slug=slug,
        title=plain,
        demand=demand.id,
        targets=", ".join([*offices, "house", "senate"]),
        summary=_SUMMARY,
        name=_NAME,
        about=_ABOUT,
        languages=", ".join(LANGUAGES),
    )


def _letter(reader: str, demand: Demand) -> str:
    facts = " ".join(f'{{{{ facts["{fact}"] }}}}' for fact in demand.facts[:MAX_FACTS])
    writer, opening, closing = _WORDS.get(reader, _OFFICE)
    grounds = f"{facts}\n\n" if facts else ""
    return _LETTER.format(
        title=demand.title.en, writer=writer, opening=opening, closing=closing, grounds=grounds
    )


_VOTER = "a constituent in"
_WORDS = {
    "representative": (_VOTER, ", and I am one of your constituents", "what you will do"),
    "senator": (_VOTER, ", and I am one of your constituents", "what the Senate can do"),
    "delegate": (_VOTER, ", and you speak for us in Congress", "how you will take part"),
}
_OFFICE = ("a resident of", "", "what you will do")

_LETTER = """\
{{# The first line is the subject. A blank line parts paragraphs; greeting and close are added. #}}
Subject: {title}, from {writer} {{{{ place }}}}

{{# Where I live, then the ask: its wording for this reader comes from the demand. #}}
I live in {{{{ place }}}}{opening}. {{{{ ask }}}}

{{# A letter states facts only through the dossier, and each claim names its source. #}}
{grounds}\
{{# Why it matters here, and a request to know where the office stands. #}}
This matters to me in {{{{ place }}}} because what is done in our name should be done in the open.

Please let me know your position, and {closing}.
"""

_CAMPAIGN = """\
# yaml-language-server: $schema=../docs/campaign.schema.json
slug: {slug}                 # the name of this file, and of the page: /c/{slug}
kind: letters                # letters | open_letter
title: {title}
summary: {summary}
status: draft                # draft (nobody sees it) | open | closed
opens: null                  # a date: from its first moment, US Eastern
closes: null                 # a date: to its last second, US Eastern
goal: 1000                   # the first goal; shown goals step up from here
languages: [en]              # of the form: {languages}; letters stay in English
sponsor:                     # who runs it: shown to supporters and given to the offices
  name: {name}
  email: campaigns@example.org
  phone: 202-555-0143
  about: {about}
  address: 100 Example Street NW, Washington, DC 20001
# one of the Library of Congress topics
topic: International Affairs
demands: [{demand}]          # from dossier/demands.yaml
targets: [{targets}]         # house, senate, president; committee:SSFR or house:CA-30 for some
letter: {slug}               # the folder templates/letters/{slug}/
form:
  story: {{ask: "Why does this matter to you?", max: 1500}}
  choose_demands: false      # true: supporters choose and order the demands
  ask_phone: false
share: {{text: I wrote to my representatives. It takes a few minutes to write to yours.}}
partners: all                # all registered partners, or a list of their slugs
"""
