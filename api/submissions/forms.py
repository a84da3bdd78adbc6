"""The bodies of the submission endpoints: what is taken, and how each field is cleaned.

The JSON contract of ``POST …/targets``, ``…/letters`` and ``…/submissions``; the pages fill in
the same models. Unknown fields are refused.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticUseDefault

from api.campaigns.schema import TEXT_FIELDS
from api.i18n import ENGLISH, Language
from api.security.addresses import check_address
from api.security.text import (
    clean_city,
    clean_code,
    clean_line,
    clean_name,
    clean_phone,
    clean_required,
    clean_street,
    clean_text,
    clean_zip,
    tidy_code,
    tidy_text,
    tidy_token,
)
from api.supporters.vault import Identity

OWN_WORDS_MAX = 10_000  # the limit of a ConstituentMessage (CWC 2.0)
SUBJECT_MAX = 500
STATEMENT_MAX = 10_000
MAX_LETTERS = 20
AFFILIATION_MAX = 150
COMMENT_MAX = 1000
RECIPIENT_MAX = 200  # to whom a statement is handed in
_NAMED = ("email", "given_name", "family_name")
REASON_MAX = 200  # an organizer's, in a few words

LETTERS = Field(max_length=MAX_LETTERS, strict=False)

T = TypeVar("T")


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not tidy_text(value) else value


def _default_for_null(value: Any) -> Any:
    if value is None:
        raise PydanticUseDefault
    return value


def _tidied(tidy: Callable[[str], str]) -> BeforeValidator:
    """Before a field's pattern or list of choices is looked at."""
    return BeforeValidator(lambda value: tidy(value) if isinstance(value, str) else value)


TIDY = _tidied(tidy_code)
Name = Annotated[str, AfterValidator(clean_name)]
Email = Annotated[str, AfterValidator(check_address)]
City = Annotated[str, AfterValidator(clean_city)]
Street = Annotated[str, AfterValidator(clean_street)]
Phone = Annotated[str, AfterValidator(clean_phone)]
Zip = Annotated[str, AfterValidator(clean_zip)]
Code = Annotated[str, AfterValidator(clean_code)]
Token = Annotated[str, Field(max_length=100), _tidied(tidy_token)]
Approval = Annotated[str, Field(max_length=8192), _tidied(tidy_token)]
Proof = Annotated[str, Field(max_length=4096), _tidied(tidy_token)]
Affiliation = Annotated[str, AfterValidator(lambda value: clean_line(value, AFFILIATION_MAX))]
Recipient = Annotated[str, AfterValidator(lambda value: clean_required(value, RECIPIENT_MAX))]
Reason = Annotated[str, AfterValidator(lambda value: clean_required(value, REASON_MAX))]
Comment = Annotated[str, AfterValidator(lambda value: clean_text(value, COMMENT_MAX))]
Referral = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{4,32}$"), TIDY]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$"), TIDY]
State = Annotated[str, Field(pattern=r"^[A-Za-z]{2}$"), TIDY, AfterValidator(str.upper)]
# The limit is the campaign's, so it is checked where the campaign is known.
OwnText = Annotated[str, AfterValidator(clean_text)]
OwnWords = Annotated[str, AfterValidator(lambda value: clean_text(value, OWN_WORDS_MAX))]
Subject = Annotated[str, AfterValidator(lambda value: clean_line(value, SUBJECT_MAX))]
Statement = Annotated[str, AfterValidator(lambda value: clean_text(value, STATEMENT_MAX))]
# Those that both chambers take (CWC).
Prefix = Annotated[Literal["Mr.", "Mrs.", "Miss", "Ms.", "Dr."], TIDY]
# Null means absent for every optional field; those with a default other than None use this. (A
# validator of the model would make pydantic copy each body before reading it.)
Given = Annotated[T, BeforeValidator(_default_for_null)]
# An empty text field of a form counts as absent.
Maybe = Annotated[T | None, BeforeValidator(_none_if_blank)]
# A field of another of these forms, for clients that have one type for all: null means absent, and
# anything else is refused as unknown.
NotHere = Annotated[None, Field(exclude=True), SkipJsonSchema()]

