"""The OpenAPI document: every body has an example, and it is one that is taken."""

import json

import pytest
from pydantic import BaseModel

from api.main import create_app
from api.public import bodies
from api.settings import Settings
from api.sign_ons.forms import OrganizationSigns, PersonSigns
from api.submissions.forms import SubmissionForm

SCHEMAS = create_app(Settings()).openapi()["components"]["schemas"]
FORMS: set[type[BaseModel]] = {m for name, m in bodies.DOCUMENTED.items() if name != "SignOnBody"}
FORMS |= {SubmissionForm, PersonSigns, OrganizationSigns}


@pytest.mark.parametrize("form", sorted(FORMS, key=repr))
def test_every_body_has_an_example_that_is_taken(form: type[BaseModel]) -> None:
    examples = SCHEMAS[form.__name__]["examples"]
    assert examples
    for example in examples:
        form.model_validate_json(json.dumps(example))
