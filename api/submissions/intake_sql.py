"""The statement that stores a batch of accepted forms, and the two that check what was stored.

The tables' own SQL: see ``Supporter``, ``Submission``, ``SignOn``, ``Organization``, ``Mail``
and ``Idempotency``.
"""

from typing import LiteralString

# Of ``FormRow``, each with its SQL type.
SUPPORTER: dict[LiteralString, LiteralString] = {
    "supporter_id": "uuid",
    "submission_id": "uuid",
    "mail_id": "uuid",
    "campaign": "text",
    "email_hash": "bytea",
    "hash_key_id": "text",
    "canonical_version": "int",
    "data_key": "bytea",
    "identity": "bytea",
    "address": "bytea",
    "state": "text",
    "district": "text",
    "district_basis": "text",
    "language": "text",
    "consents": "text",
    "consents_version": "int",
    "partner": "text",
    "referral": "text",
    "client_hash": "bytea",
    "domain_hash": "bytea",
    "form_hash": "bytea",
    "bundle": "text",
    "demands": "text",
    "letters": "text",
    "words": "bytea",
    "country": "text",
    "sign_on": "json",
    "organization": "json",
    "surface": "text",
}
CLAIM: dict[LiteralString, LiteralString] = {
    "route": "text",
    "key_hash": "bytea",
    "body_hash": "bytea",
    "answer": "bytea",
}

_TYPED: LiteralString = ", ".join(f"{name} {kind}" for name, kind in (SUPPORTER | CLAIM).items())

# The batch is one JSON value: encoding it takes the driver a tenth of the time of arrays.
# Keys are inserted in their own order, so that two batches cannot deadlock; rows that lose
# the race for a key are left out of everything else.
STORE: LiteralString = f"""
WITH input AS (
    SELECT * FROM json_to_recordset(%s::json) AS i({_TYPED})
), keys AS (
    INSERT INTO idempotency (route, key_hash, body_hash, submission_id, answer, expires)
    SELECT route, key_hash, body_hash, submission_id, answer, now() + interval '24 hours'
    FROM input WHERE key_hash IS NOT NULL ORDER BY route, key_hash
    ON CONFLICT (route, key_hash) DO NOTHING
    RETURNING submission_id
), won AS (
    SELECT * FROM input
    WHERE key_hash IS NULL OR submission_id IN (SELECT submission_id FROM keys)
), new_supporters AS (
    INSERT INTO supporters (id, campaign, email_hash, hash_key_id, canonical_version, data_key,
        identity, address, country, state, district, district_basis, language, consents,
        consents_version, partner, referral, client_hash, domain_hash, form_hash, hour, status,
        surface)
    SELECT supporter_id, campaign, email_hash, hash_key_id, canonical_version, data_key,
        identity, address, coalesce(country, 'US'), state, district, district_basis, language,
        consents::jsonb, consents_version, partner, referral, client_hash, domain_hash, form_hash,
        date_trunc('hour', now()), 'unconfirmed', surface FROM won
), new_submissions AS (
    INSERT INTO submissions (id, supporter_id, bundle, demands, letters, words, status)
    SELECT submission_id, supporter_id, bundle, demands::jsonb, letters::jsonb, words,
        'unconfirmed' FROM won
), new_sign_ons AS (
    INSERT INTO sign_ons (id, supporter_id, campaign, statement, display, words, status, review,
        comment_review)
    SELECT (sign_on->>'id')::uuid, supporter_id, campaign, sign_on->>'statement',
        sign_on->>'display', (sign_on->>'words')::bytea, 'unconfirmed', 'none', 'none'
    FROM won WHERE sign_on IS NOT NULL
), new_organizations AS (
    INSERT INTO organizations (id, supporter_id, campaign, statement, entry, name_hash,
        look_hash, domain_hash, country, basis, standing, representative, status)
    SELECT (organization->>'id')::uuid, supporter_id, campaign, organization->>'statement',
        (organization->>'entry')::bytea, (organization->>'name_hash')::bytea,
        (organization->>'look_hash')::bytea,
        (organization->>'domain_hash')::bytea, organization->>'country', organization->>'basis',
        'signatory', (organization->>'representative')::bytea, 'unconfirmed'
    FROM won WHERE organization IS NOT NULL
), new_mails AS (
    INSERT INTO mails (id, supporter_id, kind, status, due_at, epoch, attempts)
    SELECT mail_id, supporter_id, 'confirmation', 'queued', now(), 0, 0 FROM won
), counted AS (
    INSERT INTO count_deltas (campaign, name, delta, hour)
    SELECT campaign, 'forms', count(*), date_trunc('hour', now()) FROM won GROUP BY campaign
)
SELECT submission_id FROM won
"""  # noqa: S608 (our own names)

FIND_ANSWER: LiteralString = (
    "SELECT body_hash, answer FROM idempotency WHERE route = %s AND key_hash = %s"
)
FIND_STORED: LiteralString = "SELECT 1 FROM supporters WHERE id = %s"
