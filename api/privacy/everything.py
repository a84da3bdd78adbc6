"""The data of a person that none of their pages shows, for the document with all of their data."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy.orm import defer
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deliveries.models import Delivery
from api.letters.models import Letter
from api.letters.store import TextStore
from api.mail import suppressions
from api.mail.models import Mail
from api.privacy.own_forms import find_mailbox, find_waiting
from api.sign_ons.own import signed_by_form
from api.sign_ons.review import refusals_of
from api.submissions.stored import StoredForm
from api.supporters.models import Supporter
from api.supporters.vault import Vault

# An organizer's refusals, except those that concern another person at the mailbox.
OWN = {"name", "comment"}

OF_MAIL = ("supporter_id", "kind", "status", "reason", "due_at")
OF_DELIVERY = ("letter_id", "channel", "status", "reason", "opened_at", "due_at", "attempts")


async def everything(
    session: AsyncSession, person_id: UUID, vault: Vault, texts: TextStore
) -> dict[str, Any]:
    """Every form, earlier and waiting ones as well, with the mails and deliveries of each. Of what
    waits at the mailbox under other names, how many."""
    mailbox = await find_mailbox(session, person_id, vault)
    waiting = await find_waiting(session, mailbox, vault)
    forms = [*mailbox.mine, *waiting.mine]
    ids = [form.id for form in forms]
    rows = await session.exec(select(Supporter).where(col(Supporter.id).in_(ids)))
    facts = {row.id: row for row in rows}
    mails = await _mails(session, ids)
    deliveries = await _deliveries(session, mailbox.people)
    refused = {what for each in mailbox.people for what in await refusals_of(session, each)}
    return {
        "forms": [await _form(session, form, facts[form.id], vault, texts) for form in forms],
        "mails": [_plain(each, OF_MAIL) for each in mails],
        "deliveries": [_plain(each, OF_DELIVERY) for each in deliveries],
        "refused": sorted(OWN & refused),
        "others_waiting": len(waiting.others),
        "mail_stopped": await mail_is_stopped(session, forms, vault),
    }


async def _mails(session: AsyncSession, forms: Sequence[UUID]) -> Sequence[Mail]:
    sent = select(Mail).where(col(Mail.supporter_id).in_(forms))
    return (await session.exec(sent.order_by(col(Mail.due_at), col(Mail.id)))).all()


async def _deliveries(session: AsyncSession, people: Sequence[UUID]) -> Sequence[Delivery]:
    """Without their sealed payloads, which are large."""
    made = (
        select(Delivery)
        .join(Letter, col(Letter.id) == Delivery.letter_id)
        .where(col(Letter.person_id).in_(people))
        .order_by(col(Delivery.opened_at), col(Delivery.id))
        .options(defer(Delivery.payload))  # type: ignore[arg-type]
    )
    return (await session.exec(made)).all()


async def mail_is_stopped(session: AsyncSession, forms: Sequence[StoredForm], vault: Vault) -> bool:
    """Whether an address of these forms gets no mail; that stays noted when they are erased."""
    for address in {form.identity.email for form in forms}:
        whom = suppressions.recipient(vault.keys, address)
        if await suppressions.suppressed(session, whom):
            return True
    return False


async def _form(
    session: AsyncSession, form: StoredForm, facts: Supporter, vault: Vault, texts: TextStore
) -> dict[str, Any]:
    signature = await signed_by_form(session, form, vault)
    return {
        "id": str(form.id),
        "status": str(form.supporter.status),
        "hour": facts.hour,
        "surface": facts.surface,
        "language": form.supporter.language,
        "person": asdict(form.identity),
        "address": {**asdict(form.address), "country": form.supporter.country},
        "state": facts.state,
        "district": form.supporter.district,
        "district_basis": facts.district_basis,
        "consents": form.supporter.consents,
        "partner": form.supporter.partner,
        "referral": form.supporter.referral,
        "demands": form.submission.demands,
        "words": {**form.words.answers, "edits": asdict(form.words)["edits"]},
        "letters": [
            {"id": str(each), "subject": draft.subject, "text": draft.body}
            for each, draft in await form.drafts(texts)
        ],
        "signature": None
        if signature is None
        else {**asdict(signature), "id": str(signature.id), "statement": signature.statement.text},
    }


def _plain(row: SQLModel, names: Sequence[str]) -> dict[str, Any]:
    """These columns of a row."""
    return {name: getattr(row, name) for name in names}
