"""The statement on paper: names of the world's scripts, long ones, in both directions."""

from datetime import date

from api.printing.statement import (
    MARK,
    PrintedNames,
    PrintedStatement,
    statement_press,
    values_of,
)
from tests.printing.pdf import Pdf, squeezed

NAMES = [
    "José Álvarez, Glendale, CA",
    "Νίκος Παπαδόπουλος",
    "Иван Петров, Sofia",
    "Անի Պետրոսյան, Երևան",
    "Nu\N{LATIN SMALL LETTER N WITH TILDE}ez Żółć",
]
LONG = "Wolfeschlegelsteinhausenbergerdorff " * 4 + "Z" * 150


def statement(names: list[str]) -> PrintedStatement:
    lists = [PrintedNames("Կազմակերպություններ", ["Հայ դատ"]), PrintedNames("People", names)]
    return PrintedStatement(
        title="Բաց նամակ",
        language="en",
        to="Open letter to the President",
        numbers="",
        text="A text.",
        lists=lists,
        day=date(2026, 1, 1),
    )


def test_every_name_is_there_whole() -> None:
    read = Pdf(statement_press().print(statement([*NAMES, LONG]))).squeezed
    for name in (*NAMES, LONG, "Հայ դատ"):
        assert squeezed(name) in read


def test_what_is_longer_than_a_line_stays_in_its_column() -> None:
    made = Pdf(statement_press().print(statement([LONG] * 400)))
    assert len(made.pages) > 3
    for page in made.pages:
        assert max(run.x for run in page) < 72 + 468, "the margin on the right"


def test_parts_stand_from_left_to_right_and_each_in_its_own_direction() -> None:
    right = "\u0645\u062d\u0645\u062f, \u0627\u0644\u0642\u0627\u0647\u0631\u0629, Cairo"
    made = statement([right, NAMES[0]])
    shown, plain = values_of(made)["sections"][1]["names"]
    assert shown.startswith(MARK)
    assert shown.count(f"{MARK}, ") == 2
    assert shown.replace(MARK, "") == right
    assert MARK not in plain
    assert statement_press().print(made).startswith(b"%PDF")
