"""An organization's entry: its name and website, which only organizers see before it is approved.

Both are sealed with the form's own key. As long as they are not public, entries are compared by
keyed hashes of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from api.database.columns import joined
from api.errors import DomainError
from api.security.hashing import hash_versions, keyed_hash
from api.security.keys import KeyRing
from api.security.lookalikes import skeleton
from api.security.own_domains import own_domain
from api.sign_ons.models import Organization
from api.sign_ons.names import domain_of, name_key
from api.supporters.models import Supporter
from api.supporters.vault import Entry, FormSeal, Vault

Kind = Literal["name", "look", "domain"]
PURPOSE: Final = "addresses"
# The columns that are stored in plain text for a listed entry only.
UNLISTED: Final[dict[str, None]] = dict.fromkeys(
    ("name", "website", "name_key", "domain", "sort_key", "public_representative")
)
# With what an entry is opened by.
WITH_FORM: Final = joined(
    Organization.supporter, Supporter.id, Supporter.data_key, Supporter.identity
)


class Mark(NamedTuple):
    """The values that tell entries apart; ``domain`` is empty on a shared host."""

    name: str
    domain: str | None


class Hashes(NamedTuple):
    """Of a mark, under the newest key; different ones on each campaign. ``look`` is equal for two
    names that look alike."""

    name: bytes
    look: bytes
    domain: bytes | None


@dataclass(frozen=True, slots=True)
class Opened:
    """An entry with what an approval would show of its representative."""

    entry: Entry
    representative: str | None


def mark_of(entry: Entry) -> Mark:
    return Mark(name_key(entry.name), own_domain(domain_of(entry.website)))


def hashes_of(keys: KeyRing, campaign: str, mark: Mark) -> Hashes:
    name = _hash(keys, campaign, "name", mark.name)
    look = _hash(keys, campaign, "look", skeleton(mark.name))
    domain = _hash(keys, campaign, "domain", mark.domain) if mark.domain else None
    return Hashes(name, look, domain)


def every_hash(
    keys: KeyRing, campaign: str, kind: Kind, values: Iterable[str | None]
) -> list[bytes]:
    """The hashes of names, skeletons or domains as each key that was ever the newest made them."""
    key, use = keys.purpose(PURPOSE), _use(kind, campaign)
    return [
        each
        for value in values
        if value is not None
        for each in hash_versions(key, use, value).values()
    ]


def entry_of(organization: Organization, seal: FormSeal) -> Entry | None:
    """The entry of an organization; None once wiped."""
    if organization.name is not None:
        return Entry(organization.name, organization.website or "")
    sealed = organization.entry
    return None if sealed is None else seal.entry(sealed, organization.id)


def open_entry(organization: Organization, vault: Vault) -> Opened | None:
    """The same with the representative, of an organization whose ``supporter`` is loaded; None
    where data or key are gone."""
    name, form = organization.name, organization.supporter
    public = None if name is None else Opened(Entry(name, organization.website or ""), None)
    sealed = organization.representative
    if form.data_key is None or form.identity is None or sealed is None:
        return public
    try:
        seal = vault.open_form(form.data_key, form.id)
        entry, speaks = entry_of(organization, seal), seal.representative(sealed, organization.id)
        shown = f"{seal.identity(form.identity).full_name}, {speaks.role}"
    except DomainError:
        return public
    return None if entry is None else Opened(entry, shown if speaks.show_name else None)


def _hash(keys: KeyRing, campaign: str, kind: Kind, value: str) -> bytes:
    return keyed_hash(keys.purpose(PURPOSE), _use(kind, campaign), value)


def _use(kind: Kind, campaign: str) -> str:
    return f"organization {kind}:{campaign}"
