"""Nobody adds a column with personal data without deciding how its owner sees and erases it."""

import importlib
import pkgutil

import pytest
from sqlmodel import SQLModel

import api
from api.database.columns import Retention

# Where the document with one's own data shows a table, and what erasing does to it.
TOLD_AND_ERASED = {
    "supporters": "forms: person, address; wiped with the form",
    "submissions": "forms: words, letters, demands; wiped with the form",
    "sign_ons": "signature, forms: signature; wiped with the form",
    "organizations": "signature; wiped with the form",
    "deliveries": "letters, deliveries; the payload is wiped",
    "persons": "the document as a whole; its hash is wiped",
    "refusals": "refused; deleted with the person",
    "tokens": "links hold nothing of a person; deleted with the form",
    "statement_prints": "signature; deleted with the person",
}
# What it neither shows nor erases: keyed hashes and texts of nobody, with the reason.
STAYS = {
    "suppressions": "the owner's own word that no mail is to come: told, and not undone by erasing",
    "gone_reports": "that a mailbox does not exist; deleted after 60 days",
    "mail_budget": "holds three mails a day to an address, also for who erases; 73 hours",
    "pending_links": "a link to all that waits at a mailbox, which two people may share; a day",
    "link_requests": "taken by a worker within seconds; a day at most",
    "idempotency": "sealed with a key that only the one who sent it has; a day",
    "limits": "of a client, whom nothing here ties to a person; deleted when full again",
    "wrong_tokens": "of a client, whom nothing here ties to a person; a day",
    "watchlist": "whom an organizer watches: told to the watched, it would be of no use",
    "invalidations": "criteria of an organizer, with hashes; deleted when it is done",
    "mail_breakers": "of a domain; hashes of a few addresses, with nothing else of them; a week",
    "mail_minutes": "a number",
}


@pytest.fixture(scope="module", autouse=True)
def _every_table() -> None:
    for module in pkgutil.walk_packages(api.__path__, "api."):
        if module.name.endswith(".models"):
            importlib.import_module(module.name)


def test_each_table_with_personal_columns_is_told_and_erased_or_says_why_not() -> None:
    personal = {
        table.name
        for table in SQLModel.metadata.tables.values()
        if any(column.info["retention"] is not Retention.KEPT for column in table.columns)
    }
    assert personal == set(TOLD_AND_ERASED) | set(STAYS)
