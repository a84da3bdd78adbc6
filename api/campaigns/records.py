"""What members of Congress did, as organizers enter it: into the dossier of every process.

A record is stored with its source document, and is added to those of ``records.yaml``. If a letter
has a text for it, the campaign gets a new bundle with another digest, as after an edit of the file:
what was approved before is honoured.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.campaigns.catalog import Catalog
from api.campaigns.dossier import Record, Source
from api.campaigns.models import EnteredRecord
from api.campaigns.published import PublishedCampaign
from api.errors import DomainError, FieldError, InvalidInput, NotFound
from api.letters.reader import record_name
from api.security.identifiers import new_id


class RecordKnown(DomainError):
    status = 409
    code = "record_known"
    title = "This is on record already"


@dataclass(frozen=True, slots=True)
class Entered:
    """One record with its source, as the API has it. ``on`` is the thing's short name (the
    table's ``subject``), ``title`` its full one."""

    id: UUID
    bioguide: str
    what: str
    on: str
    title: str
    date: str
    source_title: str
    source_publisher: str
    source_url: str | None
    source_date: str | None

    @classmethod
    def of(cls, row: EnteredRecord) -> Self:
        names = (name for name in cls.__slots__ if name != "on")
        return cls(on=row.subject, **{name: getattr(row, name) for name in names})

    @property
    def deed(self) -> tuple[str, str, str]:
        return self.bioguide, self.what, self.on

    def as_dossier(self) -> tuple[Record, Source]:
        """The two entries of the dossier that it stands for. Raises ValueError."""
        record_id, source_id = f"entered-{self.id.hex}", f"source-{self.id.hex}"
        values = {"bioguide": self.bioguide, "what": self.what, "on": self.on}
        entry = {"id": record_id, "title": self.title, "source": source_id, "date": self.date}
        source = {
            "id": source_id,
            "title": self.source_title,
            "short": self.source_title,
            "publisher": self.source_publisher,
            "kind": "source of a record",
            "date": self.source_date,
            "url": self.source_url,
            "what": "Names what a member of Congress did; entered by an organizer.",
        }
        return Record.model_validate({**values, **entry}), Source.model_validate(source)


async def list_entered(session: AsyncSession) -> list[Entered]:
    """All entered records, in the order in which they were entered."""
    held = (
        select(EnteredRecord)
        .where(col(EnteredRecord.removed_at).is_(None))
        .order_by(col(EnteredRecord.entered_at), col(EnteredRecord.id))
    )
    return [Entered.of(row) for row in await session.exec(held)]


async def add(session: AsyncSession, entered: Entered, *, actor: str) -> None:
    """Store a record. Raises RecordKnown for one that was entered before."""
    values = {name: getattr(entered, name) for name in Entered.__slots__ if name != "on"}
    new = insert(EnteredRecord).values(**values, subject=entered.on).on_conflict_do_nothing()
    if (await session.exec(new.returning(col(EnteredRecord.id)))).one_or_none() is None:
        raise RecordKnown("This member's deed was entered before: remove that entry first.")
    await record(session, actor, "record.add", str(entered.id))


async def remove(session: AsyncSession, record_id: UUID, *, actor: str) -> None:
    """Remove a record; letters that were approved with it keep it. Raises NotFound."""
    mine = update(EnteredRecord).where(
        col(EnteredRecord.id) == record_id, col(EnteredRecord.removed_at).is_(None)
    )
    if not (await session.exec(mine.values(removed_at=func.now()))).rowcount:
        raise NotFound("There is no such record, or it was removed before.")
    await record(session, actor, "record.remove", str(record_id))


def enter(catalog: Catalog, values: dict[str, Any]) -> Entered:
    """A new record, checked as the files are: in the letters that it would shape, too.

    Raises InvalidInput, or RecordKnown for one that a file has.
    """
    made = Entered(id=new_id(), **values)
    try:
        made.as_dossier()
        for campaign in with_records(catalog, [made]).campaigns.values():
            _require_letters(campaign, made)
    except ValueError as error:
        message = "It cannot stand in a letter or on a page: check its texts and dates."
        raise InvalidInput(FieldError("title", "malformed", message)) from error
    if made.deed in {(r.bioguide, r.what, r.on) for r in catalog.dossier.records.values()}:
        raise RecordKnown("The dossier's files have this record.")
    return made


def with_records(catalog: Catalog, entered: Sequence[Entered]) -> Catalog:
    """The catalog with these records in its dossier and in the letters that speak of them."""
    known = {(r.bioguide, r.what, r.on) for r in catalog.dossier.records.values()}
    added = [each.as_dossier() for each in entered if each.deed not in known]
    if not added:
        return catalog
    records = {record.id: record for record, _ in added}
    sources = {source.id: source for _, source in added}
    whole = replace(
        catalog.dossier,
        records={**catalog.dossier.records, **records},
        sources={**catalog.dossier.sources, **sources},
    )
    campaigns = {slug: _joined(each, added) for slug, each in catalog.campaigns.items()}
    return Catalog(campaigns, catalog.warnings, whole)


def _joined(
    published: PublishedCampaign, added: Sequence[tuple[Record, Source]]
) -> PublishedCampaign:
    """The campaign with those records that one of its texts is for; itself without any."""
    names = {template.removesuffix(".j2") for template in published.bundle["templates"]}
    names |= {name for demand in published.dossier.demands.values() for name in demand.asks}
    mine = [pair for pair in added if record_name(pair[0].what, pair[0].on) in names]
    if not mine:
        return published
    joined = {
        kind: [*published.bundle[kind], *(entry.model_dump(mode="json") for entry in entries)]
        for kind, entries in (("records", [r for r, _ in mine]), ("sources", [s for _, s in mine]))
    }
    compiled = published.renderer.templates.values()
    return PublishedCampaign({**published.bundle, **joined}, compiled)


def _require_letters(campaign: PublishedCampaign, entered: Entered) -> None:
    if campaign.campaign.kind != "letters":
        return
    for seat, reader in campaign.readers.items():
        if reader.id == entered.bioguide:
            campaign.text(seat, campaign.default_demands)
