"""Which addresses providers take for one mailbox, by version: hashes of old ones stay comparable.

A rule takes a name (lower case, without its plus tag) and a domain, and gives the canonical
address. Only rules that a provider documents are here; two people of one provider must never
become one. So Outlook, Hotmail and Live stay apart (different people may have the same name
there), as do the domains of GMX, Tuta and Zoho: they ignore nothing but plus tags, which are cut
for every provider.
"""

from collections.abc import Callable, Mapping
from typing import Final

__all__ = ["RULES", "Rule"]

Rule = Callable[[str, str], str]

# A provider's domains that lead to one mailbox, and what it ignores in the name.
_FIRST: Final[Mapping[str, tuple[str, str]]] = {
    "gmail.com": ("gmail.com", "."),
    "googlemail.com": ("gmail.com", "."),
    "proton.me": ("proton.me", "._-"),
    "protonmail.com": ("proton.me", "._-"),
    "protonmail.ch": ("proton.me", "._-"),
    "pm.me": ("proton.me", "._-"),
}
# "If you created an account before 2012 you have both" (Apple, support article 118230).
_APPLE: Final = frozenset({"icloud.com", "me.com", "mac.com"})
# "Addresses using your username on all Yandex domains are linked to you" (Yandex ID, Help); in a
# name, dots and hyphens are one.
_YANDEX: Final = frozenset(
    [
        "yandex.ru",
        "yandex.com",
        "ya.ru",
        "yandex.by",
        "yandex.kz",
        "yandex.ua",
        "yandex.uz",
        "yandex.com.tr",
        "yandex.az",
        "yandex.com.am",
        "yandex.com.ge",
        "yandex.co.il",
        "yandex.kg",
        "yandex.md",
        "yandex.lt",
        "yandex.lv",
        "yandex.ee",
        "yandex.tj",
        "yandex.tm",
        "yandex.fr",
    ]
)
# "Anything@username.domain" is username+anything@domain, an underscore in the name being a hyphen
# there (Fastmail, Plus addressing and subdomain addressing).
_FASTMAIL: Final = frozenset(["fastmail.com", "fastmail.fm"])
# Names have no hyphen: what follows one is the keyword of a disposable address.
_YAHOO: Final = frozenset(["ymail.com", "rocketmail.com"])


def _version_1(name: str, domain: str) -> str:
    domain, ignored = _FIRST.get(domain, (domain, ""))
    kept = name.translate({ord(character): None for character in ignored})
    return f"{kept or name}@{domain}"


def _version_2(name: str, domain: str) -> str:
    if domain in _APPLE:
        return f"{name}@icloud.com"
    if domain in _YANDEX:
        return f"{name.replace('.', '-')}@yandex.ru"
    if domain in _YAHOO or domain.startswith("yahoo."):
        return f"{name.partition('-')[0] or name}@{domain}"
    user, _, provider = domain.partition(".")
    if provider in _FASTMAIL:
        return f"{user}@{provider}"
    if domain in _FASTMAIL:
        return f"{name.replace('_', '-')}@{domain}"
    return _version_1(name, domain)


# The last is in use.
RULES: Final[tuple[tuple[int, Rule], ...]] = ((1, _version_1), (2, _version_2))
