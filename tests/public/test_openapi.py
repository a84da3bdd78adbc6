"""The OpenAPI document: every body has an example, and it is one that is taken."""

import json
import re
from functools import cache
from typing import Any

import pytest
from pydantic import BaseModel

from api.main import create_app
from api.public import bodies
from api.settings import Settings
from api.sign_ons.forms import OrganizationSigns, PersonSigns
from api.submissions.forms import SubmissionForm
from tests.docs.reading import DOCS

FORMS: set[type[BaseModel]] = {m for name, m in bodies.DOCUMENTED.items() if name != "SignOnBody"}
FORMS |= {SubmissionForm, PersonSigns, OrganizationSigns}


@cache
def document() -> dict[str, Any]:
    return create_app(Settings()).openapi()


def schemas() -> dict[str, Any]:
    found: dict[str, Any] = document()["components"]["schemas"]
    return found


@pytest.mark.parametrize("form", sorted(FORMS, key=repr))
def test_every_body_has_an_example_that_is_taken(form: type[BaseModel]) -> None:
    examples = schemas()[form.__name__]["examples"]
    assert examples
    for example in examples:
        form.model_validate_json(json.dumps(example))


@pytest.mark.parametrize("form", [SubmissionForm, PersonSigns, OrganizationSigns])
def test_what_is_taken_and_not_used_yet_is_documented_as_reserved(form: type[BaseModel]) -> None:
    field = schemas()[form.__name__]["properties"]["proof_of_work"]
    assert field["description"].startswith("Reserved")
    assert "`proof_of_work` | reserved" in (DOCS / "api.md").read_text("utf-8")


def test_each_operation_has_a_name_of_its_own_for_generated_clients() -> None:
    names = [
        operation["operationId"]
        for methods in document()["paths"].values()
        for operation in methods.values()
    ]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch("[a-z]+(_[a-z]+)*", name)] == []
    assert [name for name in names if "api_v1" in name] == []


def test_every_answer_has_a_schema() -> None:
    """What has none is not checked where tests get it, and is ``any`` in a generated client."""
    contents = [
        (operation["operationId"], status, content)
        for methods in document()["paths"].values()
        for operation in methods.values()
        for status, answer in operation["responses"].items()
        for content in answer.get("content", {}).values()
    ]
    assert len(contents) > 300
    assert [(name, status) for name, status, content in contents if not content.get("schema")] == []
