"""The JSON Schema of a campaign file, for editors that complete and check while one types."""

import json
from typing import Any

from api.campaigns.schema import Campaign

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def campaign_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of one file in ``campaigns/``."""
    schema = Campaign.model_json_schema()
    return {"$schema": DIALECT, **schema, "title": "An Undersigned campaign"}


def as_file() -> str:
    """The schema as ``docs/campaign.schema.json`` has it."""
    return json.dumps(campaign_schema(), indent=2, ensure_ascii=False) + "\n"
