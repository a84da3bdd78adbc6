"""What the fonts that come with the project print; the machine's own are left out."""

import pytest

from api.printing.fonts import RARER, SAMPLES
from api.printing.press import Press
from api.printing.statement import StatementPress
from api.settings import Settings
from tests.printing.pdf import Pdf, squeezed
from tests.printing.test_statement import statement

NAMES = {
    "Armenian": "Անի Պետրոսյան, Երևան",
    "Arabic": "محمد علي, القاهرة",
    "simplified Han": "张伟, 北京",
    "traditional Han": "張偉, 香港",
    "kana": "さくら タロウ, 東京",
    "Hangul": "김민준, 서울",
    "combining marks": "a\N{COMBINING DOUBLE INVERTED BREVE}b "
    "e\N{COMBINING ACUTE ACCENT}\N{COMBINING DOT BELOW} "
    "Z\N{COMBINING CARON}\N{COMBINING MACRON BELOW}, Hanoi",
    "Devanagari": "प्रिया शर्मा, दिल्ली",
    "Thai": "กิ่งแก้ว ศรีสุข",
    "Ethiopic": "አበበ በቀለ, አዲስ አበባ",
}


@pytest.fixture(scope="module")
def statement_press() -> StatementPress:
    return StatementPress(Settings().templates_dir / "print", system_fonts=False)


@pytest.mark.parametrize("script", NAMES)
def test_a_signatory_of_any_script_has_no_box(statement_press: StatementPress, script: str) -> None:
    assert Pdf(statement_press.print(statement([NAMES[script]]))).boxes == 0


@pytest.mark.parametrize("script", ["simplified Han", "traditional Han", "kana", "Hangul"])
def test_the_text_can_be_read_out_of_the_pdf(statement_press: StatementPress, script: str) -> None:
    read = Pdf(statement_press.print(statement([NAMES[script]]))).squeezed
    assert squeezed(NAMES[script]) in read


def test_what_no_font_has_is_a_box(statement_press: StatementPress) -> None:
    """That is what the tests above would see."""
    assert Pdf(statement_press.print(statement([RARER["Tibetan"]]))).boxes > 0


@pytest.mark.parametrize("script", SAMPLES)
def test_a_letter_prints_each_script(press: Press, script: str) -> None:
    assert press.can_print(SAMPLES[script])


@pytest.mark.parametrize("script", RARER)
def test_rarer_scripts_are_those_without_a_font(press: Press, script: str) -> None:
    assert not press.can_print(RARER[script])
