"""The complete check of campaigns, dossier and letters; the server runs the same at its start."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from api.campaigns.checked import Checked
from api.campaigns.letter_check import check_letters
from api.campaigns.loading import LetterFolder, Loaded, load, not_read, shown
from api.campaigns.problems import Problem, errors_of
from api.campaigns.published import PublishedCampaign
from api.campaigns.publishing import Letter, make_bundle, readers
from api.campaigns.references import check_references, reader_names
from api.campaigns.staleness import warnings
from api.letters.sandbox import Folder
from api.letters.suggest import suggestion
from api.targets.congress import Directory


@dataclass
class Examination:
    """The result of a check: every campaign that can be published, and all findings."""

    loaded: Loaded
    directory: Directory
    today: date
    checked: Checked | None = None
    campaigns: dict[str, PublishedCampaign] = field(default_factory=dict)
    letters: dict[str, Letter] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def run(self) -> None:
        self.problems += self.loaded.problems
        if not self.loaded.unread:  # else every use of that file would count as a mistake
            self.problems += check_references(self.loaded, self.directory)
            for name, folder in self.loaded.letters.items():
                self.problems += self.compile(name, folder)
            for slug in self.loaded.campaigns:
                self.publish(slug)
        self.problems += warnings(self.loaded, self.directory, self.today)
        self.problems = sorted(set(self.problems))

    def compile(self, name: str, folder: LetterFolder) -> list[Problem]:
        templates = Folder(folder.sources, self.loaded.named["facts"])
        compiled = tuple(templates.compile_all().values())
        self.letters[name] = Letter(folder.sources, compiled)
        problems = [
            Problem(folder.file(fault.template), fault.line, fault.column, "", fault.message)
            for fault in templates.faults
        ]
        known = reader_names(self.loaded, self.directory)
        for template in set(folder.sources) - set(templates.included):
            reader = template.removesuffix(".j2")
            if reader not in known:
                message = (
                    f"is for no known reader, and no text includes it{suggestion(reader, known)}"
                )
                problems.append(Problem(folder.file(template), 1, 1, "", message))
        return problems

    def publish(self, slug: str) -> None:
        campaign = self.loaded.campaigns[slug]
        if not self.sound(slug):
            return
        letter = self.letters[campaign.letter] if campaign.letter else Letter()
        dossier = self.loaded.dossier
        bundle = make_bundle(campaign, dossier, letter, self.directory, self.today)
        published = self.campaigns[slug] = PublishedCampaign(bundle, letter.compiled)
        problems = [] if self.is_known(published) else self.check_letters(published, letter)
        if self.checked is not None and not problems:
            self.checked.add(published.bundle_digest)
        self.problems += problems

    def is_known(self, published: PublishedCampaign) -> bool:
        return self.checked is not None and published.bundle_digest in self.checked

    def check_letters(self, published: PublishedCampaign, letter: Letter) -> list[Problem]:
        campaign, dossier = published.campaign, self.loaded.dossier
        # Those whose recorded term has ended are checked too: their successors read the same.
        recorded = readers(campaign, dossier, self.directory, self.directory.as_of)
        met = {**{reader.seat: reader for reader in recorded}, **published.readers}
        return check_letters(self.loaded, published, list(met.values()), letter)

    def sound(self, slug: str) -> bool:
        """Whether the campaign, its letter and the dossier are free of errors so far."""
        files = {self.loaded.documents[slug].file}
        files |= {document.file for document in self.loaded.dossier_documents.values()}
        letter = self.loaded.campaigns[slug].letter
        folder = f"{self.loaded.letters[letter].shown}/" if letter in self.loaded.letters else ""
        return not any(
            problem.file in files or (folder and problem.file.startswith(folder))
            for problem in errors_of(self.problems)
        )


def examine(
    campaigns_dir: Path,
    templates_dir: Path,
    directory: Directory,
    today: date,
    checked: Checked | None = None,
) -> Examination:
    """Reads and checks everything, except letters that were ``checked`` before.

    ``today`` is the day in US Eastern.
    """
    examination = Examination(load(campaigns_dir, templates_dir), directory, today, checked)
    examination.run()
    return examination


def check(
    campaigns_dir: Path, templates_dir: Path, directory: Directory, today: date
) -> list[Problem]:
    """Everything found, in the order of files and lines."""
    return examine(campaigns_dir, templates_dir, directory, today).problems


def concerning(examination: Examination, path: Path) -> list[Problem]:
    """The problems that concern one campaign's file: its own, its letter's, the dossier's."""
    if path.parent.name == "dossier":
        return [p for p in examination.problems if p.file == shown(path)]
    letter = examination.loaded.campaigns.get(path.stem)
    folder = examination.loaded.letters.get((letter.letter or "") if letter else "")
    starts = [shown(path), shown(path.parent / "dossier") + "/", "data"]
    if folder:
        starts.append(folder.shown + "/")
    folders, begins = examination.loaded.folders, tuple(starts)
    found = [p for p in examination.problems if p.file in folders or p.file.startswith(begins)]
    unread = path.suffix != ".yaml" and not_read(path) not in found
    return [*found, not_read(path)] if unread else found
