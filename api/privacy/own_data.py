"""All data that is stored about a person on a campaign, as a document for that person."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from api.confirmation.supporter_page import SupporterPage
from api.sign_ons.own import Signature


def own_data(
    page: SupporterPage, signature: Signature | None, more: Mapping[str, Any]
) -> dict[str, Any]:
    """What the person typed, chose and was sent, for orjson; what was wiped is null.

    ``more`` is ``everything`` that is on no page: every form with its words, mails, deliveries.
    """
    form = page.form
    return {
        "campaign": page.campaign,
        "language": page.language,
        "person": asdict(form.identity) if form else None,
        "address": {**asdict(form.address), "country": form.supporter.country} if form else None,
        "district": form.supporter.district if form else None,
        "consents": form.supporter.consents if form else None,
        "partner": form.supporter.partner if form else None,
        "referral": form.supporter.referral if form else None,
        "words": form.words.answers if form else None,
        "letters": [
            {
                "id": str(letter.id),
                "seat": letter.seat,
                "to": letter.name,
                "status": str(letter.status),
                "subject": letter.draft.subject if letter.draft else None,
                "text": letter.draft.body if letter.draft else None,
            }
            for letter in page.letters
        ],
        "signature": _signature(signature),
        **more,
    }


def _signature(signature: Signature | None) -> Mapping[str, Any] | None:
    if signature is None:
        return None
    told = {**asdict(signature), "id": str(signature.id)}
    statement = {"digest": signature.statement.digest, "text": signature.statement.text}
    return {**told, "statement": statement}
