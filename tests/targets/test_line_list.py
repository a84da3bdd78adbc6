"""The list of states that kept or moved their lines: the shipped one, and what is refused."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.settings import ROOT
from api.targets import line_list
from api.targets.congress import Directory
from api.targets.dataset import BrokenData, DataSet
from tests.targets.new_lines import MOVED

SHIPPED = ROOT / "data" / "district-lines.yaml"
TODAY = date(2026, 11, 29)


def test_the_shipped_list_names_every_state_with_a_source() -> None:
    listed = line_list.read(SHIPPED, TODAY)
    assert (listed.congress, listed.before, listed.missing) == (120, 119, ())
    assert tuple(s for s, v in sorted(listed.verdicts.items()) if not v.kept) == MOVED
    assert all(v.sources and v.read for v in listed.verdicts.values())


def test_the_shipped_data_has_what_the_list_says(shipped: DataSet) -> None:
    listed = line_list.read(SHIPPED, TODAY)
    for state, stands in Directory(shipped).standings(120).items():
        verdict = listed.verdicts[state]
        assert stands.status == ("carried" if verdict.kept else "unknown")
        assert (stands.why, stands.sources) == (verdict.read, verdict.sources)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"congress": 99}, "congress is no Congress"),
        ({"states": {}}, "states has no entries"),
        ({"more": 1}, "more is no part of it"),
        ({"states": {"WY": {"kept": True, "sources": ["a"]}}}, "no state with several districts"),
        ({"states": {"TX": {"kept": True, "sources": []}}}, "TX: it names no source"),
        ({"states": {"TX": {"kept": True, "sources": ["b"]}}}, "b is none of the sources"),
        ({"states": {"TX": {"kept": "yes", "sources": ["a"]}}}, "kept is true, false, or null"),
        ({"states": {"TX": {"sources": ["a"]}}}, "kept is true, false, or null"),
        ({"states": {"TX": {"kept": False, "sources": ["a"]}}, "otherwise": ""}, "what was read"),
        ({"sources": {"a": {"title": "A"}}}, "sources, a: it needs title, publisher, url, date"),
        ({"date": "soon"}, "its date is none"),
        ({"date": date(2027, 1, 1)}, "yet to come"),
        ({"url": "http://example.org"}, "https://"),
    ],
)
def test_a_list_with_faults_is_refused_with_each(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    source: dict[str, Any] = {"title": "A", "publisher": "B", "url": "https://example.org"}
    source |= {"date": date(2026, 1, 1)}
    source |= {key: change[key] for key in ("date", "url") if key in change}
    whole: dict[str, Any] = {
        "congress": 120,
        "before": 119,
        "otherwise": "It was read.",
        "sources": {"a": source},
        "states": {"TX": {"kept": False, "sources": ["a"]}},
    }
    whole |= {key: value for key, value in change.items() if key not in source}
    path = tmp_path / "lines.yaml"
    path.write_text(yaml.safe_dump(whole))
    with pytest.raises(BrokenData, match=told):
        line_list.read(path, TODAY)


@pytest.mark.parametrize("raw", [b"", b"[]", b"a: [", b"\xff\xfe"])
def test_what_is_no_list_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "lines.yaml"
    path.write_bytes(raw)
    with pytest.raises(BrokenData):
        line_list.read(path, TODAY)
