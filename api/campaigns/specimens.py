"""The kinds of reader of a campaign: those who get a different text, or different asks."""

from collections.abc import Iterable
from dataclasses import dataclass

from api.letters.reader import Reader
from api.letters.render import Renderer, Unwritten


@dataclass(frozen=True)
class Kind:
    """Readers who get one text with the same asks; ``readers`` has one at least."""

    text: str
    office: str
    readers: tuple[Reader, ...]

    @property
    def name(self) -> str:
        """The text's name, with the kind of office where that is another one."""
        office = self.office.replace("_", " ")
        return self.text if self.text == self.office else f"{self.text} ({office})"

    @property
    def one(self) -> Reader:
        return self.readers[0]


def kinds_of(renderer: Renderer, readers: Iterable[Reader], demands: tuple[str, ...]) -> list[Kind]:
    """The kinds among ``readers``, in their order; who gets no text at all is left out."""
    found: dict[tuple[str, str, tuple[str, ...]], list[Reader]] = {}
    for reader in readers:
        try:
            fit = renderer.fit(reader)
            asks = tuple(renderer.wording(fit.lineage, demands).asks)
        except Unwritten:
            continue
        found.setdefault((fit.name, reader.kind, asks), []).append(reader)
    return [Kind(text, office, tuple(group)) for (text, office, _), group in found.items()]
