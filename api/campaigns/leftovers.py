"""Finds remains of templates or of another program's markup in a text."""

import re
from typing import Final

# Merge fields as mail programs write them, and the blanks of a form letter.
_FIELD: Final = re.compile(
    r"\{[{%#]|[%#}]\}|[{}]|\[\[|\]\]|<<|>>|\*\||\|\*|%%|@@|_{3,}|\[ *\]"
    r"|(?<!\w)%[A-Za-z]+(?:[_ .][A-Za-z]+)*%|(?<!\w)#[A-Z]+(?:[_ ][A-Z]+)*#|\$[A-Za-z]+_[A-Za-z]+"
    r"|«(?:[A-Za-z]+(?:_[A-Za-z]+)+|(?i:(?:first |last |full )?name))»"
    r"|\b(?:TODO|TBD|FIXME|XXX+)\b|(?i:lorem ipsum)"
)
# Markdown, HTML and its entities: letters, mails and pages show them as they stand.
_MARKUP: Final = re.compile(
    r"\*\*|~~|(?<!\w)`[^`\n]+`(?!\w)|(?<![\w/])__(?=\w)|(?<![\w/_])_[^_\s][^_\n]*_(?![\w_])"
    r"|(?<![\w*])\*(?=[^\s*])[^*\n]*[^\s*]\*(?![\w*])|(?<=\n)#{1,6} |^#{2,6} |\]\("
    r"|</?[A-Za-z][^<>\n]*>|<!--|&(?:[A-Za-z]{2,8}|#\d{1,6}|#x[0-9A-Fa-f]{1,6});"
)
# Characters without a width, or that change the direction: readers cannot see them, and they break
# searches.
INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffc"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    "|\u200d(?![\u2600-\u27bf\U0001f000-\U0001faff])"  # joins emoji, and is not seen elsewhere
)

_BRACKETS: Final = re.compile(r"\[[^\[\]\n]{1,80}\]|\([^()\n]{1,80}\)")
_GAP: Final = re.compile(r"[\s_.,/-]+")
_WHAT: Final = (
    r"name|surname|city|town|village|county|state|district|address|street|zip|zip ?code|date|title|"
    r"e ?mail|phone|signature|story|words|message|reason|representative|rep|senator|member|"
    r"legislator|recipient|sender|constituent|organi[sz]ation|group|office|country|issue|topic|"
    r"subject|bill|number|link|url|company|job|occupation|profession|community|amount|"
    r"nombre|apellidos?|ciudad|estado|distrito|dirección|fecha|firma|correo|teléfono|historia|"
    r"անուն[ըն]?|ազգանուն[ըն]?|քաղաք[ըն]?|նահանգ[ըն]?|հասցե[ն]?|ամսաթիվ[ըն]?|ստորագրություն[ըն]?"
)
_WHOSE: Final = r"(?:your|my|our|sus?|tu|mi|ձեր|իմ)"
_KIND: Final = r"(?:first|last|full|given|family|middle|personal|completo|legal)"
_ONE: Final = (
    rf"(?:{_KIND} ?)?(?:{_WHAT})(?: (?:(?:of|de|and|y) )?(?:{_WHOSE} )?(?:{_KIND} ?)?(?:{_WHAT}))*"
    rf"(?: {_KIND})?(?: here)?"
)
_TOLD: Final = r"(?:insert|enter|fill in) (?:an? |the |your )?"
_ASKED: Final = r"(?:tell|share|describe|explain|add|write|include|mention|say)"
# "[Name]" and "[insert why]" are blanks; "[sic]", "[T]he" and "[the state]" are an editor's words.
_BLANK: Final = re.compile(
    rf"\[ ?(?:(?:add |type |write )?{_WHOSE} )?(?:{_KIND} )?{_ONE} ?\]|\[ ?{_TOLD}[^\]]+\]"
    rf"|\[ ?(?:insert|blank|placeholder|optional|fill in|tk|x{{2,}})(?:: ?[^\]]+)? ?\]"
    rf"|\[ ?{_ASKED} (?:(?:us|them) )?(?:an?|your|why|how|what|something) [^\]]+\]"
    rf"|\( ?{_TOLD}{_ONE} ?\)|\( ?(?:your|my) (?:{_KIND} )?(?:name|town)(?: here)? ?\)",
    re.IGNORECASE,
)
_AS_BRACKETS: Final = str.maketrans("［］【】〔〕", "[][][]")  # noqa: RUF001
_SHOUTED: Final = re.compile(r"\[ ?[A-Z][A-Z']*(?: [A-Z0-9']+)+ ?\]")


def leftover(text: str) -> str | None:
    """The first merge field or markup in a text."""
    found = _FIELD.search(text) or _MARKUP.search(text)
    brackets = _BRACKETS.findall(text.translate(_AS_BRACKETS))
    return found[0] if found else next(filter(_is_blank, brackets), None)


def _is_blank(bracketed: str) -> bool:
    spaced = _GAP.sub(" ", bracketed)
    return bool(_BLANK.fullmatch(spaced)) or bool(
        _SHOUTED.fullmatch(spaced) and "." not in bracketed
    )
