"""The public list: people as each chose to appear, organizations that were approved.

People who are hidden, wait for review or are not counted are not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Integer, LargeBinary, Text, bindparam
from sqlmodel import case, col, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.schema import SignOnForm
from api.sign_ons.cursors import Place
from api.sign_ons.models import SHOWN, Display, Organization, OrganizationStatus, Review, SignOn
from api.sign_ons.names import name_key
from api.supporters.models import Person, Standing

PAGE_MAX = 100

# Statements that are read often are made once, and get their values when they run.
_CAMPAIGN = bindparam("campaign", type_=Text)
_COUNTED = select(Person.id).where(
    Person.id == SignOn.person_id, Person.standing == Standing.COUNTED
)
_COMMENT = case((col(SignOn.comment_review) == Review.PASSED, col(SignOn.public_comment)))
_COLUMNS: tuple[Any, ...] = (
    SignOn.sequence,
    SignOn.display,
    col(SignOn.public_name).label("name"),
    col(SignOn.public_place).label("place"),
    col(SignOn.public_affiliation).label("affiliation"),
    _COMMENT.label("comment"),
    SignOn.sort_key,
)
_SIGNERS = (
    select(*_COLUMNS)
    .where(SignOn.campaign == _CAMPAIGN, SHOWN, _COUNTED.exists())
    .limit(bindparam("limit", type_=Integer))
)
_SEQUENCE = bindparam("sequence", type_=BigInteger)
NEWEST = _SIGNERS.where(col(SignOn.sequence) < _SEQUENCE).order_by(col(SignOn.sequence).desc())

# By name, with keyset pagination, so that no page costs more than the first.
_PLACE = tuple_(col(SignOn.sort_key), col(SignOn.sequence))
BY_NAME = _SIGNERS.where(
    tuple_(bindparam("sort_key", type_=LargeBinary), _SEQUENCE) < _PLACE
).order_by(*_PLACE)

_ORGANIZATION: tuple[Any, ...] = (
    Organization.sequence,
    Organization.name,
    Organization.website,
    Organization.country,
    Organization.signs_as,
    col(Organization.public_representative).label("representative"),
    Organization.name_key,
)
_ORGANIZATIONS = (
    select(*_ORGANIZATION)
    .where(
        Organization.campaign == _CAMPAIGN,
        Organization.status == OrganizationStatus.APPROVED,
        col(Organization.sequence).is_not(None),
    )
    .order_by(col(Organization.sort_key), col(Organization.sequence))
)


@dataclass(frozen=True, slots=True)
class Signer:
    sequence: int
    name: str
    place: str | None
    affiliation: str | None
    comment: str | None
    by_initials: bool


@dataclass(frozen=True, slots=True)
class SigningOrganization:
    sequence: int
    name: str
    website: str
    country: str
    lead: bool
    representative: str | None


@dataclass(frozen=True, slots=True)
class SignerPage:
    """``next`` is the sequence to go on from, None at the end. (Told or guessed, it says nothing
    of its entry: nothing is looked up by it.)"""

    signers: Sequence[Signer]
    next: int | None


@dataclass(frozen=True, slots=True)
class NamePage:
    """``next`` is the place to go on from, None at the end."""

    signers: Sequence[Signer]
    next: Place | None


async def newest(
    session: AsyncSession, campaign: str, before: int | None, limit: int
) -> SignerPage:
    """People from the newest on, below the sequence ``before``; at most ``PAGE_MAX``."""
    limit = max(1, min(limit, PAGE_MAX))
    bounds = {"campaign": campaign, "sequence": before or 2**62, "limit": limit + 1}
    rows = (await session.exec(NEWEST, params=bounds)).all()
    return _page(rows, limit)


async def by_name(
    session: AsyncSession, campaign: str, after: Place | None, limit: int
) -> NamePage:
    """People by name, from behind the place ``after`` on."""
    place = after or Place()
    bounds = {"campaign": campaign, "sort_key": place.sort_key, "sequence": place.sequence}
    rows = (await session.exec(BY_NAME, params={**bounds, "limit": limit + 1})).all()
    signers, more = rows[:limit], len(rows) > limit
    last = Place(signers[-1].sort_key, signers[-1].sequence) if more else None
    return NamePage(_signers(signers), last)


async def organizations(
    session: AsyncSession, campaign: str, form: SignOnForm
) -> list[SigningOrganization]:
    """Approved ones, by name; with ``leads_first`` the leads before the others, in the order
    of the campaign's file."""
    rows = (await session.exec(_ORGANIZATIONS, params={"campaign": campaign})).all()
    order = {name_key(name): place for place, name in enumerate(form.leads)}
    found = [(row.signs_as == "lead" or row.name_key in order, row) for row in rows]
    if form.order == "leads_first":
        found.sort(key=lambda pair: (not pair[0], order.get(pair[1].name_key, len(order))))
    return [
        SigningOrganization(
            sequence=row.sequence,
            name=row.name,
            website=row.website,
            country=row.country,
            lead=lead,
            representative=row.representative,
        )
        for lead, row in found
    ]


def _page(rows: Sequence[Any], limit: int) -> SignerPage:
    signers = _signers(rows[:limit])
    return SignerPage(signers, signers[-1].sequence if len(rows) > limit else None)


def _signers(rows: Sequence[Any]) -> list[Signer]:
    return [
        Signer(
            sequence=row.sequence,
            name=row.name,
            place=row.place,
            affiliation=row.affiliation,
            comment=row.comment,
            by_initials=row.display == Display.INITIALS,
        )
        for row in rows
    ]
