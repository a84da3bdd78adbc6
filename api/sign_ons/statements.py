"""Statements in the database: stored by digest, and never edited once somebody signed."""

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.published import PublishedCampaign
from api.campaigns.statements import Statement, statements_of
from api.database.columns import utc_now
from api.errors import DomainError, NotFound
from api.sign_ons.models import Organization, OrganizationStatus, SignOn, StatementText
from api.supporters.models import SupporterStatus

SIGNED_FOR = (OrganizationStatus.CONFIRMED, OrganizationStatus.APPROVED)


class StatementSigned(DomainError):
    """A statement's text was edited though people had signed it."""

    status = 409
    code = "statement_signed"
    title = "This statement has been signed"


class StatementChanged(DomainError):
    """What somebody read is not what they would sign now."""

    status = 409
    code = "statement_changed"
    title = "The statement has changed since you read it"


async def keep_statements(session: AsyncSession, campaigns: Iterable[PublishedCampaign]) -> None:
    """Store the statements. Raises StatementSigned for an edit after the first signature."""
    for published in campaigns:
        for statement in statements_of(published):
            if await _another_is_signed(session, statement):
                raise StatementSigned(
                    f"campaigns/{statement.campaign}.yaml: sign_on.statement.{statement.language}: "
                    "people have signed another text. Put theirs back; a new statement is a new "
                    "campaign, with signatures of its own."
                )
            row = insert(StatementText).values(**asdict(statement), since=utc_now())
            await session.exec(row.on_conflict_do_nothing())


async def _another_is_signed(session: AsyncSession, statement: Statement) -> bool:
    """Whether people or organizations have signed another text of this campaign and language."""
    signed = select(SignOn.id).where(
        SignOn.statement == StatementText.digest,
        SignOn.campaign == StatementText.campaign,
        SignOn.status == SupporterStatus.CONFIRMED,
    )
    signed_for = select(Organization.id).where(
        Organization.statement == StatementText.digest,
        Organization.campaign == StatementText.campaign,
        col(Organization.status).in_(SIGNED_FOR),
    )
    others = select(StatementText.digest).where(
        StatementText.campaign == statement.campaign,
        StatementText.language == statement.language,
        StatementText.digest != statement.digest,
        or_(signed.exists(), signed_for.exists()),
    )
    return (await session.exec(others.limit(1))).first() is not None


async def find_statement(session: AsyncSession, digest: str) -> Statement:
    """The text behind a signature's digest. Raises NotFound."""
    found = await session.get(StatementText, digest)
    if found is None:
        raise NotFound("There is no such statement.")
    return Statement(found.campaign, found.language, found.text, digest)
