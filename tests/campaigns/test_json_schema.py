from api.campaigns.json_schema import as_file, campaign_schema
from api.settings import ROOT


def test_the_exported_schema_is_in_step() -> None:
    exported = (ROOT / "docs" / "campaign.schema.json").read_text("utf-8")
    assert exported == as_file(), "run: undersigned schema > docs/campaign.schema.json"


def test_it_says_what_an_editor_needs() -> None:
    schema = campaign_schema()
    assert schema["additionalProperties"] is False
    assert {"slug", "kind", "title", "sponsor"} <= set(schema["required"])
    assert schema["properties"]["status"]["enum"] == ["draft", "open", "closed"]
    assert schema["properties"]["demands"]["type"] == "array"
    title = schema["$defs"]["Text"]["anyOf"]
    assert [kind["type"] for kind in title] == ["string", "object"]
