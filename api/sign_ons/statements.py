"""Statements in the database: stored by digest, and never edited once somebody signed."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.published import PublishedCampaign
from api.campaigns.statements import Statement, statements_of
from api.errors import DomainError, NotFound

KEEP = text("""
    INSERT INTO statements (digest, campaign, language, text, since)
    VALUES (:digest, :campaign, :language, :text, now()) ON CONFLICT DO NOTHING
""")

# Other texts of this campaign and language that people or organizations have signed.
SIGNED = text("""
    SELECT t.digest FROM statements t
    WHERE t.campaign = :campaign AND t.language = :language AND t.digest <> :digest AND (
        EXISTS (SELECT FROM sign_ons s WHERE s.statement = t.digest AND s.campaign = t.campaign
                AND s.status = 'confirmed')
        OR EXISTS (SELECT FROM organizations o WHERE o.statement = t.digest
                   AND o.campaign = t.campaign AND o.status IN ('confirmed', 'approved')))
    LIMIT 1
""")

FIND = text("SELECT campaign, language, text FROM statements WHERE digest = :digest")


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
            values = {"campaign": statement.campaign, "digest": statement.digest}
            values["language"] = statement.language
            if await session.scalar(SIGNED, values):
                raise StatementSigned(
                    f"campaigns/{statement.campaign}.yaml: sign_on.statement.{statement.language}: "
                    "people have signed another text. Put theirs back; a new statement is a new "
                    "campaign, with signatures of its own."
                )
            await session.execute(KEEP, {**values, "text": statement.text})


async def find_statement(session: AsyncSession, digest: str) -> Statement:
    """The text behind a signature's digest. Raises NotFound."""
    row = (await session.execute(FIND, {"digest": digest})).one_or_none()
    if row is None:
        raise NotFound("There is no such statement.")
    return Statement(row.campaign, row.language, row.text, digest)
