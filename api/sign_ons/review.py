"""Which parts of a sign-on an organizer has to review before they are published.

A campaign's file says which names wait (``sign_on.review``): all of them, or those that look
unusual. What waits or was refused is kept sealed, with the form's own key; the plain columns
hold only what is published.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Result, bindparam, literal_column
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, select, union
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.published import PublishedCampaign
from api.security.own_domains import own_domain
from api.sign_ons.appearing import Appearance
from api.sign_ons.hints import hints
from api.sign_ons.known_names import KnownNames
from api.sign_ons.models import Display, Refusal, Review
from api.supporters.models import Person
from api.supporters.vault import Passed, Vault
from api.targets.congress import Directory

NOTHING_PASSED = Passed()
# The columns of a sign-on that nothing stays in once it is withdrawn or replaced.
WIPED: Final[dict[str, None]] = dict.fromkeys(
    (
        *("words", "passed", "public_name", "public_place", "public_affiliation"),
        *("public_comment", "sort_key", "look"),
    )
)


@dataclass(frozen=True, slots=True)
class Reviews:
    """The reviews of the name (with place and affiliation) and of the comment."""

    name: Review
    comment: Review


@dataclass(frozen=True, slots=True)
class Reviewing:
    """How the names of one campaign are looked at; ``names`` are of those who cannot well have
    signed."""

    mode: Literal["all", "suspicious"] = "all"
    names: tuple[KnownNames, ...] = ()

    def reviews(
        self, wanted: Appearance, refused: Collection[str], passed: Passed = NOTHING_PASSED
    ) -> Reviews:
        """What becomes of it. A refusal is the person's, whatever they appear as, and whoever
        else is at their mailbox waits; a pass holds for the very text that an organizer read."""
        return Reviews(
            _review(
                wanted.name is not None,
                refused="name" in refused,
                passed=passed.line == wanted.line
                or not (self._waits(wanted) or "address" in refused),
            ),
            _review(
                wanted.comment is not None,
                refused="comment" in refused,
                passed=passed.comment == wanted.comment,
            ),
        )

    def _waits(self, wanted: Appearance) -> bool:
        return self.mode == "all" or bool(self.flags(wanted))

    def flags(self, wanted: Appearance) -> tuple[str, ...]:
        """Why an organizer should look twice; never a reason to refuse by itself."""
        return tuple(hints(wanted, self.names))


def _review(there: bool, *, refused: bool, passed: bool) -> Review:
    if not there:
        return Review.NONE
    if refused:
        return Review.REFUSED
    return Review.PASSED if passed else Review.QUEUED


def reviewing(published: PublishedCampaign | None, directory: Directory) -> Reviewing:
    """A campaign's review rules; all names wait if its file is gone. Members of Congress and
    whoever signed an earlier letter are known names."""
    offered = published.campaign.sign_on if published else None
    earlier = offered.historic.signatories if offered and offered.historic else ()
    names = (_members(directory), _signatories(tuple(earlier)))
    return Reviewing(offered.review if offered else "all", names)


def load_tables(directory: Directory) -> None:
    """Read now what names and hosts are compared with (some 0.3 s and 4 MB): otherwise
    the first visitor waits for it, and everybody else with them."""
    Reviewing(names=(_members(directory),)).flags(Appearance("Ann Roe"))
    own_domain("example.org")


@lru_cache(maxsize=2)
def _members(directory: Directory) -> KnownNames:
    whole = list(directory.names())
    # A family name of two words is one: a name on record may end in another one.
    both = (f"{name.split()[0]} {last.replace(' ', '')}" for name, last in whole)
    return KnownNames.of([*(name for name, _ in whole), *both], misspelled=False)


@lru_cache(maxsize=64)
def _signatories(names: tuple[str, ...]) -> KnownNames:
    return KnownNames.of(names)


async def refusals_of(
    session: AsyncSession, person_id: UUID, look: bytes | None = None
) -> set[str]:
    """What of a person's was refused on this campaign: ``name``, ``comment``; and ``address``
    where something of another person's at their mailbox was, or a name with this ``look``."""
    values = {"person_id": person_id, "look": look}
    found: Result[str] = await session.exec(_REFUSED, params=values)  # type: ignore[call-overload]
    return set(found.scalars())


def beside(person: type[Person], other: type[Person]) -> ColumnElement[bool]:
    """Whether another person has confirmed with the same address on the same campaign."""
    return and_(
        other.campaign == person.campaign,
        other.email_hash == person.email_hash,
        other.id != person.id,
    )


_PERSON: Any = bindparam("person_id")
_OTHER = aliased(Person)
_OWN = select(Refusal.what).where(Refusal.person_id == _PERSON)
_AT_MAILBOX: Any = (
    select(literal_column("'address'"))
    .select_from(Person)
    .join(_OTHER, beside(Person, _OTHER))
    .join(Refusal, col(Refusal.person_id) == _OTHER.id)
    .where(Person.id == _PERSON)
)
# As SQL has it, nothing equals a look that is null.
_ALIKE: Any = select(literal_column("'address'")).where(
    Refusal.look == bindparam("look"), Refusal.person_id != _PERSON
)
_REFUSED = union(_OWN, _AT_MAILBOX, _ALIKE)


def look_of(vault: Vault, campaign: str, display: str, wanted: Appearance) -> bytes | None:
    """How a whole name looks; initials are too short to identify anybody."""
    named = display == Display.NAME and wanted.name is not None
    return vault.look(campaign, wanted.name or "") if named else None


def public_columns(
    wanted: Appearance, reviews: Reviews, look: bytes | None = None
) -> dict[str, Any]:
    """The columns of a sign-on that are published: nothing until the name has passed review."""
    passed = reviews.name is Review.PASSED
    shown = wanted if passed else Appearance()
    return {
        "review": reviews.name,
        "comment_review": reviews.comment,
        "public_name": shown.name,
        "public_place": shown.place,
        "public_affiliation": shown.affiliation,
        "public_comment": shown.comment if reviews.comment is Review.PASSED else None,
        "sort_key": shown.sort_key,
        "look": look if passed else None,
    }
