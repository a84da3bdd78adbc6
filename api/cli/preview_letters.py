"""The letters of `undersigned preview`: of one supporter, or one for each kind of reader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from api.campaigns.problems import unknown
from api.campaigns.published import PublishedCampaign, dossier_of
from api.campaigns.specimens import kinds_of
from api.cli.campaigns import usage
from api.cli.typed import typed_line
from api.letters.dates import said
from api.letters.places import place_name
from api.letters.reader import Reader
from api.printing.letter import PrintedLetter
from api.security.text import CITY_MAX, TextRefused, clean_text
from api.submissions.drafts import Draft, make_draft
from api.submissions.printed import Grounds, printed_letter
from api.submissions.targeting import find_targets
from api.supporters.vault import Address, Words
from api.targets.congress import Directory
from api.targets.models import Target
from api.targets.unknown_lines import why_asked

SAMPLE_CITY = "Springfield"
"""Where the writer lives when neither city nor state is given: letters to fixed offices."""
SAMPLE_NAME = "Alex Example"
SAMPLE_STREET = "12 Example Street"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be shown, as the command's options say it."""

    zip: str | None = None
    district: str | None = None
    member: str | None = None
    every: bool = False
    city: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    demands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A document that a letter cites: the fact's id, the title, and where in it, and of when."""

    fact: str
    title: str
    where: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One letter as it would go out. ``heading`` says whose kind it is, ``text`` its file."""

    heading: str
    text: str
    draft: Draft
    target: Target | None
    state: str | None
    sources: tuple[Source, ...]

    @property
    def words(self) -> int:
        return len(self.draft.statement.split())


@dataclass(frozen=True, slots=True)
class Sheet:
    """All letters of one wish, with remarks on who gets none."""

    letters: tuple[Shown, ...]
    notes: tuple[str, ...] = ()


def make_sheet(
    published: PublishedCampaign, directory: Directory, wish: Wish, today: date
) -> Sheet:
    """Raises InvalidInput for ZIP, district or demands, BadParameter for what is no target."""
    chosen = wish.demands or published.default_demands
    demands = published.demands_for(chosen)
    if wish.every:
        return _every(published, directory, wish, demands)
    if wish.member:
        reader = _reader(published, wish.member)
        return Sheet((_show(published, directory, wish, reader, demands),))
    if wish.zip is None:
        raise usage("say for whom: --zip, --member or --all")
    return _of_supporter(published, directory, wish, demands, today)


def _of_supporter(
    published: PublishedCampaign,
    directory: Directory,
    wish: Wish,
    demands: tuple[str, ...],
    today: date,
) -> Sheet:
    targeting = find_targets(published, directory, wish.zip or "", wish.district, today)
    found = targeting.found
    state = found.state or found.states[0]
    letters = [
        _show(published, directory, wish, published.readers[seat], demands, state)
        for seat in targeting.seats
    ]
    notes = [
        f"Nobody is written to at {v.seat}: {v.reason.replace('_', ' ')}." for v in found.vacant
    ]
    notes += [f"None of your representatives is in {group}." for group in targeting.elsewhere]
    if found.needs_district:
        districts = ", ".join(found.districts)
        several = f"This ZIP code has several districts: {districts}."
        told = why_asked(found, str)
        notes.append(f"{told or several} Choose with --district.")
    return Sheet(tuple(letters), tuple(notes))


def _every(
    published: PublishedCampaign, directory: Directory, wish: Wish, demands: tuple[str, ...]
) -> Sheet:
    kinds = kinds_of(published.renderer, published.readers.values(), demands)
    letters = []
    for kind in kinds:
        count = len(kind.readers)
        heading = f"{kind.name}, {f'one of {count:,}' if count > 1 else 'the only one'}"
        letters.append(_show(published, directory, wish, kind.one, demands, heading=heading))
    return Sheet(tuple(letters))


def _reader(published: PublishedCampaign, member: str) -> Reader:
    """The target of a seat or a Bioguide id, in whatever case it is typed."""
    names = {reader.seat.casefold(): reader for reader in published.readers.values()}
    names |= {reader.id.casefold(): reader for reader in published.readers.values() if reader.id}
    if member.casefold() not in names:
        raise usage(unknown("target", member, [*names]))
    return names[member.casefold()]


def _show(  # noqa: PLR0913 a letter has a campaign, a writer, a reader and demands
    published: PublishedCampaign,
    directory: Directory,
    wish: Wish,
    reader: Reader,
    demands: tuple[str, ...],
    state: str | None = None,
    heading: str | None = None,
) -> Shown:
    text = published.text(reader.seat, demands)
    home = state or reader.state
    city = _city(wish)
    place = place_name(city, home) if home else city or SAMPLE_CITY
    fixed = {target.seat: target for target in published.fixed_targets}
    target = fixed.get(reader.seat) or (directory.by_id(reader.id) if reader.id else None)
    draft = make_draft(text, place, _own_words(published, wish.answers), None)
    name = published.renderer.fit(reader).name
    return Shown(heading or reader.seat, name, draft, target, home, _sources(published, text.cites))


def _city(wish: Wish) -> str | None:
    return typed_line(wish.city, CITY_MAX, "--city") if wish.city else None


def _own_words(published: PublishedCampaign, answers: Mapping[str, str]) -> str:
    """The writer's answers as the form would take them, as one text."""
    asked, taken = published.campaign.form.asked, {}
    for name, answer in answers.items():
        try:
            taken[name] = clean_text(answer, asked[name].max if name in asked else None)
        except TextRefused as error:
            raise usage(f"--{name}: {error.message}") from None
    return Words(taken).own


def _sources(published: PublishedCampaign, cites: Iterable[str]) -> tuple[Source, ...]:
    dossier = published.dossier
    found = []
    for name in cites:
        fact = dossier.facts[name]
        source = dossier.sources[fact.source]
        found.append(Source(name, source.title, f"{fact.locator}, as of {said(fact.as_of)}"))
    return tuple(found)


def printed(
    published: PublishedCampaign, letters: Sequence[Shown], wish: Wish, today: date
) -> list[PrintedLetter]:
    """The letters as they would be printed for an invented writer at the place of the wish."""
    sponsor = published.campaign.sponsor.name
    grounds = Grounds(dossier_of(published.bundle), sponsor)
    pages = []
    for shown in letters:
        city = _city(wish) or SAMPLE_CITY
        address = Address(zip=wish.zip or "", state=shown.state, city=city, street=SAMPLE_STREET)
        draft, target = shown.draft, shown.target
        pages.append(printed_letter(draft, SAMPLE_NAME, address, target, grounds, today))
    return pages
