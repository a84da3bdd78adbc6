"""Who signed, as a table: people as each chose to appear, and approved organizations.

It contains nothing that is not on the public list, so that a lost file harms nobody.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.campaigns.schema import SignOnForm
from api.security.csv import BOM, csv_lines
from api.sign_ons import listing
from api.sign_ons.cursors import Place

COLUMNS = ("kind", "number", "name", "place or country", "affiliation or website", "comment")
BATCH = 2000

Work = Callable[[], AbstractAsyncContextManager[AsyncSession]]


async def export_csv(
    work: Work, campaign: str, form: SignOnForm, *, actor: str
) -> AsyncIterator[str]:
    """Lines of CSV, piece by piece; organizations first, then people by name. Audited.

    ``work`` gives a connection and commits; none is held while a piece is written.
    """
    async with work() as session:
        await record(session, actor, "sign_ons.export", campaign)
        organizations = await listing.organizations(session, campaign, form)
    yield BOM + csv_lines([COLUMNS])
    yield csv_lines(
        ("organization", each.sequence, each.name, each.country, each.website, "")
        for each in organizations
    )
    after: Place | None = None
    while True:
        async with work() as session:
            page = await listing.by_name(session, campaign, after, BATCH)
        yield csv_lines(
            ("person", each.sequence, each.name, each.place, each.affiliation, each.comment)
            for each in page.signers
        )
        if page.next is None:
            return
        after = page.next
