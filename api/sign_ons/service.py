"""Signing a statement by itself: from a form to a stored, unconfirmed sign-on.

It is stored as any other form is, by the same intake and with fresh ids: nothing is looked up
by address, so that nobody can find out who signed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from api.campaigns.catalog import Catalog
from api.campaigns.published import PublishedCampaign
from api.campaigns.statements import Statement, statement_of
from api.errors import CampaignClosed, FieldError, InvalidInput, NotFound
from api.partners.registry import Partners
from api.security.addresses import CANONICAL_VERSION
from api.security.identifiers import new_ids
from api.security.keys import KeyRing
from api.sign_ons.countries import COUNTRIES
from api.sign_ons.entries import hashes_of, mark_of
from api.sign_ons.forms import OrganizationSigns, PersonSigns, Signer, Signing
from api.sign_ons.names import at_domain
from api.sign_ons.statements import StatementChanged
from api.submissions.intake import (
    AcceptedForm,
    FormRow,
    IdempotencyClaim,
    Intake,
    SharedColumns,
)
from api.submissions.rows import (
    CONSENTS_VERSION,
    consents_json,
    hash_form,
    share_url,
    sign_on_column,
)
from api.submissions.service import check_sign_on, known_partner
from api.supporters.vault import Address, Entry, FormSeal, Representative, Vault
from api.targets.congress import Directory
from api.targets.days import eastern_date

HOME = "US"


@dataclass(frozen=True, slots=True)
class _Ids:
    supporter: UUID
    submission: UUID
    mail: UUID
    signing: UUID


class Signed(NamedTuple):
    """The answer to whoever signed: the JSON of a 202. ``repeated``: it was given before, to the
    same ``Idempotency-Key`` and body, and nothing was stored now."""

    answer: bytes
    repeated: bool


@dataclass(frozen=True)
class SignOns:
    """The started service. ``catalog`` and ``directory`` give the versions that hold now."""

    catalog: Callable[[], Catalog]
    directory: Callable[[], Directory]
    keys: KeyRing
    vault: Vault
    intake: Intake
    partners: Partners
    public_url: str
    clock: Callable[[], datetime]

    def find_campaign(self, slug: str, *, closed: bool = True) -> PublishedCampaign:
        """A campaign with a statement. Raises NotFound, or CampaignClosed unless ``closed``
        ones will do."""
        published = self.catalog().get(slug)
        state = published.state(self.clock())
        if state not in {"open", "closed"} or published.campaign.sign_on is None:
            raise NotFound("There is no statement to sign here: see the list of campaigns.")
        if state == "closed" and not closed:
            raise CampaignClosed("Its statement takes no more names; it can still be read.")
        return published

    async def sign(
        self,
        slug: str,
        form: PersonSigns | OrganizationSigns,
        *,
        client: str | None = None,
        claim: IdempotencyClaim | None = None,
        surface: str = "api",
    ) -> Signed:
        """Store a signature and return its answer, after the commit.

        ``surface`` is where it was filled in: ``page``, ``widget`` or ``api``.

        Raises NotFound, CampaignClosed, InvalidInput, StatementChanged, IdempotencyConflict or
        Unavailable. Whoever signed before gets the same answer as somebody new.
        """
        published = self.find_campaign(slug, closed=False)
        statement = _read_statement(published, form)
        if isinstance(form, PersonSigns):
            row = self._person(published, form, statement, client, surface)
        else:
            row = self._organization(published, form, statement, client, surface)
        answer = {
            "id": row["submission_id"],
            "status": "awaiting_confirmation",
            "share_url": share_url(self.keys, self.public_url, slug, row["supporter_id"]),
        }
        made = orjson.dumps(answer)
        stored = await self.intake.put(lambda: AcceptedForm(row, made, claim))
        return Signed(stored, repeated=stored != made)

    def _person(
        self,
        published: PublishedCampaign,
        form: PersonSigns,
        statement: Statement,
        client: str | None,
        surface: str,
    ) -> FormRow:
        check_sign_on(published, form.sign_on)
        address, country = self._place(published, form.supporter)
        email = form.supporter.email
        ids, seal, shared = self._shared(published, form, email, client, surface, "person")
        partner = known_partner(self.partners, published, form.partner)
        return {
            **shared,
            "identity": seal.seal_identity(form.supporter.identity()),
            "address": seal.seal_address(address),
            "state": address.state,
            "country": country,
            "consents": consents_json(form.consents, partner),
            "district": None,
            "district_basis": None,
            "words": None,
            "organization": None,
            "sign_on": sign_on_column(seal, ids.signing, form.sign_on, statement.digest),
        }

    def _organization(
        self,
        published: PublishedCampaign,
        form: OrganizationSigns,
        statement: Statement,
        client: str | None,
        surface: str,
    ) -> FormRow:
        offered = published.campaign.sign_on
        if offered is None or not offered.organizations:
            message = "Only people sign this statement."
            raise InvalidInput(FieldError("kind", "not_offered", message))
        who, organization = form.representative, form.organization
        _known_country(organization.country, "organization.country")
        ids, seal, shared = self._shared(
            published, form, who.email, client, surface, "representative"
        )
        return {
            **shared,
            "identity": seal.seal_identity(who.identity()),
            "address": seal.seal_address(Address("")),
            "country": organization.country,
            "state": None,
            "district": None,
            "district_basis": None,
            "consents": orjson.dumps({}).decode(),
            "words": None,
            "sign_on": None,
            "organization": _organization_column(self.keys, seal, ids.signing, form, statement),
        }

    def _shared(  # noqa: PLR0913 (what is stored)
        self,
        published: PublishedCampaign,
        form: Signing,
        email: str,
        client: str | None,
        surface: str,
        who: str,
    ) -> tuple[_Ids, FormSeal, SharedColumns]:
        """What is stored of any signature; ``who`` signs, as in ``hash_form``."""
        ids, slug = _Ids(*new_ids(4)), published.slug
        seal, wrapped = self.vault.new_form(slug, ids.supporter)
        body = form.model_dump_json(exclude={"proof_of_work", "referral"})
        hashes = hash_form(self.keys, slug, email, body, client, self.clock(), who)
        shared: SharedColumns = {
            "supporter_id": ids.supporter,
            "submission_id": ids.submission,
            "mail_id": ids.mail,
            "campaign": slug,
            "email_hash": hashes.email,
            "hash_key_id": hashes.key_id,
            "canonical_version": CANONICAL_VERSION,
            "data_key": wrapped,
            "language": form.language,
            "consents_version": CONSENTS_VERSION,
            "partner": known_partner(self.partners, published, form.partner),
            "referral": form.referral,
            "client_hash": hashes.client,
            "domain_hash": hashes.domain,
            "form_hash": hashes.form,
            "bundle": published.bundle_digest,
            "demands": "[]",
            "letters": "[]",
            "surface": surface,
        }
        return ids, seal, shared

    def _place(self, published: PublishedCampaign, signer: Signer) -> tuple[Address, str]:
        """Where somebody signs from, as far as they told. Raises InvalidInput."""
        offered, country = published.campaign.sign_on, signer.country or HOME
        if country != HOME:
            if offered is None or not offered.countries:
                message = "This statement is signed from the United States: give your ZIP code."
                raise InvalidInput(FieldError("supporter.country", "not_offered", message))
            _known_country(country, "supporter.country")
            return Address("", None, signer.city), country
        if signer.zip is None:
            raise InvalidInput(FieldError("supporter.zip", "required", "This is needed."))
        try:
            today = eastern_date(self.clock())
            found = self.directory().find(signer.zip, today=today, kinds=())
        except InvalidInput as error:
            fields = [replace(f, field=f"supporter.{f.field}") for f in error.fields]
            raise InvalidInput(*fields) from None
        if signer.state and signer.state not in found.states:
            message = f"ZIP {found.zip} does not lie in {signer.state}: check both."
            raise InvalidInput(FieldError("supporter.state", "state_elsewhere", message))
        return Address(found.zip, found.state or signer.state, signer.city), country


def _read_statement(published: PublishedCampaign, form: Signing) -> Statement:
    """The statement in the form's language. Raises InvalidInput or StatementChanged."""
    languages = published.campaign.languages
    if form.language not in languages:
        message = f"This campaign is offered in: {', '.join(languages)}."
        raise InvalidInput(FieldError("language", "not_offered", message))
    statement = statement_of(published, form.language)
    if form.statement_digest not in {None, statement.digest}:
        raise StatementChanged(
            "Read the statement as it is now, and sign it again.", statement=statement.text
        )
    return statement


def _known_country(code: str, field: str) -> None:
    if code not in COUNTRIES:
        message = "Give the country's two letters, such as AM or FR (ISO 3166)."
        raise InvalidInput(FieldError(field, "country_unknown", message))


def _organization_column(
    keys: KeyRing,
    seal: FormSeal,
    organization_id: UUID,
    form: OrganizationSigns,
    statement: Statement,
) -> dict[str, Any]:
    """An organization's entry as the intake takes it; what was typed is sealed."""
    who, entry = form.representative, Entry(form.organization.name, form.organization.website)
    mark = mark_of(entry)
    hashes = hashes_of(keys, statement.campaign, mark)
    by_domain = mark.domain is not None and at_domain(who.email, mark.domain)
    return {
        "id": organization_id,
        "statement": statement.digest,
        "entry": seal.seal_entry(entry, organization_id),
        "name_hash": hashes.name,
        "look_hash": hashes.look,
        "domain_hash": hashes.domain,
        "country": form.organization.country,
        "basis": "domain" if by_domain else "manual",
        "representative": seal.seal_representative(
            Representative(who.role, who.show_name), organization_id
        ),
    }
