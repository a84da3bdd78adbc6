"""The fonts of all that is printed, and what they cannot print.

typst brings Latin, Greek, Cyrillic, Hebrew, Armenian, Georgian and Devanagari. Two packages of
fonts, which are installed with the project and hold no code, bring most other scripts that are
written today, so that every machine prints the same. A machine's own fonts come last.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

import typst

PACKAGES: Final = ("manimgx_fonts", "noto_cjk_sans_otc")

SAMPLES: Final = {
    "Latin": "José Żółć Nguyễn",
    "Greek": "Νίκος",
    "Cyrillic": "Иван",
    "Armenian": "Անի",
    "Georgian": "ნინო",
    "Hebrew": "יעל",
    "Arabic": "محمد",
    "Devanagari": "प्रिया",
    "Bengali": "প্রিয়া",
    "Gurmukhi": "ਪੰਜਾਬੀ",
    "Gujarati": "ગુજરાતી",
    "Odia": "ଓଡ଼ିଆ",
    "Tamil": "தமிழ்",
    "Telugu": "తెలుగు",
    "Kannada": "ಕನ್ನಡ",
    "Malayalam": "മലയാളം",
    "Sinhala": "සිංහල",
    "Thai": "กิ่งแก้ว",
    "Lao": "ລາວ",
    "Khmer": "ខ្មែរ",
    "Myanmar": "မြန်မာ",
    "Ethiopic": "አበበ",
    "Cherokee": "ᏣᎳᎩ",
    "simplified Han": "张伟刘洋",
    "traditional Han": "張偉劉洋",
    "kana": "さくらタロウ",
    "Hangul": "김민준",
    "Bopomofo": "ㄅㄆㄇ",
    "emoji": "😀❤",
}
"""A word in each script that must print on every machine."""

RARER: Final = {
    "Tibetan": "བོད",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ",
    "Syriac": "ܣܘܪܝܝܐ",
    "Thaana": "ދިވެހި",
    "N'Ko": "ߒߞߏ",
    "Tifinagh": "ⵜⵉⴼⵉⵏⴰⵖ",
    "Canadian syllabics": "ᐃᓄᒃ",
    "Yi": "ꆈꌠ",
    "Adlam": "𞤀𞤣𞤤𞤢𞤥",
}
"""Of scripts that print where the machine has a font for them."""


def compiler(template: Path, *, system_fonts: bool = True) -> typst.Compiler:
    """For ``template``, whose folder is all that it can read. ``system_fonts`` says whether the
    machine's fonts are used for what the others lack."""
    folder = template.resolve().parent
    return typst.Compiler(
        input=folder / template.name,
        root=folder,
        font_paths=[_folder(package) for package in PACKAGES],
        ignore_system_fonts=not system_fonts,
        package_path=folder,
        package_cache_path=folder,
    )


def _folder(package: str) -> Path:
    """The folder of an installed package, found without importing it."""
    found = find_spec(package)
    assert found, f"{package} is not installed: run make install"
    assert found.origin
    return Path(found.origin).parent
