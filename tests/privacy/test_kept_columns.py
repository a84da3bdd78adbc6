"""Nobody adds a column without deciding how long it stays."""

import importlib
import pkgutil
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import SQLModel

import api
from api.database.columns import Retention
from api.database.session import transaction
from api.privacy.retention import purge
from api.settings import Settings
from api.supporters.tokens import KNOWN_FOR
from tests.privacy.rows import HOUR, SECOND, Rows, filled

# What may still be there when everything personal is gone. A column that is added here tells
# nothing about a person: think twice.
KEPT = {
    "gone_reports": set(),
    "limits": set(),
    "statement_prints": set(),
    "api_tokens": {"id", "hash", "name", "scopes", "created", "used", "revoked"},
    "attempts": {"delivery_id", "number", "began", "ended", "outcome", "reason", "unknown"},
    "audit": {"seq", "at", "actor", "action", "object"},
    "audit_chain": {"position", "audit_seq", "hash"},
    "bundles": {"digest", "campaign", "content", "since"},
    "campaign_states": {"slug", "status", "since", "closed_at"},
    "channel_controls": {"kind", "name", "actor", "reason", "since"},
    "channel_pace": {"channel", "next_at"},
    "count_deltas": {"id", "campaign", "name", "delta", "hour"},
    "count_hours": {"campaign", "name", "hour", "delta"},
    "count_snapshot": {"id", "slot", "as_of", "counts"},
    "count_totals": {"campaign", "name", "total", "as_of"},
    "deliveries": {
        *("id", "letter_id", "channel", "environment", "status", "due_at", "lease_until"),
        *("epoch", "attempts", "reason", "opened_at", "attempts_before"),
    },
    "idempotency": set(),
    "data_sets": {"digest", "congress", "as_of", "made", "content", "stored_at"},
    "reference_data": {"digest", "congress", "as_of", "since"},
    "handed_in": {"id", "campaign", "recipient", "day"},
    "invalidations": {
        *("id", "campaign", "people", "taken", "standing", "status", "at", "undone_at"),
    },
    "letter_texts": {
        *("digest", "seat", "target_id", "name", "salutation", "subject", "statement", "close"),
        "cites",
    },
    "letters": {
        *("id", "person_id", "submission_id", "seat", "congress", "text", "edited"),
        *("personal_share", "status"),
    },
    "link_requests": set(),
    "mail_breakers": set(),
    "mail_budget": set(),
    "mail_minutes": set(),
    "mails": {
        *("id", "supporter_id", "kind", "status", "due_at", "lease_until", "epoch", "attempts"),
        "reason",
    },
    "office_lists": {"channel", "codes", "fetched_at"},
    "organizations": {
        *("id", "supporter_id", "campaign", "statement", "name", "website", "country"),
        *("name_key", "domain", "basis", "standing", "status", "sequence", "sort_key"),
    },
    "partners": {"slug", "name", "origins", "inline", "created_at", "ended_at"},
    "records": {
        *("id", "bioguide", "what", "subject", "title", "date", "source_title"),
        *("source_publisher", "source_url", "source_date", "entered_at", "removed_at"),
    },
    "pending_links": set(),
    "persons": {"id", "campaign", "place", "standing", "invalidation_id", "suspect_reason"},
    "sign_ons": {
        *("id", "supporter_id", "campaign", "person_id", "statement", "display", "status"),
        *("sequence", "review", "comment_review", "review_number", "earlier"),
    },
    "refusals": {"person_id", "what"},
    "statements": {"digest", "campaign", "language", "text", "since"},
    "submissions": {"id", "supporter_id", "bundle", "demands", "letters", "status"},
    "supporters": {
        *("id", "campaign", "person_id", "hash_key_id", "canonical_version", "country", "state"),
        *("district", "district_basis", "language", "consents", "consents_version", "partner"),
        *("referral", "hour", "status", "surface"),
    },
    "suppressions": set(),
    "tokens": set(),
    "watchlist": {"id", "campaign", "domain", "since"},
    "wrong_tokens": set(),
}
# Tables with data of persons that the purge has to do with; the others have none.
PERSONAL = {
    *("deliveries", "idempotency", "letters", "mail_budget", "mails", "persons", "submissions"),
    *("supporters", "tokens", "sign_ons", "organizations", "link_requests"),
}


@pytest.fixture(scope="module", autouse=True)
def _every_table() -> None:
    for module in pkgutil.walk_packages(api.__path__, "api."):
        if module.name.endswith(".models"):
            importlib.import_module(module.name)


def test_every_column_has_a_retention_class() -> None:
    without = [
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if not isinstance(column.info.get("retention"), Retention)
    ]
    assert without == []


def test_the_kept_columns_are_those_listed_here() -> None:
    found = {
        table.name: {
            column.name for column in table.columns if column.info["retention"] is Retention.KEPT
        }
        for table in SQLModel.metadata.tables.values()
    }
    assert found == KEPT


# Tables whose rows are deleted whole, and the list of whom no mail reaches.
BRIEF = {
    *("suppressions", "wrong_tokens", "gone_reports", "statement_prints"),
    *("mail_breakers", "mail_minutes", "pending_links", "limits"),
}


def test_a_table_that_keeps_nothing_for_good_is_purged_or_a_suppression_list() -> None:
    assert set(SQLModel.metadata.tables) - PERSONAL - BRIEF == {
        name for name, columns in KEPT.items() if columns and name not in PERSONAL
    }


async def test_after_everything_personal_was_wiped_only_kept_columns_have_values(
    rows: Rows, settings: Settings
) -> None:
    closed = HOUR + timedelta(days=2)
    await rows.campaign(closed)
    supporter = await rows.confirmed(ended=HOUR, status="needs_user_action")
    await rows.mail(supporter)
    await rows.signed(supporter)
    await rows.token(supporter, expires=HOUR + timedelta(days=400))
    await rows.answer(expires=HOUR)
    await rows.request(at=HOUR)
    async with transaction(rows.engine) as session:
        for table in PERSONAL:
            columns = {column.name for column in SQLModel.metadata.tables[table].columns}
            assert await filled(session, table) == columns, "fill in the new column in rows.py"
    await purge(rows.engine, rows.vault, settings, now=closed + timedelta(days=183) + SECOND)
    async with transaction(rows.engine) as session:
        for table in PERSONAL:
            assert await filled(session, table) <= KEPT[table], table
    assert await rows.count("persons") == await rows.count("supporters") == 1


async def test_a_form_that_expires_keeps_no_more(rows: Rows, settings: Settings) -> None:
    """The same for what ``api/supporters/wipe.py`` does."""
    supporter = await rows.supporter()
    await rows.token(supporter, expires=datetime.now(UTC))
    await purge(rows.engine, rows.vault, settings, now=HOUR + timedelta(days=4))
    async with transaction(rows.engine) as session:
        assert await filled(session, "supporters") <= KEPT["supporters"]
        assert await filled(session, "submissions") <= KEPT["submissions"]
    await purge(rows.engine, rows.vault, settings, now=datetime.now(UTC) + KNOWN_FOR + SECOND)
    assert await rows.count("tokens") == 0, "what became of a link is told for a while, no longer"
