"""Rows as the product stores them, each with every column filled, for one invented person."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.models import CampaignState
from api.database.session import transaction
from api.deliveries.models import Delivery
from api.letters.models import Letter
from api.mail.models import Mail, MailBudget
from api.security.keys import KeyRing
from api.sign_ons.models import Organization, SignOn
from api.submissions.models import Idempotency, Submission
from api.supporters.models import LinkRequest, Person, Supporter, Token
from api.supporters.vault import (
    Address,
    Edit,
    Entry,
    FormSeal,
    Identity,
    Passed,
    Representative,
    SignOnWords,
    Vault,
    Words,
)

SLUG = "an-old-campaign"
HOUR = datetime(2026, 3, 7, 9, tzinfo=UTC)
ADDRESS = Address("91204-1234", "CA", "Glendale", "12 Main St")


def id_at(moment: datetime) -> UUID:
    """A UUIDv7 as ``new_id`` would have made it then."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    random = uuid4().int & ((1 << 80) - 1)
    return UUID(int=int(hour.timestamp() * 1000) << 80 | random)


def make_vault(folder: Path) -> Vault:
    keys = KeyRing.create(folder / "keys.json")
    keys.add_campaign(SLUG)
    return Vault(keys)


@dataclass
class Rows:
    """Inserts rows; what is not given is filled with something plausible."""

    engine: AsyncEngine
    vault: Vault
    seals: dict[UUID, FormSeal] = field(default_factory=dict)

    async def insert(self, model: type[SQLModel], **values: Any) -> None:
        async with transaction(self.engine) as session:
            await session.exec(insert(model).values(**values))

    async def campaign(self, closed_at: datetime | None, slug: str = SLUG) -> None:
        status = "closed" if closed_at else "open"
        await self.insert(CampaignState, slug=slug, status=status, since=HOUR, closed_at=closed_at)

    async def person(self) -> UUID:
        person_id = id_at(HOUR)
        await self.insert(
            Person,
            id=person_id,
            campaign=SLUG,
            email_hash=person_id.bytes,
            standing="counted",
            contact_id=uuid4(),
            invalidation_id=uuid4(),
            suspect_reason="rate",
        )
        return person_id

    async def supporter(
        self, status: str = "unconfirmed", person_id: UUID | None = None, hour: datetime = HOUR
    ) -> UUID:
        """A form with its submission."""
        supporter_id, submission_id = id_at(hour), id_at(hour)
        seal, wrapped = self.vault.new_form(SLUG, supporter_id)
        self.seals[supporter_id] = seal
        await self.insert(
            Supporter,
            id=supporter_id,
            campaign=SLUG,
            person_id=person_id,
            email_hash=b"e" * 32,
            hash_key_id="0" * 16,
            canonical_version=1,
            data_key=wrapped,
            identity=seal.seal_identity(Identity("ani@example.org", "Ani", "Petrosyan")),
            address=seal.seal_address(ADDRESS),
            country="US",
            state="CA",
            district="CA-30",
            district_basis="zip",
            language="en",
            surface="page",
            consents={"updates": True},
            consents_version=1,
            partner="a-partner",
            referral="abcdef123456",
            client_hash=b"c" * 32,
            domain_hash=b"d" * 32,
            form_hash=b"f" * 32,
            hour=hour,
            status=status,
        )
        await self.insert(
            Submission,
            id=submission_id,
            supporter_id=supporter_id,
            bundle="b1:00",
            demands=["reverse-907-waiver"],
            letters=[],
            words=seal.seal_words(
                Words({"story": "My story"}, {"president": Edit("Mine")}), submission_id
            ),
            status=status,
        )
        return supporter_id

    async def delivery(
        self, supporter_id: UUID, ended: datetime, status: str = "accepted", seat: str = "president"
    ) -> UUID:
        """A letter of this confirmed form, with one delivery; returns the letter's id."""
        letter_id, delivery_id = id_at(HOUR), id_at(HOUR)
        form = await self.one(
            "SELECT s.person_id, b.id FROM supporters s JOIN submissions b ON supporter_id = s.id "
            "WHERE s.id = :id",
            id=supporter_id,
        )
        await self.insert(
            Letter,
            id=letter_id,
            person_id=form.person_id,
            submission_id=form.id,
            seat=seat,
            congress=119,
            text="lt1:00",
            edited=True,
            personal_share=20,
            status=status,
        )
        await self.insert(
            Delivery,
            id=delivery_id,
            letter_id=letter_id,
            channel="folder",
            environment="development",
            status=status,
            due_at=ended,
            lease_until=ended,
            epoch=1,
            attempts=1,
            reason="because",
            payload=self.seals[supporter_id].seal_payload(b"My story", delivery_id),
        )
        return letter_id

    async def signed(self, supporter_id: UUID) -> None:
        """A published sign-on and an approved organization, both of this form."""
        form = await self.one("SELECT person_id FROM supporters WHERE id = :id", id=supporter_id)
        seal, sign_on, organization = self.seals[supporter_id], id_at(HOUR), id_at(HOUR)
        common = {"supporter_id": supporter_id, "campaign": SLUG, "statement": "st1:00"}
        await self.insert(
            SignOn,
            id=sign_on,
            person_id=form.person_id,
            display="name",
            words=seal.seal_sign_on(SignOnWords("A School", "Please."), sign_on),
            status="confirmed",
            sequence=1,
            review="passed",
            comment_review="passed",
            review_number=1,
            earlier=id_at(HOUR),
            passed=seal.seal_passed(Passed(("Ani Petrosyan",), "Please."), sign_on),
            public_name="Ani Petrosyan",
            public_place="Glendale, CA",
            public_affiliation="A School",
            public_comment="Please.",
            sort_key=b"0petrosyan",
            look=b"look",
            **common,
        )
        await self.insert(
            Organization,
            id=organization,
            entry=seal.seal_entry(Entry("A School", "https://example.org"), organization),
            name_hash=b"n" * 32,
            look_hash=b"l" * 32,
            domain_hash=b"d" * 32,
            name="A School",
            website="https://example.org",
            country="US",
            name_key="a school",
            domain="example.org",
            basis="domain",
            signs_as="signatory",
            representative=seal.seal_representative(Representative("Dean"), organization),
            status="approved",
            sequence=1,
            public_representative="Ani Petrosyan, Dean",
            sort_key=b"0a school",
            **common,
        )

    async def mail(self, supporter_id: UUID, at: datetime = HOUR, **values: Any) -> UUID:
        """A mail that waits, with its place in the budget."""
        mail_id = id_at(at)
        mail = {
            "kind": "confirmation" if values else "receipt",
            "status": "queued",
            "due_at": at,
            "lease_until": at,
            "epoch": 0,
            "attempts": 0,
            "reason": "because",
        }
        await self.insert(Mail, id=mail_id, supporter_id=supporter_id, **(mail | values))
        await self.insert(MailBudget, mail_id=mail_id, address_hash=b"a" * 32, at=at, place="own")
        return mail_id

    async def token(self, supporter_id: UUID, expires: datetime) -> bytes:
        digest = uuid4().bytes * 2
        await self.insert(
            Token,
            hash=digest,
            purpose="confirm",
            supporter_id=supporter_id,
            expires=expires,
            used_at=expires,
        )
        return digest

    async def request(self, at: datetime) -> None:
        await self.insert(LinkRequest, id=uuid4(), campaign=SLUG, email_hash=b"h" * 32, at=at)

    async def answer(self, expires: datetime) -> None:
        await self.insert(
            Idempotency,
            route="POST /x",
            key_hash=uuid4().bytes,
            body_hash=b"b" * 32,
            submission_id=uuid4(),
            answer=b"{}",
            expires=expires,
        )

    async def confirmed(self, ended: datetime = HOUR, status: str = "accepted") -> UUID:
        """A person with a confirmed form, a letter and its delivery; returns the form's id."""
        supporter_id = await self.supporter("confirmed", await self.person())
        await self.delivery(supporter_id, ended, status)
        return supporter_id

    async def one(self, query: str, **parameters: Any) -> Any:
        async with transaction(self.engine) as session:
            return (await session.execute(text(query), parameters)).one()

    async def count(self, table: str, where: str = "true") -> int:
        query = f"SELECT count(*) FROM {table} WHERE {where}"
        return int((await self.one(query))[0])


async def filled(session: AsyncSession, table: str) -> set[str]:
    """The columns of a table in which any row has a value."""
    rows = (await session.execute(text(f"SELECT * FROM {table}"))).mappings().all()
    return {name for row in rows for name, value in row.items() if value is not None}


SECOND = timedelta(seconds=1)
