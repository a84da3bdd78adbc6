"""Null means absent, in every optional field of every body: generated clients send it."""

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from api.main import create_app
from api.public import bodies
from api.settings import Settings
from api.sign_ons.forms import OrganizationSigns, PersonSigns
from api.submissions.forms import SubmissionForm
from tests.app_fixtures import CAMPAIGN, Body
from tests.public.test_main_way import preview_of

LETTER = "suspend-security-aid"
Fields = Mapping[str, tuple[str, ...]]

SIGN_ONS = f"/api/v1/campaigns/{LETTER}/sign-ons"
FORMS: dict[str, type[BaseModel]] = {
    **{name: model for name, model in bodies.DOCUMENTED.items() if name != "SignOnBody"},
    **{model.__name__: model for model in (SubmissionForm, PersonSigns, OrganizationSigns)},
}


@cache
def schemas() -> dict[str, Any]:
    found: dict[str, Any] = create_app(Settings()).openapi()["components"]["schemas"]
    return found


def part_of(schema: dict[str, Any]) -> tuple[str, bool] | None:
    """The model that a field holds, and whether it is a list of them."""
    for option in schema.get("anyOf", [schema]):
        for each, many in ((option, False), (option.get("items", {}), True)):
            if "$ref" in each:
                return each["$ref"].rpartition("/")[2], many
    return None


def whole(name: str) -> Body:
    """A body with every part of it that is an object: the documented example, filled up."""
    schema = schemas()[name]
    body = deepcopy(schema["examples"][0]) if "examples" in schema else {}
    for field, its in schema["properties"].items():
        part = part_of(its)
        if part is not None and "properties" in schemas()[part[0]]:
            body.setdefault(field, [whole(part[0])] if part[1] else whole(part[0]))
        elif field in schema.get("required", ()):
            body.setdefault(field, "house:CA-30")
    return body


def optional(name: str, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where the optional fields of a body of this model are."""
    schema = schemas()[name]
    for field, its in schema["properties"].items():
        if field not in schema.get("required", ()):
            yield (*path, field)
        part = part_of(its)
        if part is not None and "properties" in schemas()[part[0]]:
            yield from optional(part[0], (*path, field, *([0] if part[1] else [])))


def changed(body: Body, path: tuple[str | int, ...], *, null: bool) -> Body:
    """With the field at the path null, or without it."""
    made = deepcopy(body)
    holder: Any = made
    for step in path[:-1]:
        holder = holder[step]
    holder.pop(path[-1], None)
    if null:
        holder[path[-1]] = None
    return made


@pytest.mark.parametrize("name", sorted(FORMS))
def test_an_optional_field_may_be_null(name: str) -> None:
    body, form = whole(name), FORMS[name]
    for path in optional(name):
        absent = form.model_validate_json(json.dumps(changed(body, path, null=False)))
        null = form.model_validate_json(json.dumps(changed(body, path, null=True)))
        assert null == absent, path


def test_most_fields_are_optional() -> None:
    found = [path for name in FORMS for path in optional(name)]
    assert len(found) > 80
    assert ("supporter", "phone") in found
    assert ("letters", 0, "subject") in found


PERSON = {
    "kind": "person",
    "supporter": {
        "given_name": "Ani",
        "family_name": "Petrosyan",
        "email": "ani@example.org",
        "zip": "91204",
    },
}
ORGANIZATION = {
    "kind": "organization",
    "organization": {"name": "Example Society", "website": "https://www.example.org"},
    "representative": {
        "given_name": "Ani",
        "family_name": "Petrosyan",
        "role": "Director",
        "email": "ani@example.org",
    },
}
OTHERS: dict[str, tuple[Body, Fields]] = {
    "person": (
        PERSON,
        {"": ("organization", "representative"), "supporter": ("prefix", "street", "phone")},
    ),
    "organization": (ORGANIZATION, {"": ("supporter", "sign_on", "consents")}),
}


def filled(body: Body, fields: Fields, value: Any) -> Body:
    """The body with other forms' fields set to a value, at its top and in its parts."""
    made = deepcopy(body)
    for part, names in fields.items():
        (made[part] if part else made).update(dict.fromkeys(names, value))
    return made


@pytest.mark.parametrize("kind", OTHERS)
async def test_what_only_the_other_kind_of_sign_on_has_may_be_null(
    client: httpx.AsyncClient, kind: str
) -> None:
    body, fields = OTHERS[kind]
    answer = await client.post(SIGN_ONS, json=filled(body, fields, None))
    assert answer.status_code == 202, answer.text
    refused = await client.post(SIGN_ONS, json=filled(body, fields, "x"))
    assert refused.status_code == 422
    names = {f"{part}.{name}".lstrip(".") for part, each in fields.items() for name in each}
    assert {(error["field"], error["code"]) for error in refused.json()["errors"]} == {
        (name, "unknown_field") for name in names
    }


async def test_what_only_a_submission_has_may_be_null_in_a_preview(
    client: httpx.AsyncClient, form: Callable[..., Body]
) -> None:
    url, alike = f"/api/v1/campaigns/{CAMPAIGN}", preview_of(form())
    fields = {"": ("approval", "consents"), "supporter": ("email", "country")}
    answer = await client.post(f"{url}/letters", json=filled(alike, fields, None))
    assert answer.status_code == 200, answer.text
    whole_form = filled(form(), {"supporter": ("country",)}, None)
    assert (await client.post(f"{url}/submissions", json=whole_form)).status_code == 202
    refused = await client.post(f"{url}/letters", json=filled(alike, fields, "x"))
    assert len(refused.json()["errors"]) == 4
    assert {error["code"] for error in refused.json()["errors"]} == {"unknown_field"}


def test_a_field_of_another_form_is_in_no_document_and_changes_no_hash() -> None:
    for name in ("PersonSigns", "OrganizationSigns", "SubmissionForm"):
        form = FORMS[name].model_validate_json(json.dumps(whole(name)))
        assert form.model_dump().keys() == schemas()[name]["properties"].keys()
