"""What members of Congress did, as organizers enter it: into the dossier of every process.

A record stands in the database with the document that it rests on, and joins those of
``records.yaml``. Where a letter has a text for it, the campaign becomes another bundle, with
another digest, as it would after an edit of the file: what was approved before is honoured.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.campaigns.catalog import Catalog
from api.campaigns.dossier import Record, Source
from api.campaigns.published import PublishedCampaign
from api.database.session import changed_rows
from api.errors import DomainError, FieldError, InvalidInput, NotFound
from api.letters.reader import record_name
from api.security.identifiers import new_id

LIST = text("""
    SELECT id, bioguide, what, subject, title, date, source_title, source_publisher, source_url,
        source_date
    FROM records WHERE removed_at IS NULL ORDER BY entered_at, id
""")
ADD = text("""
    INSERT INTO records (id, bioguide, what, subject, title, date, source_title, source_publisher,
        source_url, source_date, entered_at)
    VALUES (:id, :bioguide, :what, :subject, :title, :date, :source_title, :source_publisher,
        :source_url, :source_date, clock_timestamp())
    ON CONFLICT DO NOTHING
""")
REMOVE = text("UPDATE records SET removed_at = now() WHERE id = :id AND removed_at IS NULL")


class RecordKnown(DomainError):
    status = 409
    code = "record_known"
    title = "This is on record already"


@dataclass(frozen=True, slots=True)
class Entered:
    """One record with its source. ``on`` is the thing's short name, ``title`` its full one."""

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
    """All that hold, in the order in which they were entered."""
    return [Entered(*row) for row in await session.execute(LIST)]


async def add(session: AsyncSession, entered: Entered, *, actor: str) -> None:
    """Keep a record. Raises RecordKnown for one that was entered before."""
    values = {name: getattr(entered, name) for name in Entered.__slots__ if name != "on"}
    if not changed_rows(await session.execute(ADD, {**values, "subject": entered.on})):
        raise RecordKnown("This member's deed was entered before: remove that entry first.")
    await record(session, actor, "record.add", str(entered.id))


async def remove(session: AsyncSession, record_id: UUID, *, actor: str) -> None:
    """It holds no longer; letters that were approved with it keep it. Raises NotFound."""
    if not changed_rows(await session.execute(REMOVE, {"id": record_id})):
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