ProofOfWork = Annotated[
    Maybe[Proof], Field(description="Reserved: taken, and not looked at yet. Leave it out.")
]


class Model(BaseModel):
    """A body, or a part of one."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def example(**fields: Any) -> ConfigDict:
    """The ``model_config`` of a body with an example of it, for the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


class Who(Model):
    """The fields that tell who somebody is, as far as a form has them."""

    def identity(self) -> Identity:
        """As it is sealed; what is not asked for, or not filled in yet, is blank."""
        email, given, family = (getattr(self, name, None) or "" for name in _NAMED)
        prefix, phone = getattr(self, "prefix", None), getattr(self, "phone", None)
        return Identity(email, given, family, prefix=prefix, phone=phone)


class Place(Who):
    """Where somebody lives, as far as they told; only the ZIP is always needed."""

    zip: Zip
    state: Maybe[State] = None
    city: Maybe[City] = None
    street: Maybe[Street] = None


class TargetsForm(Place):
    """``POST …/targets``: the same as the GET, with a street in the body."""

    model_config = example(
        zip="02138", street="1 Example Street", city="Cambridge", district="MA-5"
    )

    district: Maybe[Code] = None


class PreviewSupporter(Place):
    email: NotHere = None
    country: NotHere = None
    given_name: Maybe[Name] = None
    family_name: Maybe[Name] = None
    prefix: Maybe[Prefix] = None
    phone: Maybe[Phone] = None


class SupporterForm(Place):
    country: NotHere = None
    given_name: Name
    family_name: Name
    email: Email
    prefix: Maybe[Prefix] = None
    phone: Maybe[Phone] = None


class LetterEdit(Model):
    """The edited parts of one letter; what is absent stays as the campaign wrote it."""

    seat: Code
    subject: Subject | None = None
    own_words: OwnWords | None = None
    statement: Statement | None = None


class SignOnForm(Model):
    display: Given[Literal["hidden", "initials", "name"]] = "hidden"
    affiliation: Maybe[Affiliation] = None
    comment: Maybe[Comment] = None


class Consents(Model):
    updates: Given[bool] = False
    share_with_partner: Given[bool] = False


class LettersForm(Model):
    """What shapes the letters; shared by preview and submission."""

    district: Maybe[Code] = None
    demands: tuple[Slug, ...] | None = Field(default=None, max_length=50, strict=False)
    story: Given[OwnText] = ""
    letters: Given[Annotated[tuple[LetterEdit, ...], LETTERS]] = ()
    sign_on: SignOnForm | None = None
    partner: Maybe[Slug] = None
    referral: Maybe[Referral] = None
    language: Given[Language] = ENGLISH
    located: Maybe[Token] = None
    proof_of_work: ProofOfWork = None

    @property
    def answers(self) -> dict[str, str]:
        """The writer's own words for all letters, by field; blank where they gave none."""
        return {name: getattr(self, name) for name in TEXT_FIELDS}


class PreviewForm(LettersForm):
    model_config = example(
        supporter={
            "given_name": "Ani",
            "family_name": "Petrosyan",
            "zip": "91204",
            "city": "Glendale",
        },
        story="My grandmother was born in Stepanakert.",
    )

    supporter: PreviewSupporter
    approval: NotHere = None
    consents: NotHere = None


class SubmissionForm(LettersForm):
    model_config = example(
        supporter={
            "given_name": "Ani",
            "family_name": "Petrosyan",
            "email": "ani@example.org",
            "zip": "91204",
            "city": "Glendale",
        },
        district="CA-30",
        story="My grandmother was born in Stepanakert.",
        letters=[{"seat": "house:CA-30", "subject": "A question from Glendale"}],
        consents={"updates": False, "share_with_partner": False},
        language="en",
    )

    supporter: SupporterForm
    approval: Approval | None = None
    consents: Given[Consents] = Consents()
