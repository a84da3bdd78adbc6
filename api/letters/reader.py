"""Who reads a letter, as far as its text depends on it, and which of the texts they get.

The order (most specific first): a record of the member's own, chair or ranking member of a
committee, subcommittee, committee, kind of office.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from api.targets.models import Target

NON_VOTING = frozenset({"delegate", "resident_commissioner"})
KINDS = {
    "representative": ("representative",),
    "delegate": ("delegate",),
    "resident_commissioner": ("resident_commissioner", "delegate"),
    "senator": ("senator",),
}
"""Kind of a member of Congress -> the names of texts that fit it, most specific first."""

_LED = {"led": "led", "co_led": "led"}
_WEIGHT = ("led", "co_led", "sponsored", "signed", "spoke", "declined")
_LEADERS = ("chair", "ranking")
COMMITTEE_CODE = 4
"""Characters of a committee's code; a subcommittee's has two digits more."""


class Deed(Protocol):
    """One entry of ``records.yaml``: what a member already did, and on what."""

    @property
    def bioguide(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def on(self) -> str: ...


_Deed = TypeVar("_Deed", bound=Deed)


@dataclass(frozen=True, slots=True)
class Post:
    """A seat on a committee; ``role`` is ``chair``, ``ranking``, another role or None."""

    committee: str
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """A target, reduced to what the text of a letter can depend on."""

    seat: str
    id: str | None
    name: str
    kind: str
    last_name: str
    title: str
    state: str | None
    district: str | None
    salutation: str
    committees: tuple[Post, ...] = ()

    @classmethod
    def of(cls, holder: Target) -> "Reader":
        return cls(
            seat=holder.seat,
            id=holder.id,
            name=holder.name,
            kind=holder.kind,
            last_name=holder.last_name,
            title=holder.title,
            state=holder.state,
            district=holder.district,
            salutation=holder.salutation,
            committees=tuple(Post(post.committee, post.role) for post in holder.committees),
        )

    @property
    def in_congress(self) -> bool:
        return self.kind in KINDS

    def row(self) -> list[Any]:
        """The reader's row in a bundle: seat, id and name first, then the rest in order."""
        posts = [[post.committee, post.role] for post in self.committees]
        return [
            *(self.seat, self.id, self.name, self.kind, self.last_name, self.title),
            *(self.state, self.district, self.salutation, posts),
        ]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> "Reader":
        *plain, posts = row
        committees = tuple(Post(*post) for post in posts)
        return cls(*plain, committees=committees)  # type: ignore[misc]


def is_subcommittee(code: str) -> bool:
    """``HSFA14`` is one of ``HSFA``'s."""
    return len(code) > COMMITTEE_CODE


def record_name(what: str, on: str) -> str:
    """The name of the text for a record: ``record-led-2020-letter``, for co-leads too."""
    return f"record-{_LED.get(what, what)}-{on}"


def records_of(reader: Reader, records: Iterable[_Deed]) -> list[_Deed]:
    """The records of this member, most important first, then in the order of the file."""
    own = [record for record in records if reader.id is not None and record.bioguide == reader.id]
    return sorted(own, key=lambda record: _WEIGHT.index(record.what))


def lineage(target: Reader | Target, records: Iterable[Deed]) -> tuple[str, ...]:
    """The names of the texts that fit this reader, most specific first.

    For the chair of House Foreign Affairs with a record, for example: ``record-led-2020-letter``,
    ``chair-HSFA``, ``HSFA14``, ``HSFA``, ``representative``.
    """
    reader = target if isinstance(target, Reader) else Reader.of(target)
    posts = sorted(reader.committees, key=lambda post: (len(post.committee), post.committee))
    names = [record_name(record.what, record.on) for record in records_of(reader, records)]
    names += [f"{post.role}-{post.committee}" for post in posts if post.role in _LEADERS]
    names += [post.committee for post in posts if is_subcommittee(post.committee)]
    names += [post.committee for post in posts if not is_subcommittee(post.committee)]
    names += KINDS.get(reader.kind, (reader.seat,))
    return tuple(dict.fromkeys(names))
