"""A supporter's letter on paper: what was approved, with the envelope and its sources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.dossier import Dossier, Source
from api.campaigns.published import dossier_of
from api.errors import NotFound
from api.letters.dates import said
from api.letters.models import Bundle, Letter
from api.printing.letter import PrintedLetter, PrintedSource
from api.submissions.drafts import Draft
from api.submissions.models import Submission
from api.supporters.vault import Address
from api.targets.models import Target

# The chambers take letters without a room number at their own ZIP codes.
CHAMBERS = {
    "house": ("U.S. House of Representatives", "Washington, DC 20515"),
    "senate": ("United States Senate", "Washington, DC 20510"),
}


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a letter was made from, as far as paper names it."""

    dossier: Dossier
    sponsor: str


def grounds_of(bundle: Mapping[str, Any]) -> Grounds:
    """The grounds in the content of a bundle, such as ``PublishedCampaign.bundle``."""
    return Grounds(dossier_of(bundle), bundle["campaign"]["sponsor"]["name"])


async def find_grounds(session: AsyncSession, letter_id: UUID) -> Grounds:
    """Of the version that this letter was approved in, whatever the campaign says today.

    Raises NotFound when there is no such letter.
    """
    query = (
        select(Bundle.content)
        .join(Submission, col(Submission.bundle) == Bundle.digest)
        .join(Letter, col(Letter.submission_id) == Submission.id)
        .where(Letter.id == letter_id)
    )
    bundle = (await session.exec(query)).one_or_none()
    if bundle is None:
        raise NotFound("There is no such letter.")
    return grounds_of(bundle)


def printed_letter(  # noqa: PLR0913 a letter has a text, a writer, a reader, grounds and a date
    draft: Draft, name: str, address: Address, target: Target | None, grounds: Grounds, day: date
) -> PrintedLetter:
    """A letter as it was approved, from the writer's ``name`` at ``address``.

    ``target`` is whoever holds the seat today, or None; when that is not the one whom the
    letter was written to, it is addressed to that one at the chamber and never to a successor.
    ``day`` is the date printed on the letter.
    """
    return PrintedLetter(
        sender=name,
        sender_address=address_lines(address),
        day=day,
        recipient=recipient_lines(draft, target),
        subject=draft.subject,
        salutation=draft.text.salutation,
        own_words=draft.own_words,
        statement=draft.statement,
        close=draft.body.rpartition("\n\n")[2],
        sources=tuple(_sources(draft, grounds.dossier)),
        footer=f"The campaign's part of this letter was prepared by {grounds.sponsor}.",
    )


def address_lines(address: Address) -> tuple[str, ...]:
    """The lines for an envelope, without the name: ``620 N Brand Blvd``, ``Glendale, CA 91204``."""
    region = " ".join(part for part in (address.state, address.zip) if part)
    town = f"{address.city}, {region}" if address.city else region
    return tuple(line for line in (address.street, town) if line)


def recipient_lines(draft: Draft, target: Target | None) -> tuple[str, ...]:
    """Name with its form of address, office, postal address: what shows in the window."""
    chamber = CHAMBERS.get(draft.seat.partition(":")[0])
    name = _honored(draft)
    if target is None or not target.postal_address or target.id != draft.text.target_id:
        return (name, *(chamber or ()))
    office = chamber[0] if chamber else target.title
    # "The President", "The Secretary of State": the name says the office already.
    return (name, *(() if office in name else (office,)), *target.postal_address.split("\n"))


def _honored(draft: Draft) -> str:
    """A President is written to by the office alone, as is an office without a known holder."""
    if draft.seat == "president":
        return "The President"
    name = draft.text.name
    return name if name.startswith("The ") else f"The Honorable {name}"


def _sources(draft: Draft, dossier: Dossier) -> Iterator[PrintedSource]:
    """The documents behind the facts that the letter still states, each once."""
    facts = [dossier.facts[fact] for fact in draft.text.cites]
    if draft.edited:
        facts = [fact for fact in facts if _squeezed(fact.claim) in _squeezed(draft.statement)]
    for source_id in dict.fromkeys(fact.source for fact in facts):
        source = dossier.sources[source_id]
        yield PrintedSource(source.title, _imprint(source, dossier))


def _imprint(source: Source, dossier: Dossier) -> str:
    """Publisher and date; a date that the document does not print is not printed here."""
    parts = [source.publisher, *([said(source.date)] if source.date else [])]
    if source.cited_in:
        parts.append(f"as cited in {dossier.sources[source.cited_in].title}")
    return ", ".join(parts)


def _squeezed(text_: str) -> str:
    return " ".join(text_.split())
