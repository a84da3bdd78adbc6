"""An accepted form as it is stored: ids, keyed hashes, seals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import orjson

from api.letters.render import LetterText
from api.security.addresses import CANONICAL_VERSION, canonical_address
from api.security.hashing import daily_key, keyed_hash
from api.security.identifiers import new_ids
from api.security.keys import KeyRing
from api.submissions.forms import SubmissionForm, SupporterForm
from api.submissions.intake import AcceptedForm, IdempotencyClaim
from api.submissions.targeting import Targeting, state_of
from api.supporters.vault import Address, Identity, Vault, Words

CONSENTS_VERSION = 1


@dataclass(frozen=True, slots=True)
class Accepted:
    """Everything that was decided about a form before it is stored."""

    campaign: str
    bundle: str
    demands: Sequence[str]
    form: SubmissionForm
    targeting: Targeting
    words: Words
    texts: Sequence[LetterText]
    partner: str | None
    basis: str | None
    client: str | None
    at: datetime
    public_url: str


def make_row(
    accepted: Accepted, keys: KeyRing, vault: Vault, claim: IdempotencyClaim | None
) -> AcceptedForm:
    """Mint the ids, hash and seal, and encode the answer that goes out after the commit."""
    supporter_id, submission_id, mail_id, *letter_ids = new_ids(3 + len(accepted.texts))
    form, supporter = accepted.form, accepted.form.supporter
    seal, wrapped = vault.new_form(accepted.campaign, supporter_id)
    letters = list(zip(letter_ids, accepted.texts, strict=True))
    edited = accepted.words.edits
    stored = [
        {"id": letter_id, "seat": text.seat, "text": text.digest, "edited": text.seat in edited}
        for letter_id, text in letters
    ]
    state = state_of(accepted.targeting, supporter)
    found = accepted.targeting.found
    hashes = _hashes(accepted, keys)
    values = (
        supporter_id,
        submission_id,
        mail_id,
        accepted.campaign,
        hashes.email,
        hashes.key_id,
        CANONICAL_VERSION,
        wrapped,
        seal.seal_identity(_identity(supporter)),
        seal.seal_address(Address(found.zip, state, supporter.city, supporter.street)),
        state,
        found.district,
        accepted.basis,
        form.language,
        _consents(accepted),
        CONSENTS_VERSION,
        accepted.partner,
        form.referral,
        hashes.client,
        hashes.domain,
        hashes.form,
        accepted.bundle,
        orjson.dumps(accepted.demands).decode(),
        orjson.dumps(stored).decode(),
        seal.seal_words(accepted.words, submission_id),
    )
    referral = keyed_hash(keys.purpose("tokens"), "referral", supporter_id.bytes).hex()[:12]
    answer = {
        "id": submission_id,
        "status": "awaiting_confirmation",
        "letters": [
            {
                "id": letter_id,
                "seat": text.seat,
                "name": text.name,
                "status": "awaiting_confirmation",
            }
            for letter_id, text in letters
        ],
        "share_url": f"{accepted.public_url}/c/{accepted.campaign}?ref={referral}",
    }
    return AcceptedForm(values, orjson.dumps(answer), claim)


class _Hashes(NamedTuple):
    email: bytes
    key_id: str
    domain: bytes
    form: bytes
    client: bytes | None


def _hashes(accepted: Accepted, keys: KeyRing) -> _Hashes:
    """Keyed, one domain a use and a campaign, so that campaigns cannot be linked by them."""
    addresses = keys.purpose("addresses")
    slug, email = accepted.campaign, canonical_address(accepted.form.supporter.email)
    body = accepted.form.model_dump_json(exclude={"approval", "proof_of_work", "referral"})
    client = None
    if accepted.client is not None:
        today = daily_key(keys.purpose("clients"), accepted.at.date())
        client = keyed_hash(today, "client", accepted.client)
    return _Hashes(
        email=keyed_hash(addresses, f"person:{slug}", email),
        key_id=addresses.id,
        domain=keyed_hash(addresses, f"domain:{slug}", email.rpartition("@")[2]),
        form=keyed_hash(addresses, f"form:{slug}", body),
        client=client,
    )


def _identity(supporter: SupporterForm) -> Identity:
    return Identity(
        email=supporter.email,
        given_name=supporter.given_name,
        family_name=supporter.family_name,
        prefix=supporter.prefix,
        phone=supporter.phone,
    )


def _consents(accepted: Accepted) -> str:
    consents = accepted.form.consents
    # Sharing is with one partner by name: without one there is nobody to share with.
    shared = consents.share_with_partner and accepted.partner is not None
    return orjson.dumps({"updates": consents.updates, "share_with_partner": shared}).decode()
