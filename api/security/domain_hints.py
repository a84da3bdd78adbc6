"""Hints for mistyped mail domains. They only ask; no address is changed by a guess."""

from functools import lru_cache
from typing import Final

__all__ = ["is_provider", "suggest_domain"]

# Where most people have their mail: what a mistyped domain is compared with.
_PROVIDERS: Final = (
    "gmail.com",
    "googlemail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "icloud.com",
    "live.com",
    "msn.com",
    "aol.com",
    "comcast.net",
    "verizon.net",
    "sbcglobal.net",
    "bellsouth.net",
    "att.net",
    "charter.net",
    "earthlink.net",
    "protonmail.com",
    "proton.me",
    "fastmail.com",
    "yandex.ru",
    "rocketmail.com",
)
# Real domains that look like typos of the ones above.
_REAL_DOMAINS: Final = """
    mail.com email.com ymail.com gmx.com gmx.net gmx.de mail.ru list.ru bk.ru inbox.ru mail.am
    me.com mac.com aim.com pm.me love.com yahoo.co yahoo.ca yahoo.es yahoo.fr yahoo.de yahoo.it
    yahoo.co.uk yahoo.co.in yahoo.com.ar yahoo.com.br yahoo.com.mx hotmail.ca hotmail.es
    hotmail.fr hotmail.de hotmail.it hotmail.co.uk outlook.es outlook.fr outlook.de outlook.it
    outlook.co outlook.at live.ca live.fr live.co.uk live.it live.nl live.be yandex.com yandex.by
    yandex.kz ya.ru rambler.ru tutanota.com tuta.com hey.com zoho.com fastmail.fm protonmail.ch
    charter.com comcast.com verizon.com att.com earthlink.com alive.com olive.com five.com
"""
_REAL: Final = frozenset(_REAL_DOMAINS.split())
# Common typos that differ by more than two letters, or are closer to another provider.
_KNOWN_SLIPS: Final = {
    "gmail.co": "gmail.com",
    "gmail.cm": "gmail.com",
    "gmail": "gmail.com",
    "gmai.com": "gmail.com",
    "gmil.com": "gmail.com",
    "googlemail.co": "googlemail.com",
    "hotmail": "hotmail.com",
    "hotmial.co": "hotmail.com",
    "yahoo": "yahoo.com",
    "yaho.com": "yahoo.com",
    "iclod.com": "icloud.com",
    "me.con": "me.com",
    "aol.co": "aol.com",
    "aol.con": "aol.com",
    "msn.con": "msn.com",
    "outlook": "outlook.com",
}
_SLIPS: Final = frozenset(["alive.com", "olive.com", "five.com"])
_SHORT: Final = 8  # below this length two typos can turn any domain into any other


def is_provider(domain: str) -> bool:
    """Whether so many people have mail at this domain that it identifies no organization."""
    return domain in _PROVIDERS or (domain in _REAL and domain not in _SLIPS)


def suggest_domain(address: str) -> str | None:
    """The domain that was probably meant ("gmail.com" for gmial.com), or None.

    Takes any text; what has no domain, and every domain that is known to exist, gives None.
    """
    domain = address.rpartition("@")[2].strip().lower().rstrip(".")
    return _suggest(domain) if 0 < len(domain) <= 30 else None  # noqa: PLR2004 - far above any


@lru_cache(maxsize=1024)
def _suggest(domain: str) -> str | None:
    if domain in _KNOWN_SLIPS:
        return _KNOWN_SLIPS[domain]
    if domain in _REAL or domain in _PROVIDERS or "." not in domain:
        return None
    distance, nearest = min((_distance(domain, each), each) for each in _PROVIDERS)
    allowed = 1 if len(nearest) <= _SHORT else 2
    return nearest if distance <= allowed and nearest[0] == domain[0] else None


def _distance(one: str, other: str) -> int:
    """Optimal string alignment: inserted, left out, changed and swapped letters count one."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
