"""Warns of outdated facts, demands, offices and members of Congress, and of ended terms."""

from collections.abc import Iterator
from datetime import date

from api.campaigns.loading import Loaded
from api.campaigns.problems import Problem
from api.targets.congress import Directory
from api.targets.days import congress_on

FACTS_DAYS = 365
DEMANDS_DAYS = 120
OFFICES_DAYS = 90
MEMBERS_DAYS = 90
SHOWN = 6
CLOCKS = 1
"""Days by which an author's calendar may be ahead of US Eastern."""


def warnings(loaded: Loaded, directory: Directory, today: date) -> Iterator[Problem]:
    dossier = loaded.dossier
    for name, fact in dossier.facts.items():
        yield from _old(loaded, ("facts", name, "reviewed"), fact.reviewed, today, FACTS_DAYS)
    for name, demand in dossier.demands.items():
        place = ("demands", name, "status_as_of")
        yield from _old(loaded, place, demand.status_as_of, today, DEMANDS_DAYS)
    for name, office in dossier.offices.items():
        yield from _old(loaded, ("offices", name, "as_of"), office.as_of, today, OFFICES_DAYS)
    yield from data_warnings(directory, today)


def data_warnings(directory: Directory, today: date) -> Iterator[Problem]:
    """What is old in the data of Congress; its file is called ``data``."""
    age = (today - directory.as_of).days
    if age > MEMBERS_DAYS:
        message = (
            f"the members of Congress are as of {directory.as_of}, {age} days ago: import newer"
        )
        yield Problem("data", 1, 1, "as_of", message, "warning")
    sitting = congress_on(today)
    unknown = [s for s, one in directory.standings(sitting).items() if one.status == "unknown"]
    if unknown:
        more = ", …" if len(unknown) > SHOWN else ""
        states = f"{', '.join(unknown[:SHOWN])}{more}"
        message = (
            f"the district lines of Congress {sitting} are not known in {len(unknown)} states "
            f"({states}), where supporters are asked for their district"
        )
        yield Problem("data", 1, 1, "lines", message, "warning")
    ended = [v.seat for v in directory.vacancies(today) if v.reason == "term_ended"]
    if ended:
        more = ", …" if len(ended) > SHOWN else ""
        message = f"{len(ended)} recorded terms have ended: {', '.join(ended[:SHOWN])}{more}"
        yield Problem("data", 1, 1, "terms", message, "warning")


def _old(
    loaded: Loaded, place: tuple[str, str, str], day: date, today: date, limit: int
) -> Iterator[Problem]:
    kind, entry, key = place
    age = (today - day).days
    message = f"{day} is in the future" if age < -CLOCKS else ""
    if age > limit:
        message = f"{day} is {age} days ago: look at it again (after {limit} days)"
    if message:
        yield loaded.in_dossier(kind, entry, (key,), message, level="warning")
