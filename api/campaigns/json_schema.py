"""The JSON Schemas of campaigns and dossier, for editors that complete and check."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from api.campaigns.dossier import KINDS
from api.campaigns.schema import Campaign

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Described = Literal["campaign", "dossier"]


def campaign_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of one file in ``campaigns/``."""
    schema = Campaign.model_json_schema()
    return {"$schema": DIALECT, **schema, "title": "An Undersigned campaign"}


def dossier_schema() -> dict[str, Any]:
    """The schema of any file in ``campaigns/dossier/``: one key, with a list of entries."""
    entries, shared = models_json_schema([(model, "validation") for model in KINDS.values()])
    lists = {
        kind: {"type": "array", "items": entries[model, "validation"]}
        for kind, model in KINDS.items()
    }
    return {
        "$schema": DIALECT,
        **shared,
        "title": "A file of an Undersigned dossier",
        "type": "object",
        "properties": lists,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }


SCHEMAS: Mapping[Described, Callable[[], dict[str, Any]]] = {
    "campaign": campaign_schema,
    "dossier": dossier_schema,
}


def as_file(described: Described = "campaign") -> str:
    """The schema as ``docs/campaign.schema.json`` or ``docs/dossier.schema.json`` has it."""
    return json.dumps(SCHEMAS[described](), indent=2, ensure_ascii=False) + "\n"
