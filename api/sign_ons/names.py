"""Names of people and organizations: how they are shown, compared and put in order.

Sort keys are made here, since the database has no collation of the world's scripts: letters in
the order of Unicode's blocks (Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic … Han), without
case and marks at first, and by these where the rest is equal.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlsplit

import idna

from api.security.text import TextRefused, unwrapped

KEY_BYTES: Final = 240
PLAIN_NAME_MAX: Final = 60
# Marks on one letter: more than these no script writes in names.
MARKS_MAX: Final = 3

# Letters that Unicode does not decompose, with the letters that they are sorted as.
_LIKE: Final = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ł": "l",
        "\u0131": "i",
        "ħ": "h",
        "ŧ": "t",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
    | {"ð": "d", "ŋ": "n", "և": "եւ"}
)
# Characters in names other than letters and marks; an affiliation may have more.
_BESIDE_LETTERS: Final = frozenset(
    " .'-\u2019\u02bc\u00b7\u2010\u2011\u30fb\u0589\u055b\u200c\u200d"
)
_IN_AFFILIATIONS: Final = _BESIDE_LETTERS | frozenset(
    "0123456789,&()\u2013\u00ab\u00bb\u201c\u201d"
)
_LEGAL_FORMS: Final = frozenset(
    [
        "inc",
        "incorporated",
        "llc",
        "ltd",
        "limited",
        "corp",
        "corporation",
        "co",
        "company",
        "plc",
        "gmbh",
        "ev",
        "ngo",
        "foundation",
        "association",
        "the",
        "of",
        "and",
        "for",
    ]
) - {"foundation", "association"}
_PORTS: Final = {"http": 80, "https": 443}
_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?!\d+(?:/|$))")  # example.org:443 has none
# As East Asian keyboards write it.
_WIDE: Final = re.compile(r"\A(https?)[:\uff1a][/\uff0f]{2}", re.IGNORECASE)
WEBSITE_MAX: Final = 600
_IN_PATH: Final = "/%!$&'()*+,;=:@~"
_IN_QUERY: Final = _IN_PATH + "?"
_HOST: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)


def full_name(given: str, family: str) -> str:
    return f"{given} {family}"


def initials(given: str, family: str) -> str:
    """The first letter of each with its marks: "A. P."; no guess which name comes first."""
    return " ".join(f"{first.upper()}." for first in (_first(given), _first(family)) if first)


def _first(name: str) -> str:
    found = ""
    for character in unicodedata.normalize("NFC", name):
        if found and not _is_mark(character):
            break
        if found or character.isalpha():
            found += character
    return found[: 1 + MARKS_MAX]


def person_key(given: str, family: str) -> bytes:
    """The sort key of a named person: by family name, then given name."""
    return _key(b"0", f"{family}\x01{given}")


def initials_key(shown: str) -> bytes:
    """People with initials stand after those with names."""
    return _key(b"1", shown)


def organization_key(name: str) -> bytes:
    """An organization is sorted by its name, without an English article before it."""
    return _key(b"0", re.sub(r"^the\s+", "", name, flags=re.IGNORECASE))


@lru_cache(maxsize=4096)
def _key(rank: bytes, name: str) -> bytes:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name).casefold())
    primary = "".join(_letters(folded)).translate(_LIKE)
    return rank + primary.encode()[:KEY_BYTES] + b"\0" + folded.encode()[:KEY_BYTES]


def _letters(folded: str) -> Iterator[str]:
    for character in folded:
        if character.isalnum() or character == "\x01":
            yield character
        elif unicodedata.category(character) in {"Mc", "Mn"} and not unicodedata.combining(
            character
        ):
            yield character  # a vowel sign, which the scripts of India order by
        elif character == " ":
            yield "\x02"


def plainly_a_name(text: str) -> bool:
    """Whether it consists of letters and the other characters that names have."""
    return len(text) <= PLAIN_NAME_MAX and _only(text, _BESIDE_LETTERS)


def plainly_an_affiliation(text: str) -> bool:
    return _only(text, _IN_AFFILIATIONS)


def _only(text: str, beside: frozenset[str]) -> bool:
    letters = any(character.isalpha() for character in text)
    return letters and all(
        character.isalpha() or character in beside or _is_mark(character) for character in text
    )


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def name_key(name: str) -> str:
    """The key that tells organizations apart: the name without case, marks, legal form, article."""
    folded = unicodedata.normalize("NFKD", name.casefold()).translate(_LIKE)
    kept = "".join(c if c.isalnum() else " " for c in folded if not unicodedata.combining(c))
    words = kept.split()
    telling = [word for word in words if word not in _LEGAL_FORMS]
    return " ".join(telling or words) or folded


def check_website(address: str) -> str:
    """An address as it is linked to: its host and path in ASCII, without its scheme's own port.

    Raises TextRefused: ``website_scheme``, ``website_login``, ``website_port``,
    ``website_space``, ``website_long``, or ``website_malformed`` for what has no host with a name.
    """
    copied = _WIDE.sub(r"\1://", unwrapped(address))
    typed = copied if _SCHEME.match(copied) else f"https://{copied}"
    try:
        parts = urlsplit(typed)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _no_website("malformed") from None
    if parts.scheme not in _PORTS:
        raise _no_website("scheme")
    if "@" in parts.netloc:
        raise _no_website("login")
    if port not in {None, _PORTS[parts.scheme]}:
        raise _no_website("port")
    found = f"{parts.scheme}://{_ascii_host(host)}{quote(parts.path, _IN_PATH).rstrip('/')}"
    if re.search(r"[\s<>\"\\]", typed):
        raise _no_website("space")
    found += f"?{quote(parts.query, _IN_QUERY)}" if parts.query else ""
    found += f"#{quote(parts.fragment, _IN_QUERY)}" if parts.fragment else ""
    if len(found) > WEBSITE_MAX:
        raise _no_website("long")
    return found


def _ascii_host(host: str) -> str:
    try:
        name = idna.encode(host.rstrip("."), uts46=True).decode()
    except UnicodeError:
        raise _no_website("malformed") from None
    if not _HOST.fullmatch(name):
        raise _no_website("malformed")
    return name


# The same words as on the pages (``pages/errors.py``).
_NO_WEBSITE: Final = {
    "malformed": "Enter a web address such as https://example.org.",
    "scheme": "Enter a web address that begins with https:// or http://.",
    "login": "Enter the web address without a name or password, and no email address.",
    "port": "Enter the web address without a port, which is the number behind the colon.",
    "space": "Enter the web address without spaces, quotes, angle brackets or backslashes.",
    "long": "Enter a shorter web address, such as that of the first page.",
}


def _no_website(why: str) -> TextRefused:
    return TextRefused(f"website_{why}", _NO_WEBSITE[why])


def domain_of(website: str) -> str:
    """The host of a website without "www."."""
    return (urlsplit(website).hostname or "").removeprefix("www.")


def at_domain(email: str, domain: str) -> bool:
    """Whether an address is at an organization's own domain, or at a part of it."""
    host = email.rpartition("@")[2].lower()
    return host == domain or host.endswith(f".{domain}")
