import json

from api.campaigns.problems import Problem
from api.campaigns.report import as_github, as_json, as_text

ERROR = Problem("campaigns/x.yaml", 12, 3, "demands", 'unknown "a", 100%\nsure')
WARNING = Problem("campaigns/y,z.yaml", 1, 1, "", "old", "warning")


def test_for_people() -> None:
    assert as_text([ERROR, WARNING]).endswith(
        "campaigns/y,z.yaml:1:1: warning: old\n1 error, 1 warning"
    )
    assert as_text([]) == "0 errors, 0 warnings"


def test_for_github_with_its_escapes() -> None:
    assert as_github([ERROR, WARNING]).splitlines() == [
        '::error file=campaigns/x.yaml,line=12,col=3::demands: unknown "a", 100%25%0Asure',
        "::warning file=campaigns/y%2Cz.yaml,line=1,col=1::old",
    ]


def test_for_programs() -> None:
    assert json.loads(as_json([ERROR]))[0] == {
        "file": "campaigns/x.yaml",
        "line": 12,
        "column": 3,
        "where": "demands",
        "message": 'unknown "a", 100%\nsure',
        "level": "error",
    }
