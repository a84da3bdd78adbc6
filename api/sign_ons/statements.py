"""Statements in the database: stored by digest, and never edited once somebody signed."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from operator import itemgetter

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
    statements = [found for campaign in campaigns for found in statements_of(campaign)]
    if not statements:
        return
    others = await _others_signed(session, statements)
    for statement in statements:
        if (statement.campaign, statement.language) in others:
            raise StatementSigned(
                f"campaigns/{statement.campaign}.yaml: sign_on.statement.{statement.language}: "
                "people have signed another text. Put theirs back; a new statement is a new "
                "campaign, with signatures of its own."
            )
    # Always in the same order, so that two starts cannot deadlock.
    rows = sorted((asdict(statement) for statement in statements), key=itemgetter("digest"))
    new = insert(StatementText).values([{**row, "since": utc_now()} for row in rows])
    await session.exec(new.on_conflict_do_nothing())


async def _others_signed(
    session: AsyncSession, statements: Sequence[Statement]
) -> set[tuple[str, str]]:
    """The campaigns and languages of other texts that people or organizations have signed."""
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
    others = select(StatementText.campaign, StatementText.language).where(
        col(StatementText.campaign).in_({statement.campaign for statement in statements}),
        col(StatementText.digest).not_in([statement.digest for statement in statements]),
        or_(signed.exists(), signed_for.exists()),
    )
    return set(await session.exec(others))


async def find_statement(session: AsyncSession, digest: str) -> Statement:
    """The text behind a signature's digest. Raises NotFound."""
    found = await session.get(StatementText, digest)
    if found is None:
        raise NotFound("There is no such statement.")
    return Statement(found.campaign, found.language, found.text, digest)
