import pytest

from api.campaigns.dossier import KINDS
from api.campaigns.json_schema import Described, as_file, campaign_schema, dossier_schema
from api.settings import ROOT


@pytest.mark.parametrize("of", ["campaign", "dossier"])
def test_the_exported_schemas_are_in_step(of: Described) -> None:
    exported = (ROOT / "docs" / f"{of}.schema.json").read_text("utf-8")
    assert exported == as_file(of), f"run: undersigned schema {of} > docs/{of}.schema.json"


def test_every_shipped_file_names_its_schema() -> None:
    for folder, up, of in (
        ("campaigns", "..", "campaign"),
        ("campaigns/dossier", "../..", "dossier"),
    ):
        for file in (ROOT / folder).glob("*.yaml"):
            first = file.read_text("utf-8").partition("\n")[0]
            assert first == f"# yaml-language-server: $schema={up}/docs/{of}.schema.json", file.name


def test_a_dossier_file_has_one_key_with_its_entries() -> None:
    schema = dossier_schema()
    assert set(schema["properties"]) == set(KINDS)
    fact = schema["$defs"][schema["properties"]["facts"]["items"]["$ref"].rpartition("/")[2]]
    assert {"id", "claim", "source", "locator", "as_of", "reviewed"} == set(fact["required"])
    assert fact["additionalProperties"] is False


def test_it_says_what_an_editor_needs() -> None:
    schema = campaign_schema()
    assert schema["additionalProperties"] is False
    assert {"slug", "kind", "title", "sponsor"} <= set(schema["required"])
    assert schema["properties"]["status"]["enum"] == ["draft", "open", "closed"]
    assert schema["properties"]["demands"]["type"] == "array"
    title = schema["$defs"]["Text"]["anyOf"]
    assert [kind["type"] for kind in title] == ["string", "object"]
