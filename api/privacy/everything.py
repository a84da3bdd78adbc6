"""The data of a person that none of their pages shows, for the document with all of their data."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.letters.store import TextStore
from api.mail import suppressions
from api.privacy.own_forms import find_mailbox, find_waiting
from api.sign_ons.own import signed_by_form
from api.sign_ons.review import refusals_of
from api.submissions.stored import StoredForm
from api.supporters.vault import Vault

# An organizer's refusals, except those that concern another person at the mailbox.
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
    WHERE l.person_id = ANY(:people) ORDER BY d.opened_at, d.id
""")


async def everything(
    session: AsyncSession, person_id: UUID, vault: Vault, texts: TextStore
) -> dict[str, Any]:
    """Every form, earlier and waiting ones as well, with the mails and deliveries of each. Of what
    waits at the mailbox under other names, how many."""
    mailbox = await find_mailbox(session, person_id, vault)
    waiting = await find_waiting(session, mailbox, vault)
    forms = [*mailbox.mine, *waiting.mine]
    ids = {"ids": [form.id for form in forms]}
    facts = {row.id: row for row in await session.execute(FACTS, ids)}
    mails = (await session.execute(MAILS, ids)).mappings().all()
    people = {"people": list(mailbox.people)}
    deliveries = (await session.execute(ATTEMPTS, people)).mappings().all()
    refused = {what for each in mailbox.people for what in await refusals_of(session, each)}
    return {
        "forms": [await _form(session, form, facts[form.id], vault, texts) for form in forms],
        "mails": _plain(mails),
        "deliveries": _plain(deliveries),
        "refused": sorted(OWN & refused),
        "others_waiting": len(waiting.others),
        "mail_stopped": await mail_is_stopped(session, forms, vault),
    }


async def mail_is_stopped(session: AsyncSession, forms: Sequence[StoredForm], vault: Vault) -> bool:
    """Whether an address of these forms gets no mail; that stays noted when they are erased."""
    for address in {form.identity.email for form in forms}:
        whom = suppressions.recipient(vault.keys, address)
        if await suppressions.suppressed(session, whom):
            return True
    return False


async def _form(
    session: AsyncSession, form: StoredForm, facts: Any, vault: Vault, texts: TextStore
) -> dict[str, Any]:
    signature = await signed_by_form(session, form, vault)
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
        "signature": None
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
