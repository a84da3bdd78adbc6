"""Thousands of confirmed signatures, stored as the product would have."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.counts import ledger
from api.security.identifiers import new_ids
from api.sign_ons.names import organization_key, person_key

STORE = text("""
    WITH input AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:keys AS bytea[]))
            AS i(id, name, key)
    ), forms AS (
        INSERT INTO supporters (id, campaign, person_id, hash_key_id, canonical_version, country,
            state, language, consents, consents_version, hour, status)
        SELECT id, :campaign, NULL, '0', 1, 'US', 'CA', 'en', '{}', 1, now(), 'confirmed'
        FROM input RETURNING id
    ), people AS (
        INSERT INTO persons (id, campaign, email_hash, standing)
        SELECT id, :campaign, uuid_send(id), 'counted' FROM input RETURNING id
    )
    INSERT INTO sign_ons (id, supporter_id, campaign, person_id, statement, display, status, review,
        comment_review, public_name, public_place, sort_key)
    SELECT id, id, :campaign, id, 'st1:0', 'name', 'confirmed', 'passed', 'none', name, 'CA', key
    FROM input
""")

STORE_ORGANIZATIONS = text("""
    WITH input AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:keys AS bytea[]))
            AS i(id, name, key)
    ), forms AS (
        INSERT INTO supporters (id, campaign, person_id, hash_key_id, canonical_version, country,
            state, language, consents, consents_version, hour, status)
        SELECT id, :campaign, NULL, '0', 1, 'US', 'CA', 'en', '{}', 1, now(), 'confirmed'
        FROM input RETURNING id
    )
    INSERT INTO organizations (id, supporter_id, campaign, statement, name, website, country,
        name_key, domain, basis, standing, status, sort_key)
    SELECT id, id, :campaign, 'st1:0', name, 'https://example.org', 'US', id::text, id::text,
        'domain', 'signatory', 'approved', key FROM input
""")


@dataclass(frozen=True, slots=True)
class Name:
    given: str
    family: str


async def store_people(session: AsyncSession, campaign: str, names: Sequence[Name]) -> list[UUID]:
    ids = new_ids(len(names))
    values = {
        "ids": list(ids),
        "names": [f"{name.given} {name.family}" for name in names],
        "keys": [person_key(name.given, name.family) for name in names],
    }
    await session.execute(STORE, {**values, "campaign": campaign})
    mine = text("UPDATE supporters SET person_id = id WHERE id = ANY(:ids)")
    await session.execute(mine, {"ids": list(ids)})
    await ledger.append(session, campaign, {"persons": len(names), "supporters": len(names)})
    return list(ids)


async def store_organizations(session: AsyncSession, campaign: str, names: Sequence[str]) -> None:
    values = {
        "ids": list(new_ids(len(names))),
        "names": list(names),
        "keys": [organization_key(name) for name in names],
    }
    await session.execute(STORE_ORGANIZATIONS, {**values, "campaign": campaign})
    await ledger.append(session, campaign, {"organizations": len(names)})
