"""The public list: people as each chose to appear, organizations that were approved.

People who are hidden, wait for review or are not counted are not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.schema import SignOnForm
from api.sign_ons.cursors import Place
from api.sign_ons.names import name_key

PAGE_MAX = 100

_SHOWN = """
    s.campaign = :campaign AND s.status = 'confirmed' AND s.display <> 'hidden'
    AND s.review = 'passed' AND s.sequence IS NOT NULL
    AND EXISTS (SELECT FROM persons p WHERE p.id = s.person_id AND p.standing = 'counted')
"""
_COLUMNS = """
    s.sequence, s.display, s.public_name AS name, s.public_place AS place,
    s.public_affiliation AS affiliation,
    CASE WHEN s.comment_review = 'passed' THEN s.public_comment END AS comment
"""

NEWEST = text(f"""
    SELECT {_COLUMNS} FROM sign_ons s WHERE {_SHOWN} AND s.sequence < :before
    ORDER BY s.sequence DESC LIMIT :limit
""")  # noqa: S608 (our own text)

# By name, with keyset pagination, so that no page costs more than the first.
BY_NAME = text(f"""
    SELECT {_COLUMNS}, s.sort_key FROM sign_ons s WHERE {_SHOWN}
      AND (s.sort_key, s.sequence) > (:sort_key, :sequence)
    ORDER BY s.sort_key, s.sequence LIMIT :limit
""")  # noqa: S608

ORGANIZATIONS = text("""
    SELECT sequence, name, website, country, standing AS signs_as, name_key,
        public_representative AS representative
    FROM organizations WHERE campaign = :campaign AND status = 'approved'
      AND sequence IS NOT NULL ORDER BY sort_key, sequence
""")


@dataclass(frozen=True, slots=True)
class Signer:
    sequence: int
    name: str
    place: str | None
    affiliation: str | None
    comment: str | None
    by_initials: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "sequence": self.sequence,
            "name": self.name,
            "place": self.place,
            "affiliation": self.affiliation,
            "comment": self.comment,
        }


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
    bounds = {"campaign": campaign, "before": before or 2**62, "limit": limit + 1}
    rows = (await session.execute(NEWEST, bounds)).all()
    return _page(rows, limit)


async def by_name(
    session: AsyncSession, campaign: str, after: Place | None, limit: int
) -> NamePage:
    """People by name, from behind the place ``after`` on."""
    place = after or Place()
    bounds = {"campaign": campaign, "sort_key": place.sort_key, "sequence": place.sequence}
    rows = (await session.execute(BY_NAME, {**bounds, "limit": limit + 1})).all()
    signers, more = rows[:limit], len(rows) > limit
    last = Place(bytes(signers[-1].sort_key), signers[-1].sequence) if more else None
    return NamePage(_signers(signers), last)


async def organizations(
    session: AsyncSession, campaign: str, form: SignOnForm
) -> list[SigningOrganization]:
    """Approved ones, by name; with ``leads_first`` the leads before the others, in the order
    of the campaign's file."""
    rows = (await session.execute(ORGANIZATIONS, {"campaign": campaign})).all()
    order = {name_key(name): place for place, name in enumerate(form.leads)}
    found = [(row.signs_as == "lead" or row.name_key in order, row) for row in rows]
    if form.order == "leads_first":
        found.sort(key=lambda pair: (not pair[0], order.get(pair[1].name_key, len(order))))
    return [
        SigningOrganization(
            row.sequence, row.name, row.website, row.country, lead, row.representative
        )
        for lead, row in found
    ]


def _page(rows: Sequence[Any], limit: int) -> SignerPage:
    signers = _signers(rows[:limit])
    return SignerPage(signers, signers[-1].sequence if len(rows) > limit else None)


def _signers(rows: Sequence[Any]) -> list[Signer]:
    return [
        Signer(
            row.sequence,
            row.name,
            row.place,
            row.affiliation,
            row.comment,
            row.display == "initials",
        )
        for row in rows
    ]
