"""An accepted form as it is stored: ids, keyed hashes, seals."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from api.letters.render import LetterText
from api.security.addresses import CANONICAL_VERSION, canonical_address
from api.security.hashing import daily_key, keyed_hash
from api.security.identifiers import new_ids
from api.security.keys import KeyRing
from api.submissions.forms import Consents, SignOnForm, SubmissionForm
from api.submissions.intake import AcceptedForm, FormRow, IdempotencyClaim
from api.submissions.targeting import Targeting, state_of
from api.supporters.vault import Address, FormSeal, SignOnWords, Vault, Words
from api.targets.districts import full_zip

CONSENTS_VERSION = 1


class Accepted(NamedTuple):
    """Everything that was decided about a form before it is stored."""

    campaign: str
    bundle: str
    demands: Sequence[str]
    form: SubmissionForm
    targeting: Targeting
    words: Words
    texts: Sequence[LetterText]
    ways: Sequence[Mapping[str, Any]]
    """Who sends each letter, as it is told."""
    partner: str | None
    basis: str | None
    client: str | None
    at: datetime
    public_url: str
    surface: str
    statement: str | None = None
    """The digest of what a ``sign_on`` in the form signs."""


def make_row(
    accepted: Accepted, keys: KeyRing, vault: Vault, claim: IdempotencyClaim | None
) -> AcceptedForm:
    """Mint the ids, hash and seal, and encode the answer that goes out after the commit."""
    supporter_id, submission_id, mail_id, sign_on_id, *letter_ids = new_ids(4 + len(accepted.texts))
    form = accepted.form
    seal, wrapped = vault.new_form(accepted.campaign, supporter_id)
    letters = [*zip(letter_ids, accepted.texts, strict=True)]
    hashes = _hashes(accepted, keys)
    state, district, basis = _place(accepted)
    row: FormRow = {
        "supporter_id": supporter_id,
        "submission_id": submission_id,
        "mail_id": mail_id,
        "campaign": accepted.campaign,
        "email_hash": hashes.email,
        "hash_key_id": hashes.key_id,
        "canonical_version": CANONICAL_VERSION,
        "data_key": wrapped,
        "identity": seal.seal_identity(form.supporter.identity()),
        "address": seal.seal_address(_address(accepted)),
        "country": "US",
        "state": state,
        "district": district,
        "district_basis": basis,
        "language": form.language,
        "consents": _consents(accepted),
        "consents_version": CONSENTS_VERSION,
        "partner": accepted.partner,
        "referral": form.referral,
        "client_hash": hashes.client,
        "domain_hash": hashes.domain,
        "form_hash": hashes.form,
        "bundle": accepted.bundle,
        "demands": orjson.dumps(accepted.demands).decode(),
        "letters": _letters_column(accepted, letters),
        "words": seal.seal_words(accepted.words, submission_id),
        "sign_on": _signing(accepted, seal, sign_on_id),
        "organization": None,
        "surface": accepted.surface,
    }
    answer = _answer(accepted, keys, supporter_id, submission_id, letters)
    return AcceptedForm(row, answer, claim)


def _address(accepted: Accepted) -> Address:
    supporter = accepted.form.supporter
    state = state_of(accepted.targeting, supporter)
    return Address(full_zip(supporter.zip), state, supporter.city, supporter.street)


def _place(accepted: Accepted) -> tuple[str | None, str | None, str | None]:
    """State, district, and how the district is known: what stays when the address is gone."""
    state = state_of(accepted.targeting, accepted.form.supporter)
    return state, accepted.targeting.found.district, accepted.basis


def _letters_column(accepted: Accepted, letters: Sequence[tuple[UUID, LetterText]]) -> str:
    """``Submission.letters``: what each letter is made from, without its words."""
    edited = accepted.words.edits
    stored = [
        {"id": letter_id, "seat": text.seat, "text": text.digest, "edited": text.seat in edited}
        for letter_id, text in letters
    ]
    return orjson.dumps(stored).decode()


def _signing(accepted: Accepted, seal: FormSeal, sign_on_id: UUID) -> dict[str, Any] | None:
    """The sign-on beside the letters, where the form has one."""
    wanted = accepted.form.sign_on
    if wanted is None or accepted.statement is None:
        return None
    return sign_on_column(seal, sign_on_id, wanted, accepted.statement)


def _answer(
    accepted: Accepted,
    keys: KeyRing,
    supporter_id: UUID,
    submission_id: UUID,
    letters: Sequence[tuple[UUID, LetterText]],
) -> bytes:
    """The JSON of the 202, the same for everybody who could send this form."""
    waiting = {"status": "awaiting_confirmation"}
    return orjson.dumps(
        {
            "id": submission_id,
            **waiting,
            "letters": [
                {"id": letter_id, "seat": text.seat, "name": text.name, **waiting, **way}
                for (letter_id, text), way in zip(letters, accepted.ways, strict=True)
            ],
            "share_url": share_url(keys, accepted.public_url, accepted.campaign, supporter_id),
        }
    )


def share_url(keys: KeyRing, public_url: str, campaign: str, supporter_id: UUID) -> str:
    """The campaign's address with a referral code from which only we can identify the supporter."""
    referral = keyed_hash(keys.purpose("tokens"), "referral", supporter_id.bytes).hex()[:12]
    return f"{public_url}/c/{campaign}?ref={referral}"


def sign_on_column(
    seal: FormSeal, sign_on_id: UUID, form: SignOnForm, statement: str
) -> dict[str, Any]:
    """A person's sign-on as the intake takes it; what they typed is sealed."""
    words = SignOnWords(form.affiliation, form.comment)
    return {
        "id": sign_on_id,
        "statement": statement,
        "display": form.display,
        "words": seal.seal_sign_on(words, sign_on_id),
    }


class FormHashes(NamedTuple):
    email: bytes
    key_id: str
    domain: bytes
    form: bytes
    client: bytes | None


def _hashes(accepted: Accepted, keys: KeyRing) -> FormHashes:
    body = accepted.form.model_dump_json(exclude={"approval", "proof_of_work", "referral"})
    email = accepted.form.supporter.email
    return hash_form(keys, accepted.campaign, email, body, accepted.client, accepted.at)


def hash_form(  # noqa: PLR0913 (what is hashed)
    keys: KeyRing,
    slug: str,
    email: str,
    body: str,
    client: str | None,
    at: datetime,
    who: str = "person",
) -> FormHashes:
    """Keyed, one domain a use and a campaign, so that campaigns cannot be linked by them.

    ``who`` is ``person``, or ``representative``: whoever signs for an organization as well is
    another row to the one person that they are.
    """
    addresses, email = keys.purpose("addresses"), canonical_address(email)
    hashed = None
    if client is not None:
        hashed = keyed_hash(daily_key(keys.purpose("clients"), at.date()), "client", client)
    return FormHashes(
        email=keyed_hash(addresses, f"{who}:{slug}", email),
        key_id=addresses.id,
        domain=keyed_hash(addresses, f"domain:{slug}", email.rpartition("@")[2]),
        form=keyed_hash(addresses, f"form:{slug}", body),
        client=hashed,
    )


def _consents(accepted: Accepted) -> str:
    return consents_json(accepted.form.consents, accepted.partner)


def consents_json(consents: Consents, partner: str | None) -> str:
    # Data is shared with one named partner only: without a partner there is nobody to share with.
    shared = consents.share_with_partner and partner is not None
    return orjson.dumps({"updates": consents.updates, "share_with_partner": shared}).decode()
