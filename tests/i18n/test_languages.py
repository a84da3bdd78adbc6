import pytest

from api.i18n import negotiate


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
