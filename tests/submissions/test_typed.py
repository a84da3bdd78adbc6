"""Every text field of every body is normalized alike, and a null is an absent field."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from api.main import create_app
from api.public.bodies import DOCUMENTED
from api.settings import Settings
from api.sign_ons.forms import OrganizationSigns, PersonSigns
from api.submissions.forms import Model, SubmissionForm

create_app(Settings())  # which documents the bodies of all routes
BODIES = [m for name, m in DOCUMENTED.items() if name != "SignOnBody" and issubclass(m, Model)]
BODIES += [SubmissionForm, PersonSigns, OrganizationSigns]

# Field -> a value that it takes. A field that is not here fails the test: say how it is cleaned.
TAKEN = {
    "address": "ani@example.org",
    "affiliation": "Example Society",
    "approval": "v1.abc",
    "bioguide": "P000034",
    "campaign": "release-pows",
    "channel": "folder",
    "city": "Glendale",
    "client": "0" * 64,
    "comment": "Words",
    "country": "US",
    "date": "2026-03-01",
    "district": "CA-30",
    "domain": "example.org",
    "email": "ani@example.org",
    "family_name": "Petrosyan",
    "given_name": "Ani",
    "located": "1.abc",
    "name": "release-pows",
    "on": "hr-1234",
    "own_words": "Words",
    "partner": "acme",
    "person": "another",
    "phone": "202-555-0143",
    "prefix": "Ms.",
    "proof_of_work": "abc",
    "publisher": "Congress",
    "reason": "by hand",
    "referral": "abcd",
    "role": "Director",
    "seat": "house:CA-30",
    "state": "CA",
    "statement": "Words",
    "statement_digest": "st1:abc",
    "story": "Words",
    "street": "12 Main St",
    "subject": "A subject",
    "title": "A title",
    "to": "the President",
    "token": "abc",
    "url": "https://example.org/",
    "website": "https://example.org",
    "zip": "91204",
}
NOISE = "\u200b\ufeff\u00a0{}\ufffc\u2060\u00a0\t"


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for part in parts(field.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from models(part)


def parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in get_args(annotation):
        yield from parts(inner)


ALL = sorted({model for body in BODIES for model in models(body)}, key=lambda m: m.__name__)
TYPED = [
    (model, name)
    for model in ALL
    for name, field in model.model_fields.items()
    if (str in parts(field.annotation) and name != "demands")
    or (name == "prefix" and field.annotation is not type(None))
]


def faulty(model: type[BaseModel], body: dict[str, Any]) -> set[str]:
    """The model's own fields that it refuses in ``body``."""
    try:
        model.model_validate_json(json.dumps(body))
    except ValidationError as error:
        return {str(detail["loc"][0]) for detail in error.errors() if detail["loc"]}
    return set()


@pytest.mark.parametrize(("model", "name"), TYPED)
def test_a_field_is_cleaned(model: type[BaseModel], name: str) -> None:
    assert name in TAKEN, "say in the table what this field takes"
    field = model.model_fields[name].rebuild_annotation()
    taken = TypeAdapter(field, config=ConfigDict(strict=True))
    wanted = taken.validate_json(json.dumps(TAKEN[name]))
    assert taken.validate_json(json.dumps(NOISE.format(TAKEN[name]))) == wanted


FIELDS = [(model, name) for model in ALL for name in model.model_fields]


@pytest.mark.parametrize(("model", "name"), FIELDS)
def test_a_null_is_an_absent_field(model: type[BaseModel], name: str) -> None:
    needed = model.model_fields[name].is_required()
    assert (name in faulty(model, {name: None})) == needed


@pytest.mark.parametrize("model", ALL)
def test_a_null_does_not_hide_an_unknown_field(model: type[BaseModel]) -> None:
    assert "no_such_field" in faulty(model, {"no_such_field": None})
