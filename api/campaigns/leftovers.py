"""What a template or another program's markup leaves in a text, and no reader should meet."""

import re
from typing import Final

# Merge fields as mail programs write them, and the blanks of a form letter.
_FIELD: Final = re.compile(
    r"\{[{%#]|[%#}]\}|[{}]|\[\[|\]\]|<<|>>|\*\||\|\*|%%|@@|_{3,}|\[ *\]"
    r"|(?<!\w)%[A-Za-z]+(?:[_ ][A-Za-z]+)*%|(?<!\w)#[A-Z]+(?:[_ ][A-Z]+)*#|\$[A-Za-z]+_[A-Za-z]+"
    r"|\b(?:TODO|TBD|FIXME|XXX+)\b|(?i:lorem ipsum)"
)
# Markdown, HTML and its entities: letters, mails and pages show them as they stand.
_MARKUP: Final = re.compile(
    r"\*\*|~~|(?<!\w)`[^`\n]+`(?!\w)|(?<![\w/])__(?=\w)|(?<![\w/_])_[^_\s][^_\n]*_(?![\w_])"
    r"|(?<![\w*])\*(?=[^\s*])[^*\n]*[^\s*]\*(?![\w*])|(?<=\n)#{1,6} |^#{2,6} |\]\("
    r"|</?[A-Za-z][^<>\n]*>|<!--|&(?:[A-Za-z]{2,8}|#\d{1,6}|#x[0-9A-Fa-f]{1,6});"
)
# Without a width, or turning the direction: a reader does not see them, a search stumbles.
INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffc"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    "|\u200d(?![\u2600-\u27bf\U0001f000-\U0001faff])"  # joins emoji, and is not seen elsewhere
)

_BRACKETS: Final = re.compile(r"\[[^\[\]\n]{1,80}\]|\([^()\n]{1,80}\)")
_GAP: Final = re.compile(r"[\s_.,/-]+")
_WHAT: Final = (
    r"name|surname|city|town|county|state|district|address|street|zip|zip ?code|date|title|"
    r"e ?mail|phone|signature|story|words|message|reason|representative|senator|member|legislator|"
    r"recipient|organi[sz]ation|group|office|country|issue|topic|subject|bill|number|link|url|"
    r"company|job|occupation|profession|community|amount"
)
_ONE: Final = (
    rf"(?:(?:first|last|full|given|family|middle) ?)?(?:{_WHAT})(?: (?:{_WHAT}))*(?: here)?"
)
_TOLD: Final = r"(?:insert|enter|fill in) (?:an? |the |your )?"
# "[Name]" and "[insert why]" are blanks; "[sic]", "[T]he" and "[the state]" are an editor's words.
_BLANK: Final = re.compile(
    rf"\[ ?(?:(?:add |type |write )?your )?{_ONE} ?\]|\[ ?{_TOLD}[^\]]+\]"
    rf"|\( ?{_TOLD}{_ONE} ?\)|\( ?your (?:first |last |full )?name(?: here)? ?\)",
    re.IGNORECASE,
)
_SHOUTED: Final = re.compile(r"\[ ?[A-Z][A-Z']*(?: [A-Z0-9']+)+ ?\]")


def leftover(text: str) -> str | None:
    """The first merge field or markup in a text."""
    found = _FIELD.search(text) or _MARKUP.search(text)
    return found[0] if found else next(filter(_is_blank, _BRACKETS.findall(text)), None)


def _is_blank(bracketed: str) -> bool:
    spaced = _GAP.sub(" ", bracketed)
    return bool(_BLANK.fullmatch(spaced)) or bool(
        _SHOUTED.fullmatch(spaced) and "." not in bracketed
    )
