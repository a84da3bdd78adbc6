import ast

import pytest

from api.i18n import ENGLISH, LANGUAGES, negotiate, with_territory
from api.settings import ROOT


@pytest.mark.parametrize(
    ("asked", "header", "offered", "language"),
    [
        (None, None, ("en", "hy", "es"), "en"),
        ("hy", "es", ("en", "hy", "es"), "hy"),
        ("hy", "es", ("en", "es"), "es"),
        (None, "hy-AM,hy;q=0.9,en;q=0.8", ("en", "hy"), "hy"),
        (None, "en;q=0.1, es;q=0.9", ("en", "es"), "es"),
        (None, "es;q=0, en", ("en", "es"), "en"),
        (None, "de, fr;q=x, *;q=0.5", ("en", "es"), "en"),
        ("../..", "," * 1000, ("en",), "en"),
    ],
)
def test_the_language_of_an_answer(
    asked: str | None, header: str | None, offered: tuple[str, ...], language: str
) -> None:
    assert negotiate(asked, header, offered) == language


def test_languages_are_listed_in_one_place() -> None:
    """Another language is a line of LANGUAGES and a catalogue, and nothing else in the code."""
    others = set(LANGUAGES) - {ENGLISH}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "api").rglob("*.py"))
        if path.name != "languages.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in others
    ]
    assert found == []


@pytest.mark.parametrize(
    ("language", "known"), [("en", "en_US"), ("hy", "hy_AM"), ("es", "es_ES"), ("fr", "fr_FR")]
)
def test_a_language_with_its_territory(language: str, known: str) -> None:
    assert with_territory(language) == known
