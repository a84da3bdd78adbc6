"""Renders the letters of a campaign for every possible reader, and checks each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import permutations

from api.campaigns.loading import LetterFolder, Loaded
from api.campaigns.problems import Level, Problem
from api.campaigns.published import PublishedCampaign
from api.campaigns.publishing import Letter
from api.campaigns.specimens import kinds_of
from api.campaigns.text_check import Expected, Finding, address, findings
from api.letters.reader import Post, Reader, record_name
from api.letters.render import LetterText, Unwritten
from api.letters.sandbox import RenderFailed

_CHAMBERS = {"H": ("representative",), "S": ("senator",), "J": ("representative", "senator")}


@dataclass
class LetterCheck:
    """Checks one campaign; ``found`` keeps each finding once, with the readers it is about."""

    loaded: Loaded
    slug: str
    published: PublishedCampaign
    readers: list[Reader]
    folder: LetterFolder
    found: dict[tuple[Problem, str], list[str]] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)
    judged: dict[tuple[str, str, str, Expected], list[Finding]] = field(default_factory=dict)

    def run(self, letter: Letter) -> Iterator[Problem]:
        included = {name for template in letter.compiled for name in template.includes}
        self.each(self.readers, [self.published.default_demands])
        texts = [template.name for template in letter.compiled if template.name not in included]
        for name in texts:
            if name not in self.met:
                self.invented(name.removesuffix(".j2"))
        self.choices()
        for (problem, said), seats in self.found.items():
            others = len(set(seats)) - 1
            more = f" and {others} more" if others else ""
            yield replace(problem, message=f"{said} (to {seats[0]}{more})")
        for name in texts:
            if name not in self.met:
                message = "no reader of this campaign gets this text"
                yield Problem(self.folder.file(name), 1, 1, "", message, "warning")

    def each(self, readers: Iterable[Reader], choices: list[tuple[str, ...]]) -> None:
        for reader in readers:
            for demands in choices:
                self.one(reader, demands)

    def one(self, reader: Reader, demands: tuple[str, ...]) -> None:
        try:
            text = self.rendered(reader, demands)
        except Unwritten as missing:
            self.add(self.unwritten(missing), str(missing), reader)
        except RenderFailed as failed:
            problem = Problem(self.folder.file(failed.template), failed.line, 1, "", "")
            self.met.add(failed.template)
            self.add(problem, failed.message, reader)
        else:
            self.judge(text, reader, demands)

    def rendered(self, reader: Reader, demands: tuple[str, ...]) -> LetterText:
        """The letter; that of the campaign itself is kept there, and not rendered again."""
        published = self.published
        if demands == published.default_demands and published.readers.get(reader.seat) == reader:
            return published.text(reader.seat, demands)
        return published.renderer.text(reader, demands)

    def judge(self, text: LetterText, reader: Reader, demands: tuple[str, ...]) -> None:
        renderer, dossier = self.published.renderer, self.published.dossier
        fit = renderer.fit(reader)
        self.met.add(fit.template.name)
        sources = [dossier.sources[dossier.facts[fact].source].short for fact in text.cites]
        asks = renderer.wording(fit.lineage, demands).asks
        expected = Expected(tuple(asks), tuple(sources))
        for level, message in [*self.words(text, reader.kind, expected), *address(text, reader)]:
            self.add(self.in_template(fit.template.name, level), message, reader)

    def words(self, text: LetterText, kind: str, expected: Expected) -> list[Finding]:
        """The findings on the words alone: most readers get the same, so they are cached."""
        key = (text.subject, text.statement, kind, expected)
        if key not in self.judged:
            self.judged[key] = list(findings(text, kind, expected))
        return self.judged[key]

    def in_template(self, name: str, level: Level) -> Problem:
        return Problem(self.folder.file(name), 1, 1, "", "", level)

    def add(self, problem: Problem, message: str, reader: Reader) -> None:
        self.found.setdefault((problem, message), []).append(reader.seat)

    def unwritten(self, missing: Unwritten) -> Problem:
        if missing.demand:
            return self.loaded.in_dossier("demands", missing.demand, ("asks",), "")
        return self.loaded.in_campaign(self.slug, ("letter",), "")

    def choices(self) -> None:
        """Every choice of demands, once for each kind of reader that is told apart."""
        if not self.published.campaign.form.choose_demands:
            return
        demands = self.published.default_demands
        chosen = [c for size in range(1, len(demands) + 1) for c in permutations(demands, size)]
        kinds = kinds_of(self.published.renderer, self.readers, demands)
        self.each([kind.one for kind in kinds], chosen)

    def invented(self, name: str) -> None:
        """Try a text that nobody in Congress gets today with an invented reader."""
        for reader in self.readers:
            invented = self.as_if(reader, name)
            if invented:
                self.one(invented, self.published.default_demands)
                return

    def as_if(self, reader: Reader, name: str) -> Reader | None:
        """``reader`` in the role that the text ``name`` is for; None where it cannot be."""
        role, _, code = name.rpartition("-")
        if role in {"chair", "ranking", ""} and reader.kind in _CHAMBERS.get(code[:1], ()):
            return replace(reader, id="X000000", committees=(Post(code, role or None),))
        for record in self.published.dossier.records.values():
            if record_name(record.what, record.on) == name and reader.in_congress:
                return replace(reader, id=record.bioguide, committees=())
        return None


def check_letters(
    loaded: Loaded, published: PublishedCampaign, readers: list[Reader], letter: Letter
) -> list[Problem]:
    """The findings on the letters to ``readers`` of a campaign, if it has a letter."""
    name = published.campaign.letter
    if name is None:
        return []
    folder = loaded.letters[name]
    return list(LetterCheck(loaded, published.slug, published, readers, folder).run(letter))
