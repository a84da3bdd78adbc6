"""The bodies of ``POST …/sign-ons``: a person signs, or an organization through somebody."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from api.i18n import ENGLISH, Language
from api.security.text import clean_line, clean_name
from api.sign_ons.names import check_website
from api.submissions.forms import (
    TIDY,
    City,
    Consents,
    Email,
    Given,
    Maybe,
    Model,
    Name,
    NotHere,
    ProofOfWork,
    Referral,
    SignOnForm,
    Slug,
    State,
    Who,
    Zip,
    example,
)

ORGANIZATION_MAX = 150
ROLE_MAX = 120

Country = Annotated[str, Field(pattern=r"^[A-Za-z]{2}$"), TIDY, AfterValidator(str.upper)]
OrganizationName = Annotated[str, AfterValidator(lambda value: clean_name(value, ORGANIZATION_MAX))]
Role = Annotated[str, AfterValidator(lambda value: clean_name(value, ROLE_MAX))]
Digest = Annotated[str, Field(max_length=100), TIDY]
Website = Annotated[str, AfterValidator(lambda value: check_website(clean_line(value, 200)))]


class Signer(Who):
    """A person; ``zip`` in the United States, ``country`` elsewhere, where that is taken."""

    given_name: Name
    family_name: Name
    email: Email
    zip: Maybe[Zip] = None
    state: Maybe[State] = None
    city: Maybe[City] = None
    country: Maybe[Country] = None
    prefix: NotHere = None
    street: NotHere = None
    phone: NotHere = None


class Signing(Model):
    """What both kinds have. ``statement_digest`` names the text that was read."""

    statement_digest: Maybe[Digest] = None
    partner: Maybe[Slug] = None
    referral: Maybe[Referral] = None
    language: Given[Language] = ENGLISH
    proof_of_work: ProofOfWork = None


class PersonSigns(Signing):
    model_config = example(
        kind="person",
        supporter={
            "given_name": "Ani",
            "family_name": "Petrosyan",
            "email": "ani@example.org",
            "zip": "91204",
        },
        sign_on={"display": "name"},
    )

    kind: Literal["person"]
    supporter: Signer
    sign_on: Given[SignOnForm] = SignOnForm()
    consents: Given[Consents] = Consents()
    organization: NotHere = None
    representative: NotHere = None


class OrganizationForm(Model):
    name: OrganizationName
    website: Website
    country: Given[Country] = "US"


class RepresentativeForm(Who):
    given_name: Name
    family_name: Name
    role: Role
    email: Email
    show_name: Given[bool] = False


class OrganizationSigns(Signing):
    model_config = example(
        kind="organization",
        organization={
            "name": "Example Society",
            "website": "https://www.example.org",
            "country": "US",
        },
        representative={
            "given_name": "Ani",
            "family_name": "Petrosyan",
            "role": "Director",
            "email": "ani@example.org",
            "show_name": False,
        },
    )

    kind: Literal["organization"]
    organization: OrganizationForm
    representative: RepresentativeForm
    supporter: NotHere = None
    sign_on: NotHere = None
    consents: NotHere = None
