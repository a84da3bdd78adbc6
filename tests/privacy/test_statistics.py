"""PostgreSQL's samples for its planner are not a second copy of personal data."""

import importlib
import pkgutil

from sqlalchemy import text
from sqlmodel import SQLModel

import api
from api.database.columns import Retention
from api.database.session import transaction
from tests.privacy.rows import Rows

# What rows are found by, or what is nothing of a person: keyed hashes, and words of our own.
SAMPLED = {
    "gone_reports.address_hash",
    "gone_reports.owner_hash",
    "idempotency.body_hash",
    "idempotency.key_hash",
    "idempotency.route",
    "invalidations.criteria",
    "limits.key",
    "link_requests.campaign",
    "link_requests.email_hash",
    "mail_breakers.addresses",
    "mail_breakers.domain",
    "mail_breakers.reply",
    "mail_breakers.status",
    "mail_budget.address_hash",
    "mail_budget.place",
    "organizations.domain_hash",
    "organizations.look_hash",
    "organizations.name_hash",
    "pending_links.address_hash",
    "pending_links.hash",
    "pending_links.language",
    "persons.email_hash",
    "refusals.look",
    "sign_ons.look",
    "sign_ons.sort_key",
    "statement_prints.campaign",
    "statement_prints.digest",
    "statement_prints.language",
    "supporters.client_hash",
    "supporters.domain_hash",
    "supporters.email_hash",
    "supporters.form_hash",
    "suppressions.address_hash",
    "suppressions.reason",
    "tokens.hash",
    "tokens.purpose",
    "watchlist.email_hash",
    "wrong_tokens.client_hash",
}
UNSAMPLED = text("""
    SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attstattarget = 0
""")


async def test_no_column_with_personal_data_is_sampled(rows: Rows) -> None:
    for module in pkgutil.walk_packages(api.__path__, "api."):
        if module.name.endswith(".models"):
            importlib.import_module(module.name)
    personal = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if column.info["retention"] is not Retention.KEPT
        # SQLModel's own text type says that it is of any type.
        and column.type.python_type in {object, str, bytes, list, dict}
    }
    async with transaction(rows.engine) as session:
        unsampled = set((await session.execute(UNSAMPLED)).scalars())
    assert personal - unsampled == SAMPLED, "add it to a migration like 0030"
    assert not unsampled & SAMPLED
