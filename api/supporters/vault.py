"""Personal data of a form, sealed and opened.

Each accepted form has a data key of its own, wrapped by its campaign's key. What is sealed
stays bound to its table, column and row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson

from api.campaigns.schema import TEXT_FIELDS
from api.security.hashing import keyed_hash
from api.security.keys import KeyRing
from api.security.lookalikes import skeleton
from api.security.sealing import Seal, new_data_key, unwrap, wrap


@dataclass(frozen=True, slots=True)
class Identity:
    email: str
    given_name: str
    family_name: str
    prefix: str | None = None
    phone: str | None = None

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True, slots=True)
class Address:
    """``zip`` is blank outside the United States."""

    zip: str
    state: str | None = None
    city: str | None = None
    street: str | None = None

    def without_street(self) -> "Address":
        """What stays once the letters have been delivered. A ZIP+4 is a street as well."""
        return replace(self, zip=self.zip[:5], street=None)


@dataclass(frozen=True, slots=True)
class Edit:
    """What a writer changed in one letter; None where the campaign's text stands."""

    subject: str | None = None
    own_words: str | None = None
    statement: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """The writer's own: what stands in every letter, by the field that asked, and edits by seat."""

    answers: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(TEXT_FIELDS, ""))
    edits: Mapping[str, Edit] = field(default_factory=dict)

    @property
    def own(self) -> str:
        """The answers as one text."""
        return "\n\n".join(filter(None, self.answers.values()))


@dataclass(frozen=True, slots=True)
class SignOnWords:
    """What a person typed beside their name."""

    affiliation: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """What an organizer passed of a sign-on: name, place and affiliation, and the comment."""

    line: tuple[str | None, ...] | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Representative:
    """An organization's representative; the name is in the form's identity."""

    role: str
    show_name: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What an organization signs as."""

    name: str
    website: str


Sealable = Identity | Address | Mapping[str, Any] | SignOnWords | Passed | Representative | Entry


class FormSeal:
    """Opens and seals the columns of one accepted form."""

    def __init__(self, seal: Seal, supporter_id: UUID) -> None:
        self._seal = seal
        self._supporter_id = supporter_id

    def identity(self, blob: bytes) -> Identity:
        return Identity(**self._open(blob, "supporters", "identity", self._supporter_id))

    def address(self, blob: bytes) -> Address:
        return Address(**self._open(blob, "supporters", "address", self._supporter_id))

    def words(self, blob: bytes, submission_id: UUID) -> Words:
        raw = self._open(blob, "submissions", "words", submission_id)
        edits = {seat: Edit(**edit) for seat, edit in raw.pop("edits").items()}
        return Words(raw, edits)

    def payload(self, blob: bytes, delivery_id: UUID) -> bytes:
        return self._seal.open(blob, "deliveries", "payload", delivery_id)

    def sign_on(self, blob: bytes, sign_on_id: UUID) -> SignOnWords:
        return SignOnWords(**self._open(blob, "sign_ons", "words", sign_on_id))

    def passed(self, blob: bytes, sign_on_id: UUID) -> Passed:
        raw = self._open(blob, "sign_ons", "passed", sign_on_id)
        return Passed(raw["line"] and tuple(raw["line"]), raw["comment"])

    def representative(self, blob: bytes, organization_id: UUID) -> Representative:
        return Representative(
            **self._open(blob, "organizations", "representative", organization_id)
        )

    def entry(self, blob: bytes, organization_id: UUID) -> Entry:
        return Entry(**self._open(blob, "organizations", "entry", organization_id))

    def seal_sign_on(self, words: SignOnWords, sign_on_id: UUID) -> bytes:
        return self._close(words, "sign_ons", "words", sign_on_id)

    def seal_passed(self, passed: Passed, sign_on_id: UUID) -> bytes:
        return self._close(passed, "sign_ons", "passed", sign_on_id)

    def seal_representative(self, who: Representative, organization_id: UUID) -> bytes:
        return self._close(who, "organizations", "representative", organization_id)

    def seal_entry(self, entry: Entry, organization_id: UUID) -> bytes:
        return self._close(entry, "organizations", "entry", organization_id)

    def seal_identity(self, identity: Identity) -> bytes:
        return self._close(identity, "supporters", "identity", self._supporter_id)

    def seal_address(self, address: Address) -> bytes:
        return self._close(address, "supporters", "address", self._supporter_id)

    def seal_words(self, words: Words, submission_id: UUID) -> bytes:
        raw = {**words.answers, "edits": words.edits}
        return self._close(raw, "submissions", "words", submission_id)

    def seal_payload(self, payload: bytes, delivery_id: UUID) -> bytes:
        return self._seal.seal(payload, "deliveries", "payload", delivery_id)

    def _open(self, blob: bytes, table: str, column: str, row_id: UUID) -> dict[str, Any]:
        value: dict[str, Any] = orjson.loads(self._seal.open(blob, table, column, row_id))
        return value

    def _close(self, value: Sealable, table: str, column: str, row_id: UUID) -> bytes:
        return self._seal.seal(orjson.dumps(value), table, column, row_id)


class Vault:
    """Makes and opens the seals of forms with the key ring's campaign keys."""

    def __init__(self, keys: KeyRing) -> None:
        self.keys = keys

    def new_form(self, campaign: str, supporter_id: UUID) -> tuple[FormSeal, bytes]:
        """A seal for a new form, and its wrapped data key to be stored beside it.

        Raises KeyMissing when the campaign has no key; nothing is ever kept in the clear.
        """
        data_key = new_data_key()
        wrapped = wrap(data_key, self.keys.campaign(campaign))
        return FormSeal(Seal(data_key), supporter_id), wrapped

    def look(self, campaign: str, name: str) -> bytes:
        """Equal for two names that look alike on one campaign; tells nothing without the key."""
        return keyed_hash(self.keys.purpose("addresses"), f"look:{campaign}", skeleton(name))

    def open_form(self, wrapped: bytes, supporter_id: UUID) -> FormSeal:
        """Raises KeyMissing or SealBroken."""
        return FormSeal(Seal(unwrap(wrapped, self.keys)), supporter_id)
