"""The district lines of each state: which Congress elected by them, and which they serve.

An edition is one state's lines as one ZIP table has them. It serves the Congress whose lines they
are, and a later one only where a verdict with a source says that the state kept them. From that
follows how a state stands on a day: ``ready``, ``carried`` or ``unknown``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from api.targets.apportionment import DIVIDED
from api.targets.districts import EACH

Status = Literal["ready", "carried", "unknown"]


@dataclass(frozen=True, slots=True)
class Source:
    """A document; ``date`` is the day of its publication, or else of its reading."""

    title: str
    publisher: str
    url: str | None
    date: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a state's lines serve one later Congress too; ``kept`` is None where it is not
    clear. ``read`` says what was read, in ``sources``."""

    congress: int
    kept: bool | None
    read: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """One state's lines: ``lines`` is the Congress that was elected by them."""

    state: str
    lines: int
    source: Source
    verdicts: tuple[Verdict, ...] = ()

    def verdict(self, congress: int) -> Verdict | None:
        return next((v for v in self.verdicts if v.congress == congress), None)

    def serves(self, congress: int) -> bool:
        """Whether these are known to be the lines by which a Congress was elected."""
        verdict = self.verdict(congress)
        return self.lines == congress or bool(verdict and verdict.kept)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> "Edition":
        """Read back what ``as_json`` made. Raises KeyError, TypeError, ValueError."""
        verdicts = tuple(
            Verdict(
                int(v["congress"]),
                None if v["kept"] is None else bool(v["kept"]),
                str(v["read"]),
                tuple(Source(**source) for source in v["sources"]),
            )
            for v in value["verdicts"]
        )
        source = Source(**value["source"])
        return cls(str(value["state"]), int(value["lines"]), source, verdicts)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a state stands in one Congress. ``lines`` are those that are used, None for ``unknown``
    and for a state that is one district; ``why`` and ``sources`` say on what that rests."""

    state: str
    status: Status
    lines: int | None
    why: str
    sources: tuple[Source, ...] = ()


def standing(state: str, congress: int, editions: Iterable[Edition]) -> Standing:
    """How a state stands, by its ``editions``."""
    if state not in DIVIDED:
        return Standing(state, "ready", None, "The state is one district.")
    mine = sorted(editions, key=lambda edition: edition.lines, reverse=True)
    for edition in mine:
        if edition.lines == congress:
            why = f"The table has the lines of Congress {congress}."
            return Standing(state, "ready", edition.lines, why, (edition.source,))
        verdict = edition.verdict(congress)
        if verdict and verdict.kept:
            return Standing(state, "carried", edition.lines, verdict.read, verdict.sources)
    for edition in mine:
        if verdict := edition.verdict(congress):
            return Standing(state, "unknown", None, verdict.read, verdict.sources)
    why = f"Nothing says which lines serve Congress {congress}."
    return Standing(state, "unknown", None, why)


def standings(congress: int, editions: Iterable[Edition]) -> dict[str, Standing]:
    """How each state with lines to draw stands in one Congress."""
    by_state: defaultdict[str, list[Edition]] = defaultdict(list)
    for edition in editions:
        by_state[edition.state].append(edition)
    return {state: standing(state, congress, by_state[state]) for state in DIVIDED}


def row_key(lines: int, zip_code: str) -> str:
    """Under which a row of newer lines stands in the data set."""
    return f"{lines}:{zip_code}"


def newer_rows(newer: Mapping[str, str]) -> Iterator[tuple[int, str, str]]:
    """(lines, ZIP, its districts) of each row of newer lines."""
    for key, text in newer.items():
        lines, _, zip_code = key.partition(":")
        yield int(lines), zip_code, text


def rows_for(
    zips: Mapping[str, str], newer: Mapping[str, str], used: Mapping[str, Standing], base: int
) -> dict[str, str]:
    """ZIP -> its districts in one Congress, for which each state is ``used`` as it stands.

    ``zips`` are the rows of the ``base`` lines. A district "TX-*" is each of a state whose lines
    are not known. A ZIP of which nothing is left is not in it: its prefix says the state.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for zip_code, text in zips.items():
        for district in text.split():
            stands, each = used.get(district[:2]), f"{district[:2]}-{EACH}"
            if stands is None or stands.lines == base:
                found[zip_code].append(district)
            elif stands.lines is None and each not in found[zip_code]:
                found[zip_code].append(each)
    for lines, zip_code, text in newer_rows(newer):
        for district in text.split():
            stands = used.get(district[:2])
            if stands is not None and stands.lines == lines:
                found[zip_code].append(district)
    return {zip_code: " ".join(districts) for zip_code, districts in found.items() if districts}
