"""What of a person is in no page of theirs, for the document with all that is kept of them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.letters.store import TextStore
from api.privacy.own_forms import confirmed_forms, waiting_forms
from api.sign_ons.own import signature_of
from api.sign_ons.review import refusals_of
from api.submissions.stored import StoredForm
from api.supporters.models import SupporterStatus
from api.supporters.vault import Vault

# Of an organizer's refusals; what concerns another person at the mailbox is not told.
OWN = {"name", "comment"}

FACTS = text("""
    SELECT id, hour, surface, state, district_basis FROM supporters WHERE id = ANY(:ids)
""")
MAILS = text("""
    SELECT supporter_id, kind, status, reason, due_at FROM mails
    WHERE supporter_id = ANY(:ids) ORDER BY due_at, id
""")
ATTEMPTS = text("""
    SELECT d.letter_id, d.channel, d.status, d.reason, d.opened_at, d.due_at, d.attempts
    FROM deliveries d JOIN letters l ON l.id = d.letter_id
    WHERE l.person_id = :id ORDER BY d.opened_at, d.id
""")


async def everything(
    connection: AsyncConnection, person_id: UUID, vault: Vault, texts: TextStore
) -> dict[str, Any]:
    """Every form, earlier and waiting ones as well, with the mails and deliveries of each."""
    confirmed = await confirmed_forms(connection, person_id, vault)
    forms = [*confirmed, *await waiting_forms(connection, confirmed, vault)]
    ids = {"ids": [form.id for form in forms]}
    facts = {row.id: row for row in await connection.execute(FACTS, ids)}
    mails = (await connection.execute(MAILS, ids)).mappings().all()
    deliveries = (await connection.execute(ATTEMPTS, {"id": person_id})).mappings().all()
    return {
        "forms": [await _form(connection, form, facts[form.id], vault, texts) for form in forms],
        "mails": _plain(mails),
        "deliveries": _plain(deliveries),
        "refused": sorted(OWN & await refusals_of(connection, person_id)),
    }


async def _form(
    connection: AsyncConnection, form: StoredForm, facts: Any, vault: Vault, texts: TextStore
) -> dict[str, Any]:
    waits = form.row.status == SupporterStatus.UNCONFIRMED
    signature = await signature_of(connection, form, vault) if waits else None
    return {
        "id": str(form.id),
        "status": str(form.row.status),
        "hour": facts.hour.isoformat(),
        "surface": facts.surface,
        "language": form.row.language,
        "person": asdict(form.identity),
        "address": {**asdict(form.address), "country": form.row.country},
        "state": facts.state,
        "district": form.row.district,
        "district_basis": facts.district_basis,
        "consents": form.row.consents,
        "partner": form.row.partner,
        "referral": form.row.referral,
        "demands": form.row.demands,
        "words": asdict(form.words),
        "letters": [
            {"id": str(each), "subject": draft.subject, "text": draft.body}
            for each, draft in await form.drafts(texts)
        ],
        "waiting_signature": None
        if signature is None
        else {**asdict(signature), "id": str(signature.id), "statement": signature.statement.text},
    }


def _plain(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows as JSON has them."""
    return [
        {
            name: value if isinstance(value, int | None) else str(value)
            for name, value in row.items()
        }
        for row in rows
    ]
